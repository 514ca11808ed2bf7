"""Emojis as reactions and polls name them."""

from __future__ import annotations

from guildbase.simulator.errors import Json


def emoji(key: str) -> Json:
    """Return an emoji from its form in a path: a character, or `name:id`."""
    name, _, emoji_id = key.partition(":")
    return {"id": emoji_id or None, "name": name}
