"""What a bot process tells the API about the members of its servers."""

from __future__ import annotations

import discord

from guildbase.bot.cog import BaseCog
from guildbase.bot.gate import use_of
from guildbase.core.errors import NoReply, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, GuildSnapshots
from guildbase.platform.permissions.cog import named
from guildbase.platform.permissions.controller import PermissionController
from guildbase.platform.permissions.explaining import (
    EXPLANATION,
    RULE_FACTS,
    AskExplanation,
    AskRuleFacts,
    Explained,
    RuleFacts,
)
from guildbase.platform.permissions.models import Scope, Subject
from guildbase.services.pubsub.requests import Requests


class PermissionAnswers(BaseCog):
    """Answers for who asks in the dashboard."""

    async def cog_load(self) -> None:
        """Answer the API's questions about the members of this process's guilds."""
        self.services.get(Requests).answer(EXPLANATION, self.explained)
        self.services.get(Requests).answer(RULE_FACTS, self.rule_facts)

    async def explained(self, asked: AskExplanation) -> Explained:
        """Return why a member may use a command, or not, to another process.

        Raises:
            NotFound: there is no such member, channel or command.
            NoReply: Discord does not show the server at the moment.
        """
        guild = self._shown(asked.guild_id)
        channel = guild.get_channel_or_thread(asked.channel_id) if asked.channel_id is not None else None
        if channel is None and asked.channel_id is not None:
            raise NotFound(_("There is no such channel in this server."), hint=_("Check the id."))
        try:
            member = guild.get_member(asked.member_id) or await guild.fetch_member(asked.member_id)
        except discord.NotFound:
            raise NotFound(_("There is no such member in this server."), hint=_("Check the id.")) from None
        snapshot = await self.services.get(GuildSnapshots).load(guild.id)
        use = use_of(self.bot, named.command(self.bot, asked.command), member, channel, snapshot)
        return Explained.of(await self.controller(PermissionController).explain(SYSTEM, guild.id, use))

    async def rule_facts(self, asked: AskRuleFacts) -> RuleFacts:
        """Return how high somebody stands, and what the commands of a rule ask for, to another process.

        Raises:
            NoReply: Discord does not show the server at the moment.
        """
        guild, rank = self._shown(asked.guild_id), 0
        if asked.subject == Subject.ROLE and (role := guild.get_role(asked.subject_id)) is not None:
            rank = role.position
        elif asked.subject == Subject.MEMBER:
            rank = await _rank(guild, asked.subject_id)
        return RuleFacts(rank, named.demands(self.bot, Scope(asked.scope), asked.target))

    def _shown(self, guild_id: int) -> discord.Guild:
        guild = self.bot.get_guild(guild_id)
        if guild is None or guild.unavailable:
            raise NoReply(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
        return guild


async def _rank(guild: discord.Guild, user_id: int) -> int:
    """Return the position of the member's highest role; 0 for who is not in the server."""
    try:
        member = guild.get_member(user_id) or await guild.fetch_member(user_id)
    except discord.NotFound:
        return 0
    return member.top_role.position
