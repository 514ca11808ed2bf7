"""A server's configuration out and in again: whole, explained, mapped to another server, or not at all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.ports import ADMINISTRATOR, SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.rights import Right
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.features.automod.controller import ListController, RuleController
from guildbase.features.automod.kinds import ListKind
from guildbase.features.moderation.controller.custom_types import CustomTypeController, TypeState
from guildbase.features.tickets.controller import CategoryController, PanelController
from guildbase.features.tickets.controller.replies import ReplyController
from guildbase.platform.access.controller import AccessController
from guildbase.platform.access.grants import Holder
from guildbase.platform.access.models import HolderKind
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.configuration.controller.custom import CustomSettingController
from guildbase.platform.configuration.controller.sections import guild_sections
from guildbase.platform.configuration.controller.transfer import ServerChanged, TransferController
from guildbase.platform.configuration.export_document import MAX_BYTES, export_text, read_export
from guildbase.platform.configuration.import_plan import Directory, Named, Origin, resolve
from guildbase.platform.configuration.models import GuildSettings
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.rules import MANAGE_GUILD
from guildbase.platform.permissions.controller import PermissionController
from guildbase.platform.permissions.models import Access, Scope, Subject
from guildbase.platform.permissions.rules import NewRule
from guildbase.platform.standing import rules as standing_rules
from guildbase.platform.standing.controller import StandingController
from guildbase.platform.standing.models import StandingStatus
from guildbase.platform.standing.rules import Decision
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.due_work.recurring import Jobs
from tests.factories import member, new_id
from tests.local_features import LocalFeatures

SHELF = """
from pydantic import BaseModel, Field
from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import ChannelId, Duration, RoleId, UserId

class Shelf(BaseModel):
    role: RoleId
    label: str = ""

class ShelfSettings(FeatureSettings):
    keeper: RoleId | None = Field(None, description="Who keeps the books.")
    rooms: tuple[ChannelId, ...] = Field((), description="Where books are read.")
    shelves: tuple[Shelf, ...] = Field((), description="Who may use which shelf.")
    fees: dict[RoleId, int] = Field({}, description="What it costs.")
    trusted: tuple[UserId, ...] = Field((), description="Whom it costs nothing.")
    term: Duration = Field("14d", description="How long a book is lent.")
    words: str = Field("Read!", description="What is said.", max_length=200)
