"""Application commands, and interactions as INTERACTION_CREATE carries them."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.channels import channel
from guildbase.simulator.payloads.guilds import member
from guildbase.simulator.payloads.messages import message, owners
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import ApplicationCommand, Interaction, InteractionType
from guildbase.simulator.world.state import World

ATTACHMENT_SIZE_LIMIT = 10 * 1024 * 1024


def command(world: World, one: ApplicationCommand) -> Json:
    """Return a registered command."""
    bits = one.default_member_permissions
    payload: Json = {
        **one.extra,
        "id": str(one.id),
        "application_id": str(world.application.id),
        "version": str(one.version),
        "type": one.type,
        "name": one.name,
        "description": one.description,
        "options": one.options,
        "default_member_permissions": None if bits is None else str(bits),
        "dm_permission": one.dm_permission,
        "nsfw": one.nsfw,
    }
    if one.guild_id is not None:
        payload["guild_id"] = str(one.guild_id)
    return payload


def interaction(world: World, one: Interaction) -> Json:
    """Return the INTERACTION_CREATE payload."""
    place = world.channels[one.channel_id]
    payload: Json = {
        "id": str(one.id),
        "application_id": str(world.application.id),
        "type": one.type,
        "token": one.token,
        "version": 1,
        "data": one.data,
        "channel_id": str(one.channel_id),
        "channel": channel(world, place),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": owners(one),
        "context": 0 if one.guild_id is not None else 1,
        "attachment_size_limit": ATTACHMENT_SIZE_LIMIT,
    }
    if one.guild_id is None:
        payload |= {"user": user(world.users[one.user_id]), "app_permissions": str(0)}
    else:
        place_guild = world.guilds[one.guild_id]
        bits = world.permissions_of(place_guild, one.user_id, place)
        payload |= {
            "guild_id": str(one.guild_id),
            "guild_locale": "en-US",
            "guild": {"id": str(one.guild_id), "locale": "en-US", "features": []},
            "member": member(world, place_guild.members[one.user_id]) | {"permissions": str(bits)},
            "app_permissions": str(world.permissions_of(place_guild, world.bot.id, place)),
        }
    if one.type in (InteractionType.COMPONENT, InteractionType.MODAL_SUBMIT) and one.message_id:
        payload["message"] = message(world, world.message(one.channel_id, one.message_id))
    return payload
