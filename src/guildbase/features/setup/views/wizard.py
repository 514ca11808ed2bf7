"""The setup: one message with pages, of which each saves by itself. What is set is all that it remembers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.context import Context, settle
from guildbase.bot.views import BaseView, Interaction
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.features.setup.controller import SetupController
from guildbase.features.setup.views import check, pages, punishments
from guildbase.services.outbox import EffectState, Outbox

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

OUTCOME_WAIT = 10.0  # seconds that an answer waits for what is made on Discord
Page: TypeAlias = Callable[["SetupWizard", Caller], Awaitable[discord.Embed]]
PAGES: dict[str, Page] = {
    "check": check.page,
    "language": pages.language,
    "logs": pages.logs,
    "staff": pages.staff,
    "punishments": punishments.page,
    "features": pages.features,
    "summary": pages.summary,
}
"""The pages by their names, in order. Each fills the wizard with its buttons and returns what is shown above them."""
NAMES = tuple(PAGES)
NAVIGATION = 4  # the row of the buttons that turn the page


class SetupWizard(BaseView):
    """One admin's way through the setup of a server."""

    def __init__(self, bot: GuildbaseBot, asker_id: int, guild_id: int, page: str = NAMES[0]) -> None:
        super().__init__(asker_id, command="setup")
        self.bot = bot
        self.guild_id = guild_id
        self.page = page
        self.controller = bot.services.get(SetupController)

    @property
    def guild(self) -> discord.Guild:
        """The server; NotFound while Discord does not show it."""
        guild = self.bot.get_guild(self.guild_id)
        if guild is None or guild.unavailable:
            raise NotFound(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
        return guild

    async def begin(self, ctx: Context, caller: Caller) -> None:
        """Answer the command with the first page."""
        await self.send(ctx, embed=await self._draw(caller))

    async def open(self, interaction: Interaction) -> None:
        """Answer a press on another message with the first page."""
        embed = await self._draw(await caller_of_press(interaction, self.bot.services))
        await settle(interaction)
        if interaction.response.is_done():
            sent = await interaction.followup.send(embed=embed, view=self, ephemeral=True, wait=True)
            self._edit = sent.edit
        else:
            await interaction.response.send_message(embed=embed, view=self, ephemeral=True)
            self._edit = interaction.edit_original_response

    async def turn(self, interaction: Interaction, page: str, note: str = "") -> None:
        """Show the page, on request with what has just happened."""
        self.page = page
        await self.show(interaction, content=note or None, embed=await self._draw(await self.caller(interaction)))

    async def save(self, interaction: Interaction, changes: dict[str, Any], **target: str) -> None:
        """Set what was chosen, and show the page with it."""
        await self.controller.save(await self.caller(interaction), self.guild_id, changes, **target)
        await self.turn(interaction, self.page, _("Saved."))

    async def carry_out(self, interaction: Interaction, effect_id: int) -> None:
        """Wait for what was promised to be done on Discord, and show the page with it."""
        state = await self.bot.services.get(Outbox).outcome(effect_id, timeout=OUTCOME_WAIT)
        await self.turn(interaction, self.page, _outcome(state))

    async def _draw(self, caller: Caller) -> discord.Embed:
        self.clear_items()
        others = self.controller.enter(self.guild_id, self.asker_id)
        embed = await PAGES[self.page](self, caller)
        self._add_navigation()
        number = NAMES.index(self.page) + 1
        embed.set_footer(text=_("Step {number} of {count}. Each is saved at once.", number=number, count=len(NAMES)))
        if others:
            who = ", ".join(f"<@{user_id}>" for user_id in others)
            told = _("{who} is in this setup, too. The last choice counts.", who=who)
            embed.description = f"{told}\n\n{embed.description or ''}"
        return embed

    def _add_navigation(self) -> None:
        number = NAMES.index(self.page)
        if number > 0:
            self.button("back", _("Back"), self._to(number - 1), row=NAVIGATION)
        if number + 1 < len(NAMES):
            primary = discord.ButtonStyle.primary
            self.button("next", _("Next"), self._to(number + 1), style=primary, row=NAVIGATION)
        else:
            self.button("finish", _("Finish"), self._finish, style=discord.ButtonStyle.success, row=NAVIGATION)

    def _to(self, number: int) -> Callable[[Interaction], Awaitable[None]]:
        async def press(interaction: Interaction) -> None:
            await self.turn(interaction, NAMES[number])

        return press

    async def _finish(self, interaction: Interaction) -> None:
        embed = await PAGES[self.page](self, await self.caller(interaction))
        self.controller.leave(self.guild_id, self.asker_id)
        await self.close(interaction, content=_("The setup is done. `/setup` opens it again at any time."), embed=embed)


def _outcome(state: EffectState | None) -> str:
    if state is EffectState.DONE:
        return _("Done.")
    if state is EffectState.FAILED:
        return _("Discord did not let me. The first step says which permissions I lack.")
    return _("This takes longer than usual. It is not forgotten; look again in a moment.")
