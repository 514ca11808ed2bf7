"""The words that cases, punishments and notices are described in; cheap to import."""

from enum import Enum, StrEnum

MAX_REASON = 1000
"""Longest reason of a case, in characters; it fits one field of a Discord embed."""

MAX_NOTE = 1000
"""Longest note, in characters; it fits one field of a Discord embed."""

MAX_TYPE_NAME = 32
"""Longest name of a server's own type of case."""

MAX_NUMBER = 2**31 - 1
"""Largest number that fits the column; PostgreSQL refuses to compare it with a larger one."""


TELL_TARGET = "moderation.tell_target"
"""The effect of what happens between people alone: it tells the member by direct message."""
LOG_CASE = "moderation.log_case"
"""The effect that shows a case in the mod-log as it is now, with copies of its files."""
ENFORCE = "moderation.enforce"
"""The effect that brings Discord in line with what is decided about a person."""
APPEAL_BUTTON = "gb:appeal:"
"""What the custom id of a button to appeal begins with, before the server's id, a colon and the case's number."""
EXPIRE = "moderation.expire"
"""The due work at the end of a case's time, or when Discord has to be told again of a long time-out."""


class CaseType(StrEnum):
    """What was done to the member."""

    WARN = "warn"
    BAN = "ban"
    HACKBAN = "hackban"
    """A ban of somebody who is not in the server."""
    TEMPBAN = "tempban"
    SOFTBAN = "softban"
    """A ban that is lifted at once; it deletes messages and shows the door."""
    UNBAN = "unban"
    KICK = "kick"
    TIMEOUT = "timeout"
    UNTIMEOUT = "untimeout"
    MUTE = "mute"
    """The role of the setting `mute_role`, for as long as it takes."""
    UNMUTE = "unmute"
    JAIL = "jail"
    """All roles are kept and taken away, and the role of the setting `jail_role` is given."""
    UNJAIL = "unjail"
    VOICE_MUTE = "voice_mute"
    VOICE_UNMUTE = "voice_unmute"
    DEAFEN = "deafen"
    UNDEAFEN = "undeafen"
    VOICE_KICK = "voice_kick"
    NICKNAME = "nickname"
    """The nickname was changed or taken away."""
    CUSTOM = "custom"
    """A type that the server made itself; `custom_type` names it."""


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    """It is written, and what it does on Discord is promised."""
    CONFIRMED = "confirmed"
    """It was done."""
    FAILED = "failed"
    """Discord refused it for good; the case says why."""
    EXPIRED = "expired"
    """It was done, and its time is over."""
    VOID = "void"
    """It was never done, because a later case came first, or a moderator took it back."""


class NoticeState(StrEnum):
    """Whether the member was told by direct message."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    """They take no direct messages: Discord says so, or they told the bot."""
    FAILED = "failed"
    NONE = "none"
    """Nobody wanted them told."""


class CaseSource(StrEnum):
    """What a case came from."""

    COMMAND = "command"
    API = "api"
    """The dashboard or a program."""
    DISCORD = "discord"
    """Somebody acted by hand in Discord; its audit log told."""
    AUTOMOD = "automod"
    RAID = "raid"
    LADDER = "ladder"
    """Warnings added up."""
    REPORT = "report"
    APPEAL = "appeal"


class PunishmentKind(StrEnum):
    """What lasts: at any moment one case, or none, governs each kind for each person."""

    BAN = "ban"
    TIMEOUT = "timeout"
    MUTE = "mute"
    JAIL = "jail"
    VOICE_MUTE = "voice_mute"
    DEAFEN = "deafen"


# What follows is compared by identity on both sides of a reload, which swaps rules but not controllers; so it is here.
class DurationUse(Enum):
    """Whether a case of the type takes a duration."""

    FORBIDDEN = "forbidden"
    ALLOWED = "allowed"
    REQUIRED = "required"


class Notice(Enum):
    """When the person is told by direct message."""

    BEFORE = "before"
    """Afterwards they share no server with the bot."""
    AFTER = "after"
    NEVER = "never"
    """They share no server with the bot."""


class Rank(Enum):
    """A rank among those who moderate: the permission level that does as well as its permission of Discord."""

    MODERATOR = 3
    SENIOR = 4
    ADMIN = 5
