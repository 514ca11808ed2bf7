"""The words that tickets are described in; cheap to import."""

from enum import StrEnum

MAX_NUMBER = 2**31 - 1
"""Largest number that fits the column; PostgreSQL refuses to compare it with a larger one."""
MAX_NAME = 50
MAX_SUBJECT = 200
MAX_REASON = 500
MAX_TAG = 32
MAX_REPLY = 2000
MAX_COMMENT = 1000
MAX_NOTE = 1000
MAX_QUESTIONS = 5
"""Discord's limit of fields in one form."""


class TicketKind(StrEnum):
    """Where the conversation of a ticket takes place."""

    CHANNEL = "channel"
    THREAD = "thread"
    """A private thread."""


class TicketState(StrEnum):
    """Where a ticket stands."""

    OPENING = "opening"
    """It is written, and its channel or thread is promised."""
    OPEN = "open"
    """Nobody of the staff has taken it."""
    CLAIMED = "claimed"
    """Somebody of the staff has taken it."""
    WAITING_FOR_USER = "waiting_for_user"
    """The staff wrote last."""
    WAITING_FOR_STAFF = "waiting_for_staff"
    """The person wrote last."""
    CLOSED = "closed"
    """It is done with; what was written can be read, and it can be reopened."""
    DELETED = "deleted"
    """Its channel or thread is gone for good; the ticket and its transcript stay."""
    FAILED = "failed"
    """Its channel or thread could never be made; `failure` says why."""


LIVE = frozenset(
    {
        TicketState.OPENING,
        TicketState.OPEN,
        TicketState.CLAIMED,
        TicketState.WAITING_FOR_USER,
        TicketState.WAITING_FOR_STAFF,
    }
)
"""The states of a ticket that is not done with."""


class TicketPriority(StrEnum):
    """How much a ticket presses."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Happening(StrEnum):
    """What the activity log of a ticket tells."""

    OPENED = "opened"
    PLACED = "placed"
    """Its channel or thread was made."""
    FAILED = "failed"
    CLAIMED = "claimed"
    UNCLAIMED = "unclaimed"
    ASSIGNED = "assigned"
    STAFF_WROTE = "staff_wrote"
    """The staff wrote, and the ticket waits for the person now."""
    USER_WROTE = "user_wrote"
    """The person wrote, and the ticket waits for the staff now."""
    CLOSE_ASKED = "close_asked"
    """The staff asked the person whether it can be closed."""
    CLOSE_REFUSED = "close_refused"
    CLOSED = "closed"
    PLACE_LOST = "place_lost"
    """Its channel or thread was deleted by hand."""
    REOPENED = "reopened"
    DELETED = "deleted"
    RENAMED = "renamed"
    ADDED = "added"
    REMOVED = "removed"
    PRIORITY = "priority"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    MOVED = "moved"
    RATED = "rated"
    SLA_NEAR = "sla_near"
    SLA_BROKEN = "sla_broken"
    IDLE_WARNED = "idle_warned"
    TRANSCRIPT_MADE = "transcript_made"
    REPLIED = "replied"
    """A canned reply was used."""
    NOTED = "noted"
    """The staff wrote a note for one another, which nobody else sees."""


PLACE = "tickets.place"
"""The effect that makes the channel or thread of a ticket and greets in it."""
SYNC = "tickets.sync"
"""The effect that brings the channel or thread in line with its ticket."""
TELL = "tickets.tell"
"""The effect that says in the channel or thread what happened."""
REMOVE = "tickets.remove"
"""The effect that deletes the channel or thread."""
POST_PANEL = "tickets.post_panel"
TAKE_PANEL_DOWN = "tickets.take_panel_down"

TRANSCRIBE = "tickets.transcribe"
"""The effect that brings the copy of a ticket's messages in line with its channel."""
LOG_TRANSCRIPT = "tickets.log_transcript"
SEND_TRANSCRIPT = "tickets.send_transcript"
ALERT = "tickets.alert"
"""The effect that tells the staff what is late, or soon will be."""
WARN_IDLE = "tickets.warn_idle"
"""The effect that tells the person that their ticket is closed soon."""
TIMER = "tickets.timer"
"""The due work of everything that is timed in a ticket."""


class Part(StrEnum):
    """What somebody is to a ticket; a person may be several things at once."""

    OPENER = "opener"
    PARTICIPANT = "participant"
    """Somebody who was added."""
    STAFF = "staff"
    """Has a role of the category's staff, or the ticket was assigned to them."""
    ASSIGNEE = "assignee"
    ADMIN = "admin"
    SYSTEM = "system"
