"""/guilds/{guild.id}/channels: the channels of a guild."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.channel_forms import NewChannel, check_category, check_parent, check_room, values_of
from guildbase.simulator.rest.channels import AUDITED
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form, read_forms
from guildbase.simulator.rest.overwrites import check_grants, record_overwrites
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import channels
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Channel, Guild

routes = RouteTable()


class _ChannelMove(Form):
    id: Snowflake
    position: Annotated[int, Field(ge=0, lt=1 << 31)] | None = None
    parent_id: Snowflake | None = None
    lock_permissions: bool | None = None


@routes.route("GET", "/guilds/{guild_id}/channels")
def list_channels(call: Call) -> list[Json]:
    """Return all channels of the guild; threads are not among them."""
    return [payloads.channel(call.world, it) for it in call.guild().channels.values()]


@routes.route("POST", "/guilds/{guild_id}/channels", status=201)
def create_channel(call: Call) -> Json:
    """Create a channel."""
    guild = call.guild(Permission.MANAGE_CHANNELS)
    form = call.form(NewChannel)
    check_room(guild)
    values = values_of(call.world, guild, form, None)
    overwrites = form.permission_overwrites or []
    check_grants(call, guild, None, overwrites)
    values["overwrites"] = {it.id: it.overwrite() for it in overwrites}
    channel = channels.create(call.world, guild, values.pop("name"), form.kind, values=values)
    payload = payloads.channel(call.world, channel)
    changes = difference(None, payload, (*AUDITED, "permission_overwrites"))
    record(call.world, guild, Action.CHANNEL_CREATE, channel.id, call.reason, changes=changes)
    return payload


@routes.route("PATCH", "/guilds/{guild_id}/channels")
def move_channels(call: Call) -> None:
    """Give channels new positions, and new categories where one is named."""
    guild = call.guild(Permission.MANAGE_CHANNELS)
    moves = read_forms(_ChannelMove, call.body)
    for move in moves:
        if (channel := guild.channels.get(move.id)) is None:
            raise unknown("Channel")
        check_parent(guild, move.parent_id, channel, channel.type)
        if move.lock_permissions:
            call.require(guild, channel, Permission.MANAGE_ROLES)
    _check_categories(guild, moves)
    for move in moves:
        _move(call, guild, guild.channels[move.id], move)


def _check_categories(guild: Guild, moves: list[_ChannelMove]) -> None:
    """Raise if there would be too many channels in a category after all moves."""
    parents = {it.id: it.parent_id for it in guild.channels.values()}
    parents |= {it.id: it.parent_id for it in moves if "parent_id" in it.model_fields_set}
    sizes = Counter(parents.values())
    for index, move in enumerate(moves):
        if move.parent_id is not None:
            check_category(sizes[move.parent_id], (index, "parent_id"))


def _move(call: Call, guild: Guild, channel: Channel, move: _ChannelMove) -> None:
    """Carry out one move, which may give the channel the overwrites of its new category."""
    values = {
        key: it for key, it in move.given("position", "parent_id").items() if key == "parent_id" or it is not None
    }
    if move.lock_permissions and move.parent_id is not None:
        values["overwrites"] = dict(guild.channels[move.parent_id].overwrites)
    before, overwrites = payloads.channel(call.world, channel), channel.overwrites
    channels.change(call.world, channel, values)
    if changes := difference(before, payloads.channel(call.world, channel), ("position",)):
        record(call.world, guild, Action.CHANNEL_UPDATE, channel.id, call.reason, changes=changes)
    record_overwrites(call, guild, channel, overwrites, channel.overwrites)
