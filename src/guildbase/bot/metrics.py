"""Figures of the bot process for Prometheus, read when they are asked for. No label holds an id of Discord's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

import guildbase
from guildbase.bot.loop_lag import LoopLag
from guildbase.database.manager import DatabaseManager
from guildbase.services.cache import CacheService
from guildbase.services.leaderboards import Leaderboards
from guildbase.services.loops import BackgroundLoops
from guildbase.services.rate_limits import RateLimits
from guildbase.services.redis import RedisConnection
from guildbase.services.write_behind.service import WriteBehind

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from guildbase.bot.client import GuildbaseBot


class BotCollector(Collector):
    """Reads the bot's own counts when Prometheus asks."""

    def __init__(self, bot: Callable[[], GuildbaseBot | None], loop_lag: LoopLag) -> None:
        self._bot = bot
        self._loop_lag = loop_lag

    def collect(self) -> Iterable[Metric]:
        """Yield all figures."""
        build = GaugeMetricFamily("build_info", "Version of Guildbase.", labels=["version"])
        build.add_metric([guildbase.__version__], 1)
        yield build
        yield GaugeMetricFamily("event_loop_lag_seconds", "Last measured delay.", self._loop_lag.lag)
        bot = self._bot()
        if bot is not None:
            yield from _shards(bot)
            yield from _commands(bot)
            yield from _handlers(bot)
            yield from _database(bot)
            yield from _rate_limits(bot)
            yield from _traffic(bot)
            yield from _cache(bot)
            yield from _write_behind(bot)
            yield from _redis(bot)
            yield from _loops(bot)
            yield from _due_work(bot)
            yield from _leaderboards(bot)


def _shards(bot: GuildbaseBot) -> Iterable[Metric]:
    up = GaugeMetricFamily("bot_shard_up", "1 when the shard is ready.", labels=["shard"])
    latency = GaugeMetricFamily("bot_shard_latency_seconds", "Heartbeat round trip.", labels=["shard"])
    age = GaugeMetricFamily("bot_shard_last_dispatch_age_seconds", "Since Discord's last event.", labels=["shard"])
    for shard_id, shard in bot.shards.items():
        up.add_metric([str(shard_id)], float(shard_id in bot.ready_shards))
        latency.add_metric([str(shard_id)], shard.latency)
        if (seconds := bot.watch.last_dispatch_age(shard_id)) is not None:
            age.add_metric([str(shard_id)], seconds)
    yield from (up, latency, age)
    yield GaugeMetricFamily("bot_shards_sure", "1 while no other process can have the shards.", bot.lease.is_sure)
    yield CounterMetricFamily("bot_shard_silences", "Shards connected anew for silence.", value=bot.watch.silences)
    yield CounterMetricFamily("bot_events_dropped", "Events while not sure of the shards.", value=bot.dropped_events)
    yield GaugeMetricFamily("bot_guilds", "Servers that the bot is in.", len(bot.guilds))
    yield GaugeMetricFamily("bot_gateway_identify_remaining", "Starts left today.", bot.throttle.starts_left)


def _commands(bot: GuildbaseBot) -> Iterable[Metric]:
    counts = CounterMetricFamily("bot_commands_total", "Commands run.", labels=["command", "status"])
    for (command, status), count in bot.command_counts.items():
        counts.add_metric([command, status], count)
    yield counts
    checks = CounterMetricFamily("bot_permission_checks_total", "Commands judged.", labels=["outcome", "by"])
    for (outcome, by), count in bot.checks.items():
        checks.add_metric([outcome, by], count)
    yield checks


def _handlers(bot: GuildbaseBot) -> Iterable[Metric]:
    calls = CounterMetricFamily("bot_message_handler_calls_total", "Messages seen.", labels=["handler"])
    seconds = CounterMetricFamily("bot_message_handler_seconds_total", "Time spent.", labels=["handler"])
    errors = CounterMetricFamily("bot_message_handler_errors_total", "Failures.", labels=["handler"])
    for route in bot.router.routes:
        calls.add_metric([route.name], route.calls)
        seconds.add_metric([route.name], route.seconds)
        errors.add_metric([route.name], route.errors)
    yield from (calls, seconds, errors)


def _database(bot: GuildbaseBot) -> Iterable[Metric]:
    database = bot.services.get(DatabaseManager)
    yield GaugeMetricFamily("database_connections", "Connections in use.", database.connections)
    repeats = CounterMetricFamily("database_transactions_repeated", "Transactions done again after a deadlock.")
    repeats.add_metric([], database.repeater.repeats)
    yield repeats


