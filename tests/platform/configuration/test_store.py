"""What a server sets is checked, numbered, explained, seen at once, and can be taken back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col

from guildbase.core.errors import InvalidInput, NotFound, PermissionDenied
from guildbase.core.events import Event, EventBus
from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.ports import ADMINISTRATOR, SYSTEM, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.configuration.controller import (
    ConfigurationController,
    SettingsChanged,
    UnknownFeature,
    UnknownSetting,
)
from guildbase.platform.configuration.events import ConfigurationChanged
from guildbase.platform.configuration.models import ConfigurationHistory, GuildSettings
from guildbase.platform.configuration.rules import Difference, NewSettings
from guildbase.platform.configuration.schemas import ToggleSettings, off_reason
from guildbase.platform.guilds.controller import GuildController, GuildNotFound
from guildbase.platform.guilds.models import GuildConfig
from guildbase.platform.guilds.rules import MANAGE_GUILD
from guildbase.platform.guilds.schemas import GeneralSettings
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.validation import ValidationService, Violation
from tests.factories import member, new_id


@pytest.fixture
def admin(guild_id: int) -> Caller:
    return member(guild_id, name="Ada Admin", permissions=MANAGE_GUILD)


@pytest.fixture
def greeting(controller: ConfigurationController) -> type[FeatureSettings]:
    """The stranger's settings model."""
    return controller.model_of("greeter")


async def seen(services: BotServices, guild_id: int, kind: type[FeatureSettings]) -> Any:
    """Return the settings as hot paths of the process see them."""
    return (await services.get(GuildController).load(guild_id)).get(kind)


async def rows(controller: ConfigurationController) -> tuple[int, int]:
    """Return how many settings and changes are stored."""
    async with controller.reading() as session:
        return await GuildSettings.count(session), await ConfigurationHistory.count(session)


async def test_where_nothing_is_set_all_servers_share_the_defaults(
    services: BotServices, greeting: type[FeatureSettings], guild_id: int
) -> None:
    other = new_id()
    await services.get(GuildController).join(other)
    settings = await seen(services, guild_id, greeting)
    assert settings.text == "Hello"
    assert settings is await seen(services, other, greeting)
    assert settings is await seen(services, new_id(), greeting)


async def test_a_change_is_seen_at_once_and_leaves_its_history_and_its_audit(
    services: BotServices,
    controller: ConfigurationController,
    greeting: type[FeatureSettings],
    guild_id: int,
    admin: Caller,
) -> None:
    role, channel = new_id(), new_id()
    changes = {"roles": [f"<@&{role}>"], "channel": str(channel), "cooldown": "1d 2h", "is_loud": "yes"}
    changed = await controller.change(admin, guild_id, "greeter", changes, reason=" For the party. ")
    assert (changed.version, changed.is_changed, changed.settings.model_fields_set) == (1, True, set(changes))
    settings = await seen(services, guild_id, greeting)
    assert (settings.roles, settings.channel, settings.is_loud) == ((role,), channel, True)
    assert settings.cooldown == timedelta(days=1, hours=2)
    current = await controller.current(guild_id, "greeter")
    stored = {"roles": [str(role)], "channel": str(channel), "cooldown": "1d 2h", "is_loud": True}
    assert (current.document, current.settings) == (stored, settings)
    assert current.is_set == set(changes)

    [entry] = (await controller.history(admin, guild_id, "greeter")).entries
    assert (entry.version, entry.kind, entry.reason) == (1, "set", "For the party.")
    assert (entry.author_id, entry.author_name, entry.document) == (admin.user_id, "Ada Admin", stored)
    assert entry.changes == {key: {"after": value} for key, value in stored.items()}
    audited = (await services.get(AuditController).entries(SYSTEM, guild_id))[0]
    assert (audited.action, audited.actor_id, audited.reason) == ("configuration.set", admin.user_id, "For the party.")
    assert audited.details == {"feature": "greeter", "version": 1, "settings": sorted(changes)}


