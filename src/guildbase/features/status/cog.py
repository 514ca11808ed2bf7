"""`/status`, `/ping`, `/help` and the owners' `/cog`."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from discord import app_commands
from discord.ext import commands

import guildbase
from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command, hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.gate import feature_of, usable_commands
from guildbase.bot.loader import FeatureLoader
from guildbase.bot.sync import sync_commands
from guildbase.core.clock import utcnow
from guildbase.core.errors import DatabaseUnavailable, InvalidInput, NotFound
from guildbase.core.i18n import _, plural, translated
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.features.status import views
from guildbase.services.cache import CacheService
from guildbase.services.redis import redis_state
from guildbase.services.shards import Shards, ShardState

FEATURE = "status"
SMALL_GROUP = 2
"""Commands of one group that the list of all shows one by one."""
TextCommand = commands.Command[Any, ..., Any]


class Status(BaseCog):
    """See how the bot fares and what it can do."""

    @hybrid_command()
    async def ping(self, ctx: Context) -> None:
        """Tell how fast the bot answers."""
        await ctx.send(
            _("Pong! Latency to Discord: {latency}.", latency=views.milliseconds(self.bot.latency)), ephemeral=True
        )

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
            await ctx.send(embed=views.help_embed(await self._groups(ctx)), ephemeral=True)
            return
        found = self.bot.get_command(command.removeprefix("/").strip())
        if found is None or found.hidden:
            raise NotFound(_("There is no such command."), hint=_("`/help` lists all."))
        if isinstance(found, commands.Group):
            lines = [_line(it) for it in await self._usable(ctx, [found, *found.walk_commands()])]
            embed = views.group_embed(f"/{found.qualified_name}", translated(found.help or ""), lines)
        else:
            usage = f"/{found.qualified_name} {found.signature}".strip()
            embed = views.command_embed(usage, translated(found.help or ""))
        await ctx.send(embed=embed, ephemeral=True)

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
            return _("{backend}, not reachable", backend=database.backend)
        return f"{database.backend}, {views.milliseconds(time.perf_counter() - started)}"

    def _cache(self) -> str:
        stats = self.services.get(CacheService).stats()
        return _("{size} entries, {hits} hits, {misses} misses", size=stats.size, hits=stats.hits, misses=stats.misses)

    async def _groups(self, ctx: Context) -> dict[str, list[str]]:
        """Return by part of the bot a line for each command, and for each group of many."""
        families: dict[TextCommand, list[TextCommand]] = {}
        for command in await self._usable(ctx, self.bot.walk_commands()):
            families.setdefault(command.root_parent or command, []).append(command)
        groups: dict[str, list[str]] = {}
        for root, members in families.items():
            lines = [_line(it) for it in members] if len(members) <= SMALL_GROUP else [_line_of_many(root, members)]
            groups.setdefault(self._part(root), []).extend(lines)
        return dict(sorted(groups.items()))

    def _part(self, command: TextCommand) -> str:
        """Return the feature that the command belongs to, as people read it."""
        name = feature_of(self.bot, command).replace("_", " ").capitalize() or command.cog_name or ""
        return translated(name) if name else _("Other")

    async def _usable(self, ctx: Context, found: Iterable[TextCommand]) -> list[TextCommand]:
        """Return the commands that do something by themselves and that the reader may use here, by name."""
        listed = [it for it in found if not it.hidden and (not isinstance(it, commands.Group) or _fallback(it))]
        usable = set(await usable_commands(self.bot, ctx, listed))
        return sorted((it for it in listed if it in usable), key=lambda command: command.qualified_name)


class Owner(BaseCog, name="Bot owners"):
    """Swap features at run time; for the bot's owners."""

    @hybrid_group()
    @commands.is_owner()
    @app_commands.default_permissions(administrator=True)
    async def cog(self, ctx: Context) -> None:
        """Swap features at run time; for the bot's owners."""
        raise InvalidInput(_("Say what to do."), hint=_("`cog list`, `cog load`, `cog unload` or `cog reload`."))

    @subcommand(cog, "list")
    @commands.is_owner()
    async def list_features(self, ctx: Context) -> None:
        """List all features and whether they run."""
        loader, registry = self.bot.loader, self.services.get(FeatureRegistry)
        rows = [
            (name, _state(loader, name), translated(feature.summary)) for name, feature in registry.features.items()
        ]
        rows += [(package, _("refused"), reason) for package, reason in registry.broken.items()]
        await ctx.send(embed=views.features_embed(rows), ephemeral=True)

    @subcommand(cog, "load")
    @commands.is_owner()
    @app_commands.describe(feature="The feature's name")
    async def load_feature(self, ctx: Context, feature: str) -> None:
        """Start a feature that does not run."""
        await self.bot.loader.load(feature)
        await sync_commands(self.bot)
        await ctx.send(_("Loaded {feature}.", feature=feature), ephemeral=True)

    @subcommand(cog, "unload")
    @commands.is_owner()
    @app_commands.describe(feature="The feature's name")
    async def unload_feature(self, ctx: Context, feature: str) -> None:
        """Stop a feature; its data stays."""
        if feature == FEATURE:
            raise InvalidInput(
                _("{feature} holds these commands.", feature=FEATURE),
                hint=_("Without it nothing could be loaded again."),
            )
        await self.bot.loader.unload(feature)
        await sync_commands(self.bot)
        text = _("Unloaded {feature}. Its data stays; `cog load {feature}` starts it again.", feature=feature)
        await ctx.send(text, ephemeral=True)

    @subcommand(cog, "reload")
    @commands.is_owner()
    @app_commands.describe(feature="The feature's name")
    async def reload_feature(self, ctx: Context, feature: str) -> None:
        """Swap a feature's code for what its files hold now."""
        result = await self.bot.loader.reload(feature)
        await sync_commands(self.bot)
        text = _("Reloaded {feature}.", feature=feature)
        if result.needs_restart:
            files = ", ".join(f"{file}.py" for file in result.needs_restart)
            text += " " + _("Changes in {files} need a restart of the bot.", files=files)
        await ctx.send(text, ephemeral=True)


def _reported(shard: ShardState) -> views.ShardLine:
    report = shard.report
    latency = math.inf if report is None or report.latency is None else report.latency
    return views.ShardLine(
        shard.shard_id,
        shard.state,
        latency,
        report.guilds if report else 0,
        is_silent=shard.is_stale and report is not None,
    )


def _line(command: TextCommand) -> str:
    name = f"{command.qualified_name} {_fallback(command)}".strip()
    return f"`/{name}` {translated(command.short_doc)}"


def _line_of_many(root: TextCommand, members: Sequence[TextCommand]) -> str:
    count = plural("{count} command", "{count} commands", len(members))
    return f"`/{root.qualified_name} …` {translated(root.short_doc)} ({count})"


def _fallback(command: TextCommand) -> str:
    """Return the sub-command's name under which a group's own command is found in Discord, if there is one."""
    return (command.fallback or "") if isinstance(command, commands.HybridGroup) else ""


def _state(loader: FeatureLoader, name: str) -> str:
    return _("loaded") if name in loader.loaded else loader.failed.get(name, _("not loaded"))
