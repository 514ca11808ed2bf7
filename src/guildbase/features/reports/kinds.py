"""The words that reports and appeals are described in; cheap to import."""

from enum import StrEnum

MAX_TEXT = 1000
"""Longest reason, question or answer, in characters; it fits one field of a Discord embed."""
MAX_EVIDENCE = 2000
"""Characters of a reported message that are kept."""
MAX_NUMBER = 2**31 - 1
"""Largest number that fits the column."""
CODE_SIGN = "-"
"""Stands between the server's id and the case's number in the code of an appeal."""


class ReportKind(StrEnum):
    """What it is about."""

    MESSAGE = "message"
    MEMBER = "member"
    APPEAL = "appeal"
    """Somebody asks to have an action against them lifted."""


class ReportState(StrEnum):
    """Where it stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    """Somebody of the staff looks into it."""
    CLOSED = "closed"


class Outcome(StrEnum):
    """How it ended."""

    DISMISSED = "dismissed"
    """Nothing was done about the report."""
    WARNED = "warned"
    TIMED_OUT = "timed_out"
    BANNED = "banned"
    ACCEPTED = "accepted"
    """What the appeal is about was lifted."""
    REJECTED = "rejected"


class Happening(StrEnum):
    """What happened to a report."""

    FILED = "filed"
    JOINED = "joined"
    """Somebody else reported the same."""
    CLAIMED = "claimed"
    RELEASED = "released"
    ASKED = "asked"
    """The staff asked whoever wrote."""
    ANSWERED = "answered"
    UNREACHED = "unreached"
    """Whoever wrote takes no direct messages, or shares no server with the bot any more."""
    CLOSED = "closed"


SHOW = "reports.show"
"""The effect that brings the message in the queue's channel in line; `effects.py` runs it."""
TELL = "reports.tell"
"""The effect that tells whoever wrote by direct message."""
STRIKE = "reports.strike"
"""The effect that has a case count no longer whose appeal was accepted."""
