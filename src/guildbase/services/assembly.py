"""Puts the services of a process together, from the settings and the manifests."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from guildbase.core.events import EventBus
from guildbase.core.feature import Feature
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.cache import CacheService, MemoryCache
from guildbase.services.container import BotServices
from guildbase.services.database import DatabaseService
from guildbase.services.leaderboards import Leaderboards
from guildbase.services.leaderboards.board import Copies
from guildbase.services.leases import Leases
from guildbase.services.live import tell_of_event
from guildbase.services.loops import BackgroundLoops
from guildbase.services.outbox import Outbox
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub import PubSub
from guildbase.services.pubsub.requests import Requests
from guildbase.services.rate_limits import RateLimits
from guildbase.services.redis import RedisConnection
from guildbase.services.sessions import SessionStore
from guildbase.services.shards import Shards
from guildbase.services.validation import ValidationService
from guildbase.services.write_behind.service import WriteBehind


def assemble(settings: Settings, registry: FeatureRegistry) -> BotServices:
    """Return the services of this process; close them at the end."""
    services = BotServices()
    events: EventBus[UnitOfWork] = EventBus()
    services.add(Settings, settings)
    services.add(FeatureRegistry, registry)
    services.add(EventBus, events)
    services.add(DatabaseManager, DatabaseManager.from_settings(settings, events=events))
    services.provide(DatabaseService, lambda found: found.get(DatabaseManager))
    services.add(BackgroundLoops, BackgroundLoops(services))
    services.add(ProcessIdentity, ProcessIdentity())
    if url := settings.redis_url.get_secret_value():
        services.add(RedisConnection, RedisConnection(url, settings.redis_namespace, timeout=settings.redis_timeout))
    services.add(PubSub, _pubsub(services))
    events.after_every_commit(partial(tell_of_event, services.get(PubSub)))
    services.add(CacheService, _cache(services))
    services.add(ValidationService, ValidationService())
    services.provide(Outbox, lambda found: Outbox(found.get(DatabaseManager), found.get(PubSub)))
    services.provide(Leaderboards, _leaderboards)
    services.add(Requests, Requests(services))
    services.provide(Leases, Leases)
    services.provide(RateLimits, RateLimits)
    services.provide(SessionStore, SessionStore)
    services.provide(Shards, Shards)
    services.add(WriteBehind, WriteBehind(services))
    for feature in registry.features.values():
        for port, target in feature.provides.items():
            services.provide(port, _factory(feature, target))
    return services


def _pubsub(services: BotServices) -> PubSub:
    process = services.get(ProcessIdentity)
    if not services.get(Settings).redis_url.get_secret_value():
        return PubSub(process)
    from guildbase.services.pubsub.redis import RedisPubSub

    return RedisPubSub(services.get(RedisConnection), services.get(BackgroundLoops), process)


def _cache(services: BotServices) -> CacheService:
    settings = services.get(Settings)
    if not settings.redis_url.get_secret_value():
        return MemoryCache()
    from guildbase.services.cache.redis import RedisCache

    redis, pubsub = services.get(RedisConnection), services.get(PubSub)
    return RedisCache(redis, pubsub, local_ttl=settings.cache_local_ttl)


def _leaderboards(services: BotServices) -> Leaderboards:
    settings = services.get(Settings)
    copies: Copies
    if settings.redis_url.get_secret_value():
        from guildbase.services.leaderboards.sorted_sets import SortedSetCopies

        copies = SortedSetCopies(services.get(RedisConnection), settings.leaderboard_ttl)
    else:
        from guildbase.services.leaderboards.memory import MemoryCopies

        copies = MemoryCopies(settings.leaderboard_ttl)
    return Leaderboards(services.get(DatabaseManager), copies)


def _factory(feature: Feature, target: str) -> Callable[[BotServices], object]:
    file, _, name = target.partition(":")

    def make(services: BotServices) -> object:
        return services.get(cast("type[Any]", getattr(importlib.import_module(f"{feature.package}.{file}"), name)))

    return make
