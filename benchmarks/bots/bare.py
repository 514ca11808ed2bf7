"""The base: as little as discord.py needs for the same service, run by `python -m benchmarks.bots.bare`.

It uses what Guildbase uses wherever that makes discord.py quicker (uvloop; orjson is taken by itself) or
changes the work (intents, two shards, starts without a pause), so that no difference in settings passes
for a difference in speed.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from benchmarks.loop import new_event_loop

IN_A_GROUP = 10


def intents() -> discord.Intents:
    """Return the intents that Guildbase asks for with its built-in features."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=True)


class BareBot(commands.AutoShardedBot):
    """A bot with one slash command, the same command once more as a hybrid one, and `more` hybrid ones besides."""

    def __init__(self, *, more: int = 0) -> None:
        self._more = more
        super().__init__(
            commands.when_mentioned_or("!"),
            help_command=None,
            intents=intents(),
            allowed_mentions=discord.AllowedMentions.none(),
            shard_count=2,
            guild_ready_timeout=0.1,
        )

    async def setup_hook(self) -> None:
        """Tell Discord the commands."""
        self.add_commands()
        await self.tree.sync()

    def add_commands(self) -> None:
        """Make and add the commands."""
        self.tree.add_command(ping)
        self.add_command(hybrid_ping)
        for first in range(0, self._more, IN_A_GROUP):
            self.add_command(_group(first, min(IN_A_GROUP, self._more - first)))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Start at once; discord.py would let 5 s pass between shards, also where Discord allows more."""


@app_commands.command()
async def ping(interaction: discord.Interaction[BareBot]) -> None:
    """Tell how fast the bot answers."""
    await interaction.response.send_message(_pong(interaction.client), ephemeral=True)


@commands.hybrid_command(name="hybrid_ping")
async def hybrid_ping(ctx: commands.Context[BareBot]) -> None:
    """Tell how fast the bot answers."""
    await ctx.send(_pong(ctx.bot), ephemeral=True)


def _group(first: int, count: int) -> commands.HybridGroup[Any, ..., None]:
    """Return a group of commands like those that admins have, with a member, a choice and a text to give."""

    @commands.hybrid_group(name=f"group{first}")
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def group(ctx: commands.Context[BareBot]) -> None:
        """Do one of many things."""

    for number in range(first, first + count):

        @group.command(name=f"command{number}")  # type: ignore[arg-type]
        @app_commands.describe(user="Whom it is about", reason="Why")
        async def command(
            ctx: commands.Context[BareBot], user: discord.Member, *, reason: commands.Range[str, 1, 200] = ""
        ) -> None:
            """Do one of many things."""

    return group


def _pong(bot: BareBot) -> str:
    return f"Pong! Latency to Discord: {bot.latency * 1000:.0f} ms."


async def main(api_url: str, gateway_url: str, token: str, more: str) -> None:
    """Run until the process is ended."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    discord.http.Route.BASE = api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    async with BareBot(more=int(more)) as bot:
        await bot.start(token)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main(*sys.argv[1:]))
