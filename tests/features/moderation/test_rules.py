"""Every kind of caller against every kind of target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from guildbase.core.ports import ADMINISTRATOR, SYSTEM, Caller
from guildbase.core.targets import BotStanding, Target
from guildbase.features.moderation.kinds import CaseState, CaseType, DurationUse
from guildbase.features.moderation.rules import (
    MODERATE_MEMBERS,
    MODERATOR_LEVEL,
    deciders,
    deciding,
    governing,
    hierarchy_refusal,
    incapacity,
    may_act,
    may_moderate,
    plan_of,
)
from tests.factories import new_id

GUILD, ELSEWHERE, SELF, OTHER = (new_id() for _ in range(4))
ALL_BUT_OURS = ~(ADMINISTRATOR | MODERATE_MEMBERS) & (1 << 50) - 1

RIGHTS: dict[str, tuple[dict[str, Any], bool]] = {
    "nobody": ({}, False),
    "owner": ({"is_guild_owner": True}, True),
    "administrator": ({"permissions": ADMINISTRATOR}, True),
    "moderator": ({"permissions": MODERATE_MEMBERS}, True),
    "moderator with more": ({"permissions": MODERATE_MEMBERS | 1 << 11}, True),
    "every other permission": ({"permissions": ALL_BUT_OURS}, False),
    **{f"level {level}": ({"level": level}, level >= MODERATOR_LEVEL) for level in range(8)},
}
CALLERS = {
    "system": SYSTEM,
    "owner": Caller(user_id=SELF, guild_id=GUILD, is_guild_owner=True, top_role=0),
    "high": Caller(user_id=SELF, guild_id=GUILD, permissions=ADMINISTRATOR, top_role=6),
    "equal": Caller(user_id=SELF, guild_id=GUILD, permissions=ADMINISTRATOR, top_role=5),
    "low": Caller(user_id=SELF, guild_id=GUILD, permissions=ADMINISTRATOR, top_role=4),
}
TARGETS = {
    "member": Target(OTHER, "Terry", top_role=5),
    "self": Target(SELF, "Terry", top_role=5),
    "bot": Target(OTHER, "Terry", top_role=5, is_bot=True),
    "owner": Target(OTHER, "Terry", top_role=5, is_guild_owner=True),
    "own bot": Target(SELF, "Terry", top_role=5, is_bot=True),
    "owner and self": Target(SELF, "Terry", top_role=5, is_guild_owner=True),
}
ONESELF, BOT, OWNER = "cannot moderate yourself", "Bots cannot be warned", "The owner of the server"
ROLE = "Terry has a role as high as yours or higher"
EXPECTED: dict[str, dict[str, str | None]] = {
    "member": {"system": None, "owner": None, "high": None, "equal": ROLE, "low": ROLE},
    "self": {"system": None, "owner": ONESELF, "high": ONESELF, "equal": ONESELF, "low": ONESELF},
    "bot": dict.fromkeys(CALLERS, BOT),
    "owner": dict.fromkeys(CALLERS, OWNER),
    "own bot": {"system": BOT, "owner": ONESELF, "high": ONESELF, "equal": ONESELF, "low": ONESELF},
    "owner and self": {"system": OWNER, "owner": ONESELF, "high": ONESELF, "equal": ONESELF, "low": ONESELF},
}


@pytest.mark.parametrize("rights", RIGHTS)
def test_a_moderator_is_one_in_this_very_guild(rights: str) -> None:
    given, allowed = RIGHTS[rights]
    assert may_moderate(Caller(user_id=SELF, guild_id=GUILD, **given), GUILD) is allowed
    assert not may_moderate(Caller(user_id=SELF, guild_id=ELSEWHERE, **given), GUILD)
    assert not may_moderate(Caller(user_id=SELF, guild_id=None, **given), GUILD)


@pytest.mark.parametrize("guild_id", [None, GUILD, ELSEWHERE], ids=["nowhere", "here", "elsewhere"])
def test_the_platform_moderates_everywhere(guild_id: int | None) -> None:
    assert may_moderate(replace(SYSTEM, guild_id=guild_id), GUILD)


@pytest.mark.parametrize(("target", "caller"), list(product(TARGETS, CALLERS)))
def test_who_may_act_on_whom(target: str, caller: str) -> None:
    expected = EXPECTED[target][caller]
    refusal = hierarchy_refusal(CALLERS[caller], TARGETS[target])
    if expected is None:
        assert refusal is None
    else:
        assert refusal is not None
        assert expected in refusal


@pytest.mark.parametrize(("mine", "theirs"), list(product(range(4), range(4))))
def test_only_a_higher_role_lets_one_act(mine: int, theirs: int) -> None:
    caller = Caller(user_id=SELF, guild_id=GUILD, permissions=ADMINISTRATOR, level=7, top_role=mine)
    refusal = hierarchy_refusal(caller, Target(OTHER, "Terry", top_role=theirs))
    assert (refusal is None) is (mine > theirs)


@pytest.mark.parametrize("case_type", CaseType)
def test_every_type_is_planned_and_what_begins_can_be_ended(case_type: CaseType) -> None:
    plan = plan_of(case_type)
    assert not (plan.starts and plan.ends)
    assert plan.is_mere_word is (case_type in (CaseType.WARN, CaseType.CUSTOM))
    if plan.kind is not None:
        both = [plan_of(it) for it in deciders(plan.kind)]
        assert any(it.starts for it in both)
        assert any(it.ends for it in both)
        assert {it.bot_needs for it in both} == {plan.bot_needs}
    if plan.duration is DurationUse.REQUIRED:
        assert plan.starts


@pytest.mark.parametrize(("case_type", "target"), list(product(CaseType, TARGETS)))
def test_no_type_of_case_goes_round_the_hierarchy(case_type: CaseType, target: str) -> None:
    on, low = TARGETS[target], CALLERS["low"]
    assert hierarchy_refusal(low, on, case_type)
    this_bot = replace(on, is_this_bot=True)
    assert hierarchy_refusal(SYSTEM, this_bot, case_type)
    assert bool(hierarchy_refusal(SYSTEM, on, case_type)) is (
        on.is_guild_owner or (on.is_bot and not plan_of(case_type).takes_bots)
    )


def test_who_is_not_in_the_server_stands_below_every_moderator() -> None:
    low = Caller(user_id=SELF, guild_id=GUILD, top_role=0)
    assert hierarchy_refusal(low, Target(OTHER, "Terry", is_member=False), CaseType.BAN) is None


@pytest.mark.parametrize("case_type", CaseType)
def test_the_bot_needs_the_permission_and_a_higher_role(case_type: CaseType) -> None:
    needs, below, beside = plan_of(case_type).bot_needs, Target(OTHER, "T", top_role=1), Target(OTHER, "T", top_role=5)
    assert bool(incapacity(case_type, below, BotStanding(~(ADMINISTRATOR | needs), 5))) is bool(needs)
    for enough in (needs, ADMINISTRATOR):
        assert incapacity(case_type, below, BotStanding(enough, 5)) is None
        assert bool(incapacity(case_type, beside, BotStanding(enough, 5))) is bool(needs)
    assert incapacity(case_type, replace(beside, is_member=False), BotStanding(ADMINISTRATOR, 5)) is None


@pytest.mark.parametrize("case_type", CaseType)
def test_who_may_open_which_case(case_type: CaseType) -> None:
    plan = plan_of(case_type)
    caller = Caller(user_id=SELF, guild_id=GUILD)
    assert may_act(replace(caller, permissions=plan.caller_needs), GUILD, case_type)
    assert may_act(replace(caller, level=plan.caller_level), GUILD, case_type)
    assert not may_act(replace(caller, level=plan.caller_level - 1), GUILD, case_type)
    assert not may_act(replace(caller, permissions=plan.caller_needs), ELSEWHERE, case_type)


@dataclass
class Decided:
    number: int
    case_type: CaseType
    state: CaseState = CaseState.CONFIRMED
    ended_at: datetime | None = None
    ending_case: int | None = None


BAN, UNBAN = CaseType.BAN, CaseType.UNBAN
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cases", "decides", "governs"),
    [
        ([], None, None),
        ([Decided(1, BAN)], 1, 1),
        ([Decided(1, BAN, CaseState.OPEN)], 1, 1),
        ([Decided(2, UNBAN), Decided(1, BAN)], 2, None),
        ([Decided(1, BAN), Decided(2, UNBAN, CaseState.FAILED)], 1, 1),
        ([Decided(1, BAN), Decided(2, UNBAN, CaseState.VOID)], 1, 1),
        ([Decided(1, BAN), Decided(2, BAN, CaseState.EXPIRED, NOW)], 2, None),
        ([Decided(1, BAN), Decided(2, BAN, CaseState.FAILED, NOW)], 2, None),
        ([Decided(1, UNBAN), Decided(2, BAN, ended_at=NOW, ending_case=1)], 1, None),
        ([Decided(1, BAN, ended_at=NOW, ending_case=2), Decided(2, CaseType.TEMPBAN)], 2, 2),
        ([Decided(1, BAN, CaseState.FAILED), Decided(2, BAN, CaseState.VOID)], None, None),
    ],
)
def test_the_newest_case_that_counts_governs(cases: list[Decided], decides: int | None, governs: int | None) -> None:
    for order in (cases, cases[::-1]):
        decided, governed = deciding(order), governing(order)
        assert (decided.number if decided else None) == decides
        assert (governed.number if governed else None) == governs
