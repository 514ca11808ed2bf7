"""Keeps the blocked from buttons, menus, forms and what answers messages; commands have their gate."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.context import answer
from guildbase.bot.languages import speak_to
from guildbase.core.errors import GuildbaseError, PermissionDenied
from guildbase.core.ports import GuildSnapshot, GuildSnapshots, Standings

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

_PRESSES = {discord.InteractionType.component.value, discord.InteractionType.modal_submit.value}


def refusal(
    bot: GuildbaseBot, user_id: int, guild: discord.Guild | None, snapshot: GuildSnapshot | None, permissions: int = 0
) -> PermissionDenied | None:
    """Return what to tell the person who is blocked here, or whose server is; None if neither is so."""
    if not bot.services.has(Standings):
        return None
    is_guild_owner = guild is not None and guild.owner_id == user_id
    standings = bot.services.get(Standings)
    return standings.refusal(user_id, snapshot, permissions=permissions, is_guild_owner=is_guild_owner)


def unless_blocked(bot: GuildbaseBot, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return the parser of interactions, made to refuse the blocked: presses reach views without passing a check."""

    def checked(data: Any) -> None:
        guild_id = int(data.get("guild_id") or 0)
        snapshot = bot.services.get(GuildSnapshots).peek(guild_id)
        if data["type"] not in _PRESSES:
            parse(data)
        elif guild_id and snapshot is None:
            bot.work.add(bot.loop.create_task(later(data, guild_id)))
        else:
            settle(data, guild_id, snapshot)

    async def later(data: Any, guild_id: int) -> None:
        """Read what is known of the server first, which is in memory but for its first moments."""
        try:
            settle(data, guild_id, await bot.services.get(GuildSnapshots).load(guild_id))
        except GuildbaseError as error:
            await _answer(bot, data, error)

    def settle(data: Any, guild_id: int, snapshot: GuildSnapshot | None) -> None:
        person = data.get("member") or data
        user_id, permissions = int(person["user"]["id"]), int(person.get("permissions", 0))
        judge = partial(refusal, bot, user_id, bot.get_guild(guild_id), snapshot, permissions)
        if judge() is None:
            parse(data)
        else:
            bot.work.add(bot.loop.create_task(_refuse(bot, data, judge)))

    return checked


async def _refuse(bot: GuildbaseBot, data: Any, judge: Callable[[], PermissionDenied | None]) -> None:
    interaction = bot.interaction_of(data)
    await speak_to(interaction, bot.services)
    # Judged once more, now that the person's language is spoken.
    if found := judge():
        await answer(interaction, found.text)


async def _answer(bot: GuildbaseBot, data: Any, error: GuildbaseError) -> None:
    await answer(bot.interaction_of(data), error.text)
