"""How the mod-log shows a case."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from guildbase.core.i18n import _, marked, translated
from guildbase.features.moderation.kinds import CaseState, CaseType
from guildbase.features.moderation.models import CaseEvidence, ModerationCase
from guildbase.features.moderation.views.cases import ERASED
from guildbase.features.moderation.views.outcomes import deed, mention, when

GRAVE, LASTING, MILD, GONE = 0xED4245, 0xE67E22, 0xFEE75C, 0x95A5A6
"""Colours: of bans and kicks, of what takes rights away, of words and of ends, and of what does not count any more."""
_GRAVE = (CaseType.BAN, CaseType.HACKBAN, CaseType.TEMPBAN, CaseType.SOFTBAN, CaseType.KICK)
_LASTING = (CaseType.TIMEOUT, CaseType.MUTE, CaseType.JAIL, CaseType.VOICE_MUTE, CaseType.DEAFEN)
_STATES = {
    CaseState.FAILED: marked("failed"),
    CaseState.EXPIRED: marked("over"),
    CaseState.VOID: marked("not carried out"),
}


def log_embed(case: ModerationCase, evidence: Sequence[CaseEvidence]) -> discord.Embed:
    """Return the case for the mod-log; what people wrote is plain text there, and nobody is pinged."""
    embed = discord.Embed(description=_title(case), colour=_colour(case), timestamp=case.created_at)
    embed.add_field(name=_("Moderator"), value=mention(case.moderator_id))
    if case.expires_at is not None:
        embed.add_field(name=_("Ends"), value=when(case))
    if case.ending_case is not None:
        embed.add_field(name=_("Ended by"), value=_("case #{number}", number=case.ending_case))
    embed.add_field(name=_("Reason"), value=_reason(case), inline=False)
    if case.state is CaseState.FAILED and case.failure:
        embed.add_field(name=_("Why it failed"), value=case.failure[:1024], inline=False)
    if evidence:
        names = ", ".join(discord.utils.escape_markdown(it.filename) for it in evidence)
        embed.add_field(name=_("Evidence"), value=names[:1024], inline=False)
    return embed


def _title(case: ModerationCase) -> str:
    state = translated(_STATES[case.state]) if case.state in _STATES else ""
    if case.deleted_at is not None:
        state = _("struck")
    text = _("**Case #{number}**: {deed}", number=case.number, deed=deed(case))
    return f"{text} ({state})" if state else text


def _reason(case: ModerationCase) -> str:
    if not case.reason:
        return translated(ERASED)
    escaped = discord.utils.escape_markdown(case.reason)
    return escaped if len(escaped) <= 1024 else f"{escaped[:1023]}…"


def _colour(case: ModerationCase) -> int:
    if case.state in _STATES or case.deleted_at is not None:
        return GONE
    if case.case_type in _GRAVE:
        return GRAVE
    return LASTING if case.case_type in _LASTING else MILD