async def test_only_the_keys_that_are_named_change(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    await controller.change(admin, guild_id, "greeter", {"text": "Hi", "low": 2})
    changed = await controller.change(admin, guild_id, "greeter", {"low": 3})
    assert changed.differences == (Difference("low", "changed", 2, 3),)
    assert dict((await controller.current(guild_id, "greeter")).document) == {"text": "Hi", "low": 3}


async def test_what_is_so_already_writes_nothing(
    services: BotServices, controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    await controller.change(admin, guild_id, "greeter", {"low": 3})
    before = await services.get(GuildController).load(guild_id)
    again = await controller.change(admin, guild_id, "greeter", {"low": "3"})
    assert (again.version, again.is_changed, again.receipt.keys) == (1, False, [])
    assert not (await controller.reset(admin, guild_id, "greeter", ["text"])).is_changed
    assert not (await controller.reset(admin, guild_id, "many")).is_changed
    assert await rows(controller) == (1, 1)
    assert (await services.get(GuildController).load(guild_id)).version == before.version


async def test_true_is_not_one(controller: ConfigurationController, guild_id: int, admin: Caller) -> None:
    await controller.change(admin, guild_id, "greeter", {"words": {"a": 1}})
    changed = await controller.change(admin, guild_id, "greeter", {"words": {"a": True}})
    assert changed.differences == (Difference("words", "changed", {"a": 1}, {"a": True}),)


async def test_a_reset_gives_the_default_again(
    services: BotServices,
    controller: ConfigurationController,
    greeting: type[FeatureSettings],
    guild_id: int,
    admin: Caller,
) -> None:
    await controller.change(admin, guild_id, "greeter", {"text": "Hi", "low": 2, "high": 3})
    one = await controller.reset(admin, guild_id, "greeter", ["low"], reason="Too few.")
    assert one.differences == (Difference("low", "removed", 2),)
    assert (await seen(services, guild_id, greeting)).low == 1
    every = await controller.reset(admin, guild_id, "greeter")
    assert (every.version, [it.key for it in every.differences]) == (3, ["high", "text"])
    assert await seen(services, guild_id, greeting) == greeting.defaults()
    kinds = [(it.kind, it.reason) for it in (await controller.history(admin, guild_id, "greeter")).entries]
    assert kinds == [("reset", ""), ("reset", "Too few."), ("set", "")]


async def test_a_rollback_is_a_new_change_and_can_be_taken_back(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    for text in ("One", "Two", "Three"):
        await controller.change(admin, guild_id, "greeter", {"text": text})
    preview = await controller.preview_rollback(admin, guild_id, "greeter", 1)
    back = await controller.rollback(admin, guild_id, "greeter", 1, reason="Better.", expected_version=3)
    assert back.differences == preview == (Difference("text", "changed", "Three", "One"),)
    assert (await controller.current(guild_id, "greeter")).settings.text == "One"  # type: ignore[attr-defined]
    assert (await controller.rollback(admin, guild_id, "greeter", 3)).version == 5
    assert (await controller.rollback(admin, guild_id, "greeter", 0)).version == 6
    assert (await controller.current(guild_id, "greeter")).document == {}
    difference = await controller.difference(admin, guild_id, "greeter", 2, 5)
    assert difference == (Difference("text", "changed", "Two", "Three"),)
    assert await controller.difference(admin, guild_id, "greeter", 0, 1) == (Difference("text", "added", after="One"),)
    for missing in (7, -1, 2**40):
        with pytest.raises(NotFound, match="no version"):
            await controller.rollback(admin, guild_id, "greeter", missing)


async def test_the_history_comes_in_pages(controller: ConfigurationController, guild_id: int, admin: Caller) -> None:
    for number in range(1, 6):
        await controller.change(admin, guild_id, "greeter", {"low": number + 1})
    found, before = [], None
    for _ in range(3):
        page = await controller.history(admin, guild_id, "greeter", before=before, limit=2)
        found.append([entry.version for entry in page.entries])
        before = page.next_before
    assert (found, before) == ([[5, 4], [3, 2], [1]], None)


async def test_who_saw_an_older_version_is_told_who_changed_it(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    await controller.change(admin, guild_id, "greeter", {"text": "One"}, expected_version=0)
    with pytest.raises(SettingsChanged, match="Ada Admin changed the settings of greeter") as refused:
        await controller.change(admin, guild_id, "greeter", {"text": "Two"}, expected_version=0)
    assert (refused.value.status, refused.value.version) == (409, 1)
    with pytest.raises(SettingsChanged, match="Somebody"):
        await controller.reset(admin, guild_id, "many", expected_version=4)
    assert (await controller.current(guild_id, "greeter")).settings.text == "One"  # type: ignore[attr-defined]


async def test_twenty_changes_at_once_are_all_kept(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    wanted = {f"key_{number}": number + 1 for number in range(20)}
    made = await asyncio.gather(
        *(controller.change(admin, guild_id, "many", {key: value}) for key, value in wanted.items())
    )
    assert sorted(it.version for it in made) == list(range(1, 21))
    assert dict((await controller.current(guild_id, "many")).document) == wanted
    page = await controller.history(admin, guild_id, "many", limit=50)
    assert [entry.version for entry in page.entries] == list(range(20, 0, -1))
    assert all(len(entry.document) == entry.version for entry in page.entries)


async def test_of_twenty_who_saw_the_same_version_one_wins(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    changes = (
        controller.change(admin, guild_id, "many", {f"key_{number}": 7}, expected_version=0) for number in range(20)
    )
    made = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(it, SettingsChanged) for it in made) == 19
    [winner] = [it for it in made if not isinstance(it, BaseException)]
    assert list((await controller.current(guild_id, "many")).document) == winner.receipt.keys
    assert await rows(controller) == (1, 1)


async def test_without_the_right_nothing_is_shown_or_changed(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    await controller.change(admin, guild_id, "greeter", {"text": "One"})
    for stranger in (member(guild_id), replace(admin, guild_id=new_id())):
        for attempt, refusal in (
            (controller.change(stranger, guild_id, "greeter", {"text": "Two"}), "may not change"),
            (controller.reset(stranger, guild_id, "greeter"), "may not change"),
            (controller.rollback(stranger, guild_id, "greeter", 99), "may not change"),
            (controller.rollback_once(stranger, None, guild_id, "greeter", 0), "may not change"),
            (controller.preview_rollback(stranger, guild_id, "greeter", 0), "may not change"),
            (controller.history(stranger, guild_id, "greeter"), "may not see"),
            (controller.difference(stranger, guild_id, "greeter", 0, 1), "may not see"),
            (controller.view(stranger, guild_id), "may not see"),
        ):
            with pytest.raises(PermissionDenied, match=refusal):
                await attempt
    assert await rows(controller) == (1, 1)


async def test_what_is_not_there_is_not_found_and_the_near_ones_are_named(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    with pytest.raises(UnknownFeature, match="'greter'") as unknown:
        await controller.change(admin, guild_id, "greter", {"text": "Hi"})
    assert "`greeter`" in unknown.value.hint
    with pytest.raises(UnknownFeature):
        await controller.current(guild_id, "silent")
    with pytest.raises(UnknownSetting) as wrong:
        await controller.change(admin, guild_id, "greeter", {"txet": "Hi", "rols": [], "low": 2})
    assert set(wrong.value.problems) == {"txet", "rols"}
    assert {"`text`", "`roles`"} <= set(wrong.value.hint.rstrip("?").replace(",", "").split())
    with pytest.raises(UnknownSetting):
        await controller.reset(admin, guild_id, "greeter", ["nothing"])
    with pytest.raises(GuildNotFound):
        await controller.change(SYSTEM, new_id(), "greeter", {"low": 2})
    assert await rows(controller) == (0, 0)


def _deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"a": value}
    return value


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({"low": "many"}, {"low"}),
    ({"low": -1, "share": 2, "style": "odd", "text": ""}, {"low", "share", "style", "text"}),
    ({"low": 11}, {"settings"}),
    ({"low": 1.5}, {"low"}),
    ({"low": 10**30}, {"low"}),
    ({"low": True, "high": None}, {"high"}),
    ({"share": float("nan")}, {"share"}),
    ({"share": float("inf")}, {"share"}),
    ({"text": "a\x00b"}, {"text"}),
    ({"text": "a\ud800b"}, {"text"}),
    ({"text": "x" * 2001}, {"text"}),
    ({"text": ["Hi"]}, {"text"}),
    ({"channel": 5}, {"channel"}),
    ({"roles": ["x"]}, {"roles.0"}),
    ({"roles": [str(175928847299117063)] * 11}, {"roles"}),
    ({"cooldown": "soon"}, {"cooldown"}),
    ({"words": {"a\x00": 1}}, {"words"}),
    ({"words": {"a": float("nan")}}, {"words"}),
    ({"words": {"a": 10**30}}, {"words"}),
    ({"words": _deep(40)}, {"words"}),
    ({"words": _deep(1000)}, {"words"}),
    ({"words": {"a": "x" * 70_000}}, {"settings"}),
    ({"words": {"a": object()}}, {"words"}),
    ({"words": {5: 1}}, {"words"}),
]


async def test_a_wrong_value_is_told_by_its_place_and_changes_nothing(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    for wrong, places in WRONG:
        with pytest.raises(InvalidInput) as refused:
            await controller.change(admin, guild_id, "greeter", {"is_loud": True, **wrong})
        assert set(refused.value.problems) == places
        assert refused.value.hint
    assert await rows(controller) == (0, 0)


async def test_a_reason_that_cannot_be_kept_is_refused(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    for reason in ("x" * 501, "a\x00b", "a\ud800b"):
        with pytest.raises(InvalidInput) as refused:
            await controller.change(admin, guild_id, "greeter", {"low": 2}, reason=reason)
        assert set(refused.value.problems) == {"reason"}
    assert await rows(controller) == (0, 0)


async def test_a_document_can_be_replaced_within_a_change_of_somebody_else(
    services: BotServices, controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    await controller.change(admin, guild_id, "greeter", {"low": 2, "text": "Hi"})

    async def replace_twice(work: UnitOfWork) -> list[bool]:
        document = controller.checked("greeter", {"greeting": "Hello all", "low": "2"}, 1)
        made = [await controller.replace(work, guild_id, "greeter", document, reason="Moved.") for _ in range(2)]
        return [it.is_changed for it in made]

    guilds = services.get(GuildController)
    assert await guilds.change(admin, guild_id, replace_twice) == [True, False]
    page = await controller.history(admin, guild_id, "greeter")
    assert [(it.kind, it.reason) for it in page.entries] == [("import", "Moved."), ("set", "")]
    assert page.entries[0].document == {"low": 2, "text": "Hello all"}
    with pytest.raises(PermissionDenied):
        await guilds.change(member(guild_id), guild_id, replace_twice)


async def test_others_may_add_rules_for_settings(
    services: BotServices, controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    def no_shouting(new: NewSettings) -> Violation | None:
        is_loud = new.feature == "greeter" and getattr(new.settings, "is_loud", False)
        return Violation("is_loud", "It is night.") if is_loud else None

    services.get(ValidationService).add(NewSettings, no_shouting)
    with pytest.raises(InvalidInput, match="It is night"):
        await controller.change(admin, guild_id, "greeter", {"is_loud": True})
    assert (await controller.change(admin, guild_id, "greeter", {"low": 2})).is_changed


async def test_a_change_is_announced_once_it_is_committed(
    services: BotServices, controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    heard: list[Event] = []

    async def hear(event: ConfigurationChanged) -> None:
        heard.append(event)

    services.get(EventBus).after_commit(ConfigurationChanged, hear)
    await controller.change(admin, guild_id, "greeter", {"low": 2, "text": "Hi"})
    await controller.change(admin, guild_id, "greeter", {"low": 2})
    assert heard == [ConfigurationChanged(guild_id, "greeter", 1, ("low", "text"))]


async def test_the_basic_settings_are_columns_with_the_same_history(
    services: BotServices, controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    role, channel, guilds = new_id(), new_id(), services.get(GuildController)
    changes = {"prefix": "?", "level_3_role": role, "mod_log_channel": f"<#{channel}>"}
    changed = await controller.change(admin, guild_id, "guilds", changes)
    assert changed.version == 1
    snapshot = await guilds.load(guild_id)
    assert (snapshot.prefix, snapshot.level_of(frozenset({role}))) == ("?", 3)
    async with controller.reading() as session:
        config = await GuildConfig.get(session, col(GuildConfig.guild_id) == guild_id)
    assert config is not None
    assert (config.mod_log_channel_id, config.updated_by) == (channel, admin.user_id)
    current = await controller.current(guild_id, "guilds")
    assert current.is_set == set(changes)
    assert current.document["level_3_role"] == str(role)
    with pytest.raises(SettingsChanged, match="Ada Admin"):
        await controller.change(admin, guild_id, "guilds", {"prefix": "!!"}, expected_version=0)
    assert not (await controller.change(admin, guild_id, "guilds", {"prefix": "?"})).is_changed
    await controller.rollback(admin, guild_id, "guilds", 0)
    assert (await guilds.load(guild_id)).prefix == "!"
    assert (await controller.current(guild_id, "guilds")).settings == GeneralSettings.defaults()
    assert await rows(controller) == (0, 2)


async def test_regression_nobody_gives_or_takes_a_level_above_their_own(
    services: BotServices, controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    """Who manages the server could else make themself the equal of an administrator."""
    role, top = str(new_id()), str(new_id())
    helper = replace(admin, granted=MANAGE_GUILD)
    refused = [
        (admin, {"level_7_role": role}),
        (admin, {"level_6_role": role, "prefix": "?"}),
        (member(guild_id, permissions=0, level=5), {"level_6_role": role}),
        (helper, {"level_1_role": role}),
    ]
    for caller, changes in refused:
        with pytest.raises(PermissionDenied, match="above yours"):
            await controller.change(caller, guild_id, "guilds", changes)
    assert await rows(controller) == (0, 0)
    administrator = replace(admin, permissions=ADMINISTRATOR)
    await controller.change(administrator, guild_id, "guilds", {"level_7_role": top})
    await controller.change(admin, guild_id, "guilds", {"level_7_role": top, "level_5_role": role})
    await controller.change(helper, guild_id, "guilds", {"prefix": "?"})
    for take in (
        controller.reset(admin, guild_id, "guilds"),
        controller.reset(admin, guild_id, "guilds", ["level_7_role"]),
        controller.rollback(admin, guild_id, "guilds", 0),
        controller.rollback_once(admin, None, guild_id, "guilds", 0),
        services.get(GuildController).change(
            admin, guild_id, lambda work: controller.replace(work, guild_id, "guilds", {})
        ),
    ):
        with pytest.raises(PermissionDenied, match="above yours"):
            await take
    seven = member(guild_id, permissions=0, level=7)
    await controller.reset(seven, guild_id, "guilds")
    await controller.rollback(member(guild_id, permissions=0, is_guild_owner=True), guild_id, "guilds", 1)


async def test_regression_everyone_has_no_level(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    for level in (1, 5):
        with pytest.raises(InvalidInput, match="@everyone cannot"):
            await controller.change(admin, guild_id, "guilds", {f"level_{level}_role": str(guild_id)})
    await controller.change(admin, guild_id, "guilds", {"level_0_role": str(guild_id)})


async def test_wrong_basic_settings_change_nothing(
    services: BotServices, controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    before, role = await services.get(GuildController).load(guild_id), str(new_id())
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"prefix": ""}, "prefix"),
        ({"prefix": "x" * 11}, "prefix"),
        ({"prefix": "\u200b"}, "prefix"),
        ({"locale": "English"}, "locale"),
        ({"mod_log_channel": 5}, "mod_log_channel"),
        ({"level_1_role": role, "level_2_role": role}, "settings"),
    ]
    for changes, place in wrong:
        with pytest.raises(InvalidInput) as refused:
            await controller.change(admin, guild_id, "guilds", {"level_7_role": str(new_id()), **changes})
        assert set(refused.value.problems) == {place}
    assert await services.get(GuildController).load(guild_id) == before


async def test_the_operators_prefix_is_the_default_of_all_servers(database_url: str, registry: FeatureRegistry) -> None:
    services = assemble(Settings(database_url=database_url, default_prefix="?"), registry)
    controller, guild_id = services.get(ConfigurationController), new_id()
    await services.get(GuildController).join(guild_id)
    current = await controller.current(guild_id, "guilds")
    assert (current.settings.prefix, current.is_set) == ("?", frozenset())  # type: ignore[attr-defined]
    await controller.change(SYSTEM, guild_id, "guilds", {"prefix": "!"})
    assert (await services.get(GuildController).load(guild_id)).prefix == "!"
    reset = await controller.reset(SYSTEM, guild_id, "guilds")
    assert reset.settings.prefix == "?"  # type: ignore[attr-defined]
    assert (await services.get(GuildController).load(guild_id)).prefix == "?"
    await services.close()


async def test_the_snapshot_says_where_the_basic_settings_are(services: BotServices, guild_id: int) -> None:
    snapshot = await services.get(GuildController).load(guild_id)
    with pytest.raises(LookupError, match="the snapshot's own"):
        snapshot.get(GeneralSettings)

    class Undeclared(FeatureSettings):
        pass

    with pytest.raises(LookupError, match="No manifest names Undeclared"):
        snapshot.get(Undeclared)


async def test_features_and_commands_can_be_switched_off(
    services: BotServices, controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    off = {"features_off": {"greeter": "It is night."}, "commands_off": {"case": "", "warn": "Ask Ada."}}
    await controller.change(admin, guild_id, "configuration", off)
    toggles = await seen(services, guild_id, ToggleSettings)
    assert off_reason(toggles, "greeter", "greet") == "It is night."
    assert off_reason(toggles, "moderation", "case view") == ""
    assert off_reason(toggles, "moderation", "warn") == "Ask Ada."
    assert off_reason(toggles, "moderation", "cases") is None
    assert off_reason(toggles, "configuration", "warn") is None
    assert off_reason(ToggleSettings.defaults(), "greeter", "greet") is None


async def test_a_switch_that_makes_no_sense_is_refused(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"features_off": {"configuration": "", "status": ""}}, "configuration, status cannot be switched off"),
        ({"features_off": {"greter": ""}}, "no feature called 'greter'"),
        ({"features_off": {"greeter": "x" * 201}}, "at most 200"),
        ({"commands_off": {"Warn": ""}}, "no name of a command"),
        ({"commands_off": {"a b c d": ""}}, "no name of a command"),
        ({"commands_off": {f"c{number}": "" for number in range(201)}}, "at most 200"),
    ]
    for toggles, told in wrong:
        with pytest.raises(InvalidInput, match=told):
            await controller.change(admin, guild_id, "configuration", toggles)
    assert await rows(controller) == (0, 0)


async def test_the_overview_has_every_feature_that_can_be_set(
    controller: ConfigurationController, guild_id: int, admin: Caller
) -> None:
    await controller.change(admin, guild_id, "greeter", {"low": 2})
    found = {it.feature: it for it in await controller.view(admin, guild_id)}
    assert {"guilds", "configuration", "greeter", "many"} <= set(found)
    assert "silent" not in found
    assert [it.version for it in found.values() if it.document] == [1]
    assert (await controller.view(admin, guild_id, "greeter")) == [found["greeter"]]
