"""The first page: what stands in the bot's way, with a button for what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from guildbase.bot.views import Interaction
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.features.setup import inspection, rules
from guildbase.features.setup.controller import ReconciliationController
from guildbase.features.setup.kinds import Fix, Weight
from guildbase.features.setup.models import ReconciliationState
from guildbase.features.setup.rules import Finding
from guildbase.features.setup.views.notices import vanished_lines

if TYPE_CHECKING:
    from guildbase.features.setup.views.wizard import SetupWizard

MAX_FIELD, MAX_DESCRIPTION = 1024, 4000
_MARKS = {Weight.BROKEN: "⚠️", Weight.ADVICE: "💡"}


async def page(wizard: SetupWizard, caller: Caller) -> discord.Embed:
    """Check the server anew, and show what was found."""
    await look_for_vanished(wizard, caller)
    found = rules.findings(await inspection.situation(wizard.bot, caller, wizard.guild))
    _add_fixes(wizard, found)
    embed = findings_embed(found)
    report = await wizard.bot.services.get(ReconciliationController).report(caller, wizard.guild_id)
    if report is not None and report.things:
        lines = "\n".join(vanished_lines(report.things))[:MAX_FIELD]
        embed.add_field(name=_("Gone ({state})", state=_state(report.state)), value=lines, inline=False)
    return embed


async def look_for_vanished(wizard: SetupWizard, caller: Caller) -> None:
    """Compare the server's data with Discord now; a person waits, so members are looked up, too."""
    controller = wizard.bot.services.get(ReconciliationController)
    await controller.report(caller, wizard.guild_id)  # Judges the right.
    references = (await controller.references([wizard.guild_id])).get(wizard.guild_id, [])
    await controller.keep(wizard.guild_id, await inspection.vanished(wizard.guild, references, ask=True))


def findings_embed(found: Sequence[Finding]) -> discord.Embed:
    """Return the findings as a list."""
    broken = any(finding.weight is Weight.BROKEN for finding in found)
    colour = discord.Colour.orange() if broken else discord.Colour.green()
    lines = [f"{_MARKS[finding.weight]} {finding.problem}\n-# {finding.cure}" for finding in found]
    text = "\n".join(lines) or _("All is well: I have all that I need here.")
    return discord.Embed(title=_("Setup: check"), description=text[:MAX_DESCRIPTION], colour=colour)


def _add_fixes(wizard: SetupWizard, found: Sequence[Finding]) -> None:
    async def again(interaction: Interaction) -> None:
        await wizard.turn(interaction, "check")

    wizard.button("again", _("Check again"), again, row=0)
    fixes = {finding.fix: finding for finding in found if finding.fix is not None}
    if Fix.INVITE in fixes:
        url = inspection.invite(wizard.bot, wizard.guild)
        wizard.add_item(discord.ui.Button(label=_("Give me the permissions"), url=url, row=0))
    if Fix.REPAIR in fixes:
        _add_repair(wizard)
    for number, finding in enumerate(it for it in found if it.fix is Fix.LET_IN):
        _add_let_in(wizard, number, finding.target_id or 0)


def _add_repair(wizard: SetupWizard) -> None:
    controller = wizard.bot.services.get(ReconciliationController)

    async def repair(interaction: Interaction) -> None:
        await controller.repair(await wizard.caller(interaction), wizard.guild_id)
        await wizard.turn(interaction, "check", _("Taken out. `/config history` shows what was there."))

    async def dismiss(interaction: Interaction) -> None:
        await controller.dismiss(await wizard.caller(interaction), wizard.guild_id)
        await wizard.turn(interaction, "check", _("It stays as it is."))

    wizard.button("repair", _("Take out what is gone"), repair, style=discord.ButtonStyle.primary, row=1)
    wizard.button("dismiss", _("Leave it"), dismiss, row=1)


def _add_let_in(wizard: SetupWizard, number: int, channel_id: int) -> None:
    channel = wizard.guild.get_channel(channel_id)
    name = channel.name if channel is not None else str(channel_id)

    async def let_in(interaction: Interaction) -> None:
        caller = await wizard.caller(interaction)
        await wizard.carry_out(interaction, await wizard.controller.let_in(caller, wizard.guild_id, channel_id))

    wizard.button(f"let_in_{number}", _("Let me write in #{channel}", channel=name), let_in, row=2)


def _state(state: ReconciliationState) -> str:
    names = {
        ReconciliationState.OPEN: _("open"),
        ReconciliationState.SETTLED: _("nothing left to do"),
        ReconciliationState.DISMISSED: _("left as it is"),
    }
    return names[state]
