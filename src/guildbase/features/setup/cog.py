"""`/setup`, and the check of what vanished whenever something may have."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command
from guildbase.bot.context import Context
from guildbase.core.i18n import speaking
from guildbase.core.ports import SYSTEM
from guildbase.features.setup import inspection, rules
from guildbase.features.setup.checkup import CHECKUP, AskCheckup, Checkup, Found
from guildbase.features.setup.controller import ReconciliationController
from guildbase.features.setup.kinds import Weight
from guildbase.platform.guilds.controller import GuildNotFound
from guildbase.services.pubsub.requests import Requests

CHECKED_AT_ONCE = 100
"""Servers that are looked at together after a start."""
SETTLE = 1.0  # seconds after which a server is checked when a role or channel was deleted; often it is not the only one


class Setup(BaseCog):
    """Set the bot up."""

    async def cog_load(self) -> None:
        """Let the button under the first words in a server work for good."""
        from guildbase.features.setup.views.begin import BeginView

        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._begin = BeginView()
        self.bot.add_view(self._begin)
        self.services.get(Requests).answer(CHECKUP, self.checkup)

    async def checkup(self, asked: AskCheckup) -> Checkup:
        """Return what stands in the bot's way in the server; whoever asks has been judged.

        Raises:
            GuildNotFound: the bot does not see it.
        """
        guild = self.bot.get_guild(asked.guild_id)
        if guild is None or guild.unavailable:
            raise GuildNotFound(asked.guild_id)
        with speaking(asked.locale):
            found = rules.findings(await inspection.situation(self.bot, SYSTEM, guild))
        findings = (Found(it.weight is Weight.BROKEN, it.problem, it.cure, it.fix or "") for it in found)
        return Checkup(tuple(findings), inspection.invite(self.bot, guild))

    async def cog_unload(self) -> None:
        """Forget what was to be checked."""
        self._begin.stop()
        for timer in self._timers.values():
            timer.cancel()

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(step="Where to begin; the check by default")
    async def setup(
        self,
        ctx: Context,
        step: Literal["check", "language", "logs", "staff", "punishments", "features", "summary"] = "check",
    ) -> None:
        """Check what I may do here and set me up, step by step."""
        from guildbase.features.setup.views.wizard import SetupWizard

        caller, guild = await self.caller(ctx), self.guild(ctx)
        # Judges the right, also where a page changes nothing.
        await self.controller(ReconciliationController).report(caller, guild.id)
        await SetupWizard(self.bot, ctx.author.id, guild.id, step).begin(ctx, caller)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Find what vanished while the bot was away; after a short break Discord tells by itself what was missed."""
        guilds = [guild for guild in self.bot.guilds if guild.shard_id == shard_id]
        for first in range(0, len(guilds), CHECKED_AT_ONCE):
            await self.check(guilds[first : first + CHECKED_AT_ONCE])

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Check the server soon."""
        self._check_soon(role.guild)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Check the server soon."""
        self._check_soon(channel.guild)

    async def check(self, guilds: Sequence[discord.Guild]) -> int:
        """Compare what is kept of the servers with Discord, and return in how many something is newly gone."""
        controller, news = self.controller(ReconciliationController), 0
        there = {guild.id: guild for guild in guilds if not guild.unavailable}
        references = await controller.references([*there])
        known = await controller.open_among([*there])
        for guild_id in sorted(references.keys() | known):
            gone = await inspection.vanished(there[guild_id], references.get(guild_id, ()), ask=False)
            if gone or guild_id in known:
                news += await controller.keep(guild_id, gone)
        return news

    def _check_soon(self, guild: discord.Guild) -> None:
        if (timer := self._timers.pop(guild.id, None)) is not None:
            timer.cancel()
        self._timers[guild.id] = asyncio.get_running_loop().call_later(SETTLE, self._begin_check, guild.id)

    def _begin_check(self, guild_id: int) -> None:
        del self._timers[guild_id]
        self.bot.work.add(asyncio.create_task(self._check_one(guild_id), name=f"check-{guild_id}"))

    async def _check_one(self, guild_id: int) -> None:
        if (guild := self.bot.get_guild(guild_id)) is None:
            return
        try:
            await self.check([guild])
        except Exception as error:
            self.bot.report(error, "job", "setup.check", guild_id=guild_id)
