"""What is suggested while somebody types, and how they say which cases they mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands

from guildbase.core.clock import utcnow
from guildbase.features.moderation.kinds import CaseSource, CaseState, CaseType

if TYPE_CHECKING:
    from guildbase.bot.views import Interaction
    from guildbase.features.moderation.search import CaseFilter

Choices = list[app_commands.Choice[str]]
MOST = 25
StateName = Literal["open", "confirmed", "failed", "expired", "void"]
SourceName = Literal["command", "api", "discord", "automod", "raid", "ladder", "report", "appeal"]


async def suggest_own_types(interaction: Interaction, typed: str) -> Choices:
    """Suggest the server's own types that are not archived."""
    return matching(typed, await _own_types(interaction))


async def suggest_types(interaction: Interaction, typed: str) -> Choices:
    """Suggest all types of cases, the server's own first."""
    usual = [it.value for it in CaseType if it is not CaseType.CUSTOM]
    return matching(typed, [*await _own_types(interaction), *usual])


def matching(typed: str, names: Iterable[str]) -> Choices:
    """Return the first of the names that have what was typed in them."""
    found = [name for name in names if typed.strip().lower() in name.lower()]
    return [app_commands.Choice(name=name, value=name) for name in found[:MOST]]


async def _own_types(interaction: discord.Interaction[Any]) -> list[str]:
    from guildbase.bot.callers import caller_of_press
    from guildbase.features.moderation.controller.custom_types import CustomTypeController

    services = interaction.client.services
    if interaction.guild_id is None:
        return []
    caller = await caller_of_press(interaction, services)
    types = await services.get(CustomTypeController).list_types(caller, interaction.guild_id)
    return [it.name for it in types if not it.is_archived]


def filter_of(
    user: discord.abc.User | None = None,
    moderator: discord.abc.User | None = None,
    type_name: str = "",
    state: str | None = None,
    source: str | None = None,
    times: tuple[str, str] = ("", ""),
    words: str = "",
) -> CaseFilter:
    """Return which cases are meant; `times` are since when and until when, as they were typed.

    Raises:
        InvalidInput: a time is none.
    """
    from guildbase.features.moderation.rules.filters import read_moment
    from guildbase.features.moderation.search import CaseFilter

    now, wanted = utcnow(), type_name.strip().lower()
    is_usual = wanted in list(CaseType)
    return CaseFilter(
        target_id=user.id if user else None,
        moderator_id=moderator.id if moderator else None,
        case_type=CaseType(wanted) if is_usual else None,
        custom_type=wanted if wanted and not is_usual else None,
        state=CaseState(state) if state else None,
        source=CaseSource(source) if source else None,
        since=read_moment(times[0], now),
        until=read_moment(times[1], now),
        words=words.strip() or None,
    )
