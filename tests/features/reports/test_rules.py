"""Who may report and work through the queue, and what can be appealed when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.kinds import CaseState, CaseType
from guildbase.features.reports import rules
from guildbase.features.reports.kinds import MAX_NUMBER, MAX_TEXT, ReportState
from tests.factories import member, moderator

GUILD = 1128754567890123457
ROLE = 1128754567890123999
NOW, WEEK = datetime(2026, 1, 31, tzinfo=UTC), timedelta(days=7)


def test_moderators_and_the_servers_own_roles_are_the_staff_of_this_server_only() -> None:
    assert rules.is_staff(moderator(GUILD), GUILD, ())
    assert rules.is_staff(member(GUILD, level=3), GUILD, ())
    assert rules.is_staff(member(GUILD, role_ids=frozenset({ROLE})), GUILD, (ROLE,))
    assert rules.is_staff(SYSTEM, GUILD, ())
    assert not rules.is_staff(member(GUILD), GUILD, (ROLE,))
    assert not rules.is_staff(member(GUILD + 1, role_ids=frozenset({ROLE})), GUILD, (ROLE,))


@pytest.mark.parametrize(
    ("text", "is_needed", "is_wrong"),
    [
        ("spam", True, False),
        ("x" * MAX_TEXT, True, False),
        (" \n ", True, True),
        ("", False, False),
        ("x" * (MAX_TEXT + 1), False, True),
        ("a\x00b", True, True),
    ],
)
def test_text_is_there_and_fits(text: str, *, is_needed: bool, is_wrong: bool) -> None:
    assert (rules.text_problem(text, is_needed=is_needed) is not None) is is_wrong


def test_who_cannot_report_whom_is_told_why() -> None:
    caller = member(GUILD, role_ids=frozenset({ROLE}))
    assert caller.user_id is not None

    def refusal(target_id: int = 1, *, is_bot: bool = False, takes: bool = True, barred: tuple[int, ...] = ()) -> str:
        found = rules.report_refusal(caller, target_id, is_bot=is_bot, takes_reports=takes, barred_roles=barred)
        return found or ""

    assert refusal() == ""
    assert refusal(takes=False) == "This server takes no reports."
    assert refusal(barred=(ROLE,)) == "You may not report anything here."
    assert refusal(caller.user_id) == "You cannot report yourself."
    assert refusal(is_bot=True) == "Bots cannot be reported."


@pytest.mark.parametrize("case_type", sorted(rules.APPEALABLE))
def test_what_was_done_can_be_appealed_and_again_after_a_while(case_type: CaseType) -> None:
    def refused(state: CaseState, rejected_at: datetime | None) -> bool:
        return rules.appeal_refusal(case_type, state, rejected_at, NOW, WEEK) is not None

    assert not refused(CaseState.CONFIRMED, None)
    assert not refused(CaseState.CONFIRMED, NOW - WEEK)
    assert refused(CaseState.CONFIRMED, NOW - WEEK + timedelta(seconds=1))
    assert not refused(CaseState.OPEN, None)
    assert all(refused(state, None) for state in (CaseState.FAILED, CaseState.EXPIRED, CaseState.VOID))


def test_the_end_of_a_punishment_is_nothing_to_appeal() -> None:
    assert rules.appeal_refusal(CaseType.UNBAN, CaseState.CONFIRMED, None, NOW, WEEK)


def test_who_has_it_and_admins_may_work_on_what_is_claimed() -> None:
    caller = moderator(GUILD)

    def refusal(state: ReportState, by: int | None, *, is_admin: bool = False) -> str | None:
        return rules.work_refusal(state, by, "Ada", caller, target_id=1, is_admin=is_admin)

    assert refusal(ReportState.OPEN, None) is None
    assert refusal(ReportState.CLAIMED, caller.user_id) is None
    assert refusal(ReportState.CLAIMED, 1) == "Ada looks into this already."
    assert refusal(ReportState.CLAIMED, 1, is_admin=True) is None
    assert refusal(ReportState.CLOSED, None, is_admin=True) == "This is closed already."
    assert caller.user_id is not None
    mine = rules.work_refusal(ReportState.OPEN, None, "", caller, target_id=caller.user_id, is_admin=False)
    assert mine == "This is about you, so others decide it."


@pytest.mark.parametrize(
    ("text", "here", "named"),
    [
        (f"{GUILD}-7", None, (GUILD, 7)),
        (f" #{GUILD}-7 ", 5, (GUILD, 7)),
        ("#7", GUILD, (GUILD, 7)),
        ("7", GUILD, (GUILD, 7)),
        ("7", None, None),
        ("0", GUILD, None),
        (str(MAX_NUMBER), GUILD, (GUILD, MAX_NUMBER)),
        (str(MAX_NUMBER + 1), GUILD, None),
        ("99999999999", GUILD, None),
        ("5-7", GUILD, None),
        ("x-7", GUILD, None),
        (f"{GUILD}-", None, None),
        ("٣", GUILD, None),
        ("", GUILD, None),
    ],
)
def test_a_case_is_named_by_its_code_or_by_its_number_in_the_server(
    text: str, here: int | None, named: tuple[int, int] | None
) -> None:
    assert rules.read_code(text, here) == named


def test_the_code_of_a_case_names_it() -> None:
    assert rules.read_code(rules.code_of(GUILD, 12), None) == (GUILD, 12)
