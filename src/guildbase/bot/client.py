"""The sharded client: puts router, loader, executor and error chain together."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

import discord
import structlog
from discord.ext import commands
from discord.ext.commands.hybrid import HybridAppCommand

from guildbase.bot import early_presses
from guildbase.bot.blocks import unless_blocked
from guildbase.bot.context import Context
from guildbase.bot.errors import explain
from guildbase.bot.executor import EffectExecutor
from guildbase.bot.identify import IdentifyThrottle
from guildbase.bot.intents import IntentPlan
from guildbase.bot.loader import FeatureLoader
from guildbase.bot.router import COMMANDS_ORDER, MessageRouter, run_text_command
from guildbase.bot.shard_watch import ShardWatch
from guildbase.bot.sync import CommandsRefused, sync_commands
from guildbase.bot.traffic import DiscordTraffic
from guildbase.bot.translator import CommandTranslator
from guildbase.bot.tree import CommandTree
from guildbase.bot.views import answer_stale
from guildbase.bot.work import RunningWork
from guildbase.core.clock import utcnow
from guildbase.core.ports import ErrorReport, GuildSnapshots, UsageSink
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.container import BotServices
from guildbase.services.errors import report
from guildbase.services.outbox import Outbox, Shards
from guildbase.services.shard_ranges import HeldShards

log = structlog.get_logger(__name__)

AnyAppCommand = discord.app_commands.Command[Any, Any, Any] | discord.app_commands.ContextMenu

LOCAL_GUILD_TIMEOUT = 0.1
"""Seconds of silence after which a shard on another Discord than the real one has all its guilds."""

SHARD_EVENTS = frozenset(
    f"on_{shard}{event}" for shard in ("", "shard_") for event in ("connect", "ready", "resumed", "disconnect")
)
"""What is heard of this process's own connections, and so handled whoever has the shards."""

FINISH_WITHIN = 5.0  # seconds that running commands and listeners have at a stop
LAST_WORDS = 1.0  # seconds for those that began after that; cut off in the middle they could leave a connection open


