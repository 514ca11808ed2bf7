"""The words and limits of the tools for channels; cheap to import."""

from datetime import timedelta
from enum import IntEnum, StrEnum

NATIVE_SLOW_MODE = timedelta(hours=6)
"""The longest slow mode that Discord keeps by itself."""
LONGEST_SLOW_MODE = timedelta(days=30)
MAX_REASON = 400
"""Longest reason, in characters; Discord's audit log takes 512 with the name of who asked."""


class LockState(StrEnum):
    """How far a channel is on its way to what is wanted of it."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class TargetKind(IntEnum):
    """Whom an overwrite is about, in Discord's numbers."""

    ROLE = 0
    MEMBER = 1


class GateMode(StrEnum):
    """What a newcomer has to do to get in."""

    BUTTON = "button"
    """Press a button, which accepts the rules."""
    QUESTION = "question"
    """Answer a question of the server."""
    SUM = "sum"
    """Add two numbers."""


class NewcomerState(StrEnum):
    """Where a newcomer stands."""

    WAITING = "waiting"
    ADMITTED = "admitted"
    """They passed the gate; the roles are promised or given."""
    REMOVED = "removed"
    """They did not pass it in time."""
    FAILED = "failed"
    """They passed it, and Discord did not let the bot change their roles."""


class Only(StrEnum):
    """What a message must have to be taken."""

    BOTS = "bots"
    PEOPLE = "people"
    LINKS = "links"
    INVITES = "invites"
    ATTACHMENTS = "attachments"
    EMBEDS = "embeds"
