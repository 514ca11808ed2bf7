"""Lists of cases and notes, a page at a time, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from guildbase.bot.components import MAX_OPTION, cut
from guildbase.bot.context import Context
from guildbase.bot.views import BaseView, Interaction
from guildbase.core.i18n import _, translated
from guildbase.core.ports import Caller
from guildbase.features.moderation.controller.history import EVERYTHING, HistoryController
from guildbase.features.moderation.controller.notes import NoteController
from guildbase.features.moderation.kinds import CaseState
from guildbase.features.moderation.models import ModerationCase, ModerationNote
from guildbase.features.moderation.search import CaseFilter, FoundCases
from guildbase.features.moderation.views.case import case_embed, history_embed
from guildbase.features.moderation.views.cases import COLOUR, ERASED, STATES, mention, person, short, type_name
from guildbase.services.container import BotServices

CASES, NOTES = 10, 5
"""How many stand on a page; five of the longest notes fill a message."""
NOTES_BESIDE = 3
"""Notes on a person that are shown above their cases."""


class Pages(BaseView):
    """A list that goes on: each page begins below the last number of the one before."""

    def __init__(self, asker_id: int, guild_id: int, *, command: str) -> None:
        super().__init__(asker_id, command=command)
        self.guild_id = guild_id
        self._way: list[int | None] = [None]
        """Below which numbers the pages begin that lead to the one that is shown."""

    async def load(self, services: BotServices, caller: Caller, before: int | None) -> tuple[discord.Embed, int | None]:
        """Return the page below the number, and where the next begins if there is one."""
        raise NotImplementedError

    async def first(self, services: BotServices, caller: Caller) -> discord.Embed:
        """Return the first page; send it with this view."""
        return await self._turn(services, caller, [None])

    async def answer(self, ctx: Context, services: BotServices, caller: Caller) -> None:
        """Answer a command with the first page."""
        embed = await self.first(services, caller)
        if self.children:
            await self.send(ctx, embed=embed)
        else:
            await ctx.send(embed=embed, ephemeral=True)

    async def _turn(self, services: BotServices, caller: Caller, way: list[int | None]) -> discord.Embed:
        embed, after = await self.load(services, caller, way[-1])
        self._way = way
        self.clear_items()
        if len(way) > 1:
            self.button("newer", _("Newer"), self._newer)
        if after is not None:
            self.button("older", _("Older"), self._older)
        self._after = after
        return embed

    async def _go(self, interaction: Interaction, way: list[int | None]) -> None:
        embed = await self._turn(self.services(interaction), await self.caller(interaction), way)
        await self.show(interaction, embeds=[embed])

    async def _newer(self, interaction: Interaction) -> None:
        await self._go(interaction, self._way[:-1])

    async def _older(self, interaction: Interaction) -> None:
        await self._go(interaction, [*self._way, self._after])

    async def _again(self, interaction: Interaction) -> None:
        await self._go(interaction, self._way)


class CasePages(Pages):
    """Cases, with the newest notes on the person if the list is about one."""

    def __init__(
        self, asker_id: int, guild_id: int, wanted: CaseFilter = EVERYTHING, *, command: str = "cases"
    ) -> None:
        super().__init__(asker_id, guild_id, command=command)
        self._wanted = wanted
        self._listed: Sequence[ModerationCase] = ()

    async def load(self, services: BotServices, caller: Caller, before: int | None) -> tuple[discord.Embed, int | None]:
        """Return a page of cases."""
        history = services.get(HistoryController)
        found = await history.search(caller, self.guild_id, self._wanted, before=before, limit=CASES)
        self._listed = found.cases
        embed = cases_embed(found, is_filtered=self._wanted != EVERYTHING)
        about = self._wanted.target_id
        if about is not None and before is None:
            notes = services.get(NoteController)
            _add_notes(embed, await notes.list_notes(caller, self.guild_id, about, limit=NOTES_BESIDE + 1))
        return embed, found.next_before

    async def _turn(self, services: BotServices, caller: Caller, way: list[int | None]) -> discord.Embed:
        embed = await super()._turn(services, caller, way)
        if self._listed:
            options = [discord.SelectOption(label=_label(case), value=str(case.number)) for case in self._listed]
            self.menu("open", _("Show one of them"), options, self._open, row=1)
        return embed

    async def _open(self, interaction: Interaction, values: Sequence[Any]) -> None:
        caller = await self.caller(interaction)
        file = await self.services(interaction).get(HistoryController).view(caller, self.guild_id, int(values[0]))
        self.clear_items()
        self.button("list", _("Back to the list"), self._again)
        await self.show(interaction, embeds=[case_embed(file), *([history_embed(file)] if file.edits else [])])


class NotePages(Pages):
    """The notes on one person."""

    def __init__(self, asker_id: int, guild_id: int, target_id: int) -> None:
        super().__init__(asker_id, guild_id, command="note list")
        self._target_id = target_id

    async def load(self, services: BotServices, caller: Caller, before: int | None) -> tuple[discord.Embed, int | None]:
        """Return a page of notes."""
        notes = services.get(NoteController)
        found = await notes.list_notes(caller, self.guild_id, self._target_id, before=before, limit=NOTES + 1)
        embed = notes_embed(self._target_id, found[:NOTES])
        return embed, found[NOTES - 1].number if len(found) > NOTES else None


def cases_embed(found: FoundCases, *, is_filtered: bool) -> discord.Embed:
    """Return cases in short, newest first, and whether it is worth while to look further back."""
    lines = [_line(case) for case in found.cases]
    nothing = _("No case fits this.") if is_filtered else _("No cases yet. `/warn` opens one.")
    if found.next_before is not None and len(lines) < CASES:
        nothing = ""
        lines.append(_("-# Looked back to case #{number}; `Older` looks on.", number=found.next_before))
    return discord.Embed(title=_("Cases"), description="\n".join(lines) or nothing, colour=COLOUR)


def notes_embed(target_id: int, notes: Sequence[ModerationNote]) -> discord.Embed:
    """Return notes in full, newest first."""
    embed = discord.Embed(title=_("Notes"), description=_("On {person}.", person=mention(target_id)), colour=COLOUR)
    if not notes:
        embed.description = _("No notes on {person} yet. `/note add` writes one.", person=mention(target_id))
    for note in notes:
        name = f"#{note.number} · {note.moderator_name} · {note.created_at:%Y-%m-%d}"
        embed.add_field(name=cut(name, 256), value=cut(note.content or translated(ERASED), 1024), inline=False)
    return embed


def _add_notes(embed: discord.Embed, notes: Sequence[ModerationNote]) -> None:
    if not notes:
        return
    lines = [f"**#{it.number}** {person(it.moderator_id, '')}: {short(it.content)}" for it in notes[:NOTES_BESIDE]]
    if len(notes) > NOTES_BESIDE:
        lines.append(_("`/note list` shows all."))
    embed.add_field(name=_("Notes"), value="\n".join(lines), inline=False)


def _line(case: ModerationCase) -> str:
    shown = discord.utils.escape_markdown(type_name(case.case_type, case.custom_type))
    if case.state is not CaseState.CONFIRMED:
        shown = f"{shown} ({translated(STATES[case.state])})"
    moment = discord.utils.format_dt(case.created_at, "R")
    return f"**#{case.number}** {shown} {mention(case.target_id)} {moment}: {short(case.reason)}"


def _label(case: ModerationCase) -> str:
    return cut(f"#{case.number} {type_name(case.case_type, case.custom_type)}: {case.target_name}", MAX_OPTION)
