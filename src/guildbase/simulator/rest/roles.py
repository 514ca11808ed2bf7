"""/guilds/{guild.id}/roles: making, changing, ordering and deleting roles below the bot's own."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, missing_permissions, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form, Name100, read_forms
from guildbase.simulator.rest.images import SmallPicture
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import images, roles
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Guild, Role

routes = RouteTable()
_MOST_ROLES = 250
# The only combination of three colours that there is.
_HOLOGRAPHIC = (11_127_295, 16_759_788, 16_761_760)
_AUDITED = ("name", "permissions", "color", "colors", "hoist", "mentionable", "icon_hash", "unicode_emoji")


_Color = Annotated[int, Field(ge=0, le=0xFFFFFF)]


class _Colors(Form):
    primary_color: _Color | None = None
    secondary_color: _Color | None = None
    tertiary_color: _Color | None = None


class _RoleForm(Form):
    name: Name100 | None = None
    permissions: Annotated[int, Field(ge=0, lt=1 << 63)] | None = None
    color: _Color | None = None
    colors: _Colors | None = None
    hoist: bool | None = None
    mentionable: bool | None = None
    icon: SmallPicture | None = None
    unicode_emoji: Annotated[str, Field(max_length=100)] | None = None

    def values(self) -> dict[str, Any]:
        """Return what was given, by the names of the role's fields; the icon is not among it."""
        given = self.given("name", "permissions", "color", "hoist", "mentionable")
        values = {key: it for key, it in given.items() if it is not None}
        if self.colors is not None:
            values["color"] = self.colors.primary_color or 0
            values["secondary_color"] = self.colors.secondary_color
            values["tertiary_color"] = self.colors.tertiary_color
        return values | self.given("unicode_emoji")


class _Position(Form):
    id: int
    position: Annotated[int, Field(ge=0, le=0x7FFFFFFF)] | None = None


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
    values = form.values()
    name, bits = values.pop("name", "new role"), values.pop("permissions", guild.roles[guild.id].permissions)
    if form.permissions is not None:
        _check_grant(call, guild, bits)
    _check_looks(guild, form)
    if len(guild.roles) >= _MOST_ROLES:
        raise DiscordError(400, 30005, f"Maximum number of guild roles reached ({_MOST_ROLES})")
    role = roles.create(call.world, guild, name, permissions=bits)
    if rest := values | _icon(call, form):
        roles.change(call.world, guild, role, rest)
    changes = difference(None, _audited(role), _AUDITED)
    record(call.world, guild, Action.ROLE_CREATE, role.id, call.reason, changes=changes)
    return payloads.role(role)


@routes.route("PATCH", "/guilds/{guild_id}/roles")
def move_roles(call: Call) -> list[Json]:
    """Give roles new positions, all of them below the bot's highest role."""
    guild = call.guild(Permission.MANAGE_ROLES)
    forms = read_forms(_Position, call.body)
    # Only @everyone stands at the very bottom, and it stays there.
    moves = {it.id: max(1, it.position) for it in forms if it.position is not None and it.id != guild.id}
    for role_id, position in moves.items():
        if role_id not in guild.roles:
            raise unknown("Role")
        # The client sends every role; those that stay where they are may be above the bot.
        if position != guild.roles[role_id].position:
            _check_below(call, guild, guild.roles[role_id])
            if guild.owner_id != call.bot.id and position >= call.world.rank(guild, call.bot.id):
                raise missing_permissions()
    before = {role_id: _audited(guild.roles[role_id]) for role_id in moves}
    roles.move(call.world, guild, moves)
    for role_id, old in before.items():
        if changes := difference(old, _audited(guild.roles[role_id]), ("position",)):
            record(call.world, guild, Action.ROLE_UPDATE, role_id, call.reason, changes=changes)
    return [payloads.role(it) for it in guild.roles.values()]


@routes.route("GET", "/guilds/{guild_id}/roles/member-counts")
def count_members(call: Call) -> Json:
    """Return how many members each role has; @everyone is not counted."""
    guild = call.guild()
    counts = Counter(role_id for it in guild.members.stored.values() for role_id in it.roles)
    return {str(it): counts[it] for it in guild.roles if it != guild.id}


@routes.route("PATCH", "/guilds/{guild_id}/roles/{role_id}")
def edit_role(call: Call) -> Json:
    """Change a role."""
    guild = call.guild(Permission.MANAGE_ROLES)
    role = _role(call, guild)
    _check_below(call, guild, role)
    form = call.form(_RoleForm)
    if form.permissions is not None:
        _check_grant(call, guild, form.permissions ^ role.permissions)
    _check_looks(guild, form)
    before = _audited(role)
    roles.change(call.world, guild, role, form.values() | _icon(call, form))
    changes = difference(before, _audited(role), _AUDITED)
    record(call.world, guild, Action.ROLE_UPDATE, role.id, call.reason, changes=changes)
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
    changes = difference(_audited(role), None, _AUDITED)
    record(call.world, guild, Action.ROLE_DELETE, role.id, call.reason, changes=changes)


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


def _check_looks(guild: Guild, form: _RoleForm) -> None:
    """Refuse icons and gradients that the guild's boosts do not pay for."""
    gradient = form.colors is not None and form.colors.secondary_color is not None
    wanted = {
        "ROLE_ICONS": form.icon is not None or bool(form.unicode_emoji),
        "ENHANCED_ROLE_COLORS": gradient,
    }
    if any(it and feature not in guild.settings.features for feature, it in wanted.items()):
        raise DiscordError(403, 50101, "This server needs more boosts to perform this action")
    colors = form.colors
    if colors is None or colors.tertiary_color is None:
        return
    if (colors.primary_color, colors.secondary_color, colors.tertiary_color) != _HOLOGRAPHIC:
        raise invalid_form(("colors", "tertiary_color"), "ROLE_COLORS_INVALID", "Not one of the holographic colors.")


def _icon(call: Call, form: _RoleForm) -> dict[str, Any]:
    if "icon" not in form.model_fields_set:
        return {}
    return {"icon": None if form.icon is None else images.keep(call.world, form.icon)}


def _audited(role: Role) -> Json:
    return payloads.role(role) | {"icon_hash": role.icon}
