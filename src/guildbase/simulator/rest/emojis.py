"""/guilds/{guild.id}/emojis: the guild's custom emojis."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, unknown
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.expressions import creating, full, require_control, shows_creators
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.images import SmallPicture
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import boosts, expressions, images
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Emoji, Guild

routes = RouteTable()
_AUDITED = ("name", "roles")
_Name = Annotated[str, Field(min_length=2, max_length=32, pattern=r"^\w+$")]


class _NewEmoji(Form):
    name: _Name
    image: SmallPicture
    roles: Annotated[list[int], Field(max_length=1521)] | None = None


class _EmojiChanges(Form):
    name: _Name | None = None
    roles: Annotated[list[int], Field(max_length=1521)] | None = None


@routes.route("GET", "/guilds/{guild_id}/emojis")
def list_emojis(call: Call) -> list[Json]:
    """Return the guild's emojis."""
    guild = call.guild()
    return [_shown(call, guild, it) for it in guild.emojis.values()]


@routes.route("GET", "/guilds/{guild_id}/emojis/{emoji_id}")
def get_emoji(call: Call) -> Json:
    """Return one emoji."""
    guild = call.guild()
    return _shown(call, guild, _emoji(call, guild))


@routes.route("POST", "/guilds/{guild_id}/emojis", status=201)
def create_emoji(call: Call) -> Json:
    """Create an emoji; plain and moving ones are counted apart."""
    guild = creating(call)
    form = call.form(_NewEmoji)
    animated = form.image.content_type == "image/gif"
    limit = boosts.EMOJIS[guild.settings.premium_tier]
    if sum(it.animated == animated for it in guild.emojis.values()) >= limit:
        raise full(30018, "animated emojis", limit) if animated else full(30008, "emojis", limit)
    roles = _roles(guild, form.roles)
    key = images.keep(call.world, form.image)
    one = Emoji(call.world.new_id(), form.name, key, guild.id, call.bot.id, roles, animated=animated)
    expressions.add_emoji(call.world, guild, one)
    changes = difference(None, payloads.custom_emoji(one), _AUDITED)
    record(call.world, guild, Action.EMOJI_CREATE, one.id, call.reason, changes=changes)
    return _shown(call, guild, one)


@routes.route("PATCH", "/guilds/{guild_id}/emojis/{emoji_id}")
def edit_emoji(call: Call) -> Json:
    """Rename an emoji or change who may use it."""
    guild = call.guild()
    one = _emoji(call, guild)
    require_control(call, guild, one)
    form = call.form(_EmojiChanges)
    before = payloads.custom_emoji(one)
    values: dict[str, object] = {} if form.name is None else {"name": form.name}
    if "roles" in form.model_fields_set:
        values["roles"] = _roles(guild, form.roles)
    expressions.change_emoji(call.world, guild, one, values)
    changes = difference(before, payloads.custom_emoji(one), _AUDITED)
    record(call.world, guild, Action.EMOJI_UPDATE, one.id, call.reason, changes=changes)
    return _shown(call, guild, one)


@routes.route("DELETE", "/guilds/{guild_id}/emojis/{emoji_id}")
def delete_emoji(call: Call) -> None:
    """Delete an emoji."""
    guild = call.guild()
    one = _emoji(call, guild)
    require_control(call, guild, one)
    expressions.delete_emoji(call.world, guild, one)
    changes = difference(payloads.custom_emoji(one), None, _AUDITED)
    record(call.world, guild, Action.EMOJI_DELETE, one.id, call.reason, changes=changes)


def _emoji(call: Call, guild: Guild) -> Emoji:
    found = guild.emojis.get(call.id("emoji_id"))
    if found is None:
        raise unknown("Emoji")
    return found


def _roles(guild: Guild, wanted: list[int] | None) -> tuple[int, ...]:
    if any(it not in guild.roles for it in wanted or ()):
        raise unknown("Role")
    return tuple(dict.fromkeys(wanted or ()))


def _shown(call: Call, guild: Guild, one: Emoji) -> Json:
    return payloads.custom_emoji(one) | (payloads.creator(call.world, one) if shows_creators(call, guild) else {})
