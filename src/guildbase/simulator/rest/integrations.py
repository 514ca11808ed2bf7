"""/guilds/{guild.id}/integrations: the applications of a guild, the bot's own among them."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import guilds, integrations
from guildbase.simulator.world.audit import Action, record

routes = RouteTable()


@routes.route("GET", "/guilds/{guild_id}/integrations")
def list_integrations(call: Call) -> list[Json]:
    """Return the integrations."""
    guild = call.guild(Permission.MANAGE_GUILD)
    return [payloads.integration(call.world, it) for it in integrations.of_guild(call.world, guild)]


@routes.route("DELETE", "/guilds/{guild_id}/integrations/{integration_id}")
def delete_integration(call: Call) -> None:
    """Remove an application from the guild, which throws its bot out."""
    guild = call.guild(Permission.MANAGE_GUILD)
    wanted = call.id("integration_id")
    one = next((it for it in integrations.of_guild(call.world, guild) if it.id == wanted), None)
    if one is None:
        raise unknown("Integration")
    if one.id in guild.integrations:
        integrations.remove(call.world, guild, one)
        changes = [{"key": "name", "old_value": one.name}]
        record(call.world, guild, Action.INTEGRATION_DELETE, one.id, call.reason, changes=changes)
    else:
        guilds.bot_leaves(call.world, guild)
