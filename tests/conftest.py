"""The databases and services that tests work with; every fixture is the real thing.

A test that asks for `database_url`, `database` or `services` runs twice: on SQLite and on PostgreSQL.
Each test has a database of its own, already migrated.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.migrate import upgrade
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.testing.postgresql import NoServer
from tests.servers import OnDemand, administer, ask_controller, database_address

_server = pytest.StashKey[OnDemand]()
_FOLDER = "postgresql_folder"


def pytest_configure(config: pytest.Config) -> None:
    """Prepare for the server; it starts with the first test that needs it."""
    if not hasattr(config, "workerinput"):
        config.stash[_server] = OnDemand()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each xdist worker where to ask."""
    server = node.config.stash[_server]
    server.serve_workers()
    node.workerinput[_FOLDER] = str(server.folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, if one was started."""
    if _server in config.stash:
        config.stash[_server].stop()


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests must not change their outcome."""
    for name in [name for name in os.environ if name.startswith("GUILDBASE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Address of the server and name of the migrated template; skips, or fails in CI, if there is none."""
    worker: dict[str, Any] | None = getattr(request.config, "workerinput", None)
    try:
        if worker is not None:
            return ask_controller(Path(worker[_FOLDER]))
        return request.config.stash[_server].start()
    except NoServer as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL must be tested in CI: {reason}", pytrace=False)
        pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied and never opened by a test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Address of a fresh, migrated SQLite file."""
    path = tmp_path / "guildbase.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def postgresql_url(postgresql_server: tuple[str, str]) -> AsyncIterator[str]:
    """Address of a fresh, migrated PostgreSQL database, dropped afterwards."""
    admin_url, template = postgresql_server
    name = f"guildbase_test_{secrets.token_hex(6)}"
    await administer(admin_url, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield database_address(admin_url, name)
    await administer(admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_postgresql_url(postgresql_server: tuple[str, str]) -> AsyncIterator[str]:
    """Address of a PostgreSQL database without tables, dropped afterwards."""
    admin_url, _ = postgresql_server
    name = f"guildbase_test_{secrets.token_hex(6)}"
    await administer(admin_url, f"CREATE DATABASE {name}")
    yield database_address(admin_url, name)
    await administer(admin_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """Address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh, migrated database; the test runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """Address of a database without tables; the test runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[DatabaseManager]:
    """All access to a fresh, migrated database."""
    manager = DatabaseManager(database_url)
    yield manager
    await manager.close()


@pytest.fixture(scope="session")
def registry() -> FeatureRegistry:
    """All built-in features."""
    found = FeatureRegistry.discover()
    assert found.broken == {}
    return found


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Default settings on a fresh, migrated database."""
    return Settings(database_url=database_url)


@pytest.fixture
async def services(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    """The services of a process with all built-in features, on a fresh, migrated database."""
    assembled = assemble(settings, registry)
    yield assembled
    await assembled.close()
