"""Where members are connected by voice, and the stages that are live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class VoiceState:
    """A member's connection to a voice or stage channel; whom the server mutes or deafens is kept by the member."""

    user_id: int
    channel_id: int
    session_id: str
    self_mute: bool = False
    self_deaf: bool = False
    self_video: bool = False
    self_stream: bool = False
    suppress: bool = False
    request_to_speak_at: datetime | None = None


@dataclass(slots=True)
class StageInstance:
    """What is going on in a stage channel."""

    id: int
    guild_id: int
    channel_id: int
    topic: str
    privacy_level: int = 2
    event_id: int | None = None