"""
ROLE = {"type": "object", "properties": {"role": {"type": "string", "format": "role"}}}


@pytest.fixture
def registry(tmp_path: Path) -> FeatureRegistry:
    """All features, and one of a stranger with ids in every corner of its settings."""
    features = LocalFeatures(tmp_path / "features")
    features.write("library", "settings='schemas:ShelfSettings'", schemas=SHELF)
    return FeatureRegistry.discover(features.folder)


@pytest.fixture
async def services(database_url: str, registry: FeatureRegistry, tmp_path: Path) -> AsyncIterator[BotServices]:
    erased = tmp_path / "guildbase.erasures"
    settings = Settings(database_url=database_url, database_pool_timeout=30, erasure_list_file=erased)
    assembled = assemble(settings, registry)
    yield assembled
    await assembled.close()


@pytest.fixture
def transfer(services: BotServices) -> TransferController:
    return services.get(TransferController)


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    return await joined(services)


async def joined(services: BotServices) -> int:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    return guild_id


async def furnish(services: BotServices, guild_id: int, seed: int = 0) -> dict[str, int]:
    """Set something of everything; return the ids that are used."""
    chance = random.Random(seed)  # noqa: S311 - the same values in every run.
    ids = {name: new_id() for name in ("staff", "helper", "hall", "log", "kim")}
    configuration, custom = services.get(ConfigurationController), services.get(CustomSettingController)
    await configuration.change(
        SYSTEM, guild_id, "guilds", {"prefix": chance.choice("?$%"), "level_5_role": ids["staff"], "locale": "de"}
    )
    await configuration.change(SYSTEM, guild_id, "guilds", {"mod_log_channel": ids["log"]})
    await configuration.change(SYSTEM, guild_id, "configuration", {"commands_off": {"case view": "später ä€🎉"}})
    shelf = {
        "keeper": ids["staff"],
        "rooms": [ids["hall"]],
        "shelves": [{"role": ids["helper"], "label": "A"}],
        "fees": {str(ids["helper"]): chance.randrange(100), str(ids["staff"]): 0},
        "trusted": [ids["kim"]],
        "term": f"{chance.randrange(1, 99)}d",
        "words": "".join(chance.choice('aä€😀"\\<@&{}') for _ in range(50)).strip(),
    }
    await configuration.change(SYSTEM, guild_id, "library", shelf)
    await custom.define(SYSTEM, guild_id, "theme", {"type": "string", "maxLength": 9})
    await custom.set(SYSTEM, guild_id, "theme", "dark")
    await custom.define(SYSTEM, guild_id, "mascot", ROLE)
    await custom.set(SYSTEM, guild_id, "mascot", {"role": str(ids["helper"]), "size": chance.random()})
    await custom.define(SYSTEM, guild_id, "unset", {})
    await give_rights(services, guild_id, ids)
    return ids


async def give_tools(services: BotServices, guild_id: int, ids: dict[str, int]) -> None:
    """Set up what the staff works with."""
    steps = {"warning_steps": ["3 in 30d = timeout 1h", "5 = ban"], "jail_role": ids["helper"]}
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "moderation", steps)
    alert, seldom = {"type": "alert", "channel": str(ids["log"])}, {"type": "member_age", "below": "1d"}
    said = {"trigger": {"type": "words", "list": "names"}, "effects": [alert], "conditions": [seldom]}
    rule = {"name": "ä€ names", "document": {**said, "exempt_roles": [str(ids["staff"])]}, "is_dry_run": True}
    await services.get(RuleController).create(SYSTEM, guild_id, rule)
    await services.get(ListController).add(SYSTEM, guild_id, "names", ListKind.WORDS, ["voldemort", "ä€🎉"])
    await services.get(CustomTypeController).add(SYSTEM, guild_id, "scam", TypeState("Scam", severity=4))
    desk = {"name": "Help", "staff_roles": [str(ids["helper"])], "questions": [{"label": "What?"}], "open_limit": 2}
    await services.get(CategoryController).create(SYSTEM, guild_id, desk)
    panel = {"channel_id": str(ids["hall"]), "title": "Desk", "categories": ["Help"]}
    await services.get(PanelController).create(SYSTEM, guild_id, panel)
    await services.get(ReplyController).add(SYSTEM, guild_id, "hello", "Hello {user}, ä€🎉")


async def reset_all(services: BotServices, guild_id: int) -> None:
    """Take back all that was set, and what the staff works with."""
    await reset(services, guild_id)
    await services.get(RuleController).delete(SYSTEM, guild_id, 1)
    await services.get(ListController).drop(SYSTEM, guild_id, "names")
    await services.get(PanelController).delete(SYSTEM, guild_id, 1)
    await services.get(CategoryController).archive(SYSTEM, guild_id, 1)
    await services.get(ReplyController).delete(SYSTEM, guild_id, "hello")


async def give_rights(services: BotServices, guild_id: int, ids: dict[str, int]) -> None:
    """Make rules, a block and grants, each with and without an end."""
    permissions, access = services.get(PermissionController), services.get(AccessController)
    until, kim = utcnow() + timedelta(days=90), ids["kim"]
    for rule in (
        NewRule(Subject.ROLE, ids["helper"], Scope.COMMAND, "case view", Access.ALLOW, until, "helps ä€"),
        NewRule(Subject.CHANNEL, ids["hall"], Scope.EVERYTHING, "", Access.IGNORE),
        NewRule(Subject.MEMBER, kim, Scope.MODULE, "moderation", Access.DENY),
        NewRule(Subject.GUILD, guild_id, Scope.COMMAND, "ping", Access.DENY),
    ):
        await permissions.set(SYSTEM, guild_id, rule)
    block = Decision(StandingStatus.BLOCKED, "Sold accounts", until)
    await services.get(StandingController).decide(SYSTEM, guild_id, standing_rules.Subject(kim), block)
    owner = Holder(HolderKind.USER, new_id())
    await access.grant(SYSTEM, guild_id, owner, Right.OWNER)
    await access.grant(SYSTEM, guild_id, Holder(HolderKind.ROLE, ids["staff"]), Right.MODERATE, expires_at=until)


def called(ids: dict[str, int], guild_id: int) -> Directory:
    """Return the directory of a server in which the roles and channels have these names."""
    roles = {(Refers.ROLE, ids[name]): Named(name) for name in ("staff", "helper")}
    channels = {(Refers.CHANNEL, ids[name]): Named(name, "text") for name in ("hall", "log")}
    return Directory({**roles, **channels, (Refers.ROLE, guild_id): Named("@everyone")})


async def reset(services: BotServices, guild_id: int) -> None:
    """Take back all that was set, one thing after the other."""
    configuration, custom = services.get(ConfigurationController), services.get(CustomSettingController)
    for feature in configuration.models():
        await configuration.reset(SYSTEM, guild_id, feature)
    for name in await custom.all(guild_id):
        await custom.delete(SYSTEM, guild_id, name)
    permissions, access = services.get(PermissionController), services.get(AccessController)
    for rule in await permissions.list_rules(SYSTEM, guild_id):
        await permissions.remove(SYSTEM, guild_id, rule.number)
    for standing in (await services.get(StandingController).page(SYSTEM, guild_id)).rows:
        await services.get(StandingController).lift(SYSTEM, guild_id, standing.user_id)
    for grant in await access.rows(SYSTEM, guild_id):
        if not grant.rights & Right.OWNER:  # The last owner stays.
            await access.revoke(SYSTEM, guild_id, grant.number)


async def purge(services: BotServices, guild_id: int) -> None:
    """Leave the server, erase it when its time is over, and come back."""
    guilds = services.get(GuildController)
    await guilds.leave(guild_id)
    before = clock.ahead
    try:
        for days in (29, 31):
            clock.ahead = timedelta(days=days)
            await Jobs(services).run_now(["privacy.erase"])
    finally:
        clock.ahead = before
    with pytest.raises(NotFound):
        await guilds.require(guild_id)
    await guilds.join(guild_id)


def content(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "made_at"}


@pytest.mark.parametrize(("wipe", "seed"), [(reset_all, 1), (purge, 2)])
async def test_export_wipe_import_gives_the_same_server(
    services: BotServices,
    transfer: TransferController,
    guild_id: int,
    wipe: Callable[[BotServices, int], Awaitable[None]],
    seed: int,
) -> None:
    ids = await furnish(services, guild_id, seed)
    await give_tools(services, guild_id, ids)
    directory = called(ids, guild_id)
    before = await transfer.export(SYSTEM, guild_id, directory)
    snapshot = await services.get(GuildController).load(guild_id)
    text = export_text(before)
    await wipe(services, guild_id)
    wiped = await transfer.export(SYSTEM, guild_id, directory)
    assert wiped["sections"] != before["sections"]
    plan = await transfer.plan(SYSTEM, guild_id, read_export(text), directory)
    done = await transfer.apply(SYSTEM, guild_id, read_export(text), directory, fingerprint=plan.fingerprint)
    after = await transfer.export(SYSTEM, guild_id, directory)
    assert content(after) == content(before)
    assert export_text(content(after)) == export_text(content(before))
    assert (done.changes, done.left_out) == (len(plan.changes), {})
    again = await services.get(GuildController).load(guild_id)
    assert (again.prefix, again.locale, again.level_roles) == (snapshot.prefix, snapshot.locale, snapshot.level_roles)
    assert (await transfer.plan(SYSTEM, guild_id, before, directory)).changes == ()


async def test_an_import_says_what_it_would_do_and_does_only_that(
    services: BotServices, transfer: TransferController, guild_id: int
) -> None:
    configuration = services.get(ConfigurationController)
    await configuration.change(SYSTEM, guild_id, "guilds", {"prefix": "?"})
    document = await transfer.export(SYSTEM, guild_id)
    await configuration.change(SYSTEM, guild_id, "guilds", {"prefix": "$", "locale": "fr"})
    await services.get(CustomSettingController).define(SYSTEM, guild_id, "theme", {"type": "string"})
    plan = await transfer.plan(SYSTEM, guild_id, document)
    assert [(change.path, change.kind, change.before, change.after) for change in plan.changes] == [
        ("settings.guilds.locale", "removed", "fr", None),
        ("settings.guilds.prefix", "changed", "$", "?"),
        ("custom_settings.theme", "removed", {"schema": {"type": "string"}}, None),
    ]
    assert (await services.get(GuildController).load(guild_id)).prefix == "$"
    await configuration.change(SYSTEM, guild_id, "guilds", {"prefix": "%"})
    with pytest.raises(ServerChanged, match="changed since"):
        await transfer.apply(SYSTEM, guild_id, document, fingerprint=plan.fingerprint)
    assert (await services.get(GuildController).load(guild_id)).prefix == "%"
    await transfer.apply(SYSTEM, guild_id, document, reason="A new start")
    newest = (await configuration.history(SYSTEM, guild_id, "guilds")).entries[0]
    assert (newest.kind, newest.reason) == ("import", "A new start")
    assert newest.changes["prefix"] == {"before": "%", "after": "?"}
    actions = [entry.action for entry in await services.get(AuditController).entries(SYSTEM, guild_id)]
    assert actions.count("configuration.import") >= 1
    await configuration.rollback(SYSTEM, guild_id, "guilds", newest.version - 1)
    assert (await services.get(GuildController).load(guild_id)).prefix == "%"


async def test_another_server_is_mapped_by_the_names_of_its_roles_and_channels(
    services: BotServices, transfer: TransferController, guild_id: int
) -> None:
    ids, other = await furnish(services, guild_id), await joined(services)
    there = {**{name: new_id() for name in ids}, "kim": ids["kim"]}
    document = await transfer.export(SYSTEM, guild_id, called(ids, guild_id))
    assert document["roles"] == {str(ids[name]): {"name": name} for name in ("staff", "helper")}
    plan = await transfer.plan(SYSTEM, other, document, called(there, other))
    assert {(it.old, it.new) for it in plan.replaced} == {
        (ids[name], there[name]) for name in ("staff", "helper", "hall", "log")
    }
    await transfer.apply(SYSTEM, other, document, called(there, other))
    copy = await transfer.export(SYSTEM, other, called(there, other))
    text = export_text(document["sections"]).decode()
    for name in ids:
        text = text.replace(str(ids[name]), str(there[name]))
    # Keys of objects are ids, too, so their order differs.
    assert copy["sections"] == read_export(text)


async def test_what_is_not_there_is_listed_and_left_out_only_if_that_is_wished(
    services: BotServices, transfer: TransferController, guild_id: int
) -> None:
    ids, other = await furnish(services, guild_id), await joined(services)
    there = {**{name: new_id() for name in ids}, "kim": ids["kim"]}
    names = {place: named for place, named in called(there, other).names.items() if place[1] != there["helper"]}
    twice = Directory({**names, (Refers.CHANNEL, new_id()): Named("hall", "text")})
    document = await transfer.export(SYSTEM, guild_id, called(ids, guild_id))
    plan = await transfer.plan(SYSTEM, other, document, twice)
    assert plan.is_refused
    helper, hall = "it is not here, and there are 0 of this name", "it is not here, and there are 2 of this name"
    assert plan.obstacles == {
        "settings.library.rooms, channel hall": hall,
        "settings.library.shelves, role helper": helper,
        "settings.library.fees, role helper": helper,
        "custom_settings.mascot, role helper": helper,
        f"permission role:{ids['helper']}|command:case view, role helper": helper,
        f"permission channel:{ids['hall']}|everything, channel hall": hall,
    }
    with pytest.raises(InvalidInput) as refused:
        await transfer.apply(SYSTEM, other, document, twice)
    assert "leave these out" in refused.value.hint
    assert set(refused.value.problems) == set(plan.obstacles)
    assert (await transfer.export(SYSTEM, other))["sections"]["settings.guilds"]["data"] == {}
    done = await transfer.apply(SYSTEM, other, document, twice, leave_out=True)
    assert done.left_out == plan.obstacles
    sections = (await transfer.export(SYSTEM, other))["sections"]
    library = sections["settings.library"]["data"]
    assert (library["keeper"], library["rooms"], library["fees"]) == (str(there["staff"]), [], {str(there["staff"]): 0})
    assert "shelves" not in library
    assert "role" not in sections["custom_settings"]["data"]["mascot"]["value"]


async def test_a_role_that_was_made_anew_is_found_by_its_name(
    services: BotServices, transfer: TransferController, guild_id: int
) -> None:
    ids = await furnish(services, guild_id)
    document = await transfer.export(SYSTEM, guild_id, called(ids, guild_id))
    anew = {**ids, "helper": new_id()}
    [replaced] = (await transfer.plan(SYSTEM, guild_id, document, called(anew, guild_id))).replaced
    assert (replaced.old, replaced.new, replaced.named.name) == (ids["helper"], anew["helper"], "helper")


async def test_without_a_bot_only_the_servers_own_export_is_understood(
    services: BotServices, transfer: TransferController, guild_id: int
) -> None:
    await furnish(services, guild_id)
    other = await joined(services)
    document = await transfer.export(SYSTEM, guild_id)
    assert await transfer.directory(SYSTEM, guild_id) is None
    assert (await transfer.plan(SYSTEM, guild_id, document)).obstacles == {}
    plan = await transfer.plan(SYSTEM, other, document)
    assert len(plan.obstacles) == 11
    assert all("without a running bot" in reason for reason in plan.obstacles.values())


async def test_nobody_exports_or_imports_without_the_right(
    services: BotServices, transfer: TransferController, guild_id: int
) -> None:
    document = await transfer.export(SYSTEM, guild_id)
    stranger = member(guild_id)
    elsewhere = member(await joined(services), permissions=ADMINISTRATOR)
    for caller in (stranger, elsewhere):
        with pytest.raises(PermissionDenied):
            await transfer.export(caller, guild_id)
        with pytest.raises(PermissionDenied):
            await transfer.plan(caller, guild_id, document)
        with pytest.raises(PermissionDenied):
            await transfer.apply(caller, guild_id, document)
    manager = member(guild_id, permissions=MANAGE_GUILD)
    assert (await transfer.apply(manager, guild_id, await transfer.export(manager, guild_id))).changes == 0
    with pytest.raises(NotFound):
        await transfer.export(SYSTEM, new_id())


def broken(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**document, **changes}


GUILDS, LIBRARY = "settings.guilds", "settings.library"


@pytest.mark.parametrize(
    ("sections", "problem"),
    [
        ({GUILDS: {"version": 1, "data": {"prefix": ""}}}, f"{GUILDS}.prefix"),
        ({GUILDS: {"version": 1, "data": {"unheard_of": 1}}}, f"{GUILDS}.unheard_of"),
        ({GUILDS: {"version": 2, "data": {}}}, GUILDS),
        ({GUILDS: {"version": 0, "data": {}}}, GUILDS),
        ({GUILDS: {"version": True, "data": {}}}, GUILDS),
        ({GUILDS: {"data": {}}}, GUILDS),
        ({GUILDS: []}, GUILDS),
        ({GUILDS: {"version": 1, "data": []}}, f"{GUILDS}.settings"),
        ({LIBRARY: {"version": 1, "data": {"keeper": 5}}}, f"{LIBRARY}.keeper"),
        ({"custom_settings": {"version": 1, "data": []}}, "custom_settings.custom_settings"),
        ({"custom_settings": {"version": 1, "data": {"X": {"schema": {}}}}}, "custom_settings.X.name"),
        ({"custom_settings": {"version": 1, "data": {"x": {}}}}, "custom_settings.x.schema"),
        ({"custom_settings": {"version": 1, "data": {"x": 1}}}, "custom_settings.x.setting"),
        (
            {"custom_settings": {"version": 1, "data": {f"x{i}": {"schema": {}} for i in range(51)}}},
            "custom_settings.custom_settings",
        ),
        (
            {"custom_settings": {"version": 1, "data": {"x": {"schema": {"type": "string"}, "value": 1}}}},
            "custom_settings.x.value",
        ),
        ({"of.nobody": {"version": 1, "data": {}}}, "of.nobody"),
    ],
)
async def test_one_wrong_part_refuses_the_whole_and_all_of_it_is_told(
    services: BotServices, transfer: TransferController, guild_id: int, sections: dict[str, Any], problem: str
) -> None:
    document = await transfer.export(SYSTEM, guild_id)
    good = {"settings.configuration": {"version": 1, "data": {"commands_off": {"warn": ""}}}}
    bad = broken(document, sections={**sections, **good})
    with pytest.raises(InvalidInput) as refused:
        await transfer.apply(SYSTEM, guild_id, bad)
    assert set(refused.value.problems) == {problem}
    assert content(await transfer.export(SYSTEM, guild_id)) == content(document)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"format": "other"}, "no export"),
        ({"version": 2}, "another version"),
        ({"version": "<@&1>" * 9}, "another version"),
        ({"guild_id": 5, "sections": [], "roles": None, "channels": 1}, "guild_id.*sections.*roles.*channels"),
        ({"roles": {"x": {"name": "Staff"}}}, "roles.x"),
        ({"channels": {"1128754567890123457": {"name": "hall", "kind": 5}}}, "channels.1128754567890123457"),
        ({"note": "NUL \x00"}, "NUL"),
        ({"note": "\ud800"}, "half of a character"),
        ({"note": 2**70}, "63 bits"),
    ],
)
async def test_what_is_no_export_is_refused_clearly(
    transfer: TransferController, guild_id: int, changes: dict[str, Any], told: str
) -> None:
    document = await transfer.export(SYSTEM, guild_id)
    with pytest.raises(InvalidInput, match=told):
        await transfer.plan(SYSTEM, guild_id, broken(document, **changes))


@pytest.mark.databases("sqlite")
async def test_a_list_is_no_export(transfer: TransferController, guild_id: int) -> None:
    with pytest.raises(InvalidInput, match="no export"):
        await transfer.plan(SYSTEM, guild_id, ["format"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "line 1, column 1"),
        (b"{'a': 1}", "line 1, column 2"),
        (b'{"a": 1, "a": 2, "b": {"c": 1, "c": 1}}', "more than once: c, a"),
        (b'{"a": NaN}', "NaN is no number"),
        (b"[" * 100_000, "levels deep"),
        (b"[" * 33 + b"]" * 33, "levels deep"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "levels deep"),
        (b'"\xff"', "UTF-8"),
        (b"1" * 5_000, "no JSON"),
        (b" " * (MAX_BYTES + 1), "too large"),
    ],
    ids=["empty", "quotes", "twice", "nan", "deep", "just-deep", "deep-objects", "bytes", "digits", "large"],
)
def test_text_that_has_no_one_meaning_is_refused(text: bytes, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_export(text)


def test_text_in_any_usual_form_is_read() -> None:
    assert read_export('{"ä": [1.5, null]}') == {"ä": [1.5, None]}
    assert read_export(b"\xef\xbb\xbf{}") == {}
    assert read_export("[" * 32 + "]" * 32)


async def test_of_two_imports_at_once_that_know_the_same_plan_one_is_done(
    services: BotServices, transfer: TransferController, guild_id: int
) -> None:
    document = await transfer.export(SYSTEM, guild_id)
    await furnish(services, guild_id)
    plan = await transfer.plan(SYSTEM, guild_id, document)
    results = await asyncio.gather(
        *(transfer.apply(SYSTEM, guild_id, document, fingerprint=plan.fingerprint) for _ in range(3)),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Imported", "ServerChanged", "ServerChanged"]
    assert content(await transfer.export(SYSTEM, guild_id)) == content(document)


async def test_settings_of_a_feature_that_is_away_are_exported_too(
    database_url: str, services: BotServices, guild_id: int
) -> None:
    await furnish(services, guild_id)
    without = assemble(Settings(database_url=database_url, database_pool_timeout=30), FeatureRegistry.discover())
    transfer = without.get(TransferController)
    document = await transfer.export(SYSTEM, guild_id)
    assert document["sections"]["settings.library"]["data"]["words"]
    plan = await transfer.plan(SYSTEM, guild_id, document)
    assert plan.obstacles == {"settings.library": "no feature here knows it"}
    done = await transfer.apply(SYSTEM, guild_id, document, leave_out=True)
    assert done.left_out == plan.obstacles
    await without.close()
    whole = services.get(TransferController)
    assert content(await whole.export(SYSTEM, guild_id))["sections"] == document["sections"]


def test_every_section_has_a_name_of_its_own(services: BotServices) -> None:
    names = list(guild_sections(services))
    assert {"settings.guilds", "settings.library", "custom_settings"} <= set(names)
    assert len(names) == len(set(names))


HERE, THERE, STAFF = 10**17, 10**17 + 1, 10**17 + 2


@pytest.mark.parametrize(
    ("wanted", "names", "found", "told"),
    [
        (THERE, {}, HERE, ""),
        (STAFF, {}, None, "does not tell its name"),
        (STAFF, {STAFF: "Staff", STAFF + 1: "Staff"}, None, "several of this name"),
        (STAFF, {STAFF: "Nobody"}, None, "0 of this name"),
        (STAFF, {STAFF: "Staff", STAFF + 1: "Other"}, HERE + 9, ""),
        (HERE + 9, {}, HERE + 9, ""),
    ],
    ids=["everyone", "nameless", "ambiguous", "missing", "named", "here"],
)
def test_a_role_of_another_server_is_found_if_only_one_can_be_meant(
    wanted: int, names: dict[int, str], found: int | None, told: str
) -> None:
    origin = Origin(THERE, Directory({(Refers.ROLE, role): Named(name) for role, name in names.items()}))
    here = Directory({(Refers.ROLE, HERE + 9): Named("Staff"), (Refers.CHANNEL, HERE + 8): Named("Nobody", "text")})
    ids, _replaced, obstacles = resolve([Reference(Refers.ROLE, wanted, "a rule")], origin, HERE, here)
    assert ids == {wanted: found}
    assert told in "".join(obstacles.values())
    assert bool(obstacles) is bool(told)


async def test_settings_of_a_newer_bot_are_not_exported_by_half(
    services: BotServices, transfer: TransferController, guild_id: int
) -> None:
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "library", {"words": "Hush"})
    async with services.get(DatabaseManager).transaction() as work:
        await GuildSettings.update_many(work.session, values={"shape": 2}, guild_id=guild_id)
    with pytest.raises(Conflict, match=r"library: .*newer version"):
        await transfer.export(SYSTEM, guild_id)
