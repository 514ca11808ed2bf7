"""Application commands, and interactions as INTERACTION_CREATE carries them."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.applications import entitlement
from guildbase.simulator.payloads.channels import channel
from guildbase.simulator.payloads.guilds import member
from guildbase.simulator.payloads.messages import message, owners
from guildbase.simulator.payloads.users import user
from guildbase.simulator.world.entities import ApplicationCommand, Entitlement, Guild, Interaction, InteractionType
from guildbase.simulator.world.state import World

ATTACHMENT_SIZE_LIMIT = 10 * 1024 * 1024


def command(world: World, one: ApplicationCommand, *, with_localizations: bool = True) -> Json:
    """Return a registered command."""
    bits = one.default_member_permissions
    payload: Json = {
        "id": str(one.id),
        "application_id": str(world.application.id),
        "version": str(one.version),
        "type": one.type,
        "name": one.name,
        "description": one.description,
        "options": one.options,
        "default_member_permissions": None if bits is None else str(bits),
        "dm_permission": one.dm_permission,
        "contexts": one.contexts,
        "integration_types": one.integration_types,
        "nsfw": one.nsfw,
    }
    if with_localizations:
        payload["name_localizations"] = one.name_localizations
        payload["description_localizations"] = one.description_localizations
    if one.handler is not None:
        payload["handler"] = one.handler
    return payload if one.guild_id is None else payload | {"guild_id": str(one.guild_id)}


def command_permissions(world: World, guild: Guild, target_id: int) -> Json:
    """Return a guild's rules for a command, or for the whole application."""
    return {
        "id": str(target_id),
        "application_id": str(world.application.id),
        "guild_id": str(guild.id),
        "permissions": [
            {"id": str(it.id), "type": int(it.type), "permission": it.permission}
            for it in guild.command_permissions.get(target_id, [])
        ],
    }


def interaction(world: World, one: Interaction, held: list[Entitlement]) -> Json:
    """Return the INTERACTION_CREATE payload with what the person and the guild hold of the application."""
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
        "locale": world.users[one.user_id].locale,
        "entitlements": [entitlement(world, it) for it in held],
        "authorizing_integration_owners": owners(one),
        "context": 0 if one.guild_id is not None else 1,
        "attachment_size_limit": ATTACHMENT_SIZE_LIMIT,
    }
    if one.guild_id is None:
        payload |= {"user": user(world.users[one.user_id]), "app_permissions": str(0)}
    else:
        place_guild = world.guilds[one.guild_id]
        settings = place_guild.settings
        bits = world.permissions_of(place_guild, one.user_id, place)
        payload |= {
            "guild_id": str(one.guild_id),
            "guild_locale": settings.preferred_locale,
            "guild": {
                "id": str(one.guild_id),
                "locale": settings.preferred_locale,
                "features": list(settings.features),
            },
            "member": member(world, place_guild.members[one.user_id]) | {"permissions": str(bits)},
            "app_permissions": str(world.permissions_of(place_guild, world.bot.id, place)),
        }
    if one.type in (InteractionType.COMPONENT, InteractionType.MODAL_SUBMIT) and one.message_id:
        payload["message"] = message(world, world.message(one.channel_id, one.message_id))
    return payload
