"""Puts the services of a process together, from the settings and the manifests."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, cast

from guildbase.core.events import EventBus
from guildbase.core.feature import Feature
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.cache import CacheService, MemoryCache
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from guildbase.services.outbox import Outbox
from guildbase.services.pubsub import MemoryPubSub, PubSub
from guildbase.services.redis import RedisConnection


def assemble(settings: Settings, registry: FeatureRegistry) -> BotServices:
    """Return the services of this process; close them at the end."""
    services = BotServices()
    events: EventBus[UnitOfWork] = EventBus()
    services.add(Settings, settings)
    services.add(FeatureRegistry, registry)
    services.add(EventBus, events)
    services.add(DatabaseManager, DatabaseManager.from_settings(settings, events=events))
    services.add(BackgroundLoops, BackgroundLoops(services))
    if url := settings.redis_url.get_secret_value():
        services.add(RedisConnection, RedisConnection(url, settings.redis_namespace))
    services.add(CacheService, MemoryCache())
    services.add(PubSub, MemoryPubSub())
    services.provide(Outbox, lambda found: Outbox(found.get(DatabaseManager), found.get(PubSub)))
    for feature in registry.features.values():
        for port, target in feature.provides.items():
            services.provide(port, _factory(feature, target))
    return services


def _factory(feature: Feature, target: str) -> Callable[[BotServices], object]:
    file, _, name = target.partition(":")

    def make(services: BotServices) -> object:
        return services.get(cast("type[Any]", getattr(importlib.import_module(f"{feature.package}.{file}"), name)))

    return make
