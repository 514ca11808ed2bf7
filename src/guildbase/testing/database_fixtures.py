"""The fixtures of databases; a test that asks for one runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import hashlib
import os
import shutil
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from guildbase.core.crypto import Keyring
    from guildbase.core.registry import FeatureRegistry
    from guildbase.database.manager import DatabaseManager
    from guildbase.services.container import BotServices
    from guildbase.testing.databases import Databases, SharedServer

RowT = TypeVar("RowT")
BACKENDS = ("sqlite", "postgresql")
_FOLDER = "guildbase_databases_folder"
_SERVER = "guildbase-database-server"


class Make(Protocol):
    """How `guildbase_make` is called."""

    async def __call__(self, model: type[RowT], **given: Any) -> RowT:
        """Store a row with the given values and made-up ones for the rest; the rows it needs are made too."""
        ...


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on each database, or on those of `@pytest.mark.databases("sqlite")`."""
    if "guildbase_backend" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("databases")
        metafunc.parametrize("guildbase_backend", mark.args if mark else BACKENDS)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each xdist worker where to ask for the server."""
    server = _server_of(node.config)
    server.serve_workers()
    node.workerinput[_FOLDER] = str(server.folder)


class _ServerOfRun:
    """Holds the server of the controller, and stops it at the end of the run."""

    def __init__(self) -> None:
        from guildbase.testing.databases import SharedServer

        self.server = SharedServer()

    def pytest_unconfigure(self) -> None:
        self.server.stop()


def _server_of(config: pytest.Config) -> SharedServer:
    holder = config.pluginmanager.get_plugin(_SERVER)
    if holder is None:
        holder = _ServerOfRun()
        config.pluginmanager.register(holder, _SERVER)
    return holder.server


@pytest.fixture(scope="session")
def guildbase_features_dir() -> Path | None:
    """The folder of your local features; define a fixture of this name that returns it."""
    return None


@pytest.fixture(scope="session")
def guildbase_features(guildbase_features_dir: Path | None) -> FeatureRegistry:
    """All built-in and installed features, and those in `guildbase_features_dir`."""
    from guildbase.core.registry import FeatureRegistry
    from guildbase.services.tables import all_tables

    found = FeatureRegistry.discover(guildbase_features_dir)
    if found.broken:
        pytest.fail(f"these features are broken: {found.broken}", pytrace=False)
    # A model is imported once a process: a second import would define its table twice.
    all_tables(found)
    return found


@pytest.fixture(scope="session")
def guildbase_postgresql(request: pytest.FixtureRequest) -> Databases:
    """The PostgreSQL server of this run; a test is skipped where there is none, and fails in CI."""
    from guildbase.testing.databases import ask_controller
    from guildbase.testing.postgresql import NoServer

    worker: dict[str, Any] | None = getattr(request.config, "workerinput", None)
    try:
        return ask_controller(Path(worker[_FOLDER])) if worker else _server_of(request.config).databases()
    except NoServer as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL must be tested in CI: {reason}", pytrace=False)
        pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture(scope="session")
def guildbase_postgresql_template(guildbase_postgresql: Databases, guildbase_features: FeatureRegistry) -> str:
    """Name of the migrated database that others are cloned from; all workers with these features share it."""
    key = hashlib.sha256(repr(sorted(guildbase_features.features)).encode()).hexdigest()[:8]
    return guildbase_postgresql.template(key, lambda url: _migrate(url, guildbase_features))


@pytest.fixture(scope="session")
def guildbase_sqlite_template(tmp_path_factory: pytest.TempPathFactory, guildbase_features: FeatureRegistry) -> Path:
    """A migrated SQLite file, to be copied and never opened by a test."""
    path = tmp_path_factory.mktemp("guildbase") / "template.db"
    _migrate(f"sqlite:///{path}", guildbase_features)
    return path


@pytest.fixture
def guildbase_sqlite_url(guildbase_sqlite_template: Path, tmp_path: Path) -> str:
    """Address of a fresh, migrated SQLite file."""
    path = tmp_path / "guildbase.db"
    shutil.copyfile(guildbase_sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def guildbase_postgresql_url(guildbase_postgresql: Databases, guildbase_postgresql_template: str) -> Iterator[str]:
    """Address of a fresh, migrated PostgreSQL database, dropped afterwards."""
    address = guildbase_postgresql.create(guildbase_postgresql_template)
    yield address
    guildbase_postgresql.drop(address)


@pytest.fixture
def guildbase_database_url(request: pytest.FixtureRequest, guildbase_backend: str) -> str:
    """Address of a fresh, migrated database that is this test's own."""
    return str(request.getfixturevalue(f"guildbase_{guildbase_backend}_url"))


