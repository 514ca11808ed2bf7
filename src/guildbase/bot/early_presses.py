"""Presses that come before discord.py knows what was pressed.

It learns of buttons and forms only once Discord has answered the request that sent them. A quick person, or a slow
line, can be ahead of that answer.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakValueDictionary

import discord

OURS = "gb:"
"""What the custom ids of our views and forms begin with; after it comes what tells one from all others."""
_ALIVE: WeakValueDictionary[str, discord.ui.View | discord.ui.Modal] = WeakValueDictionary()


def remember(token: str, made: discord.ui.View | discord.ui.Modal) -> None:
    """Let presses on a new view or form, whose custom ids begin with `gb:` and the token, find it from now on."""
    _ALIVE[token] = made


def forget_all() -> None:
    """Let no press find what a bot that ended has made."""
    _ALIVE.clear()


def dispatch(interaction: discord.Interaction[Any]) -> asyncio.Task[None] | None:
    """Hand a press that discord.py did not know to the view or form it belongs to; None if that has ended."""
    data: Any = interaction.data
    custom_id = str(data["custom_id"])
    found = _ALIVE.get(custom_id.removeprefix(OURS).partition(":")[0])
    if found is None or found.is_finished():
        return None
    if isinstance(found, discord.ui.Modal):
        return found._dispatch_submit(interaction, data["components"], data.get("resolved", {}))  # noqa: SLF001 - what discord.py itself calls.
    item: Any = next((it for it in found.walk_children() if getattr(it, "custom_id", None) == custom_id), None)
    return None if item is None else found._dispatch_item(item, interaction)  # noqa: SLF001 - what discord.py itself calls.
