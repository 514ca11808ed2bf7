"""The keys without which discord.py cannot parse an event or an answer, so that they must always be sent."""

from __future__ import annotations

from tests.simulator.reach.deletion import ITEM, Path

_MESSAGE = "id channel_id type content author"
_RULE = "id guild_id creator_id name enabled event_type trigger_type actions exempt_roles exempt_channels"
_SCHEDULED = "id guild_id name status entity_type scheduled_start_time"
_SOUND = "guild_id sound_id name volume emoji_name available"
_STAGE = "id guild_id channel_id topic privacy_level discoverable_disabled"
_THREAD = "id guild_id parent_id owner_id name type message_count member_count thread_metadata"
_REACTION = "user_id channel_id message_id emoji type"
_SUBSCRIPTION = (
    "id user_id sku_ids entitlement_ids renewal_sku_ids current_period_start current_period_end status canceled_at"
)
_ENTITLEMENT = "id sku_id application_id type deleted"
_VOTE = "user_id channel_id message_id answer_id"

_USER = "id username discriminator avatar"
_MEMBER = "user roles flags"
_CHANNEL = "id type name position bitrate user_limit"
_STICKER = "id name format_type description tags guild_id"
# At the top of each event and of each answer, by what is fetched.
_AT_THE_TOP = {
    "AUTO_MODERATION_ACTION_EXECUTION": "guild_id user_id rule_id rule_trigger_type action matched_keyword",
    "AUTO_MODERATION_RULE_CREATE": _RULE,
    "AUTO_MODERATION_RULE_DELETE": _RULE,
    "AUTO_MODERATION_RULE_UPDATE": _RULE,
    "CHANNEL_CREATE": "id type name position bitrate user_limit guild_id",
    "CHANNEL_DELETE": "id guild_id",
    "CHANNEL_PINS_UPDATE": "channel_id",
    "CHANNEL_UPDATE": "id type name position bitrate user_limit guild_id",
    "ENTITLEMENT_CREATE": _ENTITLEMENT,
    "ENTITLEMENT_DELETE": _ENTITLEMENT,
    "ENTITLEMENT_UPDATE": _ENTITLEMENT,
    "SUBSCRIPTION_CREATE": _SUBSCRIPTION,
    "SUBSCRIPTION_DELETE": _SUBSCRIPTION,
    "SUBSCRIPTION_UPDATE": _SUBSCRIPTION,
    "GUILD_AUDIT_LOG_ENTRY_CREATE": "id guild_id action_type",
    "GUILD_BAN_ADD": "guild_id user",
    "GUILD_BAN_REMOVE": "guild_id user",
    "GUILD_CREATE": "id",
    "GUILD_DELETE": "id",
    "GUILD_EMOJIS_UPDATE": "guild_id emojis",
    "GUILD_INTEGRATIONS_UPDATE": "guild_id",
    "GUILD_MEMBERS_CHUNK": "guild_id members",
    "GUILD_MEMBER_ADD": "guild_id user roles flags",
    "GUILD_MEMBER_REMOVE": "guild_id user",
    "GUILD_MEMBER_UPDATE": "guild_id user roles flags",
    "GUILD_ROLE_CREATE": "guild_id role",
    "GUILD_ROLE_DELETE": "guild_id role_id",
    "GUILD_ROLE_UPDATE": "guild_id role",
    "GUILD_SCHEDULED_EVENT_CREATE": _SCHEDULED,
    "GUILD_SCHEDULED_EVENT_DELETE": _SCHEDULED,
    "GUILD_SCHEDULED_EVENT_UPDATE": _SCHEDULED,
    "GUILD_SCHEDULED_EVENT_USER_ADD": "guild_id guild_scheduled_event_id user_id",
    "GUILD_SCHEDULED_EVENT_USER_REMOVE": "guild_id guild_scheduled_event_id user_id",
    "GUILD_SOUNDBOARD_SOUNDS_UPDATE": "guild_id soundboard_sounds",
    "GUILD_SOUNDBOARD_SOUND_CREATE": _SOUND,
    "GUILD_SOUNDBOARD_SOUND_DELETE": "guild_id sound_id",
    "GUILD_SOUNDBOARD_SOUND_UPDATE": _SOUND,
    "GUILD_STICKERS_UPDATE": "guild_id stickers",
    "GUILD_UPDATE": "id",
    "APPLICATION_COMMAND_PERMISSIONS_UPDATE": "id application_id guild_id permissions",
    "INTEGRATION_CREATE": "id guild_id name type account enabled application",
    "INTEGRATION_DELETE": "id guild_id",
    "INTEGRATION_UPDATE": "id guild_id name type account enabled application",
    "INTERACTION_CREATE": "id application_id type token version attachment_size_limit data",
    "INVITE_CREATE": "code channel_id guild_id",
    "INVITE_DELETE": "code channel_id guild_id",
    "MESSAGE_CREATE": _MESSAGE,
    "MESSAGE_DELETE": "id channel_id",
    "MESSAGE_DELETE_BULK": "ids channel_id",
    "MESSAGE_POLL_VOTE_ADD": _VOTE,
    "MESSAGE_POLL_VOTE_REMOVE": _VOTE,
    "MESSAGE_REACTION_ADD": _REACTION,
    "MESSAGE_REACTION_REMOVE": _REACTION,
    "MESSAGE_REACTION_REMOVE_ALL": "channel_id message_id",
    "MESSAGE_REACTION_REMOVE_EMOJI": "channel_id message_id emoji",
    "MESSAGE_UPDATE": _MESSAGE,
    "PRESENCE_UPDATE": "user status activities client_status",
    "READY": "user guilds shard",
    "STAGE_INSTANCE_CREATE": _STAGE,
    "STAGE_INSTANCE_DELETE": _STAGE,
    "STAGE_INSTANCE_UPDATE": _STAGE,
    "THREAD_CREATE": _THREAD,
    "THREAD_DELETE": "id guild_id parent_id type",
    "THREAD_LIST_SYNC": "guild_id threads members",
    "THREAD_MEMBERS_UPDATE": "id guild_id member_count",
    "THREAD_MEMBER_UPDATE": "id guild_id user_id join_timestamp flags",
    "THREAD_UPDATE": _THREAD,
    "TYPING_START": "channel_id user_id timestamp",
    "USER_UPDATE": "id username discriminator avatar",
    "VOICE_CHANNEL_EFFECT_SEND": "channel_id guild_id user_id",
    "VOICE_SERVER_UPDATE": "guild_id token endpoint",
    "VOICE_STATE_UPDATE": "guild_id user_id channel_id session_id",
    "WEBHOOKS_UPDATE": "guild_id channel_id",
    "application": "id name description icon bot_public bot_require_code_grant verify_key owner",
    "application emojis": "items",
    "automod rules": _RULE,
    "bans": "user reason",
    "channel": _CHANNEL + " guild_id",
    "channels": _CHANNEL,
    "default sounds": "sound_id name volume emoji_name",
    "emojis": "id name",
    "entitlements": _ENTITLEMENT,
    "guild": "id",
    "guilds": "id",
    "history": _MESSAGE,
    "integrations": "id name type account enabled application",
    "invites": "code channel",
    "member": _MEMBER,
    "members": _MEMBER,
    "onboarding": "prompts default_channel_ids enabled",
    "pins": "items",
    "preview": "id name",
    "role": "id name",
    "roles": "id name",
    "scheduled events": _SCHEDULED,
    "skus": "id application_id type name slug flags",
    "sounds": "items",
    "sticker packs": "sticker_packs",
    "stickers": _STICKER,
    "templates": "code name description usage_count source_guild_id serialized_source_guild",
    "thread members": "join_timestamp flags",
    "user": _USER,
    "webhooks": "id type",
    "welcome screen": "description",
    "widget": "id name presence_count instant_invite",
}
# In an object or in the items of a list, by the key that holds it.
_BY_HOLDER = {
    "account": "id name",
    "added_members": "id user_id join_timestamp flags",
    "action": "type",
    "application": "id name icon description summary flags",
    "attachments": "id filename size url proxy_url",
    "audit_log_entries": "id action_type",
    "author": _USER,
    "available_tags": "id name moderated emoji_id emoji_name",
    "bot": _USER,
    "auto_moderation_rules": _RULE,
    "channel": _CHANNEL,
    "channels": _CHANNEL,
    "creator": _USER,
    "emoji": "name",
    "emojis": "id name",
    "guilds": "id",
    "integrations": "id name type account",
    "interaction_metadata": "id type user",
    "inviter": _USER,
    "items": "id name sound_id volume emoji_name available message pinned_at",
    "member": f"{_MEMBER} join_timestamp",
    "members": f"{_MEMBER} {_USER} join_timestamp",
    "message": _MESSAGE,
    "message_reference": "channel_id",
    "options": "members_removed delete_member_days auto_moderation_rule_name auto_moderation_rule_trigger_type"
    " channel_id message_id count id type integration_type",
    "owner": _USER,
    "permission_overwrites": "id type allow deny",
    "permissions": "id type permission",
    "poll": "question answers",
    "presences": "user status client_status activities",
    "reactions": "emoji me",
    "referenced_message": f"{_MESSAGE} timestamp edited_timestamp",
    "role": "id name",
    "roles": "id name",
    "serialized_source_guild": "id",
    "soundboard_sounds": _SOUND,
    "sticker_packs": "id name description sku_id stickers",
    "stickers": f"{_STICKER} pack_id sort_value",
    "thread": _THREAD,
    "thread_metadata": "archived archive_timestamp auto_archive_duration",
    "threads": _THREAD,
    "user": _USER,
    "users": _USER,
    "webhooks": "id type",
    "voice_states": "user_id channel_id",
}


def always_sent(event: str) -> list[str]:
    """Return the keys at the top of an event that must be in each of its payloads."""
    spoken = ("bitrate", "user_limit") if event.startswith("CHANNEL_") else ()
    return [it for it in _AT_THE_TOP.get(event, "").split() if it not in spoken]


def is_required(name: str, path: Path) -> bool:
    """Tell whether discord.py may fail without the key of an event, or of what is fetched."""
    holders = [it for it in path[:-1] if it != ITEM]
    keys = _BY_HOLDER.get(holders[-1], "") if holders else _AT_THE_TOP.get(name, "")
    return path[-1] in keys.split()
