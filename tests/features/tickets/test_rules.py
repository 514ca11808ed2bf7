"""What may become of a ticket, by whom, in all states there are."""

from __future__ import annotations

import pytest

from guildbase.core.ports import SYSTEM, Caller
from guildbase.features.tickets import rules
from guildbase.features.tickets.kinds import LIVE, Happening, Part, TicketState
from guildbase.features.tickets.rules import Standing

GUILD, OPENER, HELPER, ROLE = 100, 1, 2, 50
STANDING = Standing(OPENER, HELPER, frozenset({ROLE}), frozenset({3}))
WAYS = {
    (happening, state, rules.next_state(happening, state)) for happening in rules.TRANSITIONS for state in TicketState
}


def _caller(user_id: int, **changes: object) -> Caller:
    return Caller(user_id=user_id, guild_id=GUILD, **changes)  # type: ignore[arg-type]


def test_every_happening_but_the_first_has_its_ways_and_its_people() -> None:
    assert rules.TRANSITIONS.keys() == set(Happening) - {Happening.OPENED}
    assert rules.WHO.keys() == rules.TRANSITIONS.keys()
    assert all(rules.WHO.values())


def test_what_is_over_stays_over() -> None:
    for happening, state, following in WAYS:
        if state is TicketState.FAILED:
            assert following is None
        if state is TicketState.DELETED:
            assert following in (None, TicketState.DELETED)
            again = (Happening.RATED, Happening.TRANSCRIPT_MADE, Happening.DELETED, Happening.NOTED)
            assert following is None or happening in again


def test_a_closed_ticket_comes_to_life_by_reopening_alone() -> None:
    back = {happening for happening, state, following in WAYS if state is TicketState.CLOSED and following in LIVE}
    assert back == {Happening.REOPENED}


def test_every_state_is_reached_from_the_first() -> None:
    reached = {TicketState.OPENING}
    for _round in TicketState:
        reached |= {following for _what, state, following in WAYS if state in reached and following is not None}
    assert reached == set(TicketState)


def test_only_a_closed_ticket_is_deleted_and_only_a_live_one_closed() -> None:
    over = {TicketState.CLOSED, TicketState.DELETED}
    assert {state for what, state, after in WAYS if what is Happening.DELETED and after} == over
    assert rules.next_state(Happening.DELETED, TicketState.DELETED, has_place=False) is None
    assert {state for what, state, after in WAYS if what is Happening.CLOSED and after} == LIVE


def test_nothing_but_its_place_or_its_end_comes_to_a_ticket_that_is_being_opened() -> None:
    can = {what for what, state, after in WAYS if state is TicketState.OPENING and after}
    assert can == {Happening.PLACED, Happening.FAILED, Happening.CLOSED}


def test_what_is_reopened_goes_back_to_whoever_had_it_or_to_a_new_channel() -> None:
    reopened = Happening.REOPENED
    assert rules.next_state(reopened, TicketState.CLOSED) is TicketState.OPEN
    assert rules.next_state(reopened, TicketState.CLOSED, is_assigned=True) is TicketState.CLAIMED
    assert rules.next_state(reopened, TicketState.CLOSED, has_place=False) is TicketState.OPENING
    assert rules.next_state(reopened, TicketState.OPEN, has_place=False) is None
    assert rules.next_state(Happening.UNCLAIMED, TicketState.CLAIMED, is_assigned=True) is TicketState.OPEN


@pytest.mark.parametrize(
    ("caller", "parts"),
    [
        (SYSTEM, {Part.SYSTEM}),
        (_caller(OPENER), {Part.OPENER}),
        (_caller(HELPER), {Part.STAFF, Part.ASSIGNEE}),
        (_caller(3), {Part.PARTICIPANT}),
        (_caller(4, role_ids=frozenset({ROLE})), {Part.STAFF}),
        (_caller(5, permissions=rules.MANAGE_GUILD), {Part.ADMIN}),
        (_caller(6), set()),
        (Caller(user_id=OPENER, guild_id=GUILD + 1, is_guild_owner=True), set()),
    ],
    ids=["system", "opener", "assignee", "participant", "staff", "admin", "stranger", "elsewhere"],
)
def test_who_is_what_to_a_ticket(caller: Caller, parts: set[Part]) -> None:
    assert rules.parts_of(caller, GUILD, STANDING) == parts


def test_people_never_do_what_only_the_machine_knows() -> None:
    machine = (Happening.PLACED, Happening.FAILED, Happening.STAFF_WROTE, Happening.USER_WROTE, Happening.PLACE_LOST)
    assert all(rules.WHO[happening] == {Part.SYSTEM} for happening in machine)
    assert all(Part.PARTICIPANT not in people for people in rules.WHO.values())


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{category}-{number}", "help-0007"),
        ("{user}", "number-ada-lovelace"),
        ("{x}{{number}}", "x-0007"),
        ("!!!", "0007"),
        ("ü-{user}-{user}-{user}-{user}-{user}-{user}", ("ü" + "-number-ada-lovelace" * 6)[:100]),
    ],
    ids=["both", "braces in a name", "strange braces", "nothing left", "long"],
)
def test_a_channel_is_named_by_its_pattern(pattern: str, name: str) -> None:
    assert rules.channel_name(pattern, number=7, user="{number} Ada Lovelace!", category="Help") == name


@pytest.mark.parametrize("name", ["help", "help-0007", "0007", "x" * 100], ids=["help", "with it", "no name", "long"])
def test_a_thread_has_its_number_at_the_end_of_its_name(name: str) -> None:
    named = rules.thread_name(name, 7)
    assert named.endswith("-0007")
    assert len(named) <= 100
    assert rules.thread_name(named, 7) == named
