"""How greetings look."""

from __future__ import annotations

import discord


def greeting(word: str, name: str) -> str:
    """Return the greeting; a name cannot bring its own formatting."""
    return f"{word}, {discord.utils.escape_markdown(name)}!"


def count_text(count: int) -> str:
    """Return the number of greetings for people."""
    return f"Greetings here since I started: {count}."
