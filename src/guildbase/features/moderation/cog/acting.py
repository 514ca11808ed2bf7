"""What all commands that act have in common: reading what was typed, acting, and the one answer that is kept true."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.callers import caller_of_press
from guildbase.bot.cog import BaseCog
from guildbase.bot.context import Context, settle
from guildbase.bot.targets import bot_standing, target_of
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, Caller
from guildbase.features.moderation.cog.typed import as_evidence, length_of, reason_of, refuse_here, settings_of, split
from guildbase.features.moderation.kinds import CaseType
from guildbase.services.outbox import Outbox

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot
    from guildbase.bot.components import Interaction
    from guildbase.features.moderation.controller.cases import OpenedCase
    from guildbase.features.moderation.controller.evidence import NewEvidence
    from guildbase.features.moderation.models import ModerationCase
    from guildbase.features.moderation.rules import NewAction
    from guildbase.features.moderation.schemas import ModerationSettings

OUTCOME_WAIT = 10.0  # seconds that the moderator's answer waits for what becomes of the case
Edit = Callable[..., Awaitable[Any]]
BANS = (CaseType.BAN, CaseType.HACKBAN, CaseType.TEMPBAN, CaseType.SOFTBAN)


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for an action, where, and how they are answered."""

    bot: GuildbaseBot
    guild: discord.Guild
    channel: Any
    caller: Caller
    request_id: int
    """A repetition has the same."""
    send: Callable[[str, bool], Awaitable[Edit]]
    """Sends an answer, which only the asker sees if the flag is set, and returns what edits it."""

    @classmethod
    async def of_command(cls, cog: BaseCog, ctx: Context) -> Request:
        """Return the request that a command makes; InvalidInput outside of a server."""
        request_id = ctx.interaction.id if ctx.interaction else ctx.message.id

        async def send(text: str, ephemeral: bool) -> Edit:
            return (await ctx.send(text, ephemeral=ephemeral)).edit

        return cls(cog.bot, cog.guild(ctx), ctx.channel, await cog.caller(ctx), request_id, send)

    @classmethod
    async def of_form(cls, interaction: Interaction, request_id: int) -> Request:
        """Return the request that a form makes; `request_id` is the form's own, so that it counts once."""
        assert interaction.guild is not None  # noqa: S101 - the menus that open forms are for servers only.

        async def send(text: str, ephemeral: bool) -> Edit:
            await settle(interaction)
            if interaction.response.is_done():
                return (await interaction.followup.send(text, ephemeral=ephemeral, wait=True)).edit
            await interaction.response.send_message(text, ephemeral=ephemeral)
            return interaction.edit_original_response

        caller = await caller_of_press(interaction, interaction.client.services)
        return cls(interaction.client, interaction.guild, interaction.channel, caller, request_id, send)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed."""

    case_type: CaseType
    user: discord.User | discord.Member
    reason: str = ""
    """In a text command it may begin with the duration."""
    duration: str = ""
    evidence: tuple[discord.Attachment, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    is_silent: bool = False


async def act(request: Request, wish: Wish) -> None:
    """Act, answer, and edit the answer when it is known what became of it."""
    from guildbase.features.moderation.controller.cases import ModerationController
    from guildbase.features.moderation.controller.evidence import EvidenceController
    from guildbase.features.moderation.views.outcomes import outcome_text

    services, guild_id = request.bot.services, request.guild.id
    settings = await settings_of(request)
    refuse_here(request, settings)
    new, files = await _action(request, wish, settings), as_evidence(request.guild, wish.evidence)
    opened = await services.get(EvidenceController).act(request.caller, guild_id, new, files)
    text = outcome_text(opened.case, opened.replaced)
    edit = await request.send(text, not settings.is_public)
    settled = await _settled(request, opened)
    case = await services.get(ModerationController).get_case(SYSTEM, guild_id, settled)
    notes = [await _consequence(request, case), await _unkept(request, files)]
    now = " ".join(filter(None, [outcome_text(case, opened.replaced), *notes]))
    if now != text:
        # The moderator may have dismissed the answer; the case stands all the same.
        with contextlib.suppress(discord.HTTPException):
            await edit(content=now)


async def _consequence(request: Request, case: ModerationCase) -> str:
    """Return what followed from the case by the server's ladder, if something did."""
    if case.case_type is not CaseType.WARN:
        return ""
    from guildbase.features.moderation.controller.ladders import LadderController
    from guildbase.features.moderation.views.ladders import climbed_text

    return climbed_text(await request.bot.services.get(LadderController).result(case.guild_id, case.number))


async def _unkept(request: Request, files: list[NewEvidence]) -> str:
    """Return that the files will be lost, if there is no mod-log that keeps copies."""
    from guildbase.features.moderation.controller.modlog import ModLogController

    if not files or await request.bot.services.get(ModLogController).channel_of(request.guild.id) is not None:
        return ""
    return _("There is no mod-log that keeps the file, and Discord's link to it runs out; `/setup` makes one.")


async def _settled(request: Request, opened: OpenedCase) -> int:
    """Wait for what becomes of the case, and return its number."""
    if opened.effect_id is not None:
        await request.bot.services.get(Outbox).outcome(opened.effect_id, timeout=OUTCOME_WAIT)
    return opened.case.number


async def _action(request: Request, wish: Wish, settings: ModerationSettings) -> NewAction:
    from guildbase.features.moderation.rules import NewAction

    details = dict(wish.details)
    if wish.case_type in BANS:
        days = max(settings.ban_delete_days, wish.case_type is CaseType.SOFTBAN)
        details.setdefault("delete_seconds", days * 86400)
    return NewAction(
        wish.case_type,
        target_of(request.guild, wish.user),
        _reason(wish, settings),
        await length_of(request, wish.case_type, wish.duration, settings),
        details=details,
        request_id=request.request_id,
        is_silent=wish.is_silent,
        bot=bot_standing(request.guild),
    )


def _reason(wish: Wish, settings: ModerationSettings) -> str:
    # A warning is nothing without its reason, as the controller says.
    is_empty_warning = wish.case_type is CaseType.WARN and not wish.reason.strip()
    return "" if is_empty_warning else reason_of(wish.reason, settings)


class ActingCog(BaseCog):
    """A cog whose commands act on people."""

    async def act(
        self,
        ctx: Context,
        case_type: CaseType,
        user: discord.User | discord.Member,
        reason: str = "",
        *,
        duration: str | None = None,
        evidence: discord.Attachment | None = None,
        details: Mapping[str, Any] | None = None,
        is_silent: bool = False,
    ) -> None:
        """Do what the command is for; `duration` is None for what takes none."""
        request = await Request.of_command(self, ctx)
        if ctx.interaction is None and duration is not None:
            duration, reason = await split(request, reason)
        files = tuple(ctx.message.attachments) if ctx.interaction is None else (evidence,) if evidence else ()
        await act(request, Wish(case_type, user, reason, duration or "", files, details or {}, is_silent))
