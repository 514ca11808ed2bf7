"""A Discord that runs here: gateway, API and scripted people, for tests and for trying a bot without an account."""

from guildbase.simulator.faults import Faults, ImpossibleFault
from guildbase.simulator.gateway.settings import GatewaySettings
from guildbase.simulator.people import Choice, Form, Person, Reply, ScriptedGuild, SeenMessage
from guildbase.simulator.people.errors import (
    DidNotAnswer,
    NoSuchCommand,
    NotAllowed,
    NotConnected,
    NotFound,
    NothingHeard,
    SimulatorError,
    WrongLoop,
    WrongOption,
)
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.rate_limits import Limit, RateLimits
from guildbase.simulator.server import CannotListen, PortTaken, Simulator

__all__ = [
    "CannotListen",
    "Choice",
    "DidNotAnswer",
    "Faults",
    "Form",
    "GatewaySettings",
    "ImpossibleFault",
    "Limit",
    "NoSuchCommand",
    "NotAllowed",
    "NotConnected",
    "NotFound",
    "NothingHeard",
    "Permission",
    "Person",
    "PortTaken",
    "RateLimits",
    "Reply",
    "ScriptedGuild",
    "SeenMessage",
    "Simulator",
    "SimulatorError",
    "WrongLoop",
    "WrongOption",
]
