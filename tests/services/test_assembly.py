from __future__ import annotations

from guildbase.core.events import EventBus
from guildbase.core.feature import Feature
from guildbase.core.ports import AuditSink, GuildSnapshots
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.assembly import assemble
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.outbox import Outbox
from guildbase.services.pubsub import PubSub


async def test_a_process_has_all_its_services(services: BotServices, settings: Settings) -> None:
    assert services.get(Settings) is settings
    assert services.get(DatabaseManager).events is services.get(EventBus)
    for kind in (CacheService, PubSub, Outbox, FeatureRegistry):
        assert services.get(kind) is services.get(kind)
    await services.get(DatabaseManager).ping()


async def test_ports_are_the_controllers_that_the_manifests_name(services: BotServices) -> None:
    assert services.get(AuditSink) is services.get(AuditController)
    assert services.get(GuildSnapshots) is services.get(GuildController)


async def test_the_pool_has_the_size_of_the_setting(sqlite_url: str) -> None:
    services = assemble(Settings(database_url=sqlite_url, database_pool_size=3), FeatureRegistry())
    assert services.get(DatabaseManager).engine.pool.size() == 3  # type: ignore[attr-defined]
    await services.close()


async def test_a_port_is_made_only_when_somebody_asks(sqlite_url: str) -> None:
    registry = FeatureRegistry()
    absent = Feature(name="absent", summary="x", provides={AuditSink: "controller:Absent"}, package="nowhere")
    registry.add(absent)
    services = assemble(Settings(database_url=sqlite_url), registry)
    assert services.get(Outbox)
    await services.close()
