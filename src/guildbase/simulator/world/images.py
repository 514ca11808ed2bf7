"""Pictures and sounds: kept once, however often they are used, under a key made of their contents."""

from __future__ import annotations

from hashlib import md5

from guildbase.simulator.world.entities import Image
from guildbase.simulator.world.state import World


def keep(world: World, image: Image) -> str:
    """Keep the picture and return its key; the keys of moving pictures start with `a_`, as Discord's do."""
    key = md5(image.data, usedforsecurity=False).hexdigest()
    if image.content_type == "image/gif":
        key = f"a_{key}"
    world.images[key] = image
    return key
