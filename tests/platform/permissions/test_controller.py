"""Rules are written whole or not at all, on both databases; every change leaves its audit row."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied
from guildbase.core.ports import ADMINISTRATOR, SYSTEM, Caller, CommandUse
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.upkeep.retention import remove_old_rows, terms_of
from guildbase.platform.guilds.controller import GuildController, GuildNotFound
from guildbase.platform.permissions import rules
from guildbase.platform.permissions.controller import PermissionController, RuleNotFound, permissions
from guildbase.platform.permissions.models import Access, GuildPermission, Scope, Subject
from guildbase.platform.permissions.rules import Demand, NewRule, PermissionRules
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.factories import new_id

MANAGE = 1 << 5


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    return guild_id


@pytest.fixture
def controller(services: BotServices) -> PermissionController:
    return services.get(PermissionController)


def deny(subject_id: int, target: str = "ping", **changes: object) -> NewRule:
    return replace(NewRule(Subject.MEMBER, subject_id, Scope.COMMAND, target, Access.DENY), **changes)  # type: ignore[arg-type]


def manager(guild_id: int, **changes: object) -> Caller:
    return replace(Caller(new_id(), guild_id, "manager", MANAGE, top_role=3), **changes)  # type: ignore[arg-type]


async def numbers(controller: PermissionController, guild_id: int) -> list[int]:
    return [row.number for row in await controller.list_rules(SYSTEM, guild_id, limit=200)]


async def audited(services: BotServices, guild_id: int) -> list[str]:
    entries = await services.get(AuditController).entries(SYSTEM, guild_id)
    return [it.action for it in reversed(entries) if it.action.startswith("permissions.")]


async def test_the_snapshot_holds_the_rules_at_once(
    services: BotServices, controller: PermissionController, guild_id: int
) -> None:
    guilds, member = services.get(GuildController), new_id()
    use = CommandUse("ping", "status", member, guild_id)
    assert (await guilds.load(guild_id)).get(PermissionRules).is_empty
    until = utcnow() + timedelta(hours=1)
    done = await controller.set(SYSTEM, guild_id, deny(member, expires_at=until, reason=" spam "))
    assert (done.rule.number, done.rule.reason, done.is_new) == (1, "spam", True)
    (rule,) = (await guilds.load(guild_id)).get(PermissionRules).matching(use)
    assert (rule.number, rule.access, rule.target, rule.expires_at) == (1, Access.DENY, (Scope.COMMAND, "ping"), until)
    again = await controller.set(SYSTEM, guild_id, deny(member, "/ping", access=Access.IGNORE))
    assert (again.rule.number, again.is_new) == (1, False)
    (rule,) = (await guilds.load(guild_id)).get(PermissionRules).matching(use)
    assert (rule.access, rule.expires_at) == (Access.IGNORE, None)
    await controller.expire(SYSTEM, guild_id, 1, until)
    await controller.remove(SYSTEM, guild_id, 1)
    assert (await guilds.load(guild_id)).get(PermissionRules).is_empty
    verbs = ["deny", "ignore", "expire", "remove"]
    assert await audited(services, guild_id) == [f"permissions.{verb}" for verb in verbs]


async def test_everyone_is_the_whole_guild(controller: PermissionController, guild_id: int) -> None:
    done = await controller.set(SYSTEM, guild_id, deny(guild_id, subject=Subject.ROLE))
    assert (done.rule.subject_kind, done.rule.subject_id) == (Subject.GUILD, guild_id)


async def test_only_writes_both_rules_or_none(
    services: BotServices, controller: PermissionController, guild_id: int
) -> None:
    role = new_id()
    demands = (Demand("permissions", MANAGE, 5),)
    allow = deny(role, "permissions", subject=Subject.ROLE, access=Access.ALLOW, demands=demands)
    with pytest.raises(Conflict, match="nothing was changed"):
        await controller.set(manager(guild_id), guild_id, allow, only=True)
    assert await numbers(controller, guild_id) == []
    assert await audited(services, guild_id) == []
    done = await controller.set(manager(guild_id, role_ids=frozenset({role})), guild_id, allow, only=True)
    assert done.for_all_others is not None
    assert (done.for_all_others.subject_kind, done.for_all_others.access) == (Subject.GUILD, Access.DENY)
    assert sorted(await numbers(controller, guild_id)) == [1, 2]


async def test_who_would_be_locked_out_is_refused_also_by_removing_and_ending(
    controller: PermissionController, guild_id: int
) -> None:
    caller = manager(guild_id)
    assert caller.user_id is not None
    await controller.set(SYSTEM, guild_id, deny(caller.user_id, "permissions", access=Access.ALLOW))
    await controller.set(SYSTEM, guild_id, deny(guild_id, subject=Subject.GUILD, scope=Scope.EVERYTHING, target=""))
    with pytest.raises(Conflict):
        await controller.remove(caller, guild_id, 1)
    with pytest.raises(Conflict):
        await controller.set(caller, guild_id, deny(caller.user_id, "permissions"))
    assert await numbers(controller, guild_id) == [1, 2]
    owner = replace(caller, is_guild_owner=True)
    await controller.remove(owner, guild_id, 1)
    assert await numbers(controller, guild_id) == [2]


@pytest.mark.parametrize(
    ("problem", "field"),
    [
        ({"subject_id": 7}, "subject"),
        ({"subject": Subject.GUILD}, "subject"),
        ({"scope": Scope.MODULE, "target": "dancing"}, "target"),
        ({"scope": Scope.EVERYTHING}, "target"),
        ({"target": "a\x00b"}, "target"),
        ({"expires_at": utcnow() - timedelta(days=1)}, "expires_at"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "\x00"}, "reason"),
    ],
    ids=range(8),
)
def test_what_is_wrong_with_a_rule_is_said_by_field(problem: dict[str, Any], field: str) -> None:
    found = rules.problems(replace(deny(new_id()), **problem), new_id(), ["status"], utcnow())
    assert list(found) == [field]


async def test_all_that_is_wrong_is_said_at_once(controller: PermissionController, guild_id: int) -> None:
    bad = deny(7, "", reason="x" * 501, expires_at=utcnow() - timedelta(days=1))
    with pytest.raises(InvalidInput) as refused:
        await controller.set(SYSTEM, guild_id, bad, only=True)
    assert set(refused.value.problems) == {"subject", "target", "reason", "expires_at", "only"}
    with pytest.raises(InvalidInput):
        await controller.expire(SYSTEM, guild_id, 1, utcnow())


async def test_strangers_change_and_see_nothing(controller: PermissionController, guild_id: int) -> None:
    nobody, elsewhere = Caller(new_id(), guild_id), manager(new_id())
    for caller in (nobody, elsewhere):
        for refused in (
            controller.set(caller, guild_id, deny(new_id())),
            controller.remove(caller, guild_id, 1),
            controller.expire(caller, guild_id, 1, None),
            controller.list_rules(caller, guild_id),
            controller.checks(caller, guild_id),
            controller.explain(caller, guild_id, CommandUse("ping", "status", new_id(), guild_id)),
        ):
            with pytest.raises(PermissionDenied):
                await refused


async def test_everybody_may_ask_about_themself(controller: PermissionController, guild_id: int) -> None:
    caller = Caller(new_id(), guild_id)
    assert caller.user_id is not None
    found = await controller.explain(caller, guild_id, CommandUse("ping", "status", caller.user_id, guild_id))
    assert found.verdict.is_allowed


async def test_nobody_opens_what_is_closed_to_them_or_refuses_who_stands_above(guild_id: int) -> None:
    caller = manager(guild_id)
    timeout = Demand("warn", 1 << 40, 3)
    allow = deny(new_id(), "warn", access=Access.ALLOW, demands=(timeout, Demand("ping")))
    assert "warn" in str(rules.refusal(caller, guild_id, allow))
    assert rules.refusal(replace(caller, level=3), guild_id, allow) is None
    assert rules.refusal(replace(caller, permissions=ADMINISTRATOR), guild_id, allow) is None
    assert rules.refusal(caller, guild_id, replace(allow, subject=Subject.CHANNEL)) is None
    assert rules.refusal(replace(caller, is_guild_owner=True), guild_id, allow) is None
    above = deny(new_id(), rank=3)
    assert "as high as you" in str(rules.refusal(caller, guild_id, above))
    assert rules.refusal(caller, guild_id, replace(above, rank=2)) is None
    assert rules.refusal(caller, guild_id, replace(above, subject_id=caller.user_id or 0)) is None
    assert rules.refusal(replace(caller, is_guild_owner=True), guild_id, above) is None


async def test_regression_who_does_not_know_what_commands_ask_for_opens_none(guild_id: int) -> None:
    unknown = deny(new_id(), "warn", access=Access.ALLOW)
    assert "everything" in str(rules.refusal(manager(guild_id), guild_id, unknown))
    assert rules.refusal(manager(guild_id, permissions=ADMINISTRATOR), guild_id, unknown) is None


async def test_regression_what_only_a_rule_gives_is_not_handed_on(
    controller: PermissionController, guild_id: int
) -> None:
    """Whom a rule lets use /permissions holds Manage Server for this one use, and not for /config."""
    helper = manager(guild_id, granted=MANAGE)
    needs = (Demand("config set", MANAGE, 5),)
    allow = deny(new_id(), "config", access=Access.ALLOW, demands=needs)
    with pytest.raises(PermissionDenied, match="may not do yourself"):
        await controller.set(helper, guild_id, allow)
    assert await controller.set(helper, guild_id, deny(new_id(), "ping"))
    assert await controller.set(manager(guild_id), guild_id, allow)


async def test_regression_nobody_lengthens_an_allowance_that_they_could_not_make(
    controller: PermissionController, guild_id: int
) -> None:
    soon, caller = utcnow() + timedelta(hours=1), manager(guild_id)
    await controller.set(SYSTEM, guild_id, deny(new_id(), "ban", access=Access.ALLOW, expires_at=soon))

    def demands_of(_scope: Scope, target: str) -> tuple[Demand, ...]:
        return (Demand(target, 1 << 2, 3),)

    for until in (None, soon + timedelta(days=1)):
        with pytest.raises(PermissionDenied, match="may not do yourself: ban"):
            await controller.expire(caller, guild_id, 1, until, demands_of=demands_of)
    with pytest.raises(PermissionDenied):
        await controller.expire(caller, guild_id, 1, None)
    assert (await controller.expire(caller, guild_id, 1, soon - timedelta(minutes=1))).expires_at < soon  # type: ignore[operator]
    banner = replace(caller, permissions=MANAGE | 1 << 2)
    assert (await controller.expire(banner, guild_id, 1, None, demands_of=demands_of)).expires_at is None


async def test_rules_of_unknown_guilds_and_numbers_are_not_found(
    controller: PermissionController, guild_id: int
) -> None:
    with pytest.raises(GuildNotFound):
        await controller.set(SYSTEM, new_id(), deny(new_id()))
    for number in (1, 0, -1, 2**31, 2**70):
        with pytest.raises(RuleNotFound):
            await controller.remove(SYSTEM, guild_id, number)


async def test_a_guild_has_so_many_rules_and_no_more(
    controller: PermissionController, guild_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permissions, "MAX_RULES", 3)
    members = [new_id() for _ in range(4)]
    for member in members[:3]:
        await controller.set(SYSTEM, guild_id, deny(member))
    with pytest.raises(Conflict, match="3 rules already"):
        await controller.set(SYSTEM, guild_id, deny(members[3]))
    await controller.set(SYSTEM, guild_id, deny(members[0], reason="changed"))
    assert await numbers(controller, guild_id) == [1, 2, 3]
    about = await controller.list_rules(SYSTEM, guild_id, subject_id=members[1], after=0)
    assert [row.number for row in about] == [2]
    assert await controller.list_rules(SYSTEM, guild_id, target="warn", after=2**70) == []


async def test_rules_that_are_made_at_once_are_all_kept_with_dense_numbers(
    controller: PermissionController, guild_id: int
) -> None:
    await asyncio.gather(*(controller.set(SYSTEM, guild_id, deny(new_id())) for _ in range(10)))
    member = new_id()
    await asyncio.gather(*(controller.set(SYSTEM, guild_id, deny(member, reason=str(it))) for it in range(5)))
    assert await numbers(controller, guild_id) == list(range(1, 12))


async def test_rules_that_ran_out_long_ago_are_thrown_away(
    services: BotServices, controller: PermissionController, guild_id: int
) -> None:
    database, table = services.get(DatabaseManager), GuildPermission.__table__
    for days in (1, 2):
        await controller.set(SYSTEM, guild_id, deny(new_id(), expires_at=utcnow() + timedelta(days=days)))
    await controller.set(SYSTEM, guild_id, deny(new_id()))
    (term,) = terms_of(table)
    later = utcnow() + timedelta(days=31, hours=1)
    assert await remove_old_rows(database, table, term, term.before(services.get(Settings), later)) == 1
    async with services.get(DatabaseManager).read_session() as session:
        assert (await session.execute(select(func.count()).select_from(GuildPermission))).scalar_one() == 2
