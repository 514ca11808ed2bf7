"""Which intent an event needs, which intents need a grant, and what a session without MESSAGE_CONTENT sees.

Source: https://discord.com/developers/docs/events/gateway#gateway-intents
"""

from __future__ import annotations

from enum import IntFlag

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import ApplicationFlag
from guildbase.simulator.world.state import Event


class Intent(IntFlag):
    """The gateway intents by their official names."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


KNOWN = int(~Intent(0))
_EVENTS_OF = {
    Intent.GUILDS: (
        "GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE",
        "GUILD_ROLE_DELETE", "CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "CHANNEL_PINS_UPDATE",
        "THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE", "THREAD_LIST_SYNC", "THREAD_MEMBER_UPDATE",
        "THREAD_MEMBERS_UPDATE", "STAGE_INSTANCE_CREATE", "STAGE_INSTANCE_UPDATE", "STAGE_INSTANCE_DELETE",
        "VOICE_CHANNEL_STATUS_UPDATE", "VOICE_CHANNEL_START_TIME_UPDATE",
    ),
    Intent.GUILD_MEMBERS: ("GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE"),
    Intent.GUILD_MODERATION: ("GUILD_BAN_ADD", "GUILD_BAN_REMOVE", "GUILD_AUDIT_LOG_ENTRY_CREATE"),
    Intent.GUILD_EXPRESSIONS: (
        "GUILD_EMOJIS_UPDATE", "GUILD_STICKERS_UPDATE", "GUILD_SOUNDBOARD_SOUND_CREATE",
        "GUILD_SOUNDBOARD_SOUND_UPDATE", "GUILD_SOUNDBOARD_SOUND_DELETE", "GUILD_SOUNDBOARD_SOUNDS_UPDATE",
    ),
    Intent.GUILD_INTEGRATIONS: (
        "GUILD_INTEGRATIONS_UPDATE", "INTEGRATION_CREATE", "INTEGRATION_UPDATE", "INTEGRATION_DELETE",
    ),
    Intent.GUILD_WEBHOOKS: ("WEBHOOKS_UPDATE",),
    Intent.GUILD_INVITES: ("INVITE_CREATE", "INVITE_DELETE"),
    Intent.GUILD_VOICE_STATES: ("VOICE_STATE_UPDATE", "VOICE_CHANNEL_EFFECT_SEND"),
    Intent.GUILD_PRESENCES: ("PRESENCE_UPDATE",),
    Intent.GUILD_SCHEDULED_EVENTS: (
        "GUILD_SCHEDULED_EVENT_CREATE", "GUILD_SCHEDULED_EVENT_UPDATE", "GUILD_SCHEDULED_EVENT_DELETE",
        "GUILD_SCHEDULED_EVENT_USER_ADD", "GUILD_SCHEDULED_EVENT_USER_REMOVE",
    ),
    Intent.AUTO_MODERATION_CONFIGURATION: (
        "AUTO_MODERATION_RULE_CREATE", "AUTO_MODERATION_RULE_UPDATE", "AUTO_MODERATION_RULE_DELETE",
    ),
    Intent.AUTO_MODERATION_EXECUTION: ("AUTO_MODERATION_ACTION_EXECUTION",),
    Intent.GUILD_MESSAGE_POLLS: ("MESSAGE_POLL_VOTE_ADD", "MESSAGE_POLL_VOTE_REMOVE"),
    Intent.GUILD_MESSAGES: ("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"),
    Intent.GUILD_MESSAGE_REACTIONS: (
        "MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE", "MESSAGE_REACTION_REMOVE_ALL",
        "MESSAGE_REACTION_REMOVE_EMOJI",
    ),
    Intent.GUILD_MESSAGE_TYPING: ("TYPING_START",),
}  # fmt: skip
_IN_GUILDS = {event: int(intent) for intent, events in _EVENTS_OF.items() for event in events}
# Intents about messages have a twin for direct conversations; a pin there comes with the messages.
_TWINS = {
    Intent.GUILD_MESSAGES: Intent.DIRECT_MESSAGES,
    Intent.GUILD_MESSAGE_REACTIONS: Intent.DIRECT_MESSAGE_REACTIONS,
    Intent.GUILD_MESSAGE_TYPING: Intent.DIRECT_MESSAGE_TYPING,
    Intent.GUILD_MESSAGE_POLLS: Intent.DIRECT_MESSAGE_POLLS,
}
_IN_DMS = {event: int(twin) for intent, twin in _TWINS.items() for event in _EVENTS_OF[intent]}
_IN_DMS["CHANNEL_PINS_UPDATE"] = int(Intent.DIRECT_MESSAGES)
_GRANTS = {
    Intent.GUILD_PRESENCES: ApplicationFlag.PRESENCE | ApplicationFlag.PRESENCE_LIMITED,
    Intent.GUILD_MEMBERS: ApplicationFlag.GUILD_MEMBERS | ApplicationFlag.GUILD_MEMBERS_LIMITED,
    Intent.MESSAGE_CONTENT: ApplicationFlag.MESSAGE_CONTENT | ApplicationFlag.MESSAGE_CONTENT_LIMITED,
}
_WITH_CONTENT = frozenset(("MESSAGE_CREATE", "MESSAGE_UPDATE"))
_BLANK: Json = {"content": "", "embeds": [], "attachments": [], "components": []}


def needed_for(event: str, *, in_guild: bool) -> int:
    """Return the intent bit an event needs; 0 for events that every session gets."""
    return (_IN_GUILDS if in_guild else _IN_DMS).get(event, 0)


def allow(intents: int, event: Event, bot_id: str) -> bool:
    """Tell whether a session with these intents gets the event."""
    if event.name == "GUILD_MEMBER_UPDATE" and event.data["user"]["id"] == bot_id:
        return True  # A bot always hears of its own membership.
    others = event.name == "THREAD_MEMBERS_UPDATE" and not _joins_or_leaves(event.data, bot_id)
    if others and not intents & Intent.GUILD_MEMBERS:
        return False
    needed = needed_for(event.name, in_guild=event.guild_id is not None)
    return intents & needed == needed


def _joins_or_leaves(data: Json, bot_id: str) -> bool:
    added = (it.get("user_id") for it in data.get("added_members", ()))
    return bot_id in added or bot_id in data.get("removed_member_ids", ())


def disallowed(intents: int, flags: ApplicationFlag) -> bool:
    """Tell whether a privileged intent is asked for that the application was not granted."""
    return any(intents & intent and not flags & grant for intent, grant in _GRANTS.items())


def without_content(event: str, data: Json, bot_id: str) -> Json | None:
    """Return a message event as seen without MESSAGE_CONTENT; None if nothing is hidden from the bot."""
    if event not in _WITH_CONTENT or "guild_id" not in data or _may_read(data, bot_id):
        return None
    blank = _blanked(data)
    original = data.get("referenced_message")
    if original is not None and not _may_read(original, bot_id):
        blank["referenced_message"] = _blanked(original)
    return blank


def _blanked(message: Json) -> Json:
    blank = message | _BLANK
    blank.pop("poll", None)
    if "message_snapshots" in message:
        blank["message_snapshots"] = [{"message": _blanked(it["message"])} for it in message["message_snapshots"]]
    return blank


def _may_read(message: Json, bot_id: str) -> bool:
    mentions = message.get("mentions", ())
    return message.get("author", {}).get("id") == bot_id or any(it["id"] == bot_id for it in mentions)
