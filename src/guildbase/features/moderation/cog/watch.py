"""Keeps cases in step with what happens in Discord: acts by hand, people who come back, and times of absence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.features.moderation.kinds import CaseType, PunishmentKind

if TYPE_CHECKING:
    from guildbase.features.moderation.controller import ActionController
    from guildbase.features.moderation.controller.reconcile import Lasting

CHECKED_AT_ONCE = 500
"""Servers whose punishments are read with one statement after a start."""
WATCHED = {
    discord.AuditLogAction.ban,
    discord.AuditLogAction.unban,
    discord.AuditLogAction.kick,
    discord.AuditLogAction.member_update,
    discord.AuditLogAction.member_role_update,
}
UNDONE_BY_LEAVING = (PunishmentKind.MUTE, PunishmentKind.JAIL)


class Watch(BaseCog):
    """Listens to what moderators do without commands."""

    @property
    def actions(self) -> ActionController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.moderation.controller import ActionController

        return self.controller(ActionController)

    @commands.Cog.listener()
    async def on_audit_log_entry_create(self, entry: discord.AuditLogEntry) -> None:
        """Keep as a case what somebody did by hand."""
        if entry.action not in WATCHED or entry.user_id in (None, entry.guild.me.id):
            return
        from guildbase.features.moderation.cog.by_hand import keep

        await keep(self.bot, entry.guild, entry)

    @commands.Cog.listener()
    async def on_member_ban(self, guild: discord.Guild, user: discord.User | discord.Member) -> None:
        """Keep a ban by hand where the audit log is closed to the bot."""
        if guild.me.guild_permissions.view_audit_log:
            return
        from guildbase.features.moderation.controller.reconcile import ReconcileController

        if not await self.controller(ReconcileController).is_ours(guild.id, user.id):
            await self._keep_unknown(guild, CaseType.BAN, user)

    @commands.Cog.listener()
    async def on_member_unban(self, guild: discord.Guild, user: discord.User) -> None:
        """Keep the end of a ban by hand where the audit log is closed to the bot."""
        if not guild.me.guild_permissions.view_audit_log and await self._is_banned(guild.id, user.id):
            await self._keep_unknown(guild, CaseType.UNBAN, user)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Mute or jail again who left in the hope to be rid of it."""
        if not await self.actions.punished.has(member.guild.id, member.id):
            return
        governing = await self.actions.governing(member.guild.id, member.id)
        for kind in UNDONE_BY_LEAVING:
            if (row := governing.get(kind)) is not None:
                await self.actions.enforce(member.guild.id, row.number)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Find what was lifted or undone while the bot was away; servers without punishments cost no request."""
        guilds = [guild for guild in self.bot.guilds if guild.shard_id == shard_id and not guild.unavailable]
        for first in range(0, len(guilds), CHECKED_AT_ONCE):
            await self.check(guilds[first : first + CHECKED_AT_ONCE])

    async def check(self, guilds: Sequence[discord.Guild]) -> int:
        """Compare what is to last with Discord, and return in how many cases it differed."""
        if not guilds:
            return 0
        from guildbase.features.moderation.controller.reconcile import ReconcileController

        lasting = await self.controller(ReconcileController).lasting([guild.id for guild in guilds])
        differed = 0
        for guild in guilds:
            # One after the other, so that a start sends few requests at a time.
            if guild.id in lasting:
                differed += await self._check_one(guild, lasting[guild.id])
        return differed

    async def _check_one(self, guild: discord.Guild, lasting: Sequence[Lasting]) -> int:
        from guildbase.features.moderation.cog.downtime import reconcile

        try:
            return await reconcile(self.bot, guild, lasting)
        except Exception as error:  # One server's trouble must not keep the others from being looked at.
            self.bot.report(error, "job", "moderation.check", guild_id=guild.id)
            return 0

    async def _is_banned(self, guild_id: int, user_id: int) -> bool:
        return PunishmentKind.BAN in await self.actions.governing(guild_id, user_id)

    async def _keep_unknown(
        self, guild: discord.Guild, case_type: CaseType, user: discord.User | discord.Member
    ) -> None:
        from guildbase.features.moderation.cog.by_hand import keep_unknown

        await keep_unknown(self.services, guild, case_type, user.id, str(user))
