"""Reads what people type into the commands that act: reasons, durations and files, as the server's settings say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import discord

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.features.moderation.kinds import CaseType

if TYPE_CHECKING:
    from datetime import timedelta

    from guildbase.features.moderation.cog.acting import Request
    from guildbase.features.moderation.controller.evidence import NewEvidence
    from guildbase.features.moderation.schemas import ModerationSettings

_DEFAULTS = {
    CaseType.TIMEOUT: "default_timeout",
    CaseType.TEMPBAN: "default_tempban",
    CaseType.MUTE: "default_mute",
    CaseType.JAIL: "default_jail",
}
"""The setting with the duration where none is typed."""


async def settings_of(request: Request) -> ModerationSettings:
    """Return what the server sets of moderation."""
    from guildbase.features.moderation.schemas import ModerationSettings
    from guildbase.platform.guilds.controller import GuildController

    return (await request.bot.services.get(GuildController).load(request.guild.id)).get(ModerationSettings)


def refuse_here(request: Request, settings: ModerationSettings) -> None:
    """Return unless the server wants no actions in this channel; of a thread its parent counts, too.

    Raises:
        InvalidInput: it wants none.
    """
    places = {getattr(request.channel, "id", None), getattr(request.channel, "parent_id", None)}
    if not places.isdisjoint(settings.barred_channels):
        raise InvalidInput(
            _("This server does not want moderation in this channel."), hint=_("Use it in a channel of the staff.")
        )


def reason_of(typed: str, settings: ModerationSettings) -> str:
    """Return the reason, which may be the name of one of the server's templates; what stands in it is only text.

    Raises:
        InvalidInput: there is none, and the server wants one.
    """
    typed = typed.strip()
    if typed:
        return settings.reason_templates.get(typed, typed)
    if settings.is_reason_required:
        raise InvalidInput(_("This server wants a reason for everything."), hint=_("Say in a few words what happened."))
    return _("No reason was given.")


async def length_of(
    request: Request, case_type: CaseType, typed: str, settings: ModerationSettings
) -> timedelta | None:
    """Return how long it is to last, by default what the server sets; None for good.

    Raises:
        InvalidInput: what was typed is no duration.
    """
    from guildbase.core.durations import read_length

    if not typed.strip():
        default: timedelta | None = getattr(settings, _DEFAULTS.get(case_type, ""), None)
        return default
    try:
        return read_length(typed, now=utcnow(), zone=await zone_of(request))
    except ValueError as wrong:
        raise _no_duration(typed, wrong) from None


async def zone_of(request: Request) -> str:
    """Return the time zone of who asks."""
    from guildbase.platform.users.controller import UserController

    user_id = request.caller.user_id
    return (await request.bot.services.get(UserController).preferences(user_id)).time_zone if user_id else "UTC"


async def split(request: Request, typed: str) -> tuple[str, str]:
    """Return the duration and the reason of a text command, which stand one after the other.

    Raises:
        InvalidInput: it begins with what looks like a duration and is none.
    """
    from guildbase.core.durations import split_length

    try:
        return split_length(typed, now=utcnow(), zone=await zone_of(request))
    except ValueError as wrong:
        raise _no_duration(typed.split()[0], wrong) from None


def _no_duration(typed: str, wrong: ValueError) -> InvalidInput:
    shown = discord.utils.escape_markdown(discord.utils.escape_mentions(typed[:60]))
    told = _("“{typed}”: {problem}.", typed=shown, problem=str(wrong))
    return InvalidInput(told, problems={"duration": str(wrong)})


def as_evidence(guild: discord.Guild, evidence: Iterable[discord.Attachment]) -> list[NewEvidence]:
    """Return the files as evidence.

    Raises:
        InvalidInput: one of them is larger than what the bot may upload to keep a copy.
    """
    from guildbase.features.moderation.controller.evidence import NewEvidence

    evidence = [*evidence]
    for it in evidence:
        if it.size > guild.filesize_limit:
            most = guild.filesize_limit // 2**20
            name = discord.utils.escape_markdown(it.filename)
            told = _("{name} is too large to be kept: {most} MB is the most.", name=name, most=most)
            raise InvalidInput(told, hint=_("Make it smaller, or cut out what matters."))
    return [NewEvidence(it.filename, it.url) for it in evidence]
