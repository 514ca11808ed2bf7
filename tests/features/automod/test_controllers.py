"""Rules, lists, violations, thresholds and exports, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlmodel import col

from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.targets import Target
from guildbase.database.manager import DatabaseManager
from guildbase.features.automod import rules
from guildbase.features.automod.controller import (
    AutomodSection,
    EnforcementController,
    ListController,
    RuleController,
    RuleNotFound,
    ViolationController,
)
from guildbase.features.automod.controller import enforcement as enforcement_module
from guildbase.features.automod.controller.enforcement import Broken
from guildbase.features.automod.controller.lists import ListNotFound
from guildbase.features.automod.controller.rules import given
from guildbase.features.automod.controller.violations import ViolationNotFound
from guildbase.features.automod.engine.facts import Facts
from guildbase.features.automod.kinds import ALERT, ENFORCE, SYNC, ListKind, Preset, Punishing
from guildbase.features.automod.models import AutomodRule, AutomodViolation
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.queries import AuditFilter
from guildbase.services.container import BotServices
from guildbase.services.outbox import OutboxEffect
from tests.factories import member, moderator, new_id

DELETE = {"type": "delete"}
BOT = Caller(user_id=1128754567890123457, name="bot", is_system=True)


def data(trigger: dict[str, Any] | None = None, *effects: Any, **said: Any) -> dict[str, Any]:
    beside: dict[str, Any] = {
        name: said.pop(name) for name in ("is_native", "is_active", "is_dry_run", "priority") if name in said
    }
    document = {"trigger": trigger or {"type": "words", "words": ["bad"]}, "effects": list(effects) or [DELETE], **said}
    return {"name": "a rule", "document": document, **beside}


def admin(guild_id: int) -> Caller:
    return member(guild_id, permissions=rules.MANAGE_GUILD)


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    made = new_id()
    await services.get(GuildController).join(made)
    return made


@pytest.fixture
def controller(services: BotServices) -> RuleController:
    return services.get(RuleController)


async def _effects(services: BotServices, kind: str) -> list[dict[str, Any]]:
    async with services.get(DatabaseManager).read_session() as session:
        found = (await session.execute(select(OutboxEffect).order_by(col(OutboxEffect.effect_id)))).scalars().all()
    return [effect.payload for effect in found if effect.kind == kind]


async def _judged(services: BotServices, guild_id: int, content: str, **facts: Any) -> list[AutomodViolation]:
    """Judge and enforce a message as the bot does, and return the violations, newest first."""
    enforcement = services.get(EnforcementController)
    engine = await enforcement.engine(await services.get(GuildController).load(guild_id))
    seen = Facts(
        content, datetime.now(UTC), guild_id=guild_id, **({"user_id": 5 << 42, "message_id": new_id()} | facts)
    )
    decision = await enforcement.judge(engine, seen)
    if decision.hits:
        target = Target(seen.user_id, "somebody")
        await enforcement.enforce(Broken(seen, decision.hits, target, None, BOT))
    return list(await services.get(ViolationController).list(SYSTEM, guild_id))


async def test_a_rule_is_made_changed_and_deleted_with_traces(
    services: BotServices, controller: RuleController, guild_id: int
) -> None:
    caller = admin(guild_id)
    row = await controller.create(caller, guild_id, data())
    assert (row.number, row.priority, row.document["exempt_permissions"]) == (1, 100, "8192")
    await controller.change(caller, guild_id, 1, {"priority": 3, "stop": True})
    again = await controller.replace(caller, guild_id, 1, given(await controller.get(caller, guild_id, 1)))
    assert (again.priority, again.document["stop"]) == (3, True)
    assert [it.number for it in await controller.list(moderator(guild_id), guild_id)] == [1]
    await controller.delete(caller, guild_id, 1)
    with pytest.raises(RuleNotFound):
        await controller.get(caller, guild_id, 1)
    entries = await services.get(AuditController).entries(SYSTEM, guild_id, AuditFilter())
    assert [it.action for it in entries if it.action.startswith("automod")] == [
        "automod.delete", "automod.change", "automod.create",
    ]  # fmt: skip
    assert (await controller.create(caller, guild_id, data())).number == 2


async def test_only_who_manages_the_server_changes_rules(controller: RuleController, guild_id: int) -> None:
    caller = moderator(guild_id)
    for attempt in (
        lambda: controller.create(caller, guild_id, data()),
        lambda: controller.change(caller, guild_id, 1, {}),
        lambda: controller.delete(caller, guild_id, 1),
        lambda: controller.list(member(guild_id), guild_id),
        lambda: controller.get(member(guild_id), guild_id, 1),
    ):
        with pytest.raises(PermissionDenied):
            await attempt()
    with pytest.raises(RuleNotFound):
        await controller.change(admin(guild_id), guild_id, 2**40, {"stop": True})


async def test_all_that_is_wrong_with_a_rule_is_told_at_once(controller: RuleController, guild_id: int) -> None:
    wrong = data({"type": "spam", "messages": 0}, {"type": "timeout", "duration": "40d"}, {"type": "explode"})
    with pytest.raises(InvalidInput) as told:
        await controller.create(admin(guild_id), guild_id, wrong)
    assert len(told.value.problems) >= 3
    assert "28 days" in str(told.value.problems)


async def test_a_guild_has_no_more_than_its_quota(
    controller: RuleController, services: BotServices, guild_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(rules.QUOTAS, "free", rules.Quota(2, 3, 1, 30, 2))
    caller, lists = admin(guild_id), services.get(ListController)
    await controller.create(caller, guild_id, data({"type": "regex", "patterns": ["a1", "b2"]}))
    await controller.create(caller, guild_id, data())
    with pytest.raises(Conflict, match="2 rules already"):
        await controller.create(caller, guild_id, data())
    await lists.add(caller, guild_id, "shapes", ListKind.REGEX, ["c3"])
    with pytest.raises(Conflict, match="would have 4"):
        await lists.add(caller, guild_id, "shapes", ListKind.REGEX, ["d4"])
    with pytest.raises(Conflict, match="would have 4"):
        await controller.change(caller, guild_id, 1, {"trigger": {"type": "regex", "patterns": ["a1", "b2", "e5"]}})
    named = {"trigger": {"type": "words", "list": "names"}}
    await lists.drop(caller, guild_id, "shapes")
    await lists.add(caller, guild_id, "names", ListKind.WORDS, ["c3"])
    await controller.change(caller, guild_id, 1, named)
    await controller.change(caller, guild_id, 2, named)
    with pytest.raises(Conflict, match="look for 4 entries of lists"):
        await lists.add(caller, guild_id, "names", ListKind.WORDS, ["d4"])
    with pytest.raises(Conflict, match="1 lists"):
        await lists.add(caller, guild_id, "more", ListKind.WORDS, ["x"])
    assert rules.quota("unheard of") == rules.QUOTAS["free"]


async def test_every_preset_is_a_rule(controller: RuleController, guild_id: int) -> None:
    made = [await controller.add_preset(admin(guild_id), guild_id, it, is_dry_run=True) for it in Preset]
    assert len({row.name for row in made}) == len(Preset)
    assert all(row.is_dry_run for row in made)


async def test_lists_are_filled_and_emptied(services: BotServices, guild_id: int) -> None:
    caller, lists = admin(guild_id), services.get(ListController)
    assert await lists.add(caller, guild_id, "sites", ListKind.DOMAINS, ["https://A.com/x", "a.com", "b.org", " "]) == 2
    assert await lists.add(caller, guild_id, "sites", ListKind.DOMAINS, ["b.org"]) == 0
    assert (await lists.get(caller, guild_id, "sites")).entries == "a.com\nb.org"
    assert await lists.remove(caller, guild_id, "sites", ["http://b.org", "c.net"]) == 1
    assert [it.name for it in await lists.all(caller, guild_id)] == ["sites"]
    with pytest.raises(Conflict):
        await lists.add(caller, guild_id, "sites", ListKind.WORDS, ["x"])
    assert await lists.drop(caller, guild_id, "sites") == 1
    for gone in (lists.get(caller, guild_id, "sites"), lists.drop(caller, guild_id, "sites")):
        with pytest.raises(ListNotFound):
            await gone
    with pytest.raises(PermissionDenied):
        await lists.add(moderator(guild_id), guild_id, "x", ListKind.WORDS, ["x"])


@pytest.mark.parametrize(
    ("name", "kind", "entries"),
    [
        ("", ListKind.WORDS, ["x"]), ("x\ny", ListKind.WORDS, ["x"]), ("x", ListKind.WORDS, ["y" * 201]),
        ("x", ListKind.WORDS, [" "]), ("x", ListKind.DOMAINS, ["nodots"]), ("x", ListKind.REGEX, ["("]),
        ("x", ListKind.REGEX, ["y" * 501]),
    ],
)  # fmt: skip
async def test_what_cannot_be_in_a_list_is_refused(
    services: BotServices, guild_id: int, name: str, kind: ListKind, entries: list[str]
) -> None:
    with pytest.raises(InvalidInput):
        await services.get(ListController).add(admin(guild_id), guild_id, name, kind, entries)


async def test_a_list_has_an_end(services: BotServices, guild_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from guildbase.features.automod.controller import lists

    monkeypatch.setattr(lists, "MAX_LIST_TEXT", 10)
    with pytest.raises(Conflict, match="at most 10 characters"):
        await services.get(ListController).add(admin(guild_id), guild_id, "x", ListKind.WORDS, ["abcdef", "ghijkl"])


async def test_the_engine_is_made_anew_only_when_rules_or_lists_change(
    services: BotServices, controller: RuleController, guild_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    enforcement, guilds = services.get(EnforcementController), services.get(GuildController)
    await controller.create(SYSTEM, guild_id, data({"type": "words", "list": "names"}))
    first = await enforcement.engine(await guilds.load(guild_id))
    assert await enforcement.engine(await guilds.load(guild_id)) is first
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "automod", {"warn_at": 3})
    assert await enforcement.engine(await guilds.load(guild_id)) is first
    await services.get(ListController).add(
        SYSTEM, guild_id, "names", ListKind.WORDS, [f"name{it}" for it in range(300)]
    )
    snapshot = await guilds.load(guild_id)
    second, same = await asyncio.gather(enforcement.engine(snapshot), enforcement.engine(snapshot))
    assert same is second
    assert second is not first
    assert [it.matched for it in await _judged(services, guild_id, "ah, name77!")] == ["name77"]
    monkeypatch.setattr(enforcement_module, "MOST_ENGINES", 0)
    await controller.change(SYSTEM, guild_id, 1, {"stop": True})
    third = await enforcement.engine(await guilds.load(guild_id))
    assert third is not second
    assert await enforcement.engine(await guilds.load(guild_id)) is not third


async def test_one_message_is_one_violation_for_each_rule(
    services: BotServices, controller: RuleController, guild_id: int
) -> None:
    await controller.create(SYSTEM, guild_id, data(None, DELETE, {"type": "points", "amount": 2}, {"type": "alert"}))
    await controller.create(SYSTEM, guild_id, data(None, {"type": "ban"}, {"type": "points"}, is_dry_run=True))
    message_id = new_id()
    for _again in range(2):
        found = await _judged(services, guild_id, "so bad", message_id=message_id)
    assert sorted((it.points, it.is_dry_run, it.case_number) for it in found) == [(0, True, None), (2, False, None)]
    assert [it["deletes"] for it in await _effects(services, ENFORCE)] == [{"0": [message_id]}]
    assert sorted(it["is_dry_run"] for it in await _effects(services, ALERT)) == [False, True]
    assert await _judged(services, guild_id, "harmless", message_id=new_id()) == found


async def test_points_fade_and_can_be_cleared(services: BotServices, controller: RuleController, guild_id: int) -> None:
    violations, user_id = services.get(ViolationController), 5 << 42
    await controller.create(SYSTEM, guild_id, data(None, {"type": "points", "amount": 4}))
    first = (await _judged(services, guild_id, "bad"))[0]
    await _judged(services, guild_id, "bad")
    assert await violations.points(guild_id, user_id) == pytest.approx(8, abs=0.01)
    assert await violations.dismiss(moderator(guild_id), guild_id, first.violation_id) == 1
    assert await violations.dismiss(moderator(guild_id), guild_id, first.violation_id) == 0
    assert await violations.points(guild_id, user_id) == pytest.approx(4, abs=0.01)
    assert await violations.clear(moderator(guild_id), guild_id, user_id) == 1
    assert await violations.points(guild_id, user_id) == 0
    assert len(await violations.list(SYSTEM, guild_id, user_id=user_id)) == 2
    assert await violations.list(SYSTEM, guild_id, before=first.violation_id) == []
    for attempt in (violations.list, violations.clear):
        with pytest.raises(PermissionDenied):
            await attempt(member(guild_id), guild_id, user_id=user_id)
    with pytest.raises(ViolationNotFound):
        await violations.get(SYSTEM, guild_id, UUID(int=5))


def test_points_weigh_less_with_time() -> None:
    now, day = datetime(2026, 1, 3, tzinfo=UTC), timedelta(days=1)
    given_points = [(4, now), (4, now - day), (4, now - 2 * day), (4, now + day)]
    assert rules.weight(given_points, now, day, halves=True) == 4 + 2 + 1 + 4
    assert rules.weight(given_points, now, day, halves=False) == 8
    # Points of two messages with a minute between them reach a limit of both.
    assert rules.weight([(2, now - timedelta(minutes=1)), (2, now)], now, day, halves=True) == 4
    limits = [(2, Punishing.WARN), (5, Punishing.BAN), (0, Punishing.KICK)]
    assert rules.crossed(1, 2, limits) is Punishing.WARN
    assert rules.crossed(2, 4, limits) is None
    assert rules.crossed(1, 9, limits) is Punishing.BAN


@pytest.mark.parametrize("setting", ["warn_at", "timeout_at", "kick_at", "ban_at"])
async def test_a_threshold_is_a_case(
    services: BotServices, controller: RuleController, guild_id: int, setting: str
) -> None:
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "automod", {setting: 3})
    await controller.create(SYSTEM, guild_id, data(None, {"type": "points", "amount": 2}))
    await _judged(services, guild_id, "bad")
    found = await _judged(services, guild_id, "bad")
    assert [it.case_number for it in found] == [1, None]


async def test_what_a_rule_found_is_let_through_from_then_on(
    services: BotServices, controller: RuleController, guild_id: int
) -> None:
    await controller.create(SYSTEM, guild_id, data({"type": "links"}, {"type": "points"}))
    await controller.create(SYSTEM, guild_id, data({"type": "lines", "most": 1}, {"type": "points"}))
    violations = services.get(ViolationController)
    (found,) = await _judged(services, guild_id, "https://good.example/")
    with pytest.raises(PermissionDenied):
        await violations.allow(moderator(guild_id), guild_id, found.violation_id)
    row = await violations.allow(admin(guild_id), guild_id, found.violation_id)
    assert row.document["trigger"]["allowed"] == ["good.example"]
    assert await violations.points(guild_id, found.user_id) == 0
    assert len(await _judged(services, guild_id, "https://good.example/ again")) == 1
    lines = (await _judged(services, guild_id, "1\n2"))[0]
    with pytest.raises(InvalidInput, match="nothing to let through"):
        await violations.allow(admin(guild_id), guild_id, lines.violation_id)


async def test_rules_for_discords_own_automod_are_promised(
    services: BotServices, controller: RuleController, guild_id: int
) -> None:
    row = await controller.create(SYSTEM, guild_id, data(is_native=True))
    await controller.create(SYSTEM, guild_id, data())
    native_id = new_id()
    await controller.keep_native(SYSTEM, guild_id, row.number, native_id)
    await controller.keep_native(SYSTEM, guild_id, row.number, native_id)
    await controller.keep_native(SYSTEM, guild_id, 77, native_id)
    found = await controller.by_native(guild_id, native_id)
    assert isinstance(found, AutomodRule)
    assert found.number == 1
    # What Discord enforces is not judged a second time.
    assert len(await _judged(services, guild_id, "bad")) == 1
    assert await controller.guilds_with_native() == [guild_id]
    assert await controller.sync_again(SYSTEM, guild_id) == 1
    assert await controller.sync_again(SYSTEM, guild_id, native_id + 1) == 0
    await controller.delete(SYSTEM, guild_id, 1)
    assert [it["native_id"] for it in await _effects(services, SYNC)] == [None, native_id, native_id]


async def test_rules_and_lists_travel_to_another_server(
    services: BotServices, controller: RuleController, guild_id: int
) -> None:
    section, guilds, other = AutomodSection(services), services.get(GuildController), new_id()
    role, channel = str(new_id()), str(new_id())
    effects = [{"type": "add_role", "role": role}, {"type": "alert", "channel": channel}]
    conditions = [{"type": "channels", "ids": [channel]}]
    said = data(None, *effects, conditions=conditions, exempt_roles=[role])
    await controller.create(SYSTEM, guild_id, said)
    await controller.create(SYSTEM, guild_id, data(None, {"type": "add_role", "role": role}))
    await services.get(ListController).add(SYSTEM, guild_id, "names", ListKind.WORDS, ["x", "y"])
    await guilds.join(other)
    await controller.create(SYSTEM, other, data())
    await controller.create(SYSTEM, other, data())
    await controller.create(SYSTEM, other, data())
    await services.get(ListController).add(SYSTEM, other, "old", ListKind.WORDS, ["z"])
    async with services.get(DatabaseManager).read_session() as session:
        assert await section.kept_of(session, [guild_id, other, new_id()]) == {guild_id, other}
        read = section.check(await section.read(session, guild_id), 1)
    assert list(read["rules"]) == ["a rule", "a rule (2)"]
    assert {(it.refers.value, str(it.id)) for it in section.references(read)} == {("role", role), ("channel", channel)}
    mapped = section.mapped(read, {int(role): None, int(channel): int(channel) + 1})
    assert list(mapped["rules"]) == ["a rule"]
    document = mapped["rules"]["a rule"]["document"]
    assert document["effects"] == [{"type": "alert", "channel": str(int(channel) + 1)}]
    assert (document["exempt_roles"], document["conditions"][0]["ids"]) == ([], [str(int(channel) + 1)])
    for _again in range(2):
        await guilds.change(SYSTEM, other, lambda work: section.write(work, other, read, "import"))
    async with services.get(DatabaseManager).read_session() as session:
        assert await section.read(session, other) == read
    await guilds.change(SYSTEM, other, lambda work: section.write(work, other, mapped, "import"))
    await guilds.change(SYSTEM, other, lambda work: section.write(work, other, read, "import"))
    assert [it.name for it in await controller.list(SYSTEM, other)] == ["a rule", "a rule"]


@pytest.mark.parametrize(
    "wrong",
    [
        [], {"rules": {}}, {"rules": [], "lists": {}}, {"rules": {"x": {}}, "lists": {}},
        {"rules": {}, "lists": {"x": {"kind": "words"}}},
        {"rules": {}, "lists": {"x": {"kind": "words", "entries": [1]}}},
        {"rules": {}, "lists": {"": {"kind": "words", "entries": ["x"]}}},
    ],
)  # fmt: skip
def test_an_import_that_is_none_is_refused(services: BotServices, wrong: Any) -> None:
    with pytest.raises(InvalidInput):
        AutomodSection(services).check(wrong, 1)
    assert AutomodSection(services).check({"rules": {}, "lists": {"x": {"kind": "words", "entries": []}}}, 1)["lists"]
