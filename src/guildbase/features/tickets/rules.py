"""What may become of a ticket, and who may do it; decided without looking anything up."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from guildbase.core.i18n import marked
from guildbase.core.ports import Caller
from guildbase.features.tickets.kinds import LIVE, Happening, Part, TicketState

MANAGE_GUILD = 1 << 5
ADMIN_LEVEL = 5
"""Permission level from which on somebody sets tickets up and sees all of them."""
NO_ADMIN = marked("You may not set up tickets here.")
ADMIN_HINT = marked("Ask for Manage Server, or for permission level 5.")
LONGEST_CHANNEL_NAME = 100

_H, _S = Happening, TicketState
_PLACED = LIVE - {_S.OPENING}


def _stays(states: Collection[TicketState]) -> dict[TicketState, TicketState]:
    return {state: state for state in states}


TRANSITIONS: dict[Happening, dict[TicketState, TicketState]] = {
    _H.PLACED: {_S.OPENING: _S.OPEN},
    _H.FAILED: {_S.OPENING: _S.FAILED},
    _H.CLAIMED: {**_stays(_PLACED), _S.OPEN: _S.CLAIMED},
    _H.UNCLAIMED: {**_stays(_PLACED - {_S.OPEN}), _S.CLAIMED: _S.OPEN},
    _H.ASSIGNED: {**_stays(_PLACED), _S.OPEN: _S.CLAIMED},
    _H.STAFF_WROTE: dict.fromkeys(_PLACED, _S.WAITING_FOR_USER),
    # A ticket that nobody has taken waits for the staff anyway.
    _H.USER_WROTE: {**dict.fromkeys(_PLACED, _S.WAITING_FOR_STAFF), _S.OPEN: _S.OPEN},
    _H.CLOSE_ASKED: _stays(_PLACED),
    _H.CLOSE_REFUSED: _stays(_PLACED),
    _H.CLOSED: dict.fromkeys(LIVE, _S.CLOSED),
    _H.PLACE_LOST: dict.fromkeys((*_PLACED, _S.CLOSED), _S.CLOSED),
    _H.REOPENED: {_S.CLOSED: _S.OPEN},
    # Once more, if the channel is still there.
    _H.DELETED: dict.fromkeys((_S.CLOSED, _S.DELETED), _S.DELETED),
    _H.RENAMED: _stays(_PLACED),
    _H.ADDED: _stays(_PLACED),
    _H.REMOVED: _stays(_PLACED),
    _H.PRIORITY: _stays((*_PLACED, _S.CLOSED)),
    _H.TAGGED: _stays((*_PLACED, _S.CLOSED)),
    _H.UNTAGGED: _stays((*_PLACED, _S.CLOSED)),
    _H.MOVED: _stays(_PLACED),
    _H.RATED: _stays((_S.CLOSED, _S.DELETED)),
    _H.SLA_NEAR: _stays(_PLACED),
    _H.SLA_BROKEN: _stays(_PLACED),
    _H.IDLE_WARNED: _stays(_PLACED),
    _H.TRANSCRIPT_MADE: _stays((*_PLACED, _S.CLOSED, _S.DELETED)),
    _H.REPLIED: _stays(_PLACED),
    _H.NOTED: _stays((*_PLACED, _S.CLOSED, _S.DELETED)),
}
"""By what happens: from which state it leads to which. What is not named cannot happen."""

_TEAM = frozenset({Part.STAFF, Part.ADMIN, Part.SYSTEM})
_MACHINE = frozenset({Part.SYSTEM})
WHO: dict[Happening, frozenset[Part]] = {
    **dict.fromkeys(TRANSITIONS, _TEAM),
    **dict.fromkeys(
        (_H.PLACED, _H.FAILED, _H.STAFF_WROTE, _H.USER_WROTE, _H.PLACE_LOST, _H.SLA_NEAR, _H.SLA_BROKEN), _MACHINE
    ),
    _H.IDLE_WARNED: _MACHINE,
    _H.UNCLAIMED: frozenset({Part.ASSIGNEE, Part.ADMIN, Part.SYSTEM}),
    _H.CLOSED: _TEAM | {Part.OPENER},
    _H.CLOSE_REFUSED: frozenset({Part.OPENER, Part.SYSTEM}),
    _H.REOPENED: _TEAM | {Part.OPENER},
    _H.RATED: frozenset({Part.OPENER}),
}
"""By what happens: who may do it."""
SEES = frozenset(Part)
"""Whoever is anything to a ticket may see it."""
TOUCHES_PLACE = frozenset(
    {
        _H.CLAIMED, _H.UNCLAIMED, _H.ASSIGNED, _H.CLOSED, _H.REOPENED, _H.RENAMED, _H.ADDED, _H.REMOVED, _H.MOVED,
    }
)  # fmt: skip
"""After what the channel or thread has to be brought in line."""
TOLD = TOUCHES_PLACE | {_H.CLOSE_ASKED, _H.CLOSE_REFUSED, _H.PRIORITY}
"""What is said in the channel or thread."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who is who in a ticket."""

    opener_id: int
    assignee_id: int | None
    staff_roles: frozenset[int]
    participants: frozenset[int]


