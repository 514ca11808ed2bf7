"""The alert of a raid, and its buttons, which name the raid, so that they work after any restart."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.context import answer, settle
from guildbase.bot.lasting import OURS, LastingButton
from guildbase.bot.views import Confirmation, Interaction
from guildbase.core.i18n import _, marked, translated
from guildbase.features.antiraid.kinds import Cause, RaidAction, RaiderState, RaidState

if TYPE_CHECKING:
    from guildbase.features.antiraid.controller import RaidOutline
    from guildbase.features.antiraid.models import Raid

COMMAND = "antiraid status"
Style = discord.ButtonStyle
CAUSES = {
    Cause.JOINS: marked("many joins in little time"),
    Cause.NEW: marked("nearly all accounts are new"),
    Cause.NAMES: marked("names are alike"),
    Cause.AVATARS: marked("the same picture"),
    Cause.BIRTHS: marked("accounts were made at the same time"),
    Cause.MESSAGES: marked("newcomers write a lot at once"),
}
STATES = {
    RaiderState.HELD: marked("only watched"),
    RaiderState.DUE: marked("waiting for their turn"),
    RaiderState.DONE: marked("dealt with"),
    RaiderState.FAILED: marked("failed"),
    RaiderState.FREEING: marked("being released"),
    RaiderState.RELEASED: marked("released"),
}
ACTIONS = {
    RaidAction.NONE: marked("nothing"),
    RaidAction.TIMEOUT: marked("a time-out"),
    RaidAction.QUARANTINE: marked("jail"),
    RaidAction.KICK: marked("a kick"),
    RaidAction.BAN: marked("a ban"),
}


def alert_embed(outline: RaidOutline) -> discord.Embed:
    """Return the raid with who takes part, how far the bot is, and what else it did."""
    raid = outline.raid
    is_over = raid.state is RaidState.ENDED
    title = _("Raid {number} is over", number=raid.number) if is_over else _("Raid {number}", number=raid.number)
    colour = discord.Colour.green() if is_over else discord.Colour.red()
    embed = discord.Embed(title=title, colour=colour, timestamp=raid.started_at)
    causes = [translated(CAUSES[Cause(it)]) for it in raid.cause.split()]
    embed.add_field(name=_("Noticed"), value=", ".join(causes) or _("nothing"), inline=False)
    counts = [f"{translated(STATES[state])}: {count}" for state, count in sorted(outline.counts.items())]
    embed.add_field(name=_("Accounts: {count}", count=outline.total), value="\n".join(counts) or "0")
    embed.add_field(name=_("They get"), value=translated(ACTIONS[raid.action]))
    if not is_over:
        embed.add_field(name=_("Also"), value=_measures(raid), inline=False)
    return embed


def _measures(raid: Raid) -> str:
    taken = []
    if raid.invites_paused_until is not None:
        taken.append(_("Invites are paused."))
    if raid.has_locked:
        taken.append(_("The server is locked."))
    return " ".join((*taken, _("It ends by itself after a quiet while, and then all of this is undone.")))


class RaidButton(LastingButton, template=rf"{OURS}raid:(?P<verb>[a-z]+):(?P<number>[0-9]{{1,9}})"):
    """One thing that staff can do about the raid whose number it carries."""

    command = COMMAND

    def __init__(self, verb: str, number: int, label: str = "", style: Style = Style.secondary) -> None:
        custom_id = f"{OURS}raid:{verb}:{number}"
        super().__init__(discord.ui.Button(label=label or verb, custom_id=custom_id, style=style))
        self._verb, self._number = verb, number

    @classmethod
    async def from_custom_id(cls, _interaction: Any, _item: Any, match: re.Match[str], /) -> Self:
        """Return the button that was pressed."""
        return cls(match["verb"], int(match["number"]))

    async def press(self, interaction: Interaction) -> None:
        """Do what the button says."""
        if (press := PRESSES.get(self._verb)) is not None:
            await press(interaction, self._number)


def alert_view(number: int) -> discord.ui.View:
    """Return what staff can do about the raid."""
    view = discord.ui.View(timeout=None)
    view.add_item(RaidButton("ban", number, _("Ban all"), Style.danger))
    view.add_item(RaidButton("kick", number, _("Kick all"), Style.danger))
    view.add_item(RaidButton("release", number, _("Release all")))
    view.add_item(RaidButton("lock", number, _("Lock the server")))
    view.add_item(RaidButton("end", number, _("End the raid"), Style.success))
    view.stop()  # The cog's dynamic items answer all presses.
    return view


async def _confirm(interaction: Interaction, number: int, *, action: RaidAction) -> None:
    from guildbase.features.antiraid.controller import RaidController, RaiderController

    services = interaction.client.services
    caller = await caller_of_press(interaction, services)
    outline = await services.get(RaidController).view(caller, interaction.guild_id or 0, number)

    async def confirmed(press: Interaction) -> None:
        caller = await caller_of_press(press, services)
        await services.get(RaiderController).punish(caller, press.guild_id or 0, number, action)
        await view.close(press, content=_("It is being done; the alert shows how far I am."))

    label = (
        _("Ban {count}", count=outline.total) if action is RaidAction.BAN else _("Kick {count}", count=outline.total)
    )
    view = Confirmation(interaction.user.id, command=COMMAND, label=label, confirmed=confirmed)
    await settle(interaction)
    text = _("All {count} accounts of raid {number}?", count=outline.total, number=number)
    if interaction.response.is_done():
        await interaction.followup.send(text, view=view, ephemeral=True)
    else:
        await interaction.response.send_message(text, view=view, ephemeral=True)


async def _release(interaction: Interaction, number: int) -> None:
    from guildbase.features.antiraid.controller import RaiderController

    services = interaction.client.services
    caller = await caller_of_press(interaction, services)
    await services.get(RaiderController).release(caller, interaction.guild_id or 0, number)
    text = _("They are being released: time-outs, jails and bans end. Whoever was kicked can come back.")
    await answer(interaction, text)


async def _lock(interaction: Interaction, number: int) -> None:
    from guildbase.features.antiraid.controller import RaidController

    services = interaction.client.services
    caller = await caller_of_press(interaction, services)
    await services.get(RaidController).order_lock(caller, interaction.guild_id or 0, number)
    await answer(interaction, _("The server is being locked until the raid is over."))


async def _end(interaction: Interaction, number: int) -> None:
    from guildbase.features.antiraid.controller import RaidController

    services = interaction.client.services
    caller = await caller_of_press(interaction, services)
    await services.get(RaidController).end(caller, interaction.guild_id or 0, number)
    await answer(interaction, _("Raid {number} is over. Invites and channels become as before.", number=number))


PRESSES: dict[str, Callable[[Interaction, int], Awaitable[None]]] = {
    "ban": partial(_confirm, action=RaidAction.BAN),
    "kick": partial(_confirm, action=RaidAction.KICK),
    "release": _release,
    "lock": _lock,
    "end": _end,
}
"""What each button does."""
