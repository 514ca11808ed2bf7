"""/applications/{application.id}/guilds/{guild.id}/commands/permissions: who may use which command in a guild."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, invalid_form, missing_access, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.applications import own_application
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import commands
from guildbase.simulator.world.entities import CommandPermission, CommandPermissionType, Guild

routes = RouteTable()
_IN_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
_OF_ONE = _IN_GUILD + "/{command_id}/permissions"


class _Rule(Form):
    id: Snowflake
    type: CommandPermissionType
    permission: bool


class _Rules(Form):
    permissions: Annotated[list[_Rule], Field(max_length=100)] | None = None


@routes.route("GET", _IN_GUILD + "/permissions")
def list_permissions(call: Call) -> list[Json]:
    """Return the guild's rules for all commands that it has rules for."""
    guild = _guild(call)
    return [payloads.command_permissions(call.world, guild, it) for it in guild.command_permissions]


@routes.route("GET", _OF_ONE)
def get_permissions(call: Call) -> Json:
    """Return the guild's rules for one command, or for the application."""
    guild, target_id = _guild(call), _target(call)
    if target_id not in guild.command_permissions:
        raise unknown("application command permissions")
    return payloads.command_permissions(call.world, guild, target_id)


@routes.route("PUT", _OF_ONE, scope="applications.commands.permissions.update", for_bots=False)
def set_permissions(call: Call) -> Json:
    """Make other rules; only a person who manages the guild and its roles can allow that."""
    guild, target_id = _guild(call), _target(call)
    call.require(guild, None, Permission.MANAGE_GUILD, Permission.MANAGE_ROLES)
    rules = call.form(_Rules).permissions or []
    for index, one in enumerate(rules):
        if not _exists(call, guild, one):
            kind = one.type.name.lower()
            raise invalid_form(
                ("permissions", index, "id"), "APPLICATION_COMMAND_PERMISSIONS_UNKNOWN", f"Unknown {kind}"
            )
    made = [CommandPermission(it.id, it.type, it.permission) for it in rules]
    commands.set_permissions(call.world, guild, target_id, made, actor_id=call.bot.id)
    return payloads.command_permissions(call.world, guild, target_id)


def _guild(call: Call) -> Guild:
    own_application(call)
    guild = call.world.guilds.get(call.id("guild_id"))
    if guild is None or call.world.bot.id not in guild.members:
        raise missing_access()
    return guild


def _target(call: Call) -> int:
    target_id = call.id("command_id")
    scopes = (commands.registered(call.world, it) for it in (None, call.id("guild_id")))
    if target_id != call.world.application.id and not any(target_id in it for it in scopes):
        raise unknown("application command")
    return target_id


def _exists(call: Call, guild: Guild, one: _Rule) -> bool:
    if one.type == CommandPermissionType.ROLE:
        return one.id in guild.roles
    if one.type == CommandPermissionType.USER:
        return one.id in call.world.users
    # The id before the guild's own stands for all channels.
    return one.id in guild.channels or one.id == guild.id - 1
