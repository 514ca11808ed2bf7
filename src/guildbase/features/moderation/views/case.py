"""One case with all that is known of it, and its history."""

from __future__ import annotations

import json

import discord

from guildbase.bot.components import cut
from guildbase.bot.views import BaseView, Interaction
from guildbase.core.i18n import _, plural, translated
from guildbase.features.moderation.controller.history import CaseFile, HistoryController
from guildbase.features.moderation.models import CaseEdit, CaseEvidence, ModerationCase
from guildbase.features.moderation.views.cases import (
    COLOUR,
    ERASED,
    NOTICES,
    SOURCES,
    STATES,
    mention,
    person,
    short,
    type_name,
    when,
)

LONGEST_FIELD = 1024
MOST_EDITS = 15
"""Changes in one message."""


class CaseSheet(BaseView):
    """A case, with its history at a press."""

    def __init__(self, asker_id: int, guild_id: int, number: int) -> None:
        super().__init__(asker_id, command="case view")
        self._guild_id, self._number = guild_id, number
        self._offer("history", _("History"))

    def _offer(self, name: str, label: str) -> None:
        self.clear_items()
        self.button(name, label, self._history if name == "history" else self._back)

    async def _history(self, interaction: Interaction) -> None:
        file = await self._file(interaction)
        self._offer("back", _("Back"))
        await self.show(interaction, embed=history_embed(file))

    async def _back(self, interaction: Interaction) -> None:
        file = await self._file(interaction)
        self._offer("history", _("History"))
        await self.show(interaction, embed=case_embed(file))

    async def _file(self, interaction: Interaction) -> CaseFile:
        caller = await self.caller(interaction)
        return await self.services(interaction).get(HistoryController).view(caller, self._guild_id, self._number)


def case_embed(file: CaseFile) -> discord.Embed:
    """Return all that is known of the case but its history."""
    case, custom = file.case, file.custom_type
    name = custom.display_name if custom else type_name(case.case_type, case.custom_type)
    title = _("Case #{number}: {type}", number=case.number, type=discord.utils.escape_markdown(name))
    embed = discord.Embed(title=cut(title, 256), colour=COLOUR, timestamp=case.created_at)
    embed.add_field(name=_("Member"), value=person(case.target_id, case.target_name))
    embed.add_field(name=_("Moderator"), value=person(case.moderator_id, case.moderator_name))
    state, notice = translated(STATES[case.state]), translated(NOTICES[case.notice])
    embed.add_field(name=_("State"), value=_("{state}; the member {notice}", state=state, notice=notice))
    _add_marks(embed, case)
    _add_times(embed, case)
    embed.add_field(name=_("Reason"), value=case.reason or translated(ERASED), inline=False)
    if custom is not None:
        embed.add_field(name=_("Severity"), value=_("{severity} of 10", severity=custom.severity))
        if case.details:
            embed.add_field(name=_("Details"), value=_code(case.details), inline=False)
    if file.evidence:
        lines = "\n".join(_evidence_line(it) for it in file.evidence)
        embed.add_field(name=_("Evidence"), value=cut(lines, LONGEST_FIELD), inline=False)
    if file.role_ids:
        roles = " ".join(f"<@&{role_id}>" for role_id in file.role_ids)
        embed.add_field(name=_("Roles that are kept"), value=cut(roles, LONGEST_FIELD), inline=False)
    if file.edits:
        told = plural(
            "Changed once; `History` shows how.", "Changed {count} times; `History` shows how.", len(file.edits)
        )
        embed.set_footer(text=told)
    return embed


def _add_marks(embed: discord.Embed, case: ModerationCase) -> None:
    if case.failure:
        embed.add_field(name=_("Why it failed"), value=cut(case.failure, LONGEST_FIELD), inline=False)
    embed.add_field(name=_("Came from"), value=translated(SOURCES[case.source]))
    if case.is_hidden:
        embed.add_field(name=_("Hidden"), value=_("only senior moderators see it"))
    if case.deleted_at is not None:
        embed.add_field(name=_("Struck"), value=when(case.deleted_at))


def _add_times(embed: discord.Embed, case: ModerationCase) -> None:
    if case.expires_at is not None:
        embed.add_field(name=_("Ends"), value=when(case.expires_at))
    if case.ended_at is not None:
        embed.add_field(name=_("Ended"), value=when(case.ended_at))
    if case.ending_case is not None:
        embed.add_field(name=_("Ended by"), value=_("case #{number}", number=case.ending_case))


def history_embed(file: CaseFile) -> discord.Embed:
    """Return the changes of the case, newest first."""
    title = _("Case #{number}: history", number=file.case.number)
    lines = [_edit_line(edit) for edit in file.edits[:MOST_EDITS]]
    return discord.Embed(title=title, description="\n".join(lines) or _("Nothing was changed."), colour=COLOUR)


def _edit_line(edit: CaseEdit) -> str:
    who = mention(edit.editor_id) if edit.editor_id is not None else discord.utils.escape_markdown(edit.editor_name)
    before, after = (short(text, 80) if text else "∅" for text in (edit.before, edit.after))
    return f"{discord.utils.format_dt(edit.edited_at, 'R')} {who} `{edit.field}`: {before} → {after}"


def _evidence_line(it: CaseEvidence) -> str:
    copy = f"https://discord.com/channels/{it.guild_id}/{it.channel_id}/{it.message_id}" if it.message_id else it.url
    return f"{discord.utils.escape_markdown(it.filename) or it.position}: {copy}"


def _code(details: dict[str, object]) -> str:
    text = json.dumps(details, ensure_ascii=False, indent=1).replace("`", "'")
    return f"```json\n{cut(text, LONGEST_FIELD - 20)}\n```"