def _cache(bot: GuildbaseBot) -> Iterable[Metric]:
    stats = bot.services.get(CacheService).stats()
    requests = CounterMetricFamily("cache_requests", "Values asked for.", labels=["cache", "result"])
    for (kind, outcome), count in stats.requests.items():
        requests.add_metric([kind, outcome], count)
    yield requests
    yield CounterMetricFamily("cache_invalidations", "Tags that changed.", stats.invalidations)
    yield CounterMetricFamily("cache_races", "Values not kept, as they changed while being read.", stats.races)
    yield GaugeMetricFamily("cache_entries", "Values in memory.", stats.size)
    yield GaugeMetricFamily("cache_unsent", "Tags of which other processes are still to be told.", stats.unsent)


def _write_behind(bot: GuildbaseBot) -> Iterable[Metric]:
    waiting = GaugeMetricFamily("write_behind_waiting", "Rows gathered and not stored yet.", labels=["table"])
    rows = CounterMetricFamily("write_behind_rows_total", "Gathered rows by their end.", labels=["table", "end"])
    for table, (count, figures) in bot.services.get(WriteBehind).figures.items():
        waiting.add_metric([table], count)
        for end, number in asdict(figures).items():
            rows.add_metric([table, end], number)
    yield from (waiting, rows)


def _traffic(bot: GuildbaseBot) -> Iterable[Metric]:
    answers = CounterMetricFamily("bot_discord_http_total", "Calls answered.", labels=["route", "status"])
    for (kind, status), count in bot.traffic.answers.items():
        answers.add_metric([kind, str(status)], count)
    yield answers
    invalid = CounterMetricFamily("bot_discord_invalid_requests_total", "Refusals that Discord counts.")
    invalid.add_metric([], bot.traffic.invalid)
    yield invalid
    yield GaugeMetricFamily("bot_discord_calls_waiting", "Calls that wait for their turn.", bot.traffic.pace.waiting)


def _rate_limits(bot: GuildbaseBot) -> Iterable[Metric]:
    limits = bot.services.get(RateLimits)
    refused = CounterMetricFamily("ratelimit_refused_total", "What came too often.", labels=["policy"])
    for policy, count in limits.refused.items():
        refused.add_metric([policy], count)
    yield refused
    yield CounterMetricFamily("ratelimit_errors_total", "Counted alone while Redis was away.", limits.errors)


def _redis(bot: GuildbaseBot) -> Iterable[Metric]:
    if bot.services.has(RedisConnection):
        redis = bot.services.get(RedisConnection)
        yield GaugeMetricFamily("redis_up", "1 while Redis can be used.", float(redis.is_available))
        yield CounterMetricFamily("redis_failures", "Times that it was found away.", value=redis.failures)


def _due_work(bot: GuildbaseBot) -> Iterable[Metric]:
    from guildbase.services.due_work import DueWork  # not needed for the start.

    figures = bot.services.get(DueWork).figures
    lag = GaugeMetricFamily("jobs_due_lag_seconds", "How long the oldest due work waits.", labels=["kind"])
    for kind, seconds in figures.lags.items():
        lag.add_metric([kind], seconds)
    endings = CounterMetricFamily("jobs_total", "Attempts at due work.", labels=["kind", "result"])
    for (kind, ending), count in figures.endings.items():
        endings.add_metric([kind, ending], count)
    yield lag
    yield endings
    yield GaugeMetricFamily("jobs_failed", "Due work that was given up and that nobody dealt with.", figures.failed)


def _loops(bot: GuildbaseBot) -> Iterable[Metric]:
    up = GaugeMetricFamily("loop_up", "1 while the loop in the background runs.", labels=["loop"])
    restarts = CounterMetricFamily("loop_restarts", "Times that it broke and was started again.", labels=["loop"])
    for loop in bot.services.get(BackgroundLoops).loops.values():
        up.add_metric([loop.name], float(loop.is_running))
        restarts.add_metric([loop.name], loop.restarts)
    yield from (up, restarts)


def _leaderboards(bot: GuildbaseBot) -> Iterable[Metric]:
    counts = bot.services.get(Leaderboards).counts
    answers = CounterMetricFamily("leaderboard_answers", "Questions answered.", labels=["source"])
    builds = CounterMetricFamily("leaderboard_copies", "Copies made from the database.", labels=["result"])
    for source in ("copy", "database"):
        answers.add_metric([source], counts[source])
    for result in ("built", "failed"):
        builds.add_metric([result], counts[result])
    yield from (answers, builds)


def collector_registry(bot: Callable[[], GuildbaseBot | None], loop_lag: LoopLag) -> CollectorRegistry:
    """Return a registry of this bot's figures and the process's own."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(BotCollector(bot, loop_lag))
    return registry
