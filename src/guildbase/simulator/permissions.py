"""Who may do what: Discord's permission bits, overwrites, time-outs and role hierarchy, as pure functions.

Source: https://discord.com/developers/docs/topics/permissions
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntFlag

from guildbase.simulator.world.entities import Overwrite


class Permission(IntFlag):
    """Discord's permission bits by their official names."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    PRIORITY_SPEAKER = 1 << 8
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    VIEW_GUILD_INSIGHTS = 1 << 19
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_GUILD_EXPRESSIONS = 1 << 30
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EMBEDDED_ACTIVITIES = 1 << 39
    MODERATE_MEMBERS = 1 << 40
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 1 << 41
    USE_SOUNDBOARD = 1 << 42
    CREATE_GUILD_EXPRESSIONS = 1 << 43
    CREATE_EVENTS = 1 << 44
    USE_EXTERNAL_SOUNDS = 1 << 45
    SEND_VOICE_MESSAGES = 1 << 46
    SET_VOICE_CHANNEL_STATUS = 1 << 48
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51
    BYPASS_SLOWMODE = 1 << 52


ALL = int(~Permission(0))
_P = Permission
EVERYONE_DEFAULT = int(
    _P.CREATE_INSTANT_INVITE | _P.ADD_REACTIONS | _P.STREAM | _P.VIEW_CHANNEL | _P.SEND_MESSAGES
    | _P.EMBED_LINKS | _P.ATTACH_FILES | _P.READ_MESSAGE_HISTORY | _P.USE_EXTERNAL_EMOJIS | _P.CONNECT
    | _P.SPEAK | _P.USE_VAD | _P.CHANGE_NICKNAME | _P.USE_APPLICATION_COMMANDS | _P.REQUEST_TO_SPEAK
    | _P.CREATE_PUBLIC_THREADS | _P.CREATE_PRIVATE_THREADS | _P.USE_EXTERNAL_STICKERS
    | _P.SEND_MESSAGES_IN_THREADS | _P.USE_EMBEDDED_ACTIVITIES | _P.USE_SOUNDBOARD | _P.SEND_VOICE_MESSAGES
    | _P.SEND_POLLS | _P.USE_EXTERNAL_APPS | _P.SET_VOICE_CHANNEL_STATUS
)  # fmt: skip
MODERATOR_DEFAULT = int(
    _P.KICK_MEMBERS | _P.BAN_MEMBERS | _P.MODERATE_MEMBERS | _P.MANAGE_MESSAGES | _P.PIN_MESSAGES
    | _P.VIEW_AUDIT_LOG | _P.MANAGE_NICKNAMES
)  # fmt: skip

_ADMINISTRATOR = int(_P.ADMINISTRATOR)
_VIEW_CHANNEL = int(_P.VIEW_CHANNEL)
_SEND_MESSAGES = int(_P.SEND_MESSAGES)
_SEND_IN_THREADS = int(_P.SEND_MESSAGES_IN_THREADS)
_CONNECT = int(_P.CONNECT)
_NEEDS_CONNECTION = int(
    _P.MANAGE_CHANNELS | _P.MANAGE_ROLES | _P.PRIORITY_SPEAKER | _P.STREAM | _P.SPEAK | _P.MUTE_MEMBERS
    | _P.DEAFEN_MEMBERS | _P.MOVE_MEMBERS | _P.USE_VAD | _P.USE_EMBEDDED_ACTIVITIES | _P.USE_SOUNDBOARD
    | _P.USE_EXTERNAL_SOUNDS | _P.SET_VOICE_CHANNEL_STATUS
)  # fmt: skip
_WHILE_TIMED_OUT = int(_P.VIEW_CHANNEL | _P.READ_MESSAGE_HISTORY)
_NEEDS_SENDING = int(_P.MENTION_EVERYONE | _P.SEND_TTS_MESSAGES | _P.ATTACH_FILES | _P.EMBED_LINKS)


def base_permissions(everyone: int, roles: Iterable[int], *, owner: bool = False) -> int:
    """Return the guild-wide permissions from the @everyone bits and the bits of the member's roles."""
    if owner:
        return ALL
    permissions = everyone
    for role in roles:
        permissions |= role
    return ALL if permissions & _ADMINISTRATOR else permissions


def channel_permissions(
    base: int,
    overwrites: Mapping[int, Overwrite],
    *,
    guild_id: int,
    role_ids: Iterable[int],
    user_id: int,
    in_thread: bool = False,
) -> int:
    """Apply a channel's overwrites to guild-wide permissions: @everyone, then roles together, then the member."""
    if base & _ADMINISTRATOR:
        return ALL
    permissions = base
    if everyone := overwrites.get(guild_id):
        permissions = permissions & ~everyone.deny | everyone.allow
    allow = deny = 0
    for role_id in role_ids:
        if role := overwrites.get(role_id):
            allow |= role.allow
            deny |= role.deny
    permissions = permissions & ~deny | allow
    if own := overwrites.get(user_id):
        permissions = permissions & ~own.deny | own.allow
    return implied(permissions, in_thread=in_thread)


def implied(permissions: int, *, in_thread: bool = False) -> int:
    """Drop what is worthless without seeing the channel or without sending in it."""
    if not permissions & _VIEW_CHANNEL:
        return 0
    if not permissions & (_SEND_IN_THREADS if in_thread else _SEND_MESSAGES):
        return permissions & ~_NEEDS_SENDING
    return permissions


def spoken(permissions: int) -> int:
    """Drop what is worthless in a voice channel for those who may not connect to it."""
    return permissions if permissions & _CONNECT else permissions & ~_NEEDS_CONNECTION


def while_timed_out(permissions: int) -> int:
    """Return what remains of the permissions during a time-out; administrators are not affected."""
    return permissions if permissions & _ADMINISTRATOR else permissions & _WHILE_TIMED_OUT


def outranks(actor_position: int, target_position: int, *, actor_owns: bool, target_owns: bool) -> bool:
    """Tell whether the actor's highest role is above the target's; the guild's owner is above everyone."""
    if target_owns:
        return False
    return actor_owns or actor_position > target_position


def names(permissions: int) -> list[str]:
    """Return the official names of the set bits, in bit order, for messages to people."""
    return [flag.name or str(flag.value) for flag in Permission if flag & permissions]
