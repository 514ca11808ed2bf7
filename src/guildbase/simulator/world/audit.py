"""The audit log of a guild: who did what to whom, and what it changed.

Source: https://discord.com/developers/docs/resources/audit-log
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import Guild
from guildbase.simulator.world.state import Event, World


class Action(IntEnum):
    """The kinds of entries by their official names."""

    GUILD_UPDATE = 1
    CHANNEL_CREATE = 10
    CHANNEL_UPDATE = 11
    CHANNEL_DELETE = 12
    CHANNEL_OVERWRITE_CREATE = 13
    CHANNEL_OVERWRITE_UPDATE = 14
    CHANNEL_OVERWRITE_DELETE = 15
    MEMBER_KICK = 20
    MEMBER_PRUNE = 21
    MEMBER_BAN_ADD = 22
    MEMBER_BAN_REMOVE = 23
    MEMBER_UPDATE = 24
    MEMBER_ROLE_UPDATE = 25
    MEMBER_MOVE = 26
    MEMBER_DISCONNECT = 27
    BOT_ADD = 28
    ROLE_CREATE = 30
    ROLE_UPDATE = 31
    ROLE_DELETE = 32
    INVITE_CREATE = 40
    INVITE_UPDATE = 41
    INVITE_DELETE = 42
    WEBHOOK_CREATE = 50
    WEBHOOK_UPDATE = 51
    WEBHOOK_DELETE = 52
    EMOJI_CREATE = 60
    EMOJI_UPDATE = 61
    EMOJI_DELETE = 62
    MESSAGE_DELETE = 72
    MESSAGE_BULK_DELETE = 73
    MESSAGE_PIN = 74
    MESSAGE_UNPIN = 75
    INTEGRATION_CREATE = 80
    INTEGRATION_UPDATE = 81
    INTEGRATION_DELETE = 82
    STAGE_INSTANCE_CREATE = 83
    STAGE_INSTANCE_UPDATE = 84
    STAGE_INSTANCE_DELETE = 85
    STICKER_CREATE = 90
    STICKER_UPDATE = 91
    STICKER_DELETE = 92
    GUILD_SCHEDULED_EVENT_CREATE = 100
    GUILD_SCHEDULED_EVENT_UPDATE = 101
    GUILD_SCHEDULED_EVENT_DELETE = 102
    THREAD_CREATE = 110
    THREAD_UPDATE = 111
    THREAD_DELETE = 112
    APPLICATION_COMMAND_PERMISSION_UPDATE = 121
    SOUNDBOARD_SOUND_CREATE = 130
    SOUNDBOARD_SOUND_UPDATE = 131
    SOUNDBOARD_SOUND_DELETE = 132
    AUTO_MODERATION_RULE_CREATE = 140
    AUTO_MODERATION_RULE_UPDATE = 141
    AUTO_MODERATION_RULE_DELETE = 142
    AUTO_MODERATION_BLOCK_MESSAGE = 143
    AUTO_MODERATION_FLAG_TO_CHANNEL = 144
    AUTO_MODERATION_USER_COMMUNICATION_DISABLED = 145
    AUTO_MODERATION_QUARANTINE_USER = 146
    CREATOR_MONETIZATION_REQUEST_CREATED = 150
    ONBOARDING_PROMPT_CREATE = 163
    ONBOARDING_PROMPT_UPDATE = 164
    ONBOARDING_PROMPT_DELETE = 165
    ONBOARDING_CREATE = 166
    ONBOARDING_UPDATE = 167
    VOICE_CHANNEL_STATUS_UPDATE = 192
    VOICE_CHANNEL_STATUS_DELETE = 193


def record(
    world: World,
    guild: Guild,
    action: Action,
    target_id: int | None,
    reason: str | None = None,
    *,
    changes: list[Json] | None = None,
    options: Json | None = None,
    actor_id: int | None = None,
) -> None:
    """Write what was done into the guild's audit log, by who acts now unless named, and tell those who may read it."""
    entry: Json = {
        "id": str(world.new_id()),
        "action_type": int(action),
        "user_id": str(world.actor.id if actor_id is None else actor_id),
        "target_id": None if target_id is None else str(target_id),
    }
    if changes:
        entry["changes"] = changes
    if options:
        entry["options"] = options
    if reason is not None:
        entry["reason"] = reason
    guild.audit_log.appendleft(entry)
    world.emit(Event("GUILD_AUDIT_LOG_ENTRY_CREATE", entry | {"guild_id": str(guild.id)}, guild.id))


def difference(before: Json | None, after: Json | None, keys: Iterable[str]) -> list[Json]:
    """Return the changes between two payloads of an object, of which None stands for one that does not exist."""
    changes: list[Json] = []
    for key in keys:
        change: Json = {"key": key}
        if before is not None and before.get(key) is not None:
            change["old_value"] = before[key]
        if after is not None and after.get(key) is not None:
            change["new_value"] = after[key]
        if change.get("old_value") != change.get("new_value"):
            changes.append(change)
    return changes
