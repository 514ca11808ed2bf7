"""The alert of a raid, and its buttons."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.context import answer, settle
from guildbase.bot.lasting import LastingView
from guildbase.bot.views import Confirmation, Interaction
from guildbase.core.i18n import _, marked, translated
from guildbase.features.antiraid.kinds import Cause, RaidAction, RaiderState, RaidState

if TYPE_CHECKING:
    from guildbase.features.antiraid.controller import RaidOutline
    from guildbase.features.antiraid.models import Raid

COMMAND = "antiraid status"
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


class AlertView(LastingView):
    """What staff can do about a raid; it works after a restart, too."""

    def __init__(self) -> None:
        super().__init__("raid", command=COMMAND)
        danger, plain = discord.ButtonStyle.danger, discord.ButtonStyle.secondary
        self.button("ban", _("Ban all"), partial(_confirm, action=RaidAction.BAN), style=danger)
        self.button("kick", _("Kick all"), partial(_confirm, action=RaidAction.KICK), style=danger)
        self.button("release", _("Release all"), _release, style=plain)
        self.button("lock", _("Lock the server"), _lock, style=plain)
        self.button("end", _("End the raid"), _end, style=discord.ButtonStyle.success)


async def _confirm(interaction: Interaction, *, action: RaidAction) -> None:
    from guildbase.features.antiraid.controller import RaiderController

    outline = await _outline(interaction)
    services, number = interaction.client.services, outline.raid.number

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


async def _release(interaction: Interaction) -> None:
    from guildbase.features.antiraid.controller import RaiderController

    outline, services = await _outline(interaction), interaction.client.services
    caller = await caller_of_press(interaction, services)
    await services.get(RaiderController).release(caller, interaction.guild_id or 0, outline.raid.number)
    text = _("They are being released: time-outs, jails and bans end. Whoever was kicked can come back.")
    await answer(interaction, text)


async def _lock(interaction: Interaction) -> None:
    from guildbase.features.antiraid.controller import RaidController

    outline, services = await _outline(interaction), interaction.client.services
    caller = await caller_of_press(interaction, services)
    await services.get(RaidController).order_lock(caller, interaction.guild_id or 0, outline.raid.number)
    await answer(interaction, _("The server is being locked until the raid is over."))


async def _end(interaction: Interaction) -> None:
    from guildbase.features.antiraid.controller import RaidController

    await _outline(interaction)
    services = interaction.client.services
    number = await services.get(RaidController).end(
        await caller_of_press(interaction, services), interaction.guild_id or 0
    )
    await answer(interaction, _("Raid {number} is over. Invites and channels become as before.", number=number))


async def _outline(interaction: Interaction) -> RaidOutline:
    """Return the raid that the message tells of."""
    from guildbase.features.antiraid.controller import RaidController

    message_id = interaction.message.id if interaction.message is not None else 0
    return await interaction.client.services.get(RaidController).of_alert(interaction.guild_id or 0, message_id)
