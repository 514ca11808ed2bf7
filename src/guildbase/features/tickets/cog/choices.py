"""What is suggested to whoever types the name of a category, a panel or a tag."""

from __future__ import annotations

from discord import app_commands

from guildbase.bot.components import MAX_OPTIONS, Interaction
from guildbase.core.errors import GuildbaseError

Choices = list[app_commands.Choice[int]]


async def category_choices(interaction: Interaction, typed: str) -> Choices:
    """Suggest categories by name."""
    from guildbase.features.tickets.controller import CategoryController

    found = await interaction.client.services.get(CategoryController).all(interaction.guild_id or 0)
    return _matching(typed, [(row.name, row.number) for row in found])


async def panel_choices(interaction: Interaction, typed: str) -> Choices:
    """Suggest panels by title, to whoever may set them up."""
    from guildbase.bot.callers import caller_of_press
    from guildbase.features.tickets.controller import PanelController

    services = interaction.client.services
    caller = await caller_of_press(interaction, services)
    try:
        found = await services.get(PanelController).all(caller, interaction.guild_id or 0)
    except GuildbaseError:
        return []
    return _matching(typed, [(row.title, row.number) for row in found])


async def tag_choices(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Suggest tags that are in use, to the staff."""
    from guildbase.bot.callers import caller_of_press
    from guildbase.features.tickets.controller import TicketController

    services = interaction.client.services
    caller = await caller_of_press(interaction, services)
    try:
        found = await services.get(TicketController).tags(caller, interaction.guild_id or 0)
    except GuildbaseError:
        return []
    return [app_commands.Choice(name=tag, value=tag) for tag in found if typed.lower() in tag][:MAX_OPTIONS]


def _matching(typed: str, named: list[tuple[str, int]]) -> Choices:
    wanted = typed.strip().lower()
    return [app_commands.Choice(name=name, value=number) for name, number in named if wanted in name.lower()][
        :MAX_OPTIONS
    ]
