"""/stage-instances: what is going on in stage channels."""

from __future__ import annotations

from typing import Annotated, Literal

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, invalid_form, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form, text
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import stages
from guildbase.simulator.world.audit import Action, difference, record
from guildbase.simulator.world.entities import Channel, ChannelType, Guild, StageInstance

routes = RouteTable()
_STAGE = "/stage-instances/{channel_id}"
_MODERATOR = (Permission.MANAGE_CHANNELS, Permission.MUTE_MEMBERS, Permission.MOVE_MEMBERS)
_AUDITED = ("topic", "privacy_level")
_Topic = Annotated[str, text(1, 120)]
_GUILD_ONLY = 2


class _NewStage(Form):
    channel_id: Snowflake
    topic: _Topic
    privacy_level: Literal[1, 2] | None = 2
    guild_scheduled_event_id: Snowflake | None = None
    send_start_notification: bool | None = None


class _StageChanges(Form):
    topic: _Topic | None = None
    privacy_level: Literal[1, 2] | None = None


@routes.route("POST", "/stage-instances")
def begin_stage(call: Call) -> Json:
    """Go live in a stage channel."""
    form = call.form(_NewStage)
    channel = call.world.channel(form.channel_id)
    guild = _moderated(call, channel)
    if form.send_start_notification:
        call.require(guild, channel, Permission.MENTION_EVERYONE)
    if form.guild_scheduled_event_id not in (None, *guild.scheduled_events):
        raise unknown("Guild Scheduled Event")
    if channel.id in guild.stages:
        raise DiscordError(400, 150006, "The Stage is already open")
    stage = StageInstance(
        call.world.new_id(), guild.id, channel.id, form.topic, _level(form.privacy_level), form.guild_scheduled_event_id
    )
    stages.begin(call.world, guild, stage)
    payload = payloads.stage_instance(stage)
    _record(call, guild, Action.STAGE_INSTANCE_CREATE, stage, None, payload)
    return payload


@routes.route("GET", _STAGE)
def get_stage(call: Call) -> Json:
    """Return what is going on in a stage channel."""
    guild, channel = call.guild_channel()
    return payloads.stage_instance(_stage(guild, channel))


@routes.route("PATCH", _STAGE)
def edit_stage(call: Call) -> Json:
    """Change what is going on."""
    _, channel = call.guild_channel()
    guild = _moderated(call, channel)
    stage = _stage(guild, channel)
    form = call.form(_StageChanges)
    before = payloads.stage_instance(stage)
    values = {key: it for key, it in form.given("topic", "privacy_level").items() if it is not None}
    stages.change(call.world, stage, values | {"privacy_level": _level(form.privacy_level)})
    after = payloads.stage_instance(stage)
    _record(call, guild, Action.STAGE_INSTANCE_UPDATE, stage, before, after)
    return after


@routes.route("DELETE", _STAGE)
def end_stage(call: Call) -> None:
    """End what is going on."""
    _, channel = call.guild_channel()
    guild = _moderated(call, channel)
    stage = _stage(guild, channel)
    stages.end(call.world, guild, stage)
    _record(call, guild, Action.STAGE_INSTANCE_DELETE, stage, payloads.stage_instance(stage), None)


def _moderated(call: Call, channel: Channel) -> Guild:
    guild = call.world.guild_of(channel)
    if guild is None or channel.type != ChannelType.STAGE:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    call.require(guild, channel, *_MODERATOR)
    return guild


def _stage(guild: Guild, channel: Channel) -> StageInstance:
    stage = guild.stages.get(channel.id)
    if stage is None:
        raise unknown("Stage Instance")
    return stage


def _level(wanted: int | None) -> int:
    """Return the privacy level; stages for the whole world are no more."""
    if wanted not in (None, _GUILD_ONLY):
        raise invalid_form(("privacy_level",), "STAGE_PUBLIC_DISABLED", "Public stages are no longer available.")
    return _GUILD_ONLY


def _record(
    call: Call, guild: Guild, action: Action, stage: StageInstance, before: Json | None, after: Json | None
) -> None:
    changes, options = difference(before, after, _AUDITED), {"channel_id": str(stage.channel_id)}
    record(call.world, guild, action, stage.id, call.reason, changes=changes, options=options)
