"""What people do by hand in Discord, read from the entries of its audit log; loaded when the first one comes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import discord
import structlog

from guildbase.core.clock import utcnow
from guildbase.core.errors import GuildbaseError
from guildbase.core.i18n import marked, speaking, translated
from guildbase.core.ports import GuildSnapshots
from guildbase.features.moderation.controller import ActionController, Recorded
from guildbase.features.moderation.kinds import MAX_REASON, CaseType
from guildbase.features.moderation.schemas import ModerationSettings

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot
    from guildbase.services.container import BotServices

log = structlog.get_logger(__name__)
NO_REASON = marked("Done by hand in Discord, without a reason.")
SOMEBODY = marked("somebody in Discord")
NAMES = 200
"""Names that are kept in memory: mostly a few moderators do all of it."""
_names: dict[int, str] = {}
Act = tuple[CaseType, datetime | None]
_SIMPLE = {
    discord.AuditLogAction.ban: CaseType.BAN,
    discord.AuditLogAction.unban: CaseType.UNBAN,
    discord.AuditLogAction.kick: CaseType.KICK,
}
_VOICE = {
    "mute": (CaseType.VOICE_MUTE, CaseType.VOICE_UNMUTE),
    "deaf": (CaseType.DEAFEN, CaseType.UNDEAFEN),
}


async def keep(bot: GuildbaseBot, guild: discord.Guild, entry: discord.AuditLogEntry) -> None:
    """Keep as cases what the entry says that somebody else than the bot has done."""
    if entry.user_id in (None, guild.me.id) or entry.target is None:
        return
    settings = (await bot.services.get(GuildSnapshots).load(guild.id)).get(ModerationSettings)
    acts, target_id, by_id = list(acts_of(entry, settings)), int(str(entry.target.id)), int(str(entry.user_id))
    if not acts:
        return
    name, by = await _name_of(bot, target_id), await _name_of(bot, by_id)
    # One entry may tell of several acts, and each is a case of its own.
    for place, (case_type, expires_at) in enumerate(acts):
        done = Recorded(case_type, target_id, name, by_id, by, entry.reason or "", entry.id + place, expires_at)
        await record(bot.services, guild, done)


async def _name_of(bot: GuildbaseBot, user_id: int) -> str:
    """Return the name of whom the entry gives only the id; empty if Discord does not tell it."""
    if (known := _names.get(user_id)) is not None:
        return known
    try:
        name = str(await bot.fetch_user(user_id))
    except discord.HTTPException:
        return ""
    while len(_names) >= NAMES:
        del _names[next(iter(_names))]
    _names[user_id] = name
    return name


async def keep_unknown(
    services: BotServices, guild: discord.Guild, case_type: CaseType, user_id: int, name: str
) -> None:
    """Keep as a case what somebody has done of whom Discord does not tell who it was."""
    with speaking((await services.get(GuildSnapshots).load(guild.id)).locale):
        by = translated(SOMEBODY)
    # No entry names it, so the moment does; the person's id tells apart what came at the same one.
    entry_id = discord.utils.time_snowflake(utcnow()) + user_id % (1 << 22)
    await record(services, guild, Recorded(case_type, user_id, name, guild.id, by, "", entry_id))


async def record(services: BotServices, guild: discord.Guild, done: Recorded) -> None:
    """Store it in the server's words; what changes nothing is left out."""
    with speaking((await services.get(GuildSnapshots).load(guild.id)).locale):
        reason = (done.reason.replace("\x00", "").strip() or translated(NO_REASON))[:MAX_REASON]
    stored = Recorded(
        done.case_type,
        done.target_id,
        done.target_name,
        done.moderator_id,
        done.moderator_name,
        reason,
        done.entry_id,
        done.expires_at,
    )
    try:
        await services.get(ActionController).record(guild.id, stored)
    except GuildbaseError as refused:
        log.info("by_hand_not_kept", guild_id=guild.id, case_type=str(done.case_type), reason=refused.message)


def acts_of(entry: discord.AuditLogEntry, settings: ModerationSettings) -> Iterator[Act]:
    """Yield what the entry says was done, as types of cases, and until when."""
    if entry.action in _SIMPLE:
        yield _SIMPLE[entry.action], None
    elif entry.action is discord.AuditLogAction.member_update:
        yield from _updates(entry)
    elif entry.action is discord.AuditLogAction.member_role_update:
        yield from _roles(entry, settings)


def _updates(entry: discord.AuditLogEntry) -> Iterator[Act]:
    after: Any = entry.after
    if hasattr(after, "timed_out_until"):
        until = after.timed_out_until
        is_over = until is None or until <= utcnow()
        yield (CaseType.UNTIMEOUT, None) if is_over else (CaseType.TIMEOUT, until)
    for name, (on, off) in _VOICE.items():
        if hasattr(after, name):
            yield (on if getattr(after, name) else off), None


def _roles(entry: discord.AuditLogEntry, settings: ModerationSettings) -> Iterator[Act]:
    given = {role.id for role in getattr(entry.after, "roles", ())}
    taken = {role.id for role in getattr(entry.before, "roles", ())}
    pairs = (
        (settings.jail_role, CaseType.JAIL, CaseType.UNJAIL),
        (settings.mute_role, CaseType.MUTE, CaseType.UNMUTE),
    )
    for role_id, on, off in pairs:
        if role_id in given:
            yield on, None
        elif role_id in taken:
            yield off, None
