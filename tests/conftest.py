"""The databases and services that tests work with, under short names; every fixture is the real thing.

A test that asks for `database_url`, `database` or `services` runs twice: on SQLite and on PostgreSQL.
Each test has a database of its own, already migrated. `guildbase.testing` makes them for everybody.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import sys
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import pytest

from guildbase.core.logging import configure_plain_logging
from guildbase.core.registry import LOCAL_PACKAGE, FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.base import Base
from guildbase.database.manager import DatabaseManager
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from tests.guild_scope import GuildWatch

configure_plain_logging(level="DEBUG")
# A busy machine is no slow code.
hypothesis.settings.register_profile("patient", hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("patient")
# Processes that tests start are not measured, also not those in which other tests run.
_MEASURES = os.environ.pop("SLIPCOVER_ENABLED", None) if "PYTEST_XDIST_WORKER" in os.environ else None
DASHBOARD = Path(__file__).parent / "dashboard"
FREEZE_EVERY = 100
"""Tests between two times that what is alive is kept from the garbage collector."""
_tests = count(1)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let people wait longer for an answer where a test says nothing else: a busy machine is no silent bot."""
    session.add_marker(pytest.mark.discord(answer_within=20.0))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of the dashboard come first: they share a running bot, which must not run beside other tests."""
    items.sort(key=lambda item: DASHBOARD not in item.path.parents)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Let the coverage of this worker be written down."""
    if _MEASURES is not None:
        os.environ["SLIPCOVER_ENABLED"] = _MEASURES


def pytest_runtest_logfinish() -> None:
    """Keep the garbage collector from the modules and what else thousands of tests have loaded.

    A whole look at all of it takes more than a second, in which nobody answers anybody within Discord's three.
    """
    if next(_tests) % FREEZE_EVERY == 1:
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def _forget_local_features() -> Iterator[None]:
    """A local feature that one test imported must not stand in for the next test's one of the same name."""
    before = set(sys.modules)
    yield
    for name in sys.modules.keys() - before:
        if name.partition(".")[0] == LOCAL_PACKAGE:
            del sys.modules[name]


@pytest.fixture(autouse=True)
def _put_back_what_was_reloaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the next test have the classes that it imported: a reload of a built-in feature makes new ones."""
    before: dict[ModuleType, dict[str, Any]] = {}
    reload = importlib.reload

    def noting(module: ModuleType) -> ModuleType:
        before.setdefault(module, dict(vars(module)))
        return reload(module)

    monkeypatch.setattr(importlib, "reload", noting)
    yield
    for module, old in before.items():
        vars(module).clear()
        vars(module).update(old)


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests must not change their outcome."""
    for name in [name for name in os.environ if name.startswith("GUILDBASE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture
def one_drill_at_a_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Drills of other workers on the same server would be counted, and would remove what a killed one left."""
    shared = tmp_path_factory.getbasetemp().parent
    with (shared / "drills.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@pytest.fixture(autouse=True)
def guild_watch() -> Iterator[GuildWatch]:
    """A statement of ours that touches a table of guilds names the guild, or stands on the list of exceptions."""
    watch = GuildWatch(Base.metadata)
    watch.begin()
    yield watch
    watch.end()
    assert watch.found == []


@pytest.fixture
def sqlite_url(guildbase_sqlite_url: str) -> str:
    """Address of a fresh, migrated SQLite file."""
    return guildbase_sqlite_url


@pytest.fixture
def postgresql_url(guildbase_postgresql_url: str) -> str:
    """Address of a fresh, migrated PostgreSQL database, dropped afterwards."""
    return guildbase_postgresql_url


@pytest.fixture
def empty_sqlite_url(guildbase_empty_sqlite_url: str) -> str:
    """Address of a SQLite file that does not exist yet."""
    return guildbase_empty_sqlite_url


@pytest.fixture
def empty_postgresql_url(guildbase_empty_postgresql_url: str) -> str:
    """Address of a PostgreSQL database without tables, dropped afterwards."""
    return guildbase_empty_postgresql_url


@pytest.fixture
def database_url(guildbase_database_url: str) -> str:
    """Address of a fresh, migrated database; the test runs on SQLite and on PostgreSQL."""
    return guildbase_database_url


@pytest.fixture
def empty_database_url(guildbase_empty_database_url: str) -> str:
    """Address of a database without tables; the test runs on SQLite and on PostgreSQL."""
    return guildbase_empty_database_url


@pytest.fixture
def database(guildbase_database: DatabaseManager) -> DatabaseManager:
    """All access to a fresh, migrated database."""
    return guildbase_database


@pytest.fixture(scope="session")
def registry(guildbase_features: FeatureRegistry) -> FeatureRegistry:
    """All built-in features."""
    return guildbase_features


@pytest.fixture(params=["memory", "redis"])
def backing(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings of the services' two forms; a test that asks for it runs on both."""
    return dict(request.getfixturevalue("redis_settings")) if request.param == "redis" else {}


@pytest.fixture
def redis_settings(guildbase_redis_url: str, guildbase_redis_namespace: str) -> dict[str, Any]:
    """Settings that lead to the shared Redis, in a namespace that is this test's own; a busy machine is no outage."""
    return {"redis_url": guildbase_redis_url, "redis_namespace": guildbase_redis_namespace, "redis_timeout": "10"}


@pytest.fixture
def settings(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Settings:
    """Default settings on a fresh, migrated database, with patience for a busy machine.

    A test that asks for `backing` has its form of the services; WITH_REDIS=1 gives all others Redis's form, too.
    """
    wished = "backing" if "backing" in request.fixturenames else "redis_settings"
    is_with_redis = wished == "backing" or os.environ.get("WITH_REDIS") == "1"
    redis = request.getfixturevalue(wished) if is_with_redis else {}
    patience: dict[str, Any] = {"database_pool_timeout": 30, "database_lock_timeout": 30}
    return Settings(database_url=database_url, erasure_list_file=tmp_path / "guildbase.erasures", **patience, **redis)


@pytest.fixture
async def services(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    """The services of a process with all built-in features, on a fresh, migrated database."""
    assembled = assemble(settings, registry)
    yield assembled
    await assembled.close()
