"""`/status`, `/ping`, `/help` and the owners' `/cog`."""

from __future__ import annotations

import math
import time
from collections import Counter
from typing import Any

from discord import app_commands
from discord.ext import commands

import guildbase
from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command, hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.sync import sync_commands
from guildbase.core.clock import utcnow
from guildbase.core.errors import DatabaseUnavailable, InvalidInput, NotFound
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.features.status import views
from guildbase.services.cache import CacheService
from guildbase.services.redis import redis_state
from guildbase.services.shards import Shards, ShardState

FEATURE = "status"


class Status(BaseCog):
    """See how the bot fares and what it can do."""

    @hybrid_command()
    async def ping(self, ctx: Context) -> None:
        """Tell how fast the bot answers."""
        await ctx.send(f"Pong! Latency to Discord: {views.milliseconds(self.bot.latency)}.", ephemeral=True)

    @hybrid_command()
    async def status(self, ctx: Context) -> None:
        """Show uptime, servers, shards, latency, database, cache and Redis."""
        shards = await self._shards()
        report = views.Report(
            uptime=(utcnow() - self.bot.started_at).total_seconds(),
            guilds=sum(shard.guilds for shard in shards),
            shards=shards,
            database=await self._database(),
            cache=self._cache(),
            redis=await redis_state(self.services),
            version=guildbase.__version__,
        )
        await ctx.send(embed=views.status_embed(report), ephemeral=True)

    @hybrid_command(name="help")
    @app_commands.describe(command="The command to explain")
    async def help_(self, ctx: Context, *, command: str = "") -> None:
        """List the commands, or explain one."""
        if not command:
            await ctx.send(embed=views.help_embed(self._groups()), ephemeral=True)
            return
        found = self.bot.get_command(command.removeprefix("/").strip())
        if found is None or found.hidden:
            raise NotFound("There is no such command.", hint="`/help` lists all.")
        usage = f"/{found.qualified_name} {found.signature}".strip()
        await ctx.send(embed=views.command_embed(usage, found.help or ""), ephemeral=True)

    async def _shards(self) -> list[views.ShardLine]:
        """Return this process's shards as they are now, and the others as their processes reported them."""
        lines = {shard.shard_id: shard for shard in map(_reported, await self._known_shards())}
        return [shard for _, shard in sorted((lines | self._own_shards()).items())]

    async def _known_shards(self) -> list[ShardState]:
        try:
            return await self.services.get(Shards).all()
        except DatabaseUnavailable:
            return []

    def _own_shards(self) -> dict[int, views.ShardLine]:
        guilds = Counter(guild.shard_id for guild in self.bot.guilds)
        return {
            shard_id: views.ShardLine(
                shard_id,
                "ready" if shard_id in self.bot.ready_shards else "connecting",
                shard.latency,
                guilds[shard_id],
            )
            for shard_id, shard in self.bot.shards.items()
        }

    async def _database(self) -> str:
        database = self.services.get(DatabaseManager)
        started = time.perf_counter()
        try:
            await database.ping()
        except DatabaseUnavailable:
            return f"{database.backend}, not reachable"
        return f"{database.backend}, {views.milliseconds(time.perf_counter() - started)}"

    def _cache(self) -> str:
        stats = self.services.get(CacheService).stats()
        return f"{stats.size} entries, {stats.hits} hits, {stats.misses} misses"

    def _groups(self) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for command in sorted(self.bot.walk_commands(), key=lambda found: found.qualified_name):
            if not command.hidden and not isinstance(command, commands.Group):
                groups.setdefault(command.cog_name or "Other", []).append(_line(command))
        return groups


class Owner(BaseCog):
    """Swap features at run time; for the bot's owners."""

    @hybrid_group()
    @commands.is_owner()
    @app_commands.default_permissions(administrator=True)
    async def cog(self, ctx: Context) -> None:
        """Swap features at run time; for the bot's owners."""
        raise InvalidInput("Say what to do.", hint="`cog list`, `cog load`, `cog unload` or `cog reload`.")

    @subcommand(cog, "list")
    @commands.is_owner()
    async def list_features(self, ctx: Context) -> None:
        """List all features and whether they run."""
        loader, registry = self.bot.loader, self.services.get(FeatureRegistry)
        rows = [
            (name, "loaded" if name in loader.loaded else loader.failed.get(name, "not loaded"), feature.summary)
            for name, feature in registry.features.items()
        ]
        rows += [(package, "refused", reason) for package, reason in registry.broken.items()]
        await ctx.send(embed=views.features_embed(rows), ephemeral=True)

    @subcommand(cog, "load")
    @commands.is_owner()
    @app_commands.describe(feature="The feature's name")
    async def load_feature(self, ctx: Context, feature: str) -> None:
        """Start a feature that does not run."""
        await self.bot.loader.load(feature)
        await sync_commands(self.bot)
        await ctx.send(f"Loaded {feature}.", ephemeral=True)

    @subcommand(cog, "unload")
    @commands.is_owner()
    @app_commands.describe(feature="The feature's name")
    async def unload_feature(self, ctx: Context, feature: str) -> None:
        """Stop a feature; its data stays."""
        if feature == FEATURE:
            raise InvalidInput(f"{FEATURE} holds these commands.", hint="Without it nothing could be loaded again.")
        await self.bot.loader.unload(feature)
        await sync_commands(self.bot)
        await ctx.send(f"Unloaded {feature}. Its data stays; `cog load {feature}` starts it again.", ephemeral=True)

    @subcommand(cog, "reload")
    @commands.is_owner()
    @app_commands.describe(feature="The feature's name")
    async def reload_feature(self, ctx: Context, feature: str) -> None:
        """Swap a feature's code for what its files hold now."""
        result = await self.bot.loader.reload(feature)
        await sync_commands(self.bot)
        text = f"Reloaded {feature}."
        if result.needs_restart:
            files = ", ".join(f"{file}.py" for file in result.needs_restart)
            text += f" Changes in {files} need a restart of the bot."
        await ctx.send(text, ephemeral=True)


def _reported(shard: ShardState) -> views.ShardLine:
    report = shard.report
    state = f"{shard.state}, not heard of lately" if shard.is_stale and report else shard.state
    latency = math.inf if report is None or report.latency is None else report.latency
    return views.ShardLine(shard.shard_id, state, latency, report.guilds if report else 0)


def _line(command: commands.Command[Any, ..., Any]) -> str:
    return f"`/{command.qualified_name}` {command.short_doc}"
