"""What exists on the simulated Discord: plain typed objects that hold ids as integers and no behaviour to speak of."""

from guildbase.simulator.world.entities.applications import (
    ALL_PRIVILEGED,
    Activity,
    Application,
    ApplicationFlag,
    Entitlement,
    RoleConnection,
    Sku,
    SkuType,
    Subscription,
)
from guildbase.simulator.world.entities.automod import AutoModAction, AutoModEvent, AutoModRule, TriggerType
from guildbase.simulator.world.entities.channels import Channel, ChannelType, Overwrite
from guildbase.simulator.world.entities.expressions import Emoji, Sound, Sticker, StickerFormat
from guildbase.simulator.world.entities.guilds import Guild, Member, MemberFlag, Members, Profile, Role
from guildbase.simulator.world.entities.images import Image
from guildbase.simulator.world.entities.integrations import Integration
from guildbase.simulator.world.entities.interactions import (
    ApplicationCommand,
    CallbackType,
    CommandPermission,
    CommandPermissionType,
    Interaction,
    InteractionType,
)
from guildbase.simulator.world.entities.invites import Invite
from guildbase.simulator.world.entities.join_requests import JoinRequest, JoinRequestStatus
from guildbase.simulator.world.entities.messages import EPHEMERAL, Attachment, Message, MessageFlag
from guildbase.simulator.world.entities.oauth import AuthorizationCode, Grant, OAuth
from guildbase.simulator.world.entities.polls import Poll, PollAnswer
from guildbase.simulator.world.entities.presences import Presence
from guildbase.simulator.world.entities.scheduled_events import EntityType, EventException, EventStatus, ScheduledEvent
from guildbase.simulator.world.entities.settings import GuildSettings, GuildTemplate, Onboarding, WelcomeScreen
from guildbase.simulator.world.entities.threads import ChannelFlag, Forum, ForumTag, Thread, ThreadMember
from guildbase.simulator.world.entities.users import User, Users
from guildbase.simulator.world.entities.voice import StageInstance, VoiceState
from guildbase.simulator.world.entities.webhooks import Webhook, WebhookAuthor, WebhookType

__all__ = [
    "ALL_PRIVILEGED",
    "EPHEMERAL",
    "Activity",
    "Application",
    "ApplicationCommand",
    "ApplicationFlag",
    "Attachment",
    "AuthorizationCode",
    "AutoModAction",
    "AutoModEvent",
    "AutoModRule",
    "CallbackType",
    "Channel",
    "ChannelFlag",
    "ChannelType",
    "CommandPermission",
    "CommandPermissionType",
    "Emoji",
    "Entitlement",
    "EntityType",
    "EventException",
    "EventStatus",
    "Forum",
    "ForumTag",
    "Grant",
    "Guild",
    "GuildSettings",
    "GuildTemplate",
    "Image",
    "Integration",
    "Interaction",
    "InteractionType",
    "Invite",
    "JoinRequest",
    "JoinRequestStatus",
    "Member",
    "MemberFlag",
    "Members",
    "Message",
    "MessageFlag",
    "OAuth",
    "Onboarding",
    "Overwrite",
    "Poll",
    "PollAnswer",
    "Presence",
    "Profile",
    "Role",
    "RoleConnection",
    "ScheduledEvent",
    "Sku",
    "SkuType",
    "Sound",
    "StageInstance",
    "Sticker",
    "StickerFormat",
    "Subscription",
    "Thread",
    "ThreadMember",
    "TriggerType",
    "User",
    "Users",
    "VoiceState",
    "Webhook",
    "WebhookAuthor",
    "WebhookType",
    "WelcomeScreen",
]
