"""The words that an explanation of rules is made of; cheap to import."""

from enum import StrEnum


class Weight(StrEnum):
    """What became of a rule that is about a use."""

    DECIDES = "decides"
    OVERRULED = "overruled"
    RAN_OUT = "ran_out"
    OPENS_NOTHING = "opens_nothing"
    """It comes first, but allows a place only, which opens nothing to who lacks what the command asks for."""
