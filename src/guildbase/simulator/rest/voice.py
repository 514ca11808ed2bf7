"""Voice: states of members, regions, what a channel is about, and sounds played in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.errors import DiscordError, Json, unknown
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.components import Snowflake
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.rest.router import RouteTable
from guildbase.simulator.world import expressions, voice
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import Channel, ChannelType, Guild, Sound, VoiceState

routes = RouteTable()
_STATE = "/guilds/{guild_id}/voice-states/{user_id}"


class _OwnState(Form):
    channel_id: Snowflake | None = None
    suppress: bool | None = None
    request_to_speak_timestamp: datetime | None = None


class _OthersState(Form):
    channel_id: Snowflake | None = None
    suppress: bool | None = None


class _Status(Form):
    status: Annotated[str, Field(max_length=500)] | None = None


class _Played(Form):
    sound_id: Snowflake
    source_guild_id: Snowflake | None = None


@routes.route("GET", "/voice/regions")
def list_regions(call: Call) -> list[Json]:
    """Return where voice channels can be served from."""
    return payloads.voice_regions()


@routes.route("GET", "/guilds/{guild_id}/regions")
def list_guild_regions(call: Call) -> list[Json]:
    """Return where the guild's voice channels can be served from."""
    call.guild()
    return payloads.voice_regions()


@routes.route("GET", _STATE)
def get_voice_state(call: Call) -> Json:
    """Return where a member is connected by voice."""
    guild = call.guild()
    state = _state(call, guild)
    call.require(guild, guild.channels[state.channel_id])
    member = payloads.member(call.world, guild.members.peek(state.user_id))
    return payloads.voice_state(guild, state) | {"member": member}


@routes.route("PATCH", "/guilds/{guild_id}/voice-states/@me")
def edit_own_voice_state(call: Call) -> None:
    """Speak on a stage, listen again, or ask to speak."""
    guild = call.guild()
    state = _connected(guild, call.bot.id)
    form = call.form(_OwnState)
    stage = _stage(guild, state, form.channel_id)
    values: dict[str, Any] = {}
    if form.suppress is not None:
        if not form.suppress and state.suppress:
            call.require(guild, stage, Permission.MUTE_MEMBERS)
        values["suppress"] = form.suppress
    if "request_to_speak_timestamp" in form.model_fields_set:
        asked = form.request_to_speak_timestamp
        if asked is not None:
            call.require(guild, stage, Permission.REQUEST_TO_SPEAK)
            asked = asked if asked.tzinfo is not None else asked.replace(tzinfo=UTC)
        values["request_to_speak_at"] = asked
    voice.change(call.world, guild, state, values)


@routes.route("PATCH", _STATE)
def edit_voice_state(call: Call) -> None:
    """Bring someone else onto a stage, or back among those who listen."""
    guild = call.guild()
    state = _connected(guild, call.world.member(guild, call.id("user_id")).user_id)
    form = call.form(_OthersState)
    call.require(guild, _stage(guild, state, form.channel_id), Permission.MUTE_MEMBERS)
    values: dict[str, Any] = {} if form.suppress is None else {"suppress": form.suppress}
    if form.suppress is False:
        # An invitation to speak; people of the simulator take it at once.
        values["request_to_speak_at"] = None
    voice.change(call.world, guild, state, values)


@routes.route("PUT", "/channels/{channel_id}/voice-status")
def set_voice_status(call: Call) -> None:
    """Say what a voice channel is about at the moment."""
    guild, channel = _voice_channel(call)
    call.require(guild, channel, Permission.SET_VOICE_CHANNEL_STATUS)
    state = guild.voice_states.get(call.bot.id)
    if state is None or state.channel_id != channel.id:
        call.require(guild, channel, Permission.MANAGE_CHANNELS)
    status = call.form(_Status).status or None
    voice.set_status(call.world, channel, status)
    action = Action.VOICE_CHANNEL_STATUS_DELETE if status is None else Action.VOICE_CHANNEL_STATUS_UPDATE
    options = {} if status is None else {"status": status}
    record(call.world, guild, action, channel.id, call.reason, options=options)


@routes.route("POST", "/channels/{channel_id}/send-soundboard-sound")
def play_sound(call: Call) -> None:
    """Play a sound of the soundboard in the voice channel the bot is in."""
    guild, channel = _voice_channel(call)
    call.require(guild, channel, Permission.SPEAK, Permission.USE_SOUNDBOARD)
    form = call.form(_Played)
    sound = _sound(call, form)
    if sound.guild_id not in (None, guild.id):
        call.require(guild, channel, Permission.USE_EXTERNAL_SOUNDS)
    state = _connected(guild, call.bot.id)
    member = guild.members[call.bot.id]
    if state.channel_id != channel.id or state.self_deaf or state.suppress or member.mute or member.deaf:
        raise DiscordError(400, 50167, "You cannot play sounds in this channel at the moment.")
    voice.play(call.world, channel, call.bot.id, sound)


def _state(call: Call, guild: Guild) -> VoiceState:
    state = guild.voice_states.get(call.id("user_id"))
    if state is None:
        raise unknown("Voice State")
    return state


def _connected(guild: Guild, user_id: int) -> VoiceState:
    state = guild.voice_states.get(user_id)
    if state is None:
        raise DiscordError(400, 40032, "Target user is not connected to voice.")
    return state


def _stage(guild: Guild, state: VoiceState, channel_id: int | None) -> Channel:
    """Return the stage the member is on; one that the form names must be the same."""
    channel = guild.channels[state.channel_id]
    if channel.type != ChannelType.STAGE or channel_id not in (None, channel.id):
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    return channel


def _voice_channel(call: Call) -> tuple[Guild, Channel]:
    guild, channel = call.guild_channel()
    if channel.type not in voice.CHANNEL_TYPES:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")
    return guild, channel


def _sound(call: Call, form: _Played) -> Sound:
    default = next((it for it in expressions.DEFAULT_SOUNDS if it.id == form.sound_id), None)
    found = default or expressions.find_sound(call.world, form.sound_id)
    if found is None:
        raise unknown("sound")
    return found
