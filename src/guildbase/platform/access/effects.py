"""Looks on Discord who brought the bot into a guild, run by the outbox executor."""

from __future__ import annotations

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.errors import NoReply
from guildbase.core.i18n import _
from guildbase.platform.access.controller import FIND_INSTALLER, AccessController
from guildbase.platform.access.models import GrantSource

ENTRIES = 20
"""Newest entries of the audit log about bots that are looked at."""


@effect(FIND_INSTALLER)
async def find_installer(run: EffectRun) -> None:
    """Let whoever brought the bot own the dashboard, or else the guild's owner."""
    guild = run.bot.get_guild(run.guild_id)
    if guild is None and run.bot.all_shards_ready:
        return  # The bot is gone again; its next arrival promises this anew.
    if guild is None or guild.owner_id is None:
        raise NoReply(_("Discord has not told of the server yet."))
    found = await _installer(guild) if run.payload["is_recent"] else None
    source = GrantSource.OWNER if found in (None, guild.owner_id) else GrantSource.INSTALLER
    await run.controller(AccessController).grant_installer(guild.id, found or guild.owner_id, source)


async def _installer(guild: discord.Guild) -> int | None:
    """Return who added the bot last, if the audit log may be seen and knows it."""
    if not guild.me.guild_permissions.view_audit_log:
        return None
    try:
        entries = [it async for it in guild.audit_logs(action=discord.AuditLogAction.bot_add, limit=ENTRIES)]
    except discord.Forbidden:  # The permission was taken away this very moment.
        return None
    return next((it.user_id for it in entries if it.target is not None and it.target.id == guild.me.id), None)