def may_configure(caller: Caller, guild_id: int) -> bool:
    """Tell whether the caller sets tickets up in the guild."""
    return caller.may(guild_id, permissions=MANAGE_GUILD, level=ADMIN_LEVEL)


def is_staff(role_ids: frozenset[int], user_id: int | None, standing: Standing) -> bool:
    """Tell whether somebody with these roles answers the ticket."""
    is_assigned = user_id is not None and user_id == standing.assignee_id
    return is_assigned or not standing.staff_roles.isdisjoint(role_ids)


def parts_of(caller: Caller, guild_id: int, standing: Standing) -> frozenset[Part]:
    """Return all that the caller is to the ticket; nothing for a stranger."""
    if caller.is_system:
        return frozenset({Part.SYSTEM})
    if caller.guild_id != guild_id:
        return frozenset()
    found = {
        Part.OPENER: caller.user_id == standing.opener_id,
        Part.PARTICIPANT: caller.user_id in standing.participants,
        Part.STAFF: is_staff(caller.role_ids, caller.user_id, standing),
        Part.ASSIGNEE: caller.user_id is not None and caller.user_id == standing.assignee_id,
        Part.ADMIN: may_configure(caller, guild_id),
    }
    return frozenset(part for part, is_it in found.items() if is_it)


def next_state(
    happening: Happening, state: TicketState, *, has_place: bool = True, is_assigned: bool = False
) -> TicketState | None:
    """Return the state that follows, or None if this cannot happen now.

    What is open anew gets a channel first if its own is gone, and stays with whom it was assigned to.
    """
    following = TRANSITIONS.get(happening, {}).get(state)
    if happening is Happening.DELETED and state is TicketState.DELETED and not has_place:
        return None
    if happening is Happening.REOPENED and following is not None and not has_place:
        return TicketState.OPENING
    if following is TicketState.OPEN and is_assigned and happening is not Happening.UNCLAIMED:
        return TicketState.CLAIMED
    return following


def channel_name(pattern: str, *, number: int, user: str, category: str) -> str:
    """Return the name of a ticket's channel; what people are called is put in as it is, and cleaned with the rest."""
    words = {"number": f"{number:04d}", "user": user, "category": category}
    return clean_name(re.sub(r"\{(number|user|category)\}", lambda found: words[found[1]], pattern)) or f"{number:04d}"


def clean_name(name: str) -> str:
    """Return the name as Discord writes those of text channels: small letters, digits, and dashes between."""
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-_")[:LONGEST_CHANNEL_NAME]


def thread_name(name: str, number: int) -> str:
    """Return the name with the ticket's number at its end: by nothing else a thread is told from another ticket's."""
    ending = f"-{number:04d}"
    return name if name.endswith(ending) else f"{name[: LONGEST_CHANNEL_NAME - len(ending)]}{ending}"


def marker(guild_id: int, number: int) -> str:
    """Return what a ticket's channel has in its topic, so that an attempt that was cut off is found again."""
    return f"ticket:{guild_id}:{number}"
