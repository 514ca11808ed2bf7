"""What exists on the simulated Discord: plain typed objects that hold ids as integers and no behaviour to speak of."""

from guildbase.simulator.world.entities.channels import Channel, ChannelType, Overwrite
from guildbase.simulator.world.entities.guilds import Guild, Member, Role
from guildbase.simulator.world.entities.interactions import (
    ApplicationCommand,
    CallbackType,
    Interaction,
    InteractionType,
)
from guildbase.simulator.world.entities.messages import EPHEMERAL, Attachment, Message
from guildbase.simulator.world.entities.users import ALL_PRIVILEGED, Application, ApplicationFlag, User

__all__ = [
    "ALL_PRIVILEGED",
    "EPHEMERAL",
    "Application",
    "ApplicationCommand",
    "ApplicationFlag",
    "Attachment",
    "CallbackType",
    "Channel",
    "ChannelType",
    "Guild",
    "Interaction",
    "InteractionType",
    "Member",
    "Message",
    "Overwrite",
    "Role",
    "User",
]
