"""How figures of tickets look: bars of text in an embed, and a table for spreadsheets."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from guildbase.core.csv_text import csv_line
from guildbase.core.i18n import _

if TYPE_CHECKING:
    from guildbase.features.tickets.controller.metrics import Group, Metrics, Times
    from guildbase.features.tickets.models import TicketBlock, TicketReply

BARS = " ▁▂▃▄▅▆▇█"
MOST_BARS = 30
MOST_ROWS = 8
COLOUR = discord.Colour.blurple()
COLUMNS = ("group", "name", "opened", "closed", "rated", "rating", "resolution_seconds")
"""What the table has of each group."""


def stats_embed(metrics: Metrics) -> discord.Embed:
    """Return the figures in one embed."""
    title = _("Tickets of the last {days} days", days=metrics.days)
    embed = discord.Embed(title=title, colour=COLOUR)
    embed.description = f"```\n{bars([day.opened for day in metrics.by_day])}\n```" if metrics.opened else None
    embed.add_field(name=_("Opened"), value=str(metrics.opened))
    embed.add_field(name=_("Closed"), value=str(metrics.closed))
    embed.add_field(name=_("Open now"), value=str(metrics.open_now))
    embed.add_field(name=_("First answer"), value=_times(metrics.response))
    embed.add_field(name=_("Until closed"), value=_times(metrics.resolution))
    embed.add_field(name=_("Satisfaction"), value=_rating(metrics.rating, metrics.rated))
    for name, groups in ((_("By category"), metrics.categories), (_("By staff"), metrics.staff)):
        if groups:
            embed.add_field(name=name, value="\n".join(map(_line, groups[:MOST_ROWS])), inline=False)
    embed.set_footer(text=_("A day a bar, the last one is today. `/ticket stats csv:True` gives a table."))
    return embed


def bars(counts: Sequence[int]) -> str:
    """Return a bar for each count, for at most 30 of them; of more, neighbours are added up."""
    width = -(-len(counts) // MOST_BARS) or 1
    summed = [sum(counts[first : first + width]) for first in range(0, len(counts), width)]
    most = max(summed, default=0) or 1
    return "".join(BARS[-(-count * (len(BARS) - 1) // most)] for count in summed)


def duration(seconds: float | None) -> str:
    """Return the time in its two largest units, a dash for none."""
    if seconds is None:
        return "—"
    minutes = round(seconds / 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _("{days} d {hours} h", days=days, hours=hours)
    return _("{hours} h {minutes} min", hours=hours, minutes=minutes) if hours else _("{minutes} min", minutes=minutes)


def csv_file(metrics: Metrics) -> discord.File:
    """Return the figures as a table; times are in seconds."""
    totals = (metrics.opened, metrics.closed, metrics.rated, metrics.rating, metrics.resolution.median)
    rows: list[tuple[object, ...]] = [COLUMNS, ("all", "median", *totals)]
    for kind, groups in (("category", metrics.categories), ("staff", metrics.staff)):
        rows += [(kind, it.name, it.opened, it.closed, it.rated, it.rating, it.resolution) for it in groups]
    rows += [("day", day.day, day.opened, day.closed, "", "", "") for day in metrics.by_day]
    return discord.File(io.BytesIO("".join(map(csv_line, rows)).encode()), filename="tickets.csv")


def replies_embed(replies: Sequence[TicketReply]) -> discord.Embed:
    """Return the kept answers in short."""
    lines = [f"**{it.name}** {_short(it.content)}" for it in replies]
    text = "\n".join(lines) or _("No answers are kept yet. `/reply add` keeps one.")
    return discord.Embed(title=_("Kept answers"), description=text[:4096], colour=COLOUR)


def blocked_embed(blocks: Sequence[TicketBlock]) -> discord.Embed:
    """Return who is blocked, in short."""
    lines = [f"<@{it.user_id}> {_until(it)} {_short(it.reason)}".rstrip() for it in blocks]
    text = "\n".join(lines) or _("Nobody is blocked. `/ticket block` blocks somebody.")
    return discord.Embed(title=_("Blocked from tickets"), description=text[:4096], colour=COLOUR)


def _until(block: TicketBlock) -> str:
    return _("for good") if block.expires_at is None else discord.utils.format_dt(block.expires_at, "R")


def _times(times: Times) -> str:
    if not times.measured:
        return "—"
    half, most = duration(times.median), duration(times.p90)
    return _("half within {half}, 9 of 10 within {most}", half=half, most=most)


def _rating(rating: float | None, rated: int) -> str:
    return "—" if rating is None else f"{rating:.1f} ★ ({rated})"


def _line(group: Group) -> str:
    name = discord.utils.escape_markdown(group.name or _("(erased)"))
    rating = f", {group.rating:.1f} ★" if group.rating is not None else ""
    figures = _("{opened} opened, {closed} closed", opened=group.opened, closed=group.closed)
    return f"**{name}**: {figures}, {duration(group.resolution)}{rating}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return discord.utils.escape_markdown(line if len(line) <= 60 else f"{line[:59]}…")
