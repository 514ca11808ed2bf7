"""Locking and giving back overwrites, for all states that they can be in."""

from __future__ import annotations

import random

import pytest

from guildbase.features.channels.rules.overwrites import (
    CONNECT,
    SEND_MESSAGES,
    WRITING,
    Change,
    Overwrite,
    applied,
    plan,
    restored,
    silenced_bits,
)

EVERYONE, STAFF, VIP, PERSON = 1, 2, 3, 4
A, B, C = 1, 2, 4
BITS = A | B


def _locked(before: dict[int, Overwrite], changes: tuple[Change, ...]) -> dict[int, Overwrite]:
    after = dict(before)
    for change in changes:
        after[change.target_id] = applied(after.get(change.target_id), change)
    return after


def _given_back(now: dict[int, Overwrite], changes: tuple[Change, ...]) -> dict[int, Overwrite]:
    after = dict(now)
    for change in reversed(changes):
        there = restored(after.get(change.target_id), change)
        if there is None:
            after.pop(change.target_id, None)
        else:
            after[change.target_id] = there
    return after


def _any_overwrites(dice: random.Random) -> dict[int, Overwrite]:
    found = {}
    for target in (EVERYONE, STAFF, VIP, PERSON):
        if dice.random() < 0.6:
            allow = dice.randrange(8)
            found[target] = Overwrite(target, target == PERSON, allow, dice.randrange(8) & ~allow)
    return found


def test_whatever_was_there_is_silenced_and_comes_back_exactly(guildbase_seed: int) -> None:
    dice = random.Random(guildbase_seed)  # noqa: S311 - it decides nothing that is secret.
    for _ in range(500):
        before = _any_overwrites(dice)
        changes = plan(before.values(), EVERYONE, {STAFF}, BITS)
        locked = _locked(before, changes)
        assert changes == () or locked[EVERYONE].deny & BITS == BITS
        assert not any(it.allow & BITS for target, it in locked.items() if target != STAFF)
        assert _locked(locked, changes) == locked
        assert _given_back(locked, changes) == before
        # Cut off anywhere on the way there, it still comes back.
        partly = _locked(before, changes[: dice.randrange(len(changes) + 1)])
        assert _given_back(partly, changes) == before
        # Bits that nobody speaks of here stay what others made of them meanwhile.
        for target, it in list(locked.items()):
            locked[target] = Overwrite(target, it.is_member, it.allow ^ C if not it.deny & C else it.allow, it.deny)
        assert all(
            it.allow & BITS == before[target].allow & BITS
            for target, it in _given_back(locked, changes).items()
            if target in before
        )


def test_a_channel_in_which_nobody_may_write_needs_no_change() -> None:
    assert plan([Overwrite(EVERYONE, False, 0, BITS)], EVERYONE, {STAFF}, BITS) == ()


def test_the_staff_keeps_what_the_others_lose_and_no_more() -> None:
    there = [Overwrite(EVERYONE, False, 0, A), Overwrite(STAFF, False, 0, B)]
    (everyone,) = plan(there, EVERYONE, {STAFF}, BITS)
    assert (everyone.target_id, everyone.changed) == (EVERYONE, B)
    staff, everyone = plan(there[:1], EVERYONE, {STAFF}, BITS)
    assert (staff.target_id, staff.set_allow, staff.existed) == (STAFF, B, False)


def test_a_bit_that_somebody_else_changed_meanwhile_is_theirs() -> None:
    before = {VIP: Overwrite(VIP, False, A | B, 0)}
    changes = plan(before.values(), EVERYONE, set(), BITS)
    locked = _locked(before, changes)
    locked[VIP] = Overwrite(VIP, False, 0, A)
    assert _given_back(locked, changes)[VIP] == Overwrite(VIP, False, B, A)
    del locked[VIP]
    assert VIP not in _given_back(locked, changes)


@pytest.mark.parametrize(
    ("channel_type", "bit"), [(0, SEND_MESSAGES), (2, CONNECT), (13, CONNECT), (15, SEND_MESSAGES)]
)
def test_where_people_talk_they_cannot_connect(channel_type: int, bit: int) -> None:
    assert silenced_bits(channel_type) & bit
    assert (silenced_bits(channel_type) == WRITING) is (bit == SEND_MESSAGES)
