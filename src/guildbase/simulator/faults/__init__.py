"""Faults on demand: what a bot must bear from the real Discord, made to happen here."""

from guildbase.simulator.faults.fault import Fault, ImpossibleFault
from guildbase.simulator.faults.gateway import GatewayFault
from guildbase.simulator.faults.rest import RestFault
from guildbase.simulator.faults.standing import Faults

__all__ = ["Fault", "Faults", "GatewayFault", "ImpossibleFault", "RestFault"]
