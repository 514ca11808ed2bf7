"""What the staff does with the buttons of the queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord

from guildbase.bot.context import answer
from guildbase.bot.targets import bot_standing, target_of
from guildbase.bot.views import Interaction
from guildbase.core.clock import utcnow
from guildbase.core.durations import read_length
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.targets import Target
from guildbase.features.moderation.kinds import CaseSource, CaseType
from guildbase.features.moderation.rules import NewAction
from guildbase.features.reports import rules
from guildbase.features.reports.controller import AppealController, QueueController
from guildbase.features.reports.controller.queue import Closing
from guildbase.features.reports.kinds import Outcome, ReportState
from guildbase.features.reports.models import Report
from guildbase.features.reports.views.buttons import COMMAND, staff_of
from guildbase.features.reports.views.forms import TextForm

DEFAULT_TIMEOUT = "1h"
TITLES: dict[Outcome, Callable[[int], str]] = {
    Outcome.WARNED: lambda number: _("Warn for report #{number}", number=number),
    Outcome.TIMED_OUT: lambda number: _("Time out for report #{number}", number=number),
    Outcome.BANNED: lambda number: _("Ban for report #{number}", number=number),
    Outcome.DISMISSED: lambda number: _("Dismiss report #{number}", number=number),
    Outcome.ACCEPTED: lambda number: _("Accept appeal #{number}", number=number),
    Outcome.REJECTED: lambda number: _("Reject appeal #{number}", number=number),
}


async def _claim(interaction: Interaction, number: int) -> None:
    report = await _queue(interaction).claim(await staff_of(interaction), _guild(interaction).id, number)
    is_mine = report.state is ReportState.CLAIMED
    told = _("#{number} is yours now; press again to give it back.", number=number)
    await answer(interaction, told if is_mine else _("#{number} is open for others again.", number=number))


async def _ask(interaction: Interaction, number: int) -> None:
    await _queue(interaction).require_staff(await staff_of(interaction), _guild(interaction).id)

    async def written(sent: Interaction, form: TextForm) -> None:
        await _queue(sent).ask(await staff_of(sent), _guild(sent).id, number, form.text)
        await answer(sent, _("I ask by direct message; the answer appears here."))

    await TextForm(_("Ask about #{number}", number=number), _("Your question"), written, command=COMMAND).open(
        interaction
    )


def _closes(outcome: Outcome) -> Callable[[Interaction, int], Awaitable[None]]:
    """Return what opens the form that closes something like this."""

    async def press(interaction: Interaction, number: int) -> None:
        entry = await _queue(interaction).entry(await staff_of(interaction), _guild(interaction).id, number)
        punishes = outcome in rules.PUNISHING

        async def written(sent: Interaction, form: TextForm) -> None:
            await _close(sent, number, outcome, form)

        label = _("Reason, which they read") if punishes else _("Note, which they read")
        text = entry.events[0].text if punishes else ""
        form = TextForm(TITLES[outcome](number), label, written, command=COMMAND, is_needed=punishes, text=text)
        if outcome is Outcome.TIMED_OUT:
            form.ask_duration(_("For how long"), DEFAULT_TIMEOUT, is_needed=True)
        elif outcome is Outcome.BANNED:
            form.ask_duration(_("For how long; empty: for good"), "", is_needed=False)
        await form.open(interaction)

    return press


async def _close(interaction: Interaction, number: int, outcome: Outcome, form: TextForm) -> None:
    guild, caller, queue = _guild(interaction), await staff_of(interaction), _queue(interaction)
    report = (await queue.entry(caller, guild.id, number)).report
    target = await target_in(guild, report)
    if outcome is Outcome.ACCEPTED:
        controller = interaction.client.services.get(AppealController)
        standing = bot_standing(guild)
        report = await controller.accept(
            caller, guild.id, number, form.text, target=target, bot=standing, request_id=interaction.id
        )
    elif outcome in rules.PUNISHING:
        action = _punishment(interaction, guild, outcome, target, form)
        report = await queue.finish(caller, guild.id, number, Closing(outcome, action=action))
    else:
        report = await queue.finish(caller, guild.id, number, Closing(outcome, form.text))
    await answer(interaction, _closed_text(report))


def _punishment(
    interaction: Interaction, guild: discord.Guild, outcome: Outcome, target: Target, form: TextForm
) -> NewAction:
    case_type, duration = rules.PUNISHING[outcome], None
    if form.duration.strip():
        try:
            duration = read_length(form.duration, now=utcnow())
        except ValueError as wrong:
            raise InvalidInput(str(wrong).capitalize() + ".", hint=_("Press the button again.")) from None
    if case_type is CaseType.BAN and duration is not None:
        case_type = CaseType.TEMPBAN
    return NewAction(
        case_type,
        target,
        form.text,
        duration=duration,
        source=CaseSource.REPORT,
        request_id=interaction.id,
        bot=bot_standing(guild),
    )


async def target_in(guild: discord.Guild, report: Report) -> Target:
    """Return whom the report is about as they stand in the server now, also if they have left."""
    member = guild.get_member(report.target_id)
    if member is None:
        try:
            member = await guild.fetch_member(report.target_id)
        except discord.NotFound:
            return Target(report.target_id, report.target_name, is_member=False)
    return target_of(guild, member)


def _closed_text(report: Report) -> str:
    if report.outcome in rules.PUNISHING:
        return _("#{number} is closed with case #{case}.", number=report.number, case=report.case_number)
    return _("#{number} is closed; whoever wrote it is told if they want to know.", number=report.number)


def _queue(interaction: Interaction) -> QueueController:
    return interaction.client.services.get(QueueController)


def _guild(interaction: Interaction) -> discord.Guild:
    if interaction.guild is None:
        raise InvalidInput(_("This works in servers only."), hint=_("Use it in a channel of a server."))
    return interaction.guild


PRESSES: dict[str, Callable[[Interaction, int], Awaitable[None]]] = {
    "claim": _claim,
    "ask": _ask,
    "warn": _closes(Outcome.WARNED),
    "timeout": _closes(Outcome.TIMED_OUT),
    "ban": _closes(Outcome.BANNED),
    "dismiss": _closes(Outcome.DISMISSED),
    "accept": _closes(Outcome.ACCEPTED),
    "reject": _closes(Outcome.REJECTED),
}
"""What each button does."""
