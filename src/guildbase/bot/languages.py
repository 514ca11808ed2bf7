"""Whose language is spoken: the person's own choice, else what Discord tells of them, else the server's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.i18n import speak, spoken_of
from guildbase.core.ports import GuildSnapshots, Languages
from guildbase.services.container import BotServices

if TYPE_CHECKING:
    from typing import Any

    import discord


async def speak_to(interaction: discord.Interaction[Any], services: BotServices) -> None:
    """Speak the language of the person who used a command, button or form, to the end of the task."""
    wish, of_guild = await _wishes(services, interaction.user.id, interaction.guild_id)
    speak(spoken_of((wish, str(interaction.locale), of_guild)))


async def language_of(services: BotServices, user_id: int, guild_id: int | None) -> str:
    """Return the language for a person of whom Discord tells none: their choice, or else that of the server."""
    return spoken_of(await _wishes(services, user_id, guild_id))


async def language_of_guild(services: BotServices, guild_id: int | None) -> str:
    """Return the language for what everybody in the server reads."""
    return spoken_of((await _of_guild(services, guild_id),))


async def _wishes(services: BotServices, user_id: int, guild_id: int | None) -> tuple[str | None, str | None]:
    return await services.get(Languages).language_of(user_id), await _of_guild(services, guild_id)


async def _of_guild(services: BotServices, guild_id: int | None) -> str | None:
    if not guild_id:
        return None
    snapshots = services.get(GuildSnapshots)
    try:
        return (snapshots.peek(guild_id) or await snapshots.load(guild_id)).locale
    except DatabaseUnavailable:  # What is said matters more than in which language.
        return None
