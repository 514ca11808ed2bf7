"""What a moderator is answered: what happened, whether the person was told, until when, and what to do next."""

from __future__ import annotations

import discord

from guildbase.core.i18n import _, marked, translated
from guildbase.core.snowflake import is_pseudonym
from guildbase.features.moderation.kinds import CaseState, CaseType, NoticeState
from guildbase.features.moderation.models import ModerationCase
from guildbase.features.moderation.views.cases import ERASED, NOTICES

DEEDS = {
    CaseType.WARN: marked("warned {person}"),
    CaseType.BAN: marked("banned {person}"),
    CaseType.HACKBAN: marked("banned {person} from afar"),
    CaseType.TEMPBAN: marked("banned {person} for a time"),
    CaseType.SOFTBAN: marked("banned {person} and let them back in"),
    CaseType.UNBAN: marked("lifted the ban of {person}"),
    CaseType.KICK: marked("kicked {person}"),
    CaseType.TIMEOUT: marked("timed out {person}"),
    CaseType.UNTIMEOUT: marked("ended the timeout of {person}"),
    CaseType.MUTE: marked("muted {person}"),
    CaseType.UNMUTE: marked("unmuted {person}"),
    CaseType.JAIL: marked("jailed {person}"),
    CaseType.UNJAIL: marked("released {person} from jail"),
    CaseType.VOICE_MUTE: marked("muted {person} in voice channels"),
    CaseType.VOICE_UNMUTE: marked("unmuted {person} in voice channels"),
    CaseType.DEAFEN: marked("deafened {person}"),
    CaseType.UNDEAFEN: marked("undeafened {person}"),
    CaseType.VOICE_KICK: marked("disconnected {person} from voice"),
    CaseType.NICKNAME: marked("changed the nickname of {person}"),
    CaseType.CUSTOM: marked("noted something about {person}"),
}
ENDINGS = {
    CaseType.BAN: "unban",
    CaseType.HACKBAN: "unban",
    CaseType.TEMPBAN: "unban",
    CaseType.TIMEOUT: "untimeout",
    CaseType.MUTE: "unmute",
    CaseType.JAIL: "unjail",
    CaseType.VOICE_MUTE: "voice unmute",
    CaseType.DEAFEN: "voice undeafen",
}
"""The command that ends what a case of the type does."""


def deed(case: ModerationCase) -> str:
    """Return what was done, and to whom, as part of a sentence."""
    return translated(DEEDS[case.case_type], person=mention(case.target_id))


def outcome_text(case: ModerationCase, replaced: int | None = None) -> str:
    """Return the answer to the moderator; `replaced` is the case whose punishment this one ends or replaces."""
    sentences = [_first(case)]
    if case.state in (CaseState.OPEN, CaseState.CONFIRMED):
        if case.expires_at is not None:
            sentences.append(_("It ends {when}.", when=when(case)))
        if replaced is not None:
            sentences.append(_("Case #{number} ends with it.", number=replaced))
        if (ending := ENDINGS.get(case.case_type)) is not None:
            sentences.append(_("`/{command}` ends it.", command=ending))
    return " ".join(sentences)


def _first(case: ModerationCase) -> str:
    number, done = case.number, deed(case)
    if case.state is CaseState.FAILED:
        why = case.failure or _("Discord refused it.")
        hint = _("`/case view {number}` shows it.", number=number)
        return _("Case #{number} failed: {why} Nothing was done. {hint}", number=number, why=why, hint=hint)
    if case.state is CaseState.VOID:
        return _("Case #{number} was not carried out, because a later decision came first.", number=number)
    is_under_way = case.state is CaseState.OPEN and case.case_type not in (CaseType.WARN, CaseType.CUSTOM)
    if is_under_way:
        return _("Case #{number}: {deed}; Discord has yet to confirm it.", number=number, deed=done)
    if case.notice is NoticeState.NONE:
        return _("Case #{number}: {deed}.", number=number, deed=done)
    return _("Case #{number}: {deed}, who {notice}.", number=number, deed=done, notice=translated(NOTICES[case.notice]))


def when(case: ModerationCase) -> str:
    """Return the end of the case as everybody reads it in their own time zone."""
    if case.expires_at is None:
        return _("never")
    moment = case.expires_at
    return f"{discord.utils.format_dt(moment, 'f')} ({discord.utils.format_dt(moment, 'R')})"


def mention(user_id: int) -> str:
    """Return what shows the person, if they are still to be shown."""
    return translated(ERASED) if is_pseudonym(user_id) else f"<@{user_id}>"
