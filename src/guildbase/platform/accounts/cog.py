"""Tells the API what people are in the servers of this process, and when that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.timeouts import is_timed_out
from guildbase.core.errors import NoReply
from guildbase.core.i18n import _

if TYPE_CHECKING:
    from guildbase.platform.accounts.membership import AskMembership, Membership


class Accounts(BaseCog):
    """Answers for who signs in to the dashboard."""

    async def cog_load(self) -> None:
        """Answer the API's questions."""
        from guildbase.platform.accounts.membership import MEMBERSHIP
        from guildbase.services.pubsub.requests import Requests

        self.services.get(Requests).answer(MEMBERSHIP, self.membership)

    async def membership(self, asked: AskMembership) -> Membership:
        """Return what the person is in the server.

        Raises:
            GuildNotFound: the bot is not in it.
            NoReply: Discord does not show it now.
        """
        from guildbase.platform.accounts.membership import Membership
        from guildbase.platform.guilds.controller import GuildNotFound

        guild = self.bot.get_guild(asked.guild_id)
        if guild is None and self.bot.all_shards_ready:
            raise GuildNotFound(asked.guild_id)
        if guild is None or guild.unavailable:
            raise NoReply(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
        member = await self._member(guild, asked.user_id)
        if member is None:
            return Membership(is_member=False)
        return Membership(
            is_member=True,
            name=str(member),
            permissions=member.guild_permissions.value,
            top_role=member.top_role.position,
            role_ids=tuple(role.id for role in member.roles),
            is_owner=guild.owner_id == member.id,
            is_timed_out=is_timed_out(member),
        )

    async def _member(self, guild: discord.Guild, user_id: int) -> discord.Member | None:
        """Return the member as Discord has them now; what is in memory is kept in step only with the intent."""
        is_kept_in_step = self.bot.intents.members
        if is_kept_in_step and (member := guild.get_member(user_id)) is not None:
            return member
        if is_kept_in_step and guild.chunked:
            return None
        try:
            found = await guild.query_members(user_ids=[user_id], cache=is_kept_in_step)
        except TimeoutError:
            raise NoReply(_("Discord did not tell of the member in time.")) from None
        return next(iter(found), None)

    @commands.Cog.listener()
    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Let roles that somebody lost or got, and a time-out, count at once."""
        if before.roles != after.roles or before.timed_out_until != after.timed_out_until:
            await self._forget(after.guild.id, after.id)

    @commands.Cog.listener()
    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Whoever has left has no rights."""
        await self._forget(payload.guild_id, payload.user.id)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Whoever is back has what they had."""
        await self._forget(member.guild.id, member.id)

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """A role's permissions are those of all who have it."""
        if before.permissions != after.permissions or before.position != after.position:
            await self._forget(after.guild.id)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Nobody has a role that is gone."""
        await self._forget(role.guild.id)

    @commands.Cog.listener()
    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        """An owner who handed the server on owns it no more."""
        if before.owner_id != after.owner_id:
            await self._forget(after.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Let its owner find a new server in their list at once."""
        from guildbase.platform.accounts.controller import ServerController

        if guild.owner_id is not None:
            await self.controller(ServerController).forget(guild.owner_id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """A server without the bot has nobody."""
        await self._forget(guild.id)

    async def _forget(self, guild_id: int, user_id: int | None = None) -> None:
        from guildbase.platform.accounts.membership import MembershipController

        await self.controller(MembershipController).forget(guild_id, user_id)
