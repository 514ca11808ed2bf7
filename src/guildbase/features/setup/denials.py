"""What the roles of mute and jail may not do in channels, and how the overwrites of a channel come to say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MODERATION = "moderation"
"""The feature whose settings name the roles and the channel."""
MUTE_ROLE, JAIL_ROLE, JAIL_CHANNEL = "mute_role", "jail_role", "jail_channel"
NAMES = {MUTE_ROLE: "Muted", JAIL_ROLE: "Jailed", JAIL_CHANNEL: "jail"}
"""The settings, each with the name of the role or channel that is made for it on request."""
MANAGE_CHANNELS, ADD_REACTIONS, VIEW_CHANNEL, SEND_MESSAGES, READ_HISTORY = 1 << 4, 1 << 6, 1 << 10, 1 << 11, 1 << 16
SPEAK, MANAGE_ROLES, PUBLIC_THREADS, PRIVATE_THREADS, SEND_IN_THREADS = 1 << 21, 1 << 28, 1 << 35, 1 << 36, 1 << 38
MUTED = ADD_REACTIONS | SEND_MESSAGES | SPEAK | PUBLIC_THREADS | PRIVATE_THREADS | SEND_IN_THREADS
IN_JAIL = VIEW_CHANNEL | SEND_MESSAGES | READ_HISTORY
"""What those in jail may do in the jail's channel."""
DENIED = {MUTE_ROLE: MUTED, JAIL_ROLE: VIEW_CHANNEL}
NEEDED = {
    "manage_roles": MANAGE_ROLES,
    "manage_channels": MANAGE_CHANNELS,
    "view_channel": VIEW_CHANNEL,
    "send_messages": SEND_MESSAGES,
    "send_messages_in_threads": SEND_IN_THREADS,
    "create_public_threads": PUBLIC_THREADS,
    "create_private_threads": PRIVATE_THREADS,
    "add_reactions": ADD_REACTIONS,
    "read_message_history": READ_HISTORY,
    "speak": SPEAK,
}
"""What the bot has to hold: Discord lets nobody allow or deny what they do not hold themselves."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel says about a role."""

    allow: int = 0
    deny: int = 0


def lacking(permissions: int) -> list[str]:
    """Return the names of the permissions that the bot lacks to make and deny the roles."""
    return [name for name, bit in NEEDED.items() if not permissions & bit]


def wanted(setting: str, there: Overwrite, *, is_jail: bool) -> Overwrite:
    """Return what a channel is to say about the role of the setting; bits that are not ours stay as they are."""
    if setting == JAIL_ROLE and is_jail:
        return Overwrite(there.allow | IN_JAIL, there.deny & ~IN_JAIL)
    bits = DENIED[setting]
    return Overwrite(there.allow & ~bits, there.deny | bits)


def is_open(setting: str, permissions: int, *, is_jail: bool) -> bool:
    """Tell whether those with the role may do in a channel what they should not, or not see their own one."""
    if setting == JAIL_ROLE and is_jail:
        return not permissions & VIEW_CHANNEL
    return bool(permissions & DENIED[setting])


def independent(channels: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the ids of the categories first, then of the channels that do not follow theirs, as Discord lists them.

    Discord itself passes on what changes in a category to the channels that say the same as it.
    """
    listed = list(channels)
    overwrites = {int(it["id"]): _overwrites(it) for it in listed}
    parents = {int(it["id"]): int(it["parent_id"]) if it.get("parent_id") else None for it in listed}
    own = [it for it, parent in parents.items() if parent is None or overwrites.get(parent) != overwrites[it]]
    return sorted(own, key=lambda it: it not in parents.values())


def overwrite_of(channel: Mapping[str, Any], role_id: int) -> Overwrite:
    """Return what the channel says about the role, nothing if it does not speak of it."""
    return next((Overwrite(allow, deny) for id_, allow, deny in _overwrites(channel) if id_ == role_id), Overwrite())


def _overwrites(channel: Mapping[str, Any]) -> set[tuple[int, int, int]]:
    rows = channel.get("permission_overwrites", ())
    return {(int(it["id"]), int(it["allow"]), int(it["deny"])) for it in rows}
