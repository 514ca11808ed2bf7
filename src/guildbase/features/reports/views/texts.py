"""How reports and appeals look: in the queue, in lists, and to whoever wrote them."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from guildbase.core.i18n import _, marked, translated
from guildbase.core.snowflake import is_pseudonym
from guildbase.features.reports.controller.queue import Entry
from guildbase.features.reports.kinds import Happening, Outcome, ReportKind, ReportState
from guildbase.features.reports.models import Report, ReportEvent

COLOURS = {ReportState.OPEN: 0xED4245, ReportState.CLAIMED: 0xFEE75C, ReportState.CLOSED: 0x57F287}
TITLES = {
    ReportKind.MESSAGE: marked("Report #{number}: a message"),
    ReportKind.MEMBER: marked("Report #{number}: a member"),
    ReportKind.APPEAL: marked("Appeal #{number}"),
}
OUTCOMES = {
    Outcome.DISMISSED: marked("dismissed"),
    Outcome.WARNED: marked("they were warned"),
    Outcome.TIMED_OUT: marked("they were timed out"),
    Outcome.BANNED: marked("they were banned"),
    Outcome.ACCEPTED: marked("accepted"),
    Outcome.REJECTED: marked("rejected"),
}
TOLD = {
    Outcome.DISMISSED: marked("The staff of {server} looked into your report and saw no need to act. Thank you."),
    Outcome.WARNED: marked("The staff of {server} acted on your report. Thank you."),
    Outcome.TIMED_OUT: marked("The staff of {server} acted on your report. Thank you."),
    Outcome.BANNED: marked("The staff of {server} acted on your report. Thank you."),
    Outcome.ACCEPTED: marked("Your appeal in {server} was accepted."),
    Outcome.REJECTED: marked("Your appeal in {server} was rejected."),
}
HAPPENINGS = {
    Happening.FILED: marked("{who} wrote"),
    Happening.JOINED: marked("{who} reported it, too"),
    Happening.CLAIMED: marked("{who} looks into it"),
    Happening.RELEASED: marked("{who} gave it back"),
    Happening.ASKED: marked("{who} asked"),
    Happening.ANSWERED: marked("{who} answered"),
    Happening.UNREACHED: marked("{who} cannot be told by direct message; the button to appeal shows it to them"),
    Happening.CLOSED: marked("{who} closed it"),
}
MOST_EVENTS = 12
"""Events that are shown; the first and the newest of them."""
MAX_LINE = 250
MAX_MESSAGE = 2000
"""Characters of a message; Discord refuses a longer one."""


def queue_embed(entry: Entry) -> discord.Embed:
    """Return what the staff sees of a report or appeal."""
    report = entry.report
    title = translated(TITLES[report.kind], number=report.number)
    embed = discord.Embed(title=title, colour=COLOURS[report.state], timestamp=report.created_at)
    embed.add_field(name=_("About"), value=_person(report.target_id, report.target_name))
    embed.add_field(name=_("State"), value=state_text(report))
    if report.case_number is not None:
        embed.add_field(name=_("Case"), value=f"#{report.case_number}")
    if report.message_id is not None:
        embed.add_field(name=_("Where"), value=_link(report))
        said = discord.utils.escape_markdown(report.evidence)[:1024]
        embed.add_field(name=_("What it said"), value=said or _("Nothing in words."), inline=False)
    embed.description = "\n".join(_line(event) for event in _shown(entry.events))[:4000]
    return embed


def state_text(report: Report) -> str:
    """Return where it stands, in a few words."""
    if report.outcome is not None:
        return _("closed: {outcome}", outcome=translated(OUTCOMES[report.outcome]))
    if report.claimed_by is not None:
        return _("{who} looks into it", who=_person(report.claimed_by, report.claimed_name))
    return _("open")


def list_embed(reports: Sequence[Report]) -> discord.Embed:
    """Return reports in short, newest first."""
    lines = []
    for report in reports:
        title = translated(TITLES[report.kind], number=report.number)
        when, who = discord.utils.format_dt(report.created_at, "R"), _person(report.target_id, report.target_name)
        lines.append(f"**{title}** {who} {when}: {state_text(report)}{_jump(report)}")
    text = "\n".join(lines) or _("Nothing is waiting. Well done.")
    return discord.Embed(title=_("Reports and appeals"), description=text[:4000])


def told_text(report: Report, event: ReportEvent, server: str) -> str:
    """Return what whoever wrote reads about an event: a question, or how it ended."""
    name = discord.utils.escape_markdown(server)
    note = event.text and f"\n>>> {discord.utils.escape_markdown(event.text)}"
    if event.happening is Happening.ASKED:
        told = _("The staff of {server} asks about what you wrote:", server=name)
    else:
        told = translated(TOLD[report.outcome or Outcome.DISMISSED], server=name)
    return (told + note)[:MAX_MESSAGE]  # Escaped signs count twice.


def _shown(events: Sequence[ReportEvent]) -> Sequence[ReportEvent]:
    return [*events[:1], *events[1:][1 - MOST_EVENTS :]]


def _line(event: ReportEvent) -> str:
    who = _person(event.actor_id, event.actor_name)
    said = " ".join(event.text.split())
    said = said if len(said) <= MAX_LINE else f"{said[: MAX_LINE - 1]}…"
    what = translated(HAPPENINGS[event.happening], who=who)
    when = discord.utils.format_dt(event.happened_at, "R")
    return f"{when} {what}{': ' if said else ''}{discord.utils.escape_markdown(said)}"


def _person(user_id: int | None, name: str) -> str:
    if user_id is None or is_pseudonym(user_id):
        return discord.utils.escape_markdown(name) or _("somebody")
    return f"<@{user_id}> ({discord.utils.escape_markdown(name)})" if name else f"<@{user_id}>"


def _link(report: Report) -> str:
    return f"https://discord.com/channels/{report.guild_id}/{report.channel_id}/{report.message_id}"


def _jump(report: Report) -> str:
    if report.queue_message_id is None:
        return ""
    return f" https://discord.com/channels/{report.guild_id}/{report.queue_channel_id}/{report.queue_message_id}"
