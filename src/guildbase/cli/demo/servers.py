"""Where the demo keeps its data: a SQLite file of its own, or the operator's servers, without touching what is theirs.

On a PostgreSQL server it makes a database of its own and drops it at the end; in Redis it keeps to a namespace of its
own, whose keys it removes.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guildbase.core.errors import GuildbaseError
from guildbase.core.settings import Settings
from guildbase.database.connections.address import parse_url
from guildbase.services.redis import RedisAway, RedisConnection

if TYPE_CHECKING:
    import psycopg
    from redis.asyncio import Redis

PREFIX = "guildbase_demo_"


@dataclass(frozen=True, slots=True)
class Servers:
    """What bot and API of the demo are to use."""

    database_url: str
    redis_url: str = ""
    redis_namespace: str = "guildbase"

    @property
    def is_postgresql(self) -> bool:
        """Whether bot and API may be processes of their own."""
        return parse_url(self.database_url).get_backend_name() == "postgresql"

    async def do_processes_meet(self) -> bool:
        """Tell whether bot and API can talk: they are one process, or Redis answers."""
        return not self.is_postgresql or (bool(self.redis_url) and await _answers(self.redis_url))


@asynccontextmanager
async def servers(settings: Settings, folder: Path) -> AsyncIterator[Servers]:
    """Give the places for the data, and remove all of it at the end.

    Raises:
        GuildbaseError: the PostgreSQL server of the settings cannot be used.
    """
    async with contextlib.AsyncExitStack() as used:
        redis_url, name = settings.redis_url.get_secret_value(), f"{PREFIX}{secrets.token_hex(6)}"
        if parse_url(settings.database_url).get_backend_name() == "postgresql":
            database_url = used.enter_context(_database(settings, name))
        else:
            database_url = f"sqlite:///{folder / 'guildbase.db'}"
        if redis_url:
            used.push_async_callback(_forget, redis_url, name)
        yield Servers(database_url, redis_url, name)


@contextmanager
def _database(settings: Settings, name: str) -> Iterator[str]:
    from guildbase.services.backup.create import server_of

    server = server_of(settings)
    with server.connect() as connection:
        _drop_what_the_killed_left(connection)
        _make(connection, name)
        try:
            with server.connect(name):  # As long as somebody is connected, no other demo takes it for left behind.
                connection.execute(f"ALTER DATABASE {name} IS_TEMPLATE false".encode())
                yield server.url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _make(connection: psycopg.Connection[Any], name: str) -> None:
    from psycopg import DatabaseError

    try:
        # A template cannot be dropped by another demo before we are connected to it.
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 IS_TEMPLATE true".encode())
    except DatabaseError as error:
        raise GuildbaseError(
            f"No database for the demo can be made: {str(error).splitlines()[0]}.",
            hint="Let the database's user make one (ALTER ROLE ... CREATEDB), or unset GUILDBASE_DATABASE_URL.",
        ) from None


def _drop_what_the_killed_left(connection: psycopg.Connection[Any]) -> None:
    from psycopg import DatabaseError

    for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{PREFIX}[0-9a-f]+$"]):
        # One that is in use is another demo's, and cannot be dropped.
        with contextlib.suppress(DatabaseError):
            connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())


async def _answers(redis_url: str) -> bool:
    async def ping(client: Redis) -> None:
        await client.echo("here")

    connection = RedisConnection(redis_url, PREFIX)
    try:
        await connection.run(ping)
    except RedisAway:
        return False
    finally:
        await connection.close()
    return True


async def _forget(redis_url: str, namespace: str) -> None:
    async def remove(client: Redis) -> None:
        async for key in client.scan_iter(f"{namespace}:*", count=1000):
            await client.unlink(key)

    connection = RedisConnection(redis_url, namespace)
    try:
        await connection.run(remove)
    except RedisAway:
        pass  # What it holds are copies, if it holds anything any more.
    finally:
        await connection.close()
