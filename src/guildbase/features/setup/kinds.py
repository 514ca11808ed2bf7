"""The words that the setup's findings are described in; cheap to import."""

from enum import StrEnum


class Weight(StrEnum):
    """How much a finding matters."""

    BROKEN = "broken"
    """Something does not work."""
    ADVICE = "advice"
    """It works, and could be better."""


class Fix(StrEnum):
    """What a button of the setup can do about a finding."""

    INVITE = "invite"
    """Open Discord's page that asks for the missing permissions."""
    LET_IN = "let_in"
    """Change the channel's permissions for the bot."""
    LOGS = "logs"
    """Go to the page of the log channels."""
    STAFF = "staff"
    """Go to the page of the staff's roles."""
    REPAIR = "repair"
    """Remove from the settings what vanished."""
