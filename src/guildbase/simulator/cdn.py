"""The part of Discord's CDN that serves pictures and sounds, and draws those that nobody uploaded."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from functools import cache

from guildbase.core.snowflake import read_snowflake
from guildbase.simulator.world import expressions
from guildbase.simulator.world.entities import Image
from guildbase.simulator.world.state import World

_COLOURS = ((88, 101, 242), (116, 127, 141), (67, 160, 71), (240, 160, 32), (214, 69, 65), (219, 92, 174))
_SIDE = 128


def find(world: World, path: str) -> Image | None:
    """Return what is served under a path such as `icons/1/2.png`; None if there is nothing."""
    kind, _, rest = path.strip("/").partition("/")
    name = rest.rpartition("/")[2].partition(".")[0]
    one_id = read_snowflake(name)
    if kind == "embed":
        return None if one_id is None else drawn(one_id)
    if kind in ("emojis", "stickers", "soundboard-sounds"):
        return None if one_id is None else _expression(world, kind, one_id)
    return world.images.get(name)


def _expression(world: World, kind: str, one_id: int) -> Image | None:
    if kind == "emojis":
        emoji = expressions.find_emoji(world, one_id)
        return None if emoji is None else world.images.get(emoji.image)
    if kind == "stickers":
        if any(it.id == one_id for it in expressions.STANDARD_STICKERS):
            return drawn(one_id)
        sticker = expressions.find_sticker(world, one_id)
        return None if sticker is None else world.images.get(sticker.image)
    sound = expressions.find_sound(world, one_id)
    return None if sound is None else world.images.get(sound.sound)


def drawn(number: int) -> Image:
    """Return a default avatar: a person's outline on one of six colours."""
    return _draw(number % len(_COLOURS))


@cache
def _draw(colour: int) -> Image:
    back, front = bytes(_COLOURS[colour]), b"\xff\xff\xff"
    rows = (b"\x00" + b"".join(front if it else back for it in row) for row in _figure())
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")
    return Image("image/png", b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*it) for it in parts))


def _figure() -> Iterator[list[bool]]:
    """Yield rows of a head over shoulders."""
    for y in range(_SIDE):
        yield [
            (x - 64) ** 2 + (y - 48) ** 2 <= 22**2 or ((x - 64) / 42) ** 2 + ((y - 118) / 40) ** 2 <= 1
            for x in range(_SIDE)
        ]


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
