"""The words of raids; cheap to import."""

from datetime import timedelta
from enum import StrEnum

NEWCOMER = timedelta(minutes=10)
"""Who came that recently is a newcomer, whose messages count."""


class RaidLevel(StrEnum):
    """What the bot does about raids."""

    OFF = "off"
    WATCH = "watch"
    """It tells, and does nothing else."""
    ON = "on"
    """It tells, and acts on those who raid."""
    LOCKDOWN = "lockdown"
    """It also locks the server till the raid is over."""


class RaidAction(StrEnum):
    """What is done to those who raid."""

    NONE = "none"
    TIMEOUT = "timeout"
    QUARANTINE = "quarantine"
    """Jail: all roles are taken and kept, and the jail's role is given."""
    KICK = "kick"
    BAN = "ban"


class Cause(StrEnum):
    """What was noticed."""

    JOINS = "joins"
    """Too many came in too little time."""
    NEW = "new"
    """Nearly all of them have new accounts."""
    NAMES = "names"
    """Their names are alike."""
    AVATARS = "avatars"
    """They show the same picture."""
    BIRTHS = "births"
    """Their accounts were made at the same time."""
    MESSAGES = "messages"
    """Newcomers write too much at once."""


class RaidState(StrEnum):
    """Whether a raid goes on."""

    ACTIVE = "active"
    ENDED = "ended"


class RaiderState(StrEnum):
    """Where somebody who raided stands."""

    HELD = "held"
    """They are written down, and nothing was done or is to be done."""
    DUE = "due"
    """What is to be done to them is promised."""
    DONE = "done"
    """There is a case of it."""
    FAILED = "failed"
    FREEING = "freeing"
    """What was done to them is being undone."""
    RELEASED = "released"
    """A moderator let them go."""
