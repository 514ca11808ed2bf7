"""World objects as the JSON that Discord sends. Ids become strings, times ISO 8601 with an offset."""

from guildbase.simulator.payloads.applications import (
    activity_instance,
    application,
    entitlement,
    partial_application,
    sku,
    subscription,
)
from guildbase.simulator.payloads.automod import automod_rule
from guildbase.simulator.payloads.channels import channel
from guildbase.simulator.payloads.emojis import emoji
from guildbase.simulator.payloads.expressions import STICKER_PACK_ID, creator, custom_emoji, sound, sticker
from guildbase.simulator.payloads.guilds import guild, guild_create, incidents, member, role
from guildbase.simulator.payloads.integrations import integration, partial_integration
from guildbase.simulator.payloads.interactions import ATTACHMENT_SIZE_LIMIT, command, command_permissions, interaction
from guildbase.simulator.payloads.invites import invite, invite_event
from guildbase.simulator.payloads.messages import attachment, author, message, message_event, owners, snapshot
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.payloads.polls import poll, poll_result
from guildbase.simulator.payloads.presences import presence
from guildbase.simulator.payloads.scheduled_events import event_exception, scheduled_event
from guildbase.simulator.payloads.threads import active_threads, thread_member
from guildbase.simulator.payloads.users import current_user, email, user
from guildbase.simulator.payloads.voice import stage_instance, voice_regions, voice_state
from guildbase.simulator.payloads.webhooks import webhook

__all__ = [
    "ATTACHMENT_SIZE_LIMIT",
    "STICKER_PACK_ID",
    "active_threads",
    "activity_instance",
    "application",
    "attachment",
    "author",
    "automod_rule",
    "channel",
    "command",
    "command_permissions",
    "creator",
    "current_user",
    "custom_emoji",
    "email",
    "emoji",
    "entitlement",
    "event_exception",
    "guild",
    "guild_create",
    "incidents",
    "integration",
    "interaction",
    "invite",
    "invite_event",
    "member",
    "message",
    "message_event",
    "moment",
    "owners",
    "partial_application",
    "partial_integration",
    "poll",
    "poll_result",
    "presence",
    "role",
    "scheduled_event",
    "sku",
    "snapshot",
    "sound",
    "stage_instance",
    "sticker",
    "subscription",
    "thread_member",
    "user",
    "voice_regions",
    "voice_state",
    "webhook",
]
