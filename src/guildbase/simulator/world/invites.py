"""Invites: making them, joining by them, and how they run out."""

from __future__ import annotations

import secrets
import string
from datetime import timedelta
from functools import partial

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.world import members
from guildbase.simulator.world.entities import Channel, Guild, Invite, Member, User
from guildbase.simulator.world.state import Event, World

_LETTERS = string.ascii_letters + string.digits
_CODE_LENGTH = 8


def new_code() -> str:
    """Return a code that nobody can guess."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


def create(world: World, invite: Invite) -> None:
    """Make the invite known."""
    world.invites[invite.code] = invite
    schedule(world, invite)
    data = payloads.invite_event(world, invite)
    world.emit(Event("INVITE_CREATE", data, invite.guild_id, invite.channel_id))


def find(world: World, code: str) -> Invite:
    """Return the invite, or raise Unknown Invite."""
    invite = world.invites.get(code)
    if invite is None:
        raise unknown("Invite")
    return invite


def use(world: World, code: str, user: User) -> Member:
    """Let the user join by the invite; one that is used up is gone. Who is a member already uses nothing up."""
    invite = find(world, code)
    guild = world.guild(invite.guild_id)
    if (member := guild.members.get(user.id)) is not None:
        return member
    if user.id in guild.bans:
        raise DiscordError(403, 40007, "The user is banned from this guild.")
    wanted = invite.target_user_ids
    if _is_closed(world, guild) or (wanted is not None and user.id not in wanted):
        raise unknown("Invite")
    invite.uses += 1
    if invite.uses == invite.max_uses:
        delete(world, invite)
    roles = tuple(it for it in invite.role_ids if it in guild.roles)
    return members.join(world, guild, user, roles=roles)


def delete(world: World, invite: Invite) -> None:
    """Take the invite back."""
    del world.invites[invite.code]
    data: Json = {
        "code": invite.code,
        "guild_id": str(invite.guild_id),
        "channel_id": str(invite.channel_id),
    }
    world.emit(Event("INVITE_DELETE", data, invite.guild_id, invite.channel_id))


def forget(world: World, channel: Channel) -> None:
    """Take back all invites to a channel that is about to be deleted."""
    for invite in [it for it in world.invites.values() if it.channel_id == channel.id]:
        delete(world, invite)


def schedule(world: World, invite: Invite) -> None:
    """Let the invite run out when it is old enough."""
    if invite.max_age:
        moment = invite.created_at + timedelta(seconds=invite.max_age)
        world.clock.call_at(moment, partial(_expire, world, invite.code))


def schedule_all(world: World) -> None:
    """Let all invites run out in time."""
    for invite in world.invites.values():
        schedule(world, invite)


def _expire(world: World, code: str) -> None:
    if (invite := world.invites.get(code)) is not None:
        delete(world, invite)


def _is_closed(world: World, guild: Guild) -> bool:
    """Tell whether the guild lets nobody in at the moment."""
    until = guild.settings.invites_disabled_until
    return "INVITES_DISABLED" in guild.settings.features or (until is not None and until > world.clock.now())