class GuildbaseBot(commands.AutoShardedBot):
    """One bot process's connection to Discord; built anew by the supervisor when it breaks."""

    def __init__(self, services: BotServices, plan: IntentPlan, throttle: IdentifyThrottle, shards: HeldShards) -> None:
        settings = services.get(Settings)
        extra: dict[str, Any] = {"guild_ready_timeout": LOCAL_GUILD_TIMEOUT} if settings.discord_gateway_url else {}
        # What was counted so far counts on in a bot that is built anew.
        services.provide(DiscordTraffic, lambda _: DiscordTraffic(settings.discord_requests_per_second))
        self.traffic = services.get(DiscordTraffic)
        super().__init__(
            command_prefix=_prefixes,
            tree_cls=CommandTree,
            help_command=None,
            strip_after_prefix=True,
            intents=plan.intents,
            allowed_mentions=discord.AllowedMentions.none(),
            # Members are read when they are needed; all of them would take hours to load, and the whole memory.
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            shard_count=shards.range.count,
            shard_ids=list(shards.range.ids),
            http_trace=self.traffic.trace(),
            **extra,
        )
        self.traffic.keep_to_share(settings.discord_requests_per_second, shards.range)
        self.shard_range = shards.range
        self.lease = shards.lease
        self.services = services
        self.settings = settings
        self.throttle = throttle
        self.default_prefix = settings.default_prefix
        self.started_at: datetime = utcnow()
        self.ready_shards: set[int] = set()
        self._told_shards: set[int] = set()
        """Those of whose guilds Discord has told since the start, and which may have lost their connection again."""
        self.dropped_events = 0
        """Events and interactions that were left alone because another process might have the shards."""
        self.watch = ShardWatch(self)
        self.work = RunningWork()
        self.features_of_modules: dict[str | None, str] = {}
        """The features that commands belong to, by the module of the command; nothing for a stranger's."""
        self._ending: asyncio.Task[None] | None = None
        self.command_counts: Counter[tuple[str, str]] = Counter()
        self.checks: Counter[tuple[str, str]] = Counter()
        """Checks of who may use a command, by outcome and by what decided."""
        self.router = MessageRouter(self, services.get(GuildSnapshots))
        self.executor = EffectExecutor(self, services.get(Outbox), self._shards_of_effects)
        self.loader = FeatureLoader(self, services.get(FeatureRegistry))
        if plan.text_commands:
            # The gate of all commands tells the blocked why nothing happens.
            self.router.add("commands", run_text_command, order=COMMANDS_ORDER, sees_blocked=True)
        parsers = self._connection.parsers
        parsers["INTERACTION_CREATE"] = self._unless_unsure(unless_blocked(self, parsers["INTERACTION_CREATE"]))

    @property
    def mention_prefixes(self) -> tuple[str, ...]:
        """The mentions of the bot that may open a text command."""
        return (f"<@{self.user.id}>", f"<@!{self.user.id}>") if self.user else ()

    @property
    def all_shards_ready(self) -> bool:
        """Whether every shard of this process is connected and has its guilds."""
        return len(self.ready_shards) == len(self.shard_range.ids)

    async def setup_hook(self) -> None:
        """Load the features and tell Discord their commands, before the first shard connects."""
        self.owner_ids = _owners_of(self.application)
        await self.loader.load_all()
        await self.tree.set_translator(CommandTranslator())
        try:
            await sync_commands(self)
        except CommandsRefused:
            # One feature's command must not keep the others from answering; Discord still has the old commands.
            log.exception("commands_not_synced")
        self.executor.start()
        self.watch.start()

    async def close(self) -> None:
        """Let running commands, listeners and effects finish, then leave Discord; a command may call this, too."""
        self.work.forget(asyncio.current_task())
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(), name="bot-end")
        # Whoever comes second, or gives up, must not cut the end short.
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        await self.work.finish(within=FINISH_WITHIN)
        await self.executor.stop()
        await self.watch.stop()
        await super().close()
        early_presses.forget_all()
        await self.work.finish(within=LAST_WORDS)
        await self.work.cancel()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until Discord allows this shard's start."""
        await self.throttle.wait(shard_id or 0)

    @property
    def owners(self) -> frozenset[int]:
        """Who may use owner commands: those whom the settings name, and the application's, known from the start."""
        return self.settings.owner_ids | frozenset(self.owner_ids or ())

    async def is_owner(self, user: discord.abc.User, /) -> bool:
        """Tell whether the user owns the application or is named in the settings."""
        return user.id in self.owners

    def interaction_of(self, data: Any) -> discord.Interaction[Any]:
        """Return the interaction that Discord sent as this document."""
        return discord.Interaction(data=data, state=self._connection)

    async def get_context(self, origin: Any, /, *, cls: Any = Context) -> Any:
        """Return our kind of context for a message or an interaction."""
        return await super().get_context(origin, cls=cls)

    async def on_message(self, message: discord.Message, /) -> None:
        """Hand every message to the router; discord.py's own command handling is one of its handlers."""
        await self.router.route(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Hand edits to the handlers that want them."""
        await self.router.route(payload.message, is_edit=True)

    async def on_shard_ready(self, shard_id: int) -> None:
        """Count the shard as ready."""
        self._shard_is_ready(shard_id)
        log.info("shard_ready", shard_id=shard_id, ready=len(self.ready_shards), of=len(self.shard_range.ids))

    async def on_shard_resumed(self, shard_id: int) -> None:
        """Count the shard as ready again."""
        self._shard_is_ready(shard_id)
        log.info("shard_resumed", shard_id=shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """Count the shard as gone until it resumes or starts anew."""
        self.ready_shards.discard(shard_id)
        self.watch.changed()

    async def on_command_completion(self, ctx: Context) -> None:
        """Count a text or hybrid command that worked."""
        self.count_command(_command_name(ctx), "ok", ctx.guild.id if ctx.guild else None)

    async def on_app_command_completion(self, interaction: discord.Interaction[Any], command: AnyAppCommand) -> None:
        """Count a slash command or context menu that worked."""
        if not isinstance(command, HybridAppCommand):  # It is counted above.
            self.count_command(command.qualified_name, "ok", interaction.guild_id)

    async def on_command_error(self, ctx: Context, error: commands.CommandError, /) -> None:  # type: ignore[override]
        """Answer a text or hybrid command with an explanation of its error."""
        name = _command_name(ctx)
        guild_id = ctx.guild.id if ctx.guild else None
        explanation = explain(
            error,
            lambda cause: self.report(cause, "command", name, guild_id=guild_id, user_id=ctx.author.id),
            command=name,
        )
        if explanation is None:
            return
        self.count_command(name, "failed" if explanation.error_id else "refused", guild_id)
        try:
            await ctx.send(explanation.text, ephemeral=True)
        except discord.HTTPException as failure:
            log.warning("error_not_told", command=name, reason=str(failure))

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a press on what nobody here knows any more, such as a message from before a restart."""
        # Commands answer for themselves; what is a stranger's own view is the stranger's to answer.
        if interaction.type in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            await answer_stale(interaction)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log and report what a listener raised; the bot goes on."""
        if (error := sys.exception()) is not None:
            self.report(error, "listener", event_method)
        log.error("listener_failed", listener=event_method, exc_info=True)  # noqa: LOG014 - discord.py calls this while it handles the exception.

    def count_command(self, name: str, status: str, guild_id: int | None) -> None:
        """Count a command for the metrics, and for the statistics of the guild; the status is ok, refused or failed."""
        self.command_counts[name, status] += 1
        self.services.get(UsageSink).command_used(name, guild_id, has_failed=status == "failed")

    def report(
        self,
        error: BaseException,
        kind: str,
        where: str,
        *,
        guild_id: int | None = None,
        user_id: int | None = None,
    ) -> str:
        """Have an unexpected error stored, and return the id to tell people."""
        return report(self.services, error, ErrorReport(kind, where, guild_id, user_id))

    def _schedule_event(
        self, coro: Callable[..., Coroutine[Any, Any, Any]], event_name: str, *args: Any, **kwargs: Any
    ) -> asyncio.Task[Any]:
        """Start a listener; discord.py's one place for it, and the only one where its task is to be had."""
        if not self.lease.is_sure and event_name not in SHARD_EVENTS:
            # Another process may run these shards by now, and then it handles the event.
            self.dropped_events += 1
            return self.loop.create_task(_nothing())
        task = super()._schedule_event(coro, event_name, *args, **kwargs)
        self.work.add(task)
        return task

    def _shards_of_effects(self) -> Shards | None:
        """Return the shards whose guilds are known here; None if those are all.

        An effect that does not find its guild could not tell a server that it has left from one that another process
        runs, or that Discord has not told of yet.
        """
        told, count = frozenset(self._told_shards), self.shard_range.count
        return None if len(told) == count else Shards(told, count)

    def _shard_is_ready(self, shard_id: int) -> None:
        self.ready_shards.add(shard_id)
        self._told_shards.add(shard_id)
        self.executor.wake()
        self.throttle.ready(shard_id)
        self.watch.changed()

    def _unless_unsure(self, parse: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return the parser, made to leave interactions alone; they reach commands and views without `dispatch`."""

        def checked(data: Any) -> None:
            if self.lease.is_sure:
                parse(data)
            else:
                self.dropped_events += 1

        return checked


def _owners_of(application: discord.AppInfo | None) -> set[int]:
    """Return whom the application belongs to: a person, or those of a team who may change it."""
    if application is None:
        return set()
    if application.team is None:
        return {application.owner.id}
    roles = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)
    return {application.team.owner_id or 0, *(one.id for one in application.team.members if one.role in roles)}


async def _nothing() -> None:
    """Stand in for a listener that must not run."""


def _command_name(ctx: Context) -> str:
    return ctx.command.qualified_name if ctx.command else ""


async def _prefixes(bot: GuildbaseBot, message: discord.Message) -> list[str]:
    """Return what may open a text command here."""
    prefix = bot.default_prefix
    if message.guild is not None:
        snapshots = bot.services.get(GuildSnapshots)
        # The router has loaded it, but while Redis is away nothing stays in memory.
        prefix = (snapshots.peek(message.guild.id) or await snapshots.load(message.guild.id)).prefix
    return [prefix, *bot.mention_prefixes]
