"""What a guild's members express themselves with: custom emojis, stickers and sounds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class StickerFormat(IntEnum):
    """The kinds of sticker files."""

    PNG = 1
    APNG = 2
    LOTTIE = 3
    GIF = 4


@dataclass(slots=True)
class Emoji:
    """A custom emoji of a guild, or of the application if there is no guild; `image` is the key of its picture."""

    id: int
    name: str
    image: str
    guild_id: int | None = None
    creator_id: int | None = None
    roles: tuple[int, ...] = ()
    animated: bool = False
    managed: bool = False
    available: bool = True


@dataclass(slots=True)
class Sticker:
    """A guild's sticker; one without a guild is in the standard pack."""

    id: int
    name: str
    tags: str
    image: str
    description: str | None = None
    format: StickerFormat = StickerFormat.PNG
    guild_id: int | None = None
    creator_id: int | None = None
    available: bool = True


@dataclass(slots=True)
class Sound:
    """A sound of the soundboard; one without a guild is a default sound."""

    id: int
    name: str
    sound: str
    volume: float = 1.0
    emoji_id: int | None = None
    emoji_name: str | None = None
    guild_id: int | None = None
    creator_id: int | None = None
    available: bool = True
