"""/guilds/{guild.id}: the guild itself, its channel list and its audit log."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form, Name100, read_forms
from guildbase.simulator.rest.overwrites import OverwriteForm, check_grants
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import channels
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import ChannelType

routes = RouteTable()


class _ChannelForm(Form):
    name: Name100
    type: int = ChannelType.TEXT
    topic: Annotated[str, Field(max_length=1024)] | None = None
    position: int | None = None
    parent_id: int | None = None
    nsfw: bool | None = None
    rate_limit_per_user: Annotated[int, Field(ge=0, le=21600)] | None = None
    bitrate: int | None = None
    user_limit: int | None = None
    permission_overwrites: list[OverwriteForm] | None = None


class _ChannelMove(Form):
    id: int
    position: int | None = None
    parent_id: int | None = None


@routes.route("GET", "/guilds/{guild_id}")
def get_guild(call: Call) -> Json:
    """Return a guild the bot is in."""
    guild = call.guild()
    counts: Json = {}
    if call.flag("with_counts"):
        counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
    return payloads.guild(guild) | counts


@routes.route("GET", "/guilds/{guild_id}/channels")
def list_channels(call: Call) -> list[Json]:
    """Return all channels of the guild."""
    return [payloads.channel(call.world, it) for it in call.guild().channels.values()]


@routes.route("POST", "/guilds/{guild_id}/channels", status=201)
def create_channel(call: Call) -> Json:
    """Create a channel."""
    guild = call.guild(Permission.MANAGE_CHANNELS)
    form = call.form(_ChannelForm)
    if form.parent_id is not None and form.parent_id not in guild.channels:
        raise unknown("Channel")
    values = {key: it for key, it in form.model_dump(exclude={"name", "type"}).items() if it is not None}
    overwrites = form.permission_overwrites or []
    values.pop("permission_overwrites", None)
    check_grants(call, guild, None, overwrites)
    values["overwrites"] = {it.id: it.overwrite() for it in overwrites}
    channel = channels.create(call.world, guild, form.name, form.type, values=values)
    record(call.world, guild, Action.CHANNEL_CREATE, channel.id, call.reason)
    return payloads.channel(call.world, channel)


@routes.route("PATCH", "/guilds/{guild_id}/channels")
def move_channels(call: Call) -> None:
    """Give channels new positions, and new categories where one is named."""
    guild = call.guild(Permission.MANAGE_CHANNELS)
    moves = read_forms(_ChannelMove, call.body)
    if any(it.id not in guild.channels for it in moves):
        raise unknown("Channel")
    for move in moves:
        values = {
            key: it for key, it in move.given("position", "parent_id").items() if key == "parent_id" or it is not None
        }
        channels.change(call.world, guild.channels[move.id], values)


@routes.route("GET", "/guilds/{guild_id}/audit-logs")
def get_audit_log(call: Call) -> Json:
    """Return the latest audit log entries, filtered by user, action and age."""
    guild = call.guild(Permission.VIEW_AUDIT_LOG)
    limit = call.number("limit", 50, low=1, high=100)
    before, user_id = call.snowflake_in_query("before"), call.query.get("user_id")
    action = call.query.get("action_type")
    entries = [
        it
        for it in guild.audit_log
        if (before is None or int(it["id"]) < before)
        and user_id in (None, it["user_id"])
        and action in (None, str(it["action_type"]))
    ][:limit]
    others = ("webhooks", "threads", "integrations", "guild_scheduled_events", "application_commands")
    return {
        "audit_log_entries": entries,
        "users": [payloads.user(call.bot)],
        "auto_moderation_rules": [],
        **{name: [] for name in others},
    }
