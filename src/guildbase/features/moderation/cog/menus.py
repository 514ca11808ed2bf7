"""The context menus of people: Warn, Time out and Ban open forms, Cases lists what was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.context import answer
from guildbase.bot.gate import LEVEL
from guildbase.bot.views import BaseModal
from guildbase.core.errors import GuildbaseError
from guildbase.core.i18n import _, marked, translated
from guildbase.features.moderation.cog.acting import Request, Wish, act
from guildbase.features.moderation.kinds import MAX_REASON, CaseType

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot
    from guildbase.bot.components import Interaction


@dataclass(frozen=True, slots=True)
class Menu:
    """One entry of the menu."""

    name: str
    case_type: CaseType
    title: str
    command: str
    needs: discord.Permissions
    level: int
    is_timed: bool = False


MENUS = (
    Menu("Warn", CaseType.WARN, marked("Warn {name}"), "warn", discord.Permissions(moderate_members=True), 3),
    Menu(
        "Time out",
        CaseType.TIMEOUT,
        marked("Time out {name}"),
        "timeout",
        discord.Permissions(moderate_members=True),
        3,
        is_timed=True,
    ),
    Menu("Ban", CaseType.BAN, marked("Ban {name}"), "ban", discord.Permissions(ban_members=True), 4),
)
CASES = "Cases"


class ActionForm(BaseModal):
    """Asks for the reason, and where it lasts for how long."""

    def __init__(self, menu: Menu, user: discord.User | discord.Member, request_id: int) -> None:
        super().__init__(translated(menu.title, name=user.display_name), command=menu.command)
        self._menu, self._user, self._request_id = menu, user, request_id
        self.reason: discord.ui.TextInput[Any] = discord.ui.TextInput(
            label=_("Reason"),
            style=discord.TextStyle.paragraph,
            max_length=MAX_REASON,
            required=menu.case_type is CaseType.WARN,
            custom_id="reason",
        )
        self.duration: discord.ui.TextInput[Any] = discord.ui.TextInput(
            label=_("How long"),
            placeholder=_("1h 30m, 2 days, until tomorrow 18:00"),
            max_length=100,
            required=False,
            custom_id="duration",
        )
        if menu.is_timed:
            self.add_item(self.duration)
        self.add_item(self.reason)

    async def on_submit(self, interaction: Interaction, /) -> None:  # type: ignore[override]
        """Act; a form that was sent twice acts once, and one that is refused gives back what was written."""
        wish = Wish(self._menu.case_type, self._user, self.reason.value, self.duration.value)
        try:
            await act(await Request.of_form(interaction, self._request_id), wish)
        except GuildbaseError as refused:
            if not self.reason.value:
                raise
            await answer(interaction, f"{refused.text}\n{_('You wrote:')}\n>>> {self.reason.value}"[:2000])


class ActionMenus(BaseCog):
    """Warn, time out and ban people from their menu."""

    def __init__(self, bot: GuildbaseBot) -> None:
        super().__init__(bot)
        callbacks = (self._warn, self._time_out, self._ban)
        self._menus = [
            *(
                _context_menu(it.name, callback, it.needs, it.level)
                for it, callback in zip(MENUS, callbacks, strict=True)
            ),
            _context_menu(CASES, self._cases, discord.Permissions(moderate_members=True), 3),
        ]

    async def cog_load(self) -> None:
        """Add the menus."""
        for menu in self._menus:
            self.bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Take the menus away."""
        for menu in self._menus:
            self.bot.tree.remove_command(menu.name, type=menu.type)

    async def _warn(self, interaction: discord.Interaction[Any], user: discord.User) -> None:
        await _open(interaction, MENUS[0], user)

    async def _time_out(self, interaction: discord.Interaction[Any], user: discord.User) -> None:
        await _open(interaction, MENUS[1], user)

    async def _ban(self, interaction: discord.Interaction[Any], user: discord.User) -> None:
        await _open(interaction, MENUS[2], user)

    async def _cases(self, interaction: discord.Interaction[Any], user: discord.User) -> None:
        from guildbase.features.moderation.search import CaseFilter
        from guildbase.features.moderation.views.pages import CasePages

        ctx = await self.bot.get_context(interaction)
        caller, guild = await self.caller(ctx), self.guild(ctx)
        pages = CasePages(interaction.user.id, guild.id, CaseFilter(target_id=user.id), command="cases")
        await pages.answer(ctx, self.services, caller)


async def _open(interaction: Interaction, menu: Menu, user: discord.User | discord.Member) -> None:
    await interaction.response.send_modal(ActionForm(menu, user, interaction.id))


def _context_menu(name: str, callback: Any, needs: discord.Permissions, level: int) -> app_commands.ContextMenu:
    made = app_commands.ContextMenu(name=name, callback=callback, extras={LEVEL: level})
    made.default_permissions = needs
    made.guild_only = True
    return made
