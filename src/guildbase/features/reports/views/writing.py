"""What members write: reports by menu or form, and appeals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.context import answer
from guildbase.bot.views import Interaction
from guildbase.core.i18n import _
from guildbase.features.reports.controller import AppealController, FilingController
from guildbase.features.reports.controller.filing import NewReport
from guildbase.features.reports.kinds import ReportKind
from guildbase.features.reports.views.buttons import COMMAND, writer_of
from guildbase.features.reports.views.forms import TextForm

if TYPE_CHECKING:
    from guildbase.features.reports.controller.filing import Filed
    from guildbase.features.reports.models import Report


async def open_report(
    interaction: Interaction, person: discord.User | discord.Member, message: discord.Message | None = None
) -> None:
    """Open the form of a report about a person, or about a message of theirs."""

    async def written(sent: Interaction, form: TextForm) -> None:
        assert sent.guild_id is not None  # noqa: S101 - the commands work in servers only.
        new = NewReport(
            person.id,
            str(person),
            form.text,
            is_bot=person.bot,
            channel_id=message.channel.id if message else None,
            message_id=message.id if message else None,
            evidence=evidence_of(message) if message else "",
            wants_answer=form.is_yes,
        )
        caller = await caller_of_press(sent, sent.client.services)
        filed = await sent.client.services.get(FilingController).report(caller, sent.guild_id, new)
        await answer(sent, filed_text(filed))

    title = _("Report this message") if message else _("Report {name}", name=person.display_name)
    form = TextForm(title, _("What is wrong?"), written, command=COMMAND)
    form.ask_yes_or_no(_("Shall I tell you how it ends?"))
    await form.open(interaction)


async def open_appeal(interaction: Interaction, guild_id: int, number: int) -> None:
    """Open the form of an appeal, if the case can be appealed now."""
    controller = interaction.client.services.get(AppealController)
    if (asked := await controller.open_question(writer_of(interaction), guild_id, number)) is not None:
        await answer_form(guild_id, asked[0].number, question=asked[1]).open(interaction)
        return
    await controller.appealable(writer_of(interaction), guild_id, number)

    async def written(sent: Interaction, form: TextForm) -> None:
        report = await controller.appeal(writer_of(sent), guild_id, number, form.text)
        await answer(sent, appealed_text(report))

    title = _("Appeal against case #{number}", number=number)
    await TextForm(title, _("Why should it be lifted?"), written, command="appeal").open(interaction)


def answer_form(guild_id: int, number: int, *, question: str = "") -> TextForm:
    """Return the form in which whoever wrote answers the staff."""

    async def written(sent: Interaction, form: TextForm) -> None:
        filing = sent.client.services.get(FilingController)
        await filing.answer(writer_of(sent), guild_id, number, form.text)
        await answer(sent, _("Thank you. The staff sees your answer."))

    return TextForm(_("Your answer"), _("What do you answer?"), written, command=COMMAND, about=question)


def evidence_of(message: discord.Message) -> str:
    """Return what the message says, and what is attached to it, as text."""
    files = [attachment.filename for attachment in message.attachments]
    embeds = [part for embed in message.embeds for part in (embed.title, embed.description) if part]
    return "\n".join([message.content, *embeds, *files]).strip()


def filed_text(filed: Filed) -> str:
    """Return the answer to whoever reported."""
    number = filed.report.number
    if filed.is_new:
        return _("Thank you. This is report #{number}; the staff looks into it.", number=number)
    about = _("this message") if filed.report.kind is ReportKind.MESSAGE else _("this member")
    return _("Thank you. The staff knows of {about} already; you joined report #{number}.", about=about, number=number)


def appealed_text(report: Report) -> str:
    """Return the answer to whoever appealed."""
    return _("Appeal #{number} is with the staff. I tell you here how it is decided.", number=report.number)
