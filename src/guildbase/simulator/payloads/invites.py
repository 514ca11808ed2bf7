"""Invites: as seen by whoever looks one up, by those who manage them, and in gateway events."""

from __future__ import annotations

from datetime import datetime, timedelta

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.applications import partial_application
from guildbase.simulator.payloads.guilds import guild, role
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import Invite
from guildbase.simulator.world.state import World

_OF_GUILD = (
    "id", "name", "splash", "banner", "description", "icon", "features", "verification_level", "vanity_url_code",
    "nsfw_level", "nsfw", "premium_subscription_count",
)  # fmt: skip
_OF_ROLE = ("id", "name", "position", "color", "colors", "icon", "unicode_emoji")


def invite(world: World, one: Invite, *, with_counts: bool = False, with_metadata: bool = False) -> Json:
    """Return the invite; its uses and limits are metadata."""
    home, place = world.guilds[one.guild_id], world.channels[one.channel_id]
    whole = guild(home)
    payload: Json = {
        "type": 0,
        "code": one.code,
        "guild_id": str(home.id),
        "guild": {name: whole[name] for name in _OF_GUILD},
        "channel": {"id": str(place.id), "name": place.name, "type": place.type},
        "expires_at": moment(_expiry(one)),
        "flags": 0,
        **_people(world, one),
    }
    if one.role_ids:
        known = [role(home.roles[it]) for it in one.role_ids if it in home.roles]
        payload["roles"] = [{name: it[name] for name in _OF_ROLE} for it in known]
    if with_counts:
        payload |= {"approximate_member_count": len(home.members), "approximate_presence_count": 1}
    return payload | (_metadata(one) if with_metadata else {})


def invite_event(world: World, one: Invite) -> Json:
    """Return the invite as INVITE_CREATE carries it."""
    return {
        "code": one.code,
        "guild_id": str(one.guild_id),
        "channel_id": str(one.channel_id),
        "type": 0,
        "expires_at": moment(_expiry(one)),
        **_metadata(one),
        **_people(world, one),
    }


def _metadata(one: Invite) -> Json:
    return {
        "uses": one.uses,
        "max_uses": one.max_uses,
        "max_age": one.max_age,
        "temporary": one.temporary,
        "created_at": moment(one.created_at),
    }


def _people(world: World, one: Invite) -> Json:
    """Return who invites, and whose stream or which application one is invited to."""
    told: Json = {}
    if (inviter := world.users.get(one.inviter_id)) is not None:
        told["inviter"] = user(inviter)
    if one.target_type is not None:
        told["target_type"] = one.target_type
    if one.target_user_id is not None and (target := world.users.get(one.target_user_id)) is not None:
        told["target_user"] = user(target)
    if one.target_application_id == world.application.id:
        told["target_application"] = partial_application(world)
    return told


def _expiry(one: Invite) -> datetime | None:
    return one.created_at + timedelta(seconds=one.max_age) if one.max_age else None
