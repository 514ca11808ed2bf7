"""Base of all messages with buttons and menus, and of all forms: asker check, error chain, late deferral, end.

discord.py logs what goes wrong in a button and tells nobody, and it says nothing at all to a press that it does
not know, such as one on a message from before a restart. Views and forms of this kind always answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Self

import discord
import structlog

from guildbase.bot import early_presses
from guildbase.bot.callers import caller_of_press
from guildbase.bot.command_limits import require_turn
from guildbase.bot.components import (
    MAX_OPTIONS,
    MAX_TITLE,
    Button,
    ChannelMenu,
    Chosen,
    Interaction,
    OptionMenu,
    Press,
    RoleMenu,
    UserMenu,
    cut,
)
from guildbase.bot.context import Context, LateDefer, answer, settle
from guildbase.bot.early_presses import OURS
from guildbase.bot.errors import explain
from guildbase.bot.gate import passes_press, too_old
from guildbase.bot.languages import speak_to
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.services.container import BotServices
from guildbase.services.rate_limits import PRESSES

__all__ = [
    "BaseModal",
    "BaseView",
    "Confirmation",
    "Interaction",
    "answer_stale",
    "replace",
]

TIMEOUT = 600.0
"""Seconds without a press after which a view ends; an ephemeral message can be edited for 900."""


class BaseView(discord.ui.View):
    """Buttons and menus for the one person who asked for them, answered as safely as commands are."""

    def __init__(self, asker_id: int, *, command: str, timeout: float = TIMEOUT) -> None:
        super().__init__(timeout=timeout)
        self.asker_id = asker_id
        self.command = command
        """Qualified name of the command that this is part of: rights go by it, and it is how to begin again."""
        self._token = secrets.token_hex(8)
        early_presses.remember(self._token, self)
        self._shown = 0
        """Counts what was shown. A press tells by it whether it is on what the message shows now."""
        self._edit: Callable[..., Awaitable[Any]] | None = None
        self._one_press = asyncio.Lock()

    def button(
        self,
        name: str,
        label: str,
        press: Press,
        *,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        row: int | None = None,
        disabled: bool = False,
    ) -> None:
        """Add a button; the name is unique in this view."""
        self.add_item(Button(press, label, custom_id=self._id(name), style=style, row=row, disabled=disabled))

    def menu(
        self,
        name: str,
        placeholder: str,
        options: Iterable[discord.SelectOption],
        chosen: Chosen,
        *,
        most: int = 1,
        least: int = 1,
        row: int | None = None,
    ) -> None:
        """Add a menu of up to 25 options; `chosen` gets the values of those that were picked."""
        listed = list(options)[:MAX_OPTIONS]
        most = min(most, len(listed))
        own = {"custom_id": self._id(name), "options": listed, "min_values": least, "max_values": most, "row": row}
        self.add_item(OptionMenu(chosen, placeholder, **own))

    def role_menu(self, name: str, placeholder: str, chosen: Chosen, **options: Any) -> None:
        """Add a picker of roles; `chosen` gets the roles, options are those of `discord.ui.RoleSelect`."""
        self.add_item(RoleMenu(chosen, placeholder, custom_id=self._id(name), **options))

    def channel_menu(self, name: str, placeholder: str, chosen: Chosen, **options: Any) -> None:
        """Add a picker of channels; `chosen` gets them, options are those of `discord.ui.ChannelSelect`."""
        self.add_item(ChannelMenu(chosen, placeholder, custom_id=self._id(name), **options))

    def user_menu(self, name: str, placeholder: str, chosen: Chosen, **options: Any) -> None:
        """Add a picker of people; `chosen` gets them, options are those of `discord.ui.UserSelect`."""
        self.add_item(UserMenu(chosen, placeholder, custom_id=self._id(name), **options))

    async def send(self, ctx: Context, content: str | None = None, **message: Any) -> None:
        """Answer a command with this view, for its asker alone."""
        sent = await ctx.send(content, view=self, ephemeral=True, **message)
        self._edit = sent.edit

    async def show(self, interaction: Interaction, **message: Any) -> None:
        """Put the message into its new state and this view under it, as the answer to a press in it."""
        await replace(interaction, view=self, **message)
        self._edit = interaction.edit_original_response

    async def close(self, interaction: Interaction, **message: Any) -> None:
        """Put the message into its last state, without any buttons, as the answer to a press in it."""
        self.stop()
        await replace(interaction, view=None, **message)

    def clear_items(self) -> Self:
        """Take all buttons and menus away; a press on one of them that is under way still finds this view."""
        gone = self.children
        self._shown += 1
        super().clear_items()
        for item in gone:
            item._update_view(self)  # noqa: SLF001 - discord.py lets go of it at once.
        return self

    async def pressed(
        self, item: discord.ui.Item[Any], interaction: Interaction, press: Callable[[], Awaitable[None]]
    ) -> None:
        """Handle one press after another; one on what the press before it has taken away does nothing."""
        has_waited = self._one_press.locked()
        async with self._one_press:
            if item in self.children and not self.is_finished():
                await press()
            elif has_waited:
                await acknowledge(interaction)
            else:
                await answer(interaction, too_old())

    async def caller(self, interaction: Interaction) -> Caller:
        """Return who pressed, with the rights of this moment."""
        return await caller_of_press(interaction, self.services(interaction))

    @staticmethod
    def services(interaction: Interaction) -> BotServices:
        """Return the services of this process."""
        return interaction.client.services

    async def interaction_check(self, interaction: Interaction, /) -> bool:  # type: ignore[override]
        """Begin the press; let nobody press but the asker."""
        await begin_press(interaction)
        if interaction.user.id == self.asker_id:
            return await passes_press(interaction, self.command)
        await answer(interaction, _("This is not yours. Use `/{command}` yourself.", command=self.command))
        return False

    async def on_error(self, interaction: Interaction, error: Exception, _item: Any, /) -> None:  # type: ignore[override]
        """Tell the error to the person who pressed."""
        await tell_error(interaction, error, self.command)

    async def on_timeout(self) -> None:
        """Take the buttons away and say how to go on."""
        if self._edit is None:
            return
        with contextlib.suppress(discord.HTTPException):  # The message may be gone by now.
            await self._edit(content=_("This ran out. Use `/{command}` to go on.", command=self.command), view=None)

    def _id(self, name: str) -> str:
        return f"{OURS}{self._token}:{self._shown}:{name}"


class BaseModal(discord.ui.Modal):
    """A form that is answered as safely as a command; `submitted` is called when it is sent off."""

    def __init__(self, title: str, *, command: str) -> None:
        token = secrets.token_hex(8)
        # Discord says nothing of a form that is closed unsent, so it must end by itself.
        super().__init__(title=cut(title, MAX_TITLE), custom_id=f"{OURS}{token}", timeout=TIMEOUT)
        early_presses.remember(token, self)
        self.command = command

    async def interaction_check(self, interaction: Interaction, /) -> bool:  # type: ignore[override]
        """Begin the answer."""
        await begin_press(interaction)
        return await passes_press(interaction, self.command)

    async def on_error(self, interaction: Interaction, error: Exception, /) -> None:  # type: ignore[override]
        """Tell the error to the person who sent the form."""
        await tell_error(interaction, error, self.command)


class Confirmation(BaseView):
    """Asks whether something shall be done, and does it at a press of the first button."""

    def __init__(self, asker_id: int, *, command: str, label: str, confirmed: Press, is_grave: bool = True) -> None:
        super().__init__(asker_id, command=command)
        self._confirmed = confirmed
        style = discord.ButtonStyle.danger if is_grave else discord.ButtonStyle.primary
        self.button("confirm", label, self._confirm, style=style)
        self.button("cancel", _("Cancel"), self._cancel)

    async def _confirm(self, interaction: Interaction) -> None:
        # First of all, so that a second press at the same moment does not do it twice.
        self.stop()
        await self._confirmed(interaction)

    async def _cancel(self, interaction: Interaction) -> None:
        await self.close(interaction, content=_("Cancelled. Nothing was changed."), embed=None, attachments=[])


async def replace(interaction: Interaction, **message: Any) -> None:
    """Put the message on which was pressed into a new state, be the press deferred or not."""
    await settle(interaction)
    if interaction.response.is_done():
        await interaction.edit_original_response(**message)
    else:
        await interaction.response.edit_message(**message)


async def acknowledge(interaction: Interaction) -> None:
    """Let the press be done with, without any change."""
    await settle(interaction)
    if not interaction.response.is_done():
        await interaction.response.defer()


async def answer_stale(interaction: Interaction) -> None:
    """Answer a press on one of these views, or one of these forms, that nobody here knows yet, or any more."""
    data: Any = interaction.data or {}
    custom_id = str(data.get("custom_id", ""))
    is_known = interaction.response.is_done() or LateDefer.watches(interaction)
    if not custom_id.startswith(OURS) or is_known:
        return
    if (press := early_presses.dispatch(interaction)) is not None:
        interaction.client.work.add(press)
    else:
        await speak_to(interaction, interaction.client.services)
        await answer(interaction, too_old())


async def begin_press(interaction: Interaction) -> None:
    """Count the press and know whose it is, before anything is judged or done; raise RateLimited for too many."""
    interaction.client.work.add(asyncio.current_task())
    structlog.contextvars.bind_contextvars(correlation_id=str(interaction.id))
    LateDefer(interaction)
    await speak_to(interaction, interaction.client.services)
    await require_turn(interaction.client, interaction.user, interaction.guild_id, PRESSES)


async def tell_error(interaction: Interaction, error: Exception, command: str) -> None:
    """Explain the error to the person who pressed, and report one that nobody expected."""
    user_id, guild_id = interaction.user.id, interaction.guild_id
    explanation = explain(
        error,
        lambda cause: interaction.client.report(cause, "component", command, guild_id=guild_id, user_id=user_id),
        command=command,
    )
    if explanation is not None:
        await answer(interaction, explanation.text)
