"""What can go wrong for a scripted person, told so that a failing test explains itself.

SimulatorError
├── NotConnected      the bot has no gateway session where the event would go
├── WrongLoop         a person acts in another event loop than the simulator's
├── DidNotAnswer      an interaction was not answered in time
├── NothingHeard      an awaited message, direct message or edit did not come
├── NoSuchCommand     the bot has not registered the command
├── WrongOption       a client would not let these options be sent
├── NotAllowed        Discord would not let the person do it
└── NotFound          no such guild, channel, role or person
"""

from __future__ import annotations


class SimulatorError(Exception):
    """The base of all errors in scripts."""


class NotConnected(SimulatorError):
    """The bot is not connected to the gateway."""


class WrongLoop(SimulatorError):
    """The script runs in another event loop than the simulator."""


class DidNotAnswer(SimulatorError):
    """The bot did not answer an interaction in time."""


class NothingHeard(SimulatorError):
    """What a person waited for did not come."""


class NoSuchCommand(SimulatorError):
    """The bot has not registered the command."""


class WrongOption(SimulatorError):
    """A client would not send these options."""


class NotAllowed(SimulatorError):
    """Discord would not let the person do this."""


class NotFound(SimulatorError):
    """There is no such thing in the world."""
