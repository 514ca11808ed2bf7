"""Who may block whom, and which of several standings counts: every case of a small world against its written rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

from guildbase.core.ports import Caller, Standing
from guildbase.platform.standing import rules
from guildbase.platform.standing.rules import Subject

NOW = datetime(2030, 1, 1, tzinfo=UTC)
GUILD, CALLER, OTHER, OWNER = 1, 2, 3, 4
CALLERS = [
    Caller(is_system=True),
    Caller(CALLER, GUILD, is_guild_owner=True, top_role=0),
    Caller(CALLER, GUILD, is_bot_owner=True),
    *(Caller(CALLER, GUILD, permissions=1 << 5, top_role=role) for role in (0, 1, 5)),
]


def test_who_may_be_blocked_by_whom() -> None:
    people = [
        Subject(user_id, "Kim", role, is_guild_owner=is_owner, is_this_bot=is_bot)
        for user_id, role, is_owner, is_bot in product(
            (CALLER, OTHER, OWNER), (0, 1, 4, 5, 6), (False, True), (False, True)
        )
    ]
    allowed = 0
    for caller, subject in product(CALLERS, people):
        is_protected = subject.user_id == OWNER or subject.is_guild_owner or subject.is_this_bot
        is_self = subject.user_id == caller.user_id
        stands_above_all = caller.is_system or caller.is_guild_owner or caller.is_bot_owner
        is_below = subject.top_role < caller.top_role or subject.top_role == 0
        expected = not is_protected and not is_self and (stands_above_all or is_below)
        assert (rules.block_refusal(caller, subject, {OWNER}) is None) is expected, (caller, subject)
        allowed += expected
    assert allowed > 20


def test_who_may_be_blocked_everywhere() -> None:
    for caller, subject_id in product(CALLERS, (CALLER, OTHER, OWNER)):
        expected = subject_id not in {OWNER, caller.user_id}
        assert (rules.everywhere_refusal(caller, subject_id, {OWNER}) is None) is expected


def test_the_first_block_counts_else_the_first_trust_and_nothing_that_ran_out() -> None:
    ends = (None, NOW + timedelta(seconds=1), NOW, NOW - timedelta(days=1))
    one = [None, *(Standing(is_blocked, expires_at=end) for is_blocked, end in product((True, False), ends))]
    for found in product(one, repeat=3):
        standing = rules.strongest(found, NOW)
        alive = [it for it in found if it is not None and (it.expires_at is None or it.expires_at > NOW)]
        order = sorted(alive, key=lambda it: it.is_trusted)  # Sorting keeps the order of equals.
        assert standing is (order[0] if order else None)


def test_a_reason_is_ended_like_a_sentence() -> None:
    for reason, told in (("Spam", "Reason: Spam. "), ("Spam!", "Reason: Spam! "), ("", "")):
        text = rules.refused_here(Standing(is_blocked=True, reason=reason)).text
        assert text == f"You are blocked from this bot in this server. {told}Ask an admin of this server."
