"""Compares what is to last in a server with what Discord has; loaded only where something is to last."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from guildbase.core.ports import GuildSnapshots
from guildbase.features.moderation.cog.by_hand import keep, keep_unknown
from guildbase.features.moderation.controller import ActionController
from guildbase.features.moderation.controller.reconcile import ENDED_BY, Lasting
from guildbase.features.moderation.kinds import PunishmentKind
from guildbase.features.moderation.schemas import ModerationSettings

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

FEW_BANS = 10
"""Up to so many are asked for one by one; more are found on the pages of all bans, 1,000 on each."""
PEOPLE_AT_ONCE = 100
LONGEST_TIMEOUT = timedelta(days=28)
"""Discord ends a longer one by itself, and it is begun anew."""
ENTRIES = 100
"""Entries of the audit log that are looked through for who lifted something."""
_ACTIONS = {
    PunishmentKind.BAN: discord.AuditLogAction.unban,
    PunishmentKind.TIMEOUT: discord.AuditLogAction.member_update,
    PunishmentKind.MUTE: discord.AuditLogAction.member_role_update,
    PunishmentKind.JAIL: discord.AuditLogAction.member_role_update,
}


async def reconcile(bot: GuildbaseBot, guild: discord.Guild, lasting: Sequence[Lasting]) -> int:
    """Keep what was lifted by hand meanwhile, carry out again what a rejoin undid, and return how many differed."""
    bans = [it for it in lasting if it.kind is PunishmentKind.BAN]
    others = [it for it in lasting if it.kind in _ACTIONS and it.kind is not PunishmentKind.BAN]
    banned = await _banned(guild, {it.user_id for it in bans})
    lifted = [it for it in bans if banned is not None and it.user_id not in banned]
    undone: list[Lasting] = []
    settings = (await bot.services.get(GuildSnapshots).load(guild.id)).get(ModerationSettings)
    roles = {PunishmentKind.MUTE: settings.mute_role, PunishmentKind.JAIL: settings.jail_role}
    members = await _members(guild, {it.user_id for it in others})
    for it in others:
        if (member := members.get(it.user_id)) is not None and not _is_so(it, it.role_id or roles.get(it.kind), member):
            (undone if _was_undone_by_discord(it, member) else lifted).append(it)
    for it in undone:
        await bot.services.get(ActionController).enforce(guild.id, it.number)
    await _keep_lifted(bot, guild, lifted)
    return len(lifted) + len(undone)


def _is_so(it: Lasting, role_id: int | None, member: discord.Member) -> bool:
    """Tell whether Discord has it; what cannot be told counts as so."""
    if it.kind is PunishmentKind.TIMEOUT:
        return member.is_timed_out()
    is_known = role_id is not None and member.guild.get_role(role_id) is not None
    return not is_known or role_id in [role.id for role in member.roles]


def _was_undone_by_discord(it: Lasting, member: discord.Member) -> bool:
    """Tell whether nobody lifted it: they left and came back, or it is longer than Discord's longest."""
    if it.kind is PunishmentKind.TIMEOUT:
        return it.expires_at is not None and it.expires_at - it.since > LONGEST_TIMEOUT
    return member.joined_at is not None and member.joined_at > it.since


async def _banned(guild: discord.Guild, user_ids: Collection[int]) -> set[int] | None:
    """Return who of them is banned; None if Discord does not tell the bot."""
    if not user_ids:
        return set()
    if not guild.me.guild_permissions.ban_members:
        return None
    if len(user_ids) > FEW_BANS:
        return {ban.user.id async for ban in guild.bans(limit=None)} & set(user_ids)
    found = set()
    for user_id in user_ids:
        try:
            found.add((await guild.fetch_ban(discord.Object(user_id))).user.id)
        except discord.NotFound:
            continue
    return found


async def _members(guild: discord.Guild, user_ids: Collection[int]) -> dict[int, discord.Member]:
    """Return those of them who are in the server; many with one request."""
    found = {user_id: member for user_id in user_ids if (member := guild.get_member(user_id)) is not None}
    missing = sorted(set(user_ids) - found.keys()) if not guild.chunked else []
    for first in range(0, len(missing), PEOPLE_AT_ONCE):
        some = missing[first : first + PEOPLE_AT_ONCE]
        found |= {member.id: member for member in await guild.query_members(user_ids=some, limit=100, cache=False)}
    return found


async def _keep_lifted(bot: GuildbaseBot, guild: discord.Guild, lifted: Sequence[Lasting]) -> None:
    """Keep them as cases, by whoever the audit log names."""
    actions = {_ACTIONS[it.kind] for it in lifted} if guild.me.guild_permissions.view_audit_log else set()
    since, user_ids = min((it.since for it in lifted), default=None), {it.user_id for it in lifted}
    for action in sorted(actions, key=lambda it: it.value):
        entries = [entry async for entry in guild.audit_logs(action=action, limit=ENTRIES)]
        # Oldest first, as if they had been heard.
        for entry in reversed(entries):
            is_about = entry.target is not None and entry.target.id in user_ids
            if is_about and since is not None and entry.created_at >= since:
                await keep(bot, guild, entry)
    for it in lifted:
        governing = (await bot.services.get(ActionController).governing(guild.id, it.user_id)).get(it.kind)
        if governing is not None and governing.number == it.number:
            await keep_unknown(bot.services, guild, ENDED_BY[it.kind], it.user_id, it.name)
