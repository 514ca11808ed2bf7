"""How standings look in Discord."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeAlias

import discord

from guildbase.bot.views import BaseView, Interaction
from guildbase.core.i18n import _
from guildbase.core.snowflake import is_pseudonym
from guildbase.database.rows.pagination import Page
from guildbase.platform.standing.models import GlobalStanding, GuildStanding, StandingStatus, SubjectKind

COLOUR = discord.Colour.dark_red()
PER_PAGE = 15
AnyStanding: TypeAlias = GuildStanding | GlobalStanding
AnyPage: TypeAlias = Page[GuildStanding] | Page[GlobalStanding]
Load: TypeAlias = Callable[[Interaction | None, str | None], Awaitable[AnyPage]]
"""Returns the page after the cursor, judged by who asks now."""


def decided_text(row: AnyStanding, how_to_lift: str) -> str:
    """Return the answer to a decision: what counts from now on, and how it is undone."""
    whom = mention(row)
    if row.status is StandingStatus.TRUSTED:
        text = _("{whom} is trusted: their commands are not limited.", whom=whom)
    elif isinstance(row, GlobalStanding):
        text = _("{whom} is blocked everywhere from now on.", whom=whom)
    else:
        text = _("{whom} is blocked here from now on: commands, buttons and forms are refused.", whom=whom)
    return f"{text} {end_text(row.expires_at)} {_('`{command}` undoes it.', command=how_to_lift)}"


def lifted_text(row: AnyStanding) -> str:
    """Return the answer to a standing's end."""
    whom = mention(row)
    if row.status is StandingStatus.TRUSTED:
        return _("{whom} is no longer trusted.", whom=whom)
    return _("{whom} is no longer blocked, which counts at once.", whom=whom)


def end_text(expires_at: datetime | None) -> str:
    """Return a sentence on when it ends."""
    if expires_at is None:
        return _("It does not end by itself.")
    return _("It ends {moment}.", moment=discord.utils.format_dt(expires_at, "R"))


def standing_embed(row: AnyStanding) -> discord.Embed:
    """Return one standing in full."""
    embed = discord.Embed(title=_title(row.status), description=mention(row), colour=COLOUR, timestamp=row.created_at)
    embed.add_field(name=_("Reason"), value=discord.utils.escape_markdown(row.reason) or _("(none)"), inline=False)
    embed.add_field(name=_("By"), value=_decider(row))
    embed.add_field(name=_("End"), value=end_text(row.expires_at))
    if row.is_silent:
        embed.add_field(name=_("Silent"), value=_("They are told neither the reason nor the end."), inline=False)
    return embed


def list_embed(rows: Sequence[AnyStanding], title: str, empty: str) -> discord.Embed:
    """Return a page of standings, each in a line."""
    return discord.Embed(title=title, description="\n".join(map(_line, rows)) or empty, colour=COLOUR)


class StandingList(BaseView):
    """A list in pages, for who asked for it."""

    def __init__(self, asker_id: int, *, command: str, title: str, empty: str, load: Load) -> None:
        super().__init__(asker_id, command=command)
        self._title, self._empty, self._load = title, empty, load
        self._starts: list[str | None] = [None]
        """The cursors of the pages up to this one."""
        self._following: str | None = None

    async def first(self) -> discord.Embed:
        """Return the first page, and put the buttons that fit it."""
        return await self._turn(None, [None])

    async def _turn(self, interaction: Interaction | None, starts: list[str | None]) -> discord.Embed:
        page = await self._load(interaction, starts[-1])
        self._starts, self._following = starts, page.next
        self.clear_items()
        if len(starts) > 1:
            self.button("back", _("Back"), self._back)
        if page.next is not None:
            self.button("next", _("Next"), self._next)
        return list_embed(page.rows, self._title, self._empty)

    async def _next(self, interaction: Interaction) -> None:
        await self.show(interaction, embed=await self._turn(interaction, [*self._starts, self._following]))

    async def _back(self, interaction: Interaction) -> None:
        await self.show(interaction, embed=await self._turn(interaction, self._starts[:-1]))


def mention(row: AnyStanding) -> str:
    """Return what shows whom it is about."""
    if isinstance(row, GuildStanding):
        return f"<@{row.user_id}>"
    return f"<@{row.subject_id}>" if row.subject_kind is SubjectKind.USER else f"`{row.subject_id}`"


def _line(row: AnyStanding) -> str:
    sign = "🚫" if row.status is StandingStatus.BLOCKED else "⭐"
    end = f" {discord.utils.format_dt(row.expires_at, 'R')}" if row.expires_at else ""
    reason = " ".join(row.reason.split())
    short = discord.utils.escape_markdown(reason if len(reason) <= 60 else f"{reason[:59]}…")
    return f"{sign} {mention(row)}{end}" + (f": {short}" if short else "")


def _title(status: StandingStatus) -> str:
    return _("Blocked") if status is StandingStatus.BLOCKED else _("Trusted")


def _decider(row: AnyStanding) -> str:
    if row.set_by_id is None or is_pseudonym(row.set_by_id):
        return discord.utils.escape_markdown(row.set_by_name) or _("(erased)")
    return f"<@{row.set_by_id}>"
