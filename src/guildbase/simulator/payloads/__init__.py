"""World objects as the JSON that Discord sends. Ids become strings, times ISO 8601 with an offset."""

from guildbase.simulator.payloads.channels import channel
from guildbase.simulator.payloads.guilds import guild, guild_create, member, role, voice_state
from guildbase.simulator.payloads.interactions import ATTACHMENT_SIZE_LIMIT, command, interaction
from guildbase.simulator.payloads.messages import attachment, emoji, message, message_event, owners
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.payloads.users import application, current_user, user

__all__ = [
    "ATTACHMENT_SIZE_LIMIT",
    "application",
    "attachment",
    "channel",
    "command",
    "current_user",
    "emoji",
    "guild",
    "guild_create",
    "interaction",
    "member",
    "message",
    "message_event",
    "moment",
    "owners",
    "role",
    "user",
    "voice_state",
]
