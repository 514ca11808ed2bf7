"""Voice states, stages and the regions of voice servers."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.moments import moment
from guildbase.simulator.world.entities import Guild, StageInstance, VoiceState

_REGIONS = {
    "brazil": "Brazil",
    "hongkong": "Hong Kong",
    "india": "India",
    "japan": "Japan",
    "rotterdam": "Rotterdam",
    "singapore": "Singapore",
    "southafrica": "South Africa",
    "sydney": "Sydney",
    "us-central": "US Central",
    "us-east": "US East",
    "us-south": "US South",
    "us-west": "US West",
}


def voice_state(guild: Guild, one: VoiceState, *, connected: bool = True) -> Json:
    """Return where a member is connected by voice, or that it no longer is."""
    member = guild.members.get(one.user_id)
    return {
        "guild_id": str(guild.id),
        "channel_id": str(one.channel_id) if connected else None,
        "user_id": str(one.user_id),
        "session_id": one.session_id,
        "deaf": member is not None and member.deaf,
        "mute": member is not None and member.mute,
        "self_deaf": one.self_deaf,
        "self_mute": one.self_mute,
        "self_video": one.self_video,
        "self_stream": one.self_stream,
        "suppress": one.suppress,
        "request_to_speak_timestamp": moment(one.request_to_speak_at),
    }


def stage_instance(one: StageInstance) -> Json:
    """Return a live stage."""
    return {
        "id": str(one.id),
        "guild_id": str(one.guild_id),
        "channel_id": str(one.channel_id),
        "topic": one.topic,
        "privacy_level": one.privacy_level,
        "discoverable_disabled": False,
        "invite_code": None,
        "guild_scheduled_event_id": None if one.event_id is None else str(one.event_id),
    }


def voice_regions() -> list[Json]:
    """Return where voice channels can be served from; the simulator serves none."""
    rest = {"custom": False, "deprecated": False}
    return [{"id": it, "name": name, "optimal": it == "rotterdam", **rest} for it, name in _REGIONS.items()]
