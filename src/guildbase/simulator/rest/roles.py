"""/guilds/{guild.id}/roles: making, changing, ordering and deleting roles below the bot's own."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, missing_permissions, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form, read_forms
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import roles
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import Guild, Role

routes = RouteTable()


class _Colors(Form):
    primary_color: int = 0


class _RoleForm(Form):
    name: Annotated[str, Field(max_length=100)] | None = None
    permissions: int | None = None
    color: Annotated[int, Field(ge=0, le=0xFFFFFF)] | None = None
    colors: _Colors | None = None
    hoist: bool | None = None
    mentionable: bool | None = None

    def values(self) -> dict[str, object]:
        """Return what was given, by the names of the role's fields."""
        values = self.model_dump(exclude_none=True, exclude={"colors"})
        return values | ({"color": self.colors.primary_color} if self.colors else {})


class _Position(Form):
    id: int
    position: int


@routes.route("GET", "/guilds/{guild_id}/roles")
def list_roles(call: Call) -> list[Json]:
    """Return all roles of the guild."""
    return [payloads.role(it) for it in call.guild().roles.values()]


@routes.route("GET", "/guilds/{guild_id}/roles/{role_id}")
def get_role(call: Call) -> Json:
    """Return one role."""
    return payloads.role(_role(call, call.guild()))


@routes.route("POST", "/guilds/{guild_id}/roles")
def create_role(call: Call) -> Json:
    """Create a role at the bottom, right above @everyone."""
    guild = call.guild(Permission.MANAGE_ROLES)
    form = call.form(_RoleForm)
    default = guild.roles[guild.id].permissions
    bits = default if form.permissions is None else form.permissions
    if form.permissions is not None:
        _check_grant(call, guild, bits)
    role = roles.create(call.world, guild, form.name or "new role", permissions=bits)
    if rest := {key: it for key, it in form.values().items() if key not in ("name", "permissions")}:
        roles.change(call.world, guild, role, rest)
    record(call.world, guild, Action.ROLE_CREATE, role.id, call.reason)
    return payloads.role(role)


@routes.route("PATCH", "/guilds/{guild_id}/roles")
def move_roles(call: Call) -> list[Json]:
    """Give roles new positions, all of them below the bot's highest role."""
    guild = call.guild(Permission.MANAGE_ROLES)
    positions = {it.id: it.position for it in read_forms(_Position, call.body)}
    for role_id, position in positions.items():
        if role_id not in guild.roles:
            raise unknown("Role")
        # The client sends every role; those that stay where they are may be above the bot.
        if position != guild.roles[role_id].position:
            _check_below(call, guild, guild.roles[role_id])
            if position >= call.world.rank(guild, call.bot.id):
                raise missing_permissions()
    roles.move(call.world, guild, positions)
    return [payloads.role(it) for it in guild.roles.values()]


@routes.route("PATCH", "/guilds/{guild_id}/roles/{role_id}")
def edit_role(call: Call) -> Json:
    """Change a role."""
    guild = call.guild(Permission.MANAGE_ROLES)
    role = _role(call, guild)
    _check_below(call, guild, role)
    form = call.form(_RoleForm)
    if form.permissions is not None:
        _check_grant(call, guild, form.permissions ^ role.permissions)
    roles.change(call.world, guild, role, form.values())
    record(call.world, guild, Action.ROLE_UPDATE, role.id, call.reason)
    return payloads.role(role)


@routes.route("DELETE", "/guilds/{guild_id}/roles/{role_id}")
def delete_role(call: Call) -> None:
    """Delete a role."""
    guild = call.guild(Permission.MANAGE_ROLES)
    role = _role(call, guild)
    if role.managed or role.id == guild.id:
        raise DiscordError(400, 50028, "Invalid Role")
    _check_below(call, guild, role)
    roles.delete(call.world, guild, role)
    record(call.world, guild, Action.ROLE_DELETE, role.id, call.reason)


def _role(call: Call, guild: Guild) -> Role:
    return guild.roles.get(call.id("role_id")) or _unknown_role()


def _unknown_role() -> Role:
    raise unknown("Role")


def _check_below(call: Call, guild: Guild, role: Role) -> None:
    if guild.owner_id != call.bot.id and role.position >= call.world.rank(guild, call.bot.id):
        raise missing_permissions()


def _check_grant(call: Call, guild: Guild, bits: int) -> None:
    """Raise Missing Permissions if the bot would grant or take what it does not hold itself."""
    if bits & ~call.world.permissions_of(guild, call.bot.id):
        raise missing_permissions()
