"""How a lockdown changes a channel's overwrites, and how exactly these changes are taken back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

ADD_REACTIONS, STREAM, SEND_MESSAGES, CONNECT, SPEAK = 1 << 6, 1 << 9, 1 << 11, 1 << 20, 1 << 21
REQUEST_TO_SPEAK, PUBLIC_THREADS, PRIVATE_THREADS, SEND_IN_THREADS = 1 << 32, 1 << 35, 1 << 36, 1 << 38
WRITING = ADD_REACTIONS | SEND_MESSAGES | PUBLIC_THREADS | PRIVATE_THREADS | SEND_IN_THREADS
TALKING = CONNECT | SPEAK | STREAM | REQUEST_TO_SPEAK | SEND_MESSAGES | ADD_REACTIONS
DECISIVE = SEND_MESSAGES | SEND_IN_THREADS | CONNECT | SPEAK
"""What a channel is not locked without."""
VOICE_TYPES = frozenset({2, 13})
"""Discord's numbers of voice and stage channels."""
LOCKABLE_TYPES = frozenset({0, 2, 5, 13, 15, 16})
"""Discord's numbers of the channels that have overwrites of their own and in which people write or speak."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel says about one role or member."""

    target_id: int
    is_member: bool
    allow: int
    deny: int


@dataclass(frozen=True, slots=True)
class Change:
    """What a lockdown makes of the `changed` bits of one overwrite; the other fields hold these bits alone."""

    target_id: int
    is_member: bool
    existed: bool
    changed: int
    before_allow: int
    before_deny: int
    set_allow: int
    set_deny: int


def silenced_bits(channel_type: int) -> int:
    """Return the permissions that a lockdown takes in a channel of this type."""
    return TALKING if channel_type in VOICE_TYPES else WRITING


def plan(
    overwrites: Iterable[Overwrite], everyone_id: int, staff_ids: Collection[int], bits: int
) -> tuple[Change, ...]:
    """Return what takes the bits from everybody but the staff; nothing if nobody has them anyway.

    Those who are to keep speaking come first, so that a lockdown that is cut off has not silenced them.
    """
    there = {it.target_id: it for it in overwrites}
    nobody = Overwrite(everyone_id, is_member=False, allow=0, deny=0)
    silenced = [_silenced(there.get(everyone_id, nobody), bits, everyone_id in there, is_denied=True)]
    others = [it for it in there.values() if it.target_id not in {everyone_id, *staff_ids}]
    silenced += [_silenced(it, bits, existed=True, is_denied=False) for it in others]
    silenced = [it for it in silenced if it.changed]
    bits = taken(silenced)
    kept = (_kept(there.get(staff_id), staff_id, bits) for staff_id in sorted(staff_ids))
    return (*(it for it in kept if it.changed), *silenced)


def taken(changes: Iterable[Change]) -> int:
    """Return the permissions that the changes take from somebody."""
    bits = 0
    for it in changes:
        bits |= it.changed & ~it.set_allow
    return bits


def _silenced(it: Overwrite, bits: int, existed: bool, *, is_denied: bool) -> Change:
    changed = bits & ~it.deny if is_denied else bits & it.allow
    before = it.allow & changed
    return Change(it.target_id, it.is_member, existed, changed, before, 0, 0, changed if is_denied else 0)


def _kept(it: Overwrite | None, staff_id: int, taken: int) -> Change:
    """Allow what is taken from the others, unless the server itself denied or allowed it to this role."""
    changed = taken if it is None else taken & ~it.deny & ~it.allow
    return Change(staff_id, it is not None and it.is_member, it is not None, changed, 0, 0, changed, 0)


def applied(current: Overwrite | None, change: Change) -> Overwrite:
    """Return the overwrite with the change made; bits that it does not speak of stay as they are now."""
    allow, deny = (0, 0) if current is None else (current.allow, current.deny)
    allow = allow & ~change.changed | change.set_allow
    deny = deny & ~change.changed | change.set_deny
    return Overwrite(change.target_id, change.is_member, allow, deny)


def restored(current: Overwrite | None, change: Change) -> Overwrite | None:
    """Return the overwrite as it was before the change, or None for none.

    A bit that somebody else changed meanwhile is left to them, and an overwrite that they removed stays removed.
    """
    if current is None:
        return None
    ours = change.changed & ~(current.allow ^ change.set_allow) & ~(current.deny ^ change.set_deny)
    allow = current.allow & ~ours | change.before_allow & ours
    deny = current.deny & ~ours | change.before_deny & ours
    if not (allow or deny or change.existed):
        return None
    return Overwrite(current.target_id, current.is_member, allow, deny)
