"""Suggests reasons that the server keeps."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from guildbase.core.ports import GuildSnapshots

MOST_SUGGESTIONS = 25
LONGEST = 100
"""Characters of a choice, as Discord has it."""


async def suggest_reasons(interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
    """Return the server's templates that fit what was typed so far, by their names; the text follows with the case."""
    from guildbase.features.moderation.schemas import ModerationSettings

    if interaction.guild_id is None or len(typed) > LONGEST:
        return []
    snapshot = await interaction.client.services.get(GuildSnapshots).load(interaction.guild_id)
    wanted = typed.strip().lower()
    templates = snapshot.get(ModerationSettings).reason_templates
    found = [(name, text) for name, text in templates.items() if wanted in f"{name} {text}".lower()]
    shown = [app_commands.Choice(name=f"{name}: {text}"[:LONGEST], value=name) for name, text in found]
    # What is typed stays possible, or the client would send a suggestion instead of it.
    own = [app_commands.Choice(name=typed, value=typed)] if wanted else []
    return (own + shown)[:MOST_SUGGESTIONS]
