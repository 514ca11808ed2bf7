"""What a sweep finds of a guild that was left; cheap to import."""

from enum import Enum


class SweepState(Enum):
    """What is to become of the data of a guild that was left."""

    BACK = "back"
    """The bot is in the guild again, so everything stays."""
    WAITING = "waiting"
    DUE = "due"
