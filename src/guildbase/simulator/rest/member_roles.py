"""/guilds/{guild.id}/members/{user.id}/roles: giving and taking roles."""

from __future__ import annotations

from guildbase.simulator.errors import missing_permissions, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import members
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import Guild, Member, Role

routes = RouteTable()


@routes.route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def add_role(call: Call) -> None:
    """Give a member a role that is below the bot's."""
    guild, member, role = _assignment(call)
    if role.id not in member.roles:
        members.change(call.world, guild, member, roles=(*member.roles, role.id))
        record_roles(call, guild, member, "$add", role)


@routes.route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def remove_role(call: Call) -> None:
    """Take from a member a role that is below the bot's."""
    guild, member, role = _assignment(call)
    if role.id in member.roles:
        kept = tuple(it for it in member.roles if it != role.id)
        members.change(call.world, guild, member, roles=kept)
        record_roles(call, guild, member, "$remove", role)


def _assignment(call: Call) -> tuple[Guild, Member, Role]:
    guild = call.guild(Permission.MANAGE_ROLES)
    member = call.world.member(guild, call.id("user_id"))
    role = guild.roles.get(call.id("role_id"))
    if role is None:
        raise unknown("Role")
    check_assignable(call, guild, role)
    return guild, member, role


def check_assignable(call: Call, guild: Guild, role: Role) -> None:
    """Raise Missing Permissions unless the bot may give and take the role."""
    below = guild.owner_id == call.bot.id or role.position < call.world.rank(guild, call.bot.id)
    if role.managed or role.id == guild.id or not below:
        raise missing_permissions()


def record_roles(call: Call, guild: Guild, member: Member, key: str, *changed: Role) -> None:
    """Note in the audit log which roles the member was given (`$add`) or has lost (`$remove`)."""
    changes = [{"key": key, "new_value": [{"id": str(it.id), "name": it.name} for it in changed]}]
    record(call.world, guild, Action.MEMBER_ROLE_UPDATE, member.user_id, call.reason, changes=changes)