@pytest.fixture
def guildbase_empty_sqlite_url(tmp_path: Path) -> str:
    """Address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def guildbase_empty_postgresql_url(guildbase_postgresql: Databases) -> Iterator[str]:
    """Address of a PostgreSQL database without tables, dropped afterwards."""
    address = guildbase_postgresql.create()
    yield address
    guildbase_postgresql.drop(address)


@pytest.fixture
def guildbase_empty_database_url(request: pytest.FixtureRequest, guildbase_backend: str) -> str:
    """Address of a database without tables that is this test's own."""
    return str(request.getfixturevalue(f"guildbase_empty_{guildbase_backend}_url"))


@pytest.fixture(scope="session")
def guildbase_keyring() -> Keyring:
    """The key of encrypted columns in tests."""
    from guildbase.core.crypto import Keyring

    return Keyring({1: bytes(range(32))})


@pytest_asyncio.fixture
async def guildbase_database(guildbase_database_url: str, guildbase_keyring: Keyring) -> AsyncIterator[DatabaseManager]:
    """All access to a fresh, migrated database that is this test's own."""
    from guildbase.database.connections.engines import ConnectionOptions
    from guildbase.database.manager import DatabaseManager

    # A busy machine needs more patience than the people whom a bot answers have.
    patient = ConnectionOptions(pool_timeout=30, lock_timeout=30, statement_timeout=30)
    database = DatabaseManager(guildbase_database_url, patient, keyring=guildbase_keyring)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def guildbase_worker_url(guildbase_postgresql: Databases, guildbase_postgresql_template: str) -> Iterator[str]:
    """Address of the migrated PostgreSQL database of this process, in which nothing is ever committed."""
    address = guildbase_postgresql.create(guildbase_postgresql_template)
    yield address
    guildbase_postgresql.drop(address)


@pytest.fixture
def guildbase_rolled_back_url(request: pytest.FixtureRequest, guildbase_backend: str) -> str:
    """Address of what `guildbase_rolled_back_database` works on."""
    whose = "worker" if guildbase_backend == "postgresql" else guildbase_backend
    return str(request.getfixturevalue(f"guildbase_{whose}_url"))


@pytest_asyncio.fixture
async def guildbase_rolled_back_database(
    guildbase_backend: str, guildbase_rolled_back_url: str, guildbase_keyring: Keyring
) -> AsyncIterator[DatabaseManager]:
    """All access to a migrated database; what is committed is undone at the end of the test. The quickest one."""
    from guildbase.database.manager import DatabaseManager
    from guildbase.testing.rollback import RolledBackDatabase

    kind = RolledBackDatabase if guildbase_backend == "postgresql" else DatabaseManager
    database = kind(guildbase_rolled_back_url, keyring=guildbase_keyring)
    await database.ping()  # Tasks that connect for the first time at once would be in each other's way.
    yield database
    await database.close()


@pytest_asyncio.fixture
async def guildbase_session(guildbase_rolled_back_database: DatabaseManager) -> AsyncIterator[AsyncSession]:
    """A session that is rolled back at the end, for models and queries; nothing else can write meanwhile."""
    with suppress(_Undone):
        async with guildbase_rolled_back_database.transaction() as work:
            yield work.session
            raise _Undone


class _Undone(Exception):
    """Rolls the test's transaction back."""


@pytest_asyncio.fixture
async def guildbase_services(
    guildbase_rolled_back_database: DatabaseManager, guildbase_features: FeatureRegistry
) -> AsyncIterator[BotServices]:
    """The services of a process with all features; what they commit is undone at the end of the test."""
    from guildbase.core.settings import load_settings
    from guildbase.database.manager import DatabaseManager
    from guildbase.services.assembly import assemble

    database = guildbase_rolled_back_database
    # Settings of whoever runs the tests must not change their outcome.
    url = database.url.render_as_string(hide_password=False)
    settings = load_settings(database_url=url, _env_file=None, _env_prefix="GUILDBASE_TESTING_")
    services = assemble(settings, guildbase_features)
    unused = services.get(DatabaseManager)
    database.events = unused.events
    services.add(DatabaseManager, database)
    yield services
    await unused.close()
    await services.close()


@pytest.fixture
def guildbase_seed(request: pytest.FixtureRequest) -> int:
    """The seed of the test's made-up values: always the same for a test, and shown when it fails."""
    return zlib.crc32(request.node.nodeid.encode())


@pytest.fixture
def guildbase_make(guildbase_rolled_back_database: DatabaseManager, guildbase_seed: int) -> Make:
    """What stores a row of any model for the code under test, as `guildbase_make(ModerationCase, number=1)`."""
    from guildbase.testing.factories import Factory
    from guildbase.testing.values import Values

    values = Values(guildbase_seed)

    async def make(model: type[Any], **given: Any) -> Any:
        async with guildbase_rolled_back_database.transaction() as work:
            return await Factory(work.session, seed=values).make(model, **given)

    return make


def _migrate(url: str, features: FeatureRegistry) -> None:
    from guildbase.database.schema.migrate import upgrade

    upgrade(url, registry=features)
