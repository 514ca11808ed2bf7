"""The commands that act on many people at once: confirmed first, with progress, and with who failed and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.durations import suggest_durations
from guildbase.bot.gate import LEVEL
from guildbase.bot.targets import bot_standing, target_of
from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.i18n import _, plural
from guildbase.core.targets import Target
from guildbase.features.moderation.cog.acting import ActingCog, Request
from guildbase.features.moderation.cog.bans import BAN_LEVEL, DELETE, LONG, WHY, Deleted, Reason, deleting
from guildbase.features.moderation.cog.reason_choices import suggest_reasons
from guildbase.features.moderation.cog.typed import length_of, reason_of, refuse_here, settings_of
from guildbase.features.moderation.cog.typed import split as split_duration
from guildbase.features.moderation.kinds import CaseType

if TYPE_CHECKING:
    from guildbase.features.moderation.rules import NewAction

MOST_PEOPLE = 500
MAX_FILE = 64 * 1024
"""Bytes of a file of ids; five hundred take a sixth of it."""
QUERIED_AT_ONCE = 100
WHO = "Who: mentions or ids, one after the other"
LIST = "A text file with one id on each line"
_ONE = re.compile(r"[\s,;]*(?:<@!?([0-9]{15,20})>|([0-9]{15,20}))(?=[\s,;]|$)")


class MassModeration(ActingCog):
    """Act on many people at once."""

    @hybrid_group(extras={LEVEL: 3})
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def mass(self, ctx: Context) -> None:
        """Act on many people at once."""
        raise InvalidInput(_("Say what to do."), hint=_("`/mass ban` bans everybody whom you name."))

    @subcommand(mass, "ban", extras=BAN_LEVEL)
    @app_commands.describe(users=WHO, reason=WHY, file=LIST, delete_messages=DELETE)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def mass_ban(
        self,
        ctx: Context,
        *,
        users: str = "",
        reason: Reason = "",
        file: discord.Attachment | None = None,
        delete_messages: Deleted | None = None,
    ) -> None:
        """Ban many people, who need not be here."""
        await self._ask(ctx, CaseType.BAN, users, reason, file, details=deleting(delete_messages))

    @subcommand(mass, "mute")
    @app_commands.describe(users=WHO, duration=LONG, reason=WHY, file=LIST)
    @app_commands.autocomplete(reason=suggest_reasons, duration=suggest_durations)
    async def mass_mute(
        self,
        ctx: Context,
        *,
        users: str = "",
        duration: str = "",
        reason: Reason = "",
        file: discord.Attachment | None = None,
    ) -> None:
        """Give many members the role of the muted."""
        await self._ask(ctx, CaseType.MUTE, users, reason, file, duration=duration)

    @subcommand(mass, "kick")
    @app_commands.describe(users=WHO, reason=WHY, file=LIST)
    @app_commands.autocomplete(reason=suggest_reasons)
    async def mass_kick(
        self, ctx: Context, *, users: str = "", reason: Reason = "", file: discord.Attachment | None = None
    ) -> None:
        """Kick many members."""
        await self._ask(ctx, CaseType.KICK, users, reason, file)

    async def _ask(
        self,
        ctx: Context,
        case_type: CaseType,
        users: str,
        reason: str,
        file: discord.Attachment | None,
        *,
        duration: str | None = None,
        details: dict[str, int] | None = None,
    ) -> None:
        from guildbase.features.moderation.rules import NewAction, may_act
        from guildbase.features.moderation.views.mass import MassQuestion

        request = await Request.of_command(self, ctx)
        settings = await settings_of(request)
        refuse_here(request, settings)
        if not may_act(request.caller, request.guild.id, case_type):
            raise PermissionDenied(
                _("You may not do this to anybody here."),
                hint=_("It takes what `/{command}` takes; ask an admin.", command=case_type.value),
            )
        ids, rest = read_people(users)
        if ctx.interaction is None:
            reason, file = rest, next(iter(ctx.message.attachments), None)
            duration, reason = await split_duration(request, reason) if duration is not None else ("", reason)
        elif rest:
            raise _unknown(rest)
        if file is not None:
            ids += await _read_file(file)
        people = _counted(ids)
        length = await length_of(request, case_type, duration or "", settings)
        if case_type is CaseType.BAN:
            details = {"delete_seconds": settings.ban_delete_days * 86400, **(details or {})}
        why, standing = reason_of(reason, settings), bot_standing(request.guild)

        def action(target: Target) -> NewAction:
            kind = CaseType.HACKBAN if case_type is CaseType.BAN and not target.is_member else case_type
            return NewAction(kind, target, why, length, details=details or {}, bot=standing)

        news = [action(target) for target in await _targets(request.guild, people)]
        question = MassQuestion(ctx.author.id, request.guild.id, case_type, news)
        await question.send(ctx, question.text())


def read_people(text: str) -> tuple[list[int], str]:
    """Return the ids and mentions that the text begins with, and what follows them."""
    ids, position = [], 0
    while found := _ONE.match(text, position):
        ids.append(int(found[1] or found[2]))
        position = found.end()
    return ids, text[position:].strip(" \n\t,;")


async def _read_file(file: discord.Attachment) -> list[int]:
    if file.size > MAX_FILE:
        raise InvalidInput(
            _("The file is too large: {most} KB is the most.", most=MAX_FILE // 1024),
            hint=_("Write one id on each line, and nothing else."),
        )
    ids: list[int] = []
    for line in (await file.read()).decode(errors="replace").splitlines():
        found, rest = read_people(line.strip("\ufeff \t"))
        if rest:
            raise _unknown(rest)
        ids += found
    return ids


def _unknown(text: str) -> InvalidInput:
    shown = discord.utils.escape_markdown(discord.utils.escape_mentions(text[:60]))
    return InvalidInput(
        _("“{word}” is neither a mention nor an id.", word=shown),
        hint=_("Write mentions or ids with spaces between them, such as 1128754567890123457."),
    )


def _counted(ids: list[int]) -> list[int]:
    """Return each of the ids once.

    Raises:
        InvalidInput: there are none, or too many.
    """
    people = [*dict.fromkeys(ids)]
    if not people:
        raise InvalidInput(
            _("Say whom."), hint=_("Write their mentions or ids, or add a file with one id on each line.")
        )
    if len(people) > MOST_PEOPLE:
        raise InvalidInput(
            plural("That is one person.", "Those are {count} people.", len(people))
            + " "
            + _("At most {most} are done at once.", most=MOST_PEOPLE),
            hint=_("Do it in several steps."),
        )
    return people


async def _targets(guild: discord.Guild, ids: list[int]) -> list[Target]:
    """Return the people; of those who are not in memory Discord says whether they are members."""
    members = {it: member for it in ids if (member := guild.get_member(it)) is not None}
    missing = [it for it in ids if it not in members]
    for first in range(0, len(missing), QUERIED_AT_ONCE):
        some = missing[first : first + QUERIED_AT_ONCE]
        members |= {it.id: it for it in await guild.query_members(user_ids=some, limit=len(some))}
    return [target_of(guild, members[it]) if it in members else Target(it, str(it), is_member=False) for it in ids]
