from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from guildbase.database.manager import DatabaseManager
from guildbase.testing.postgresql import DURABLE, NoServer, PostgresProcess
from tests.database.zoo import opened


@pytest.fixture
async def zoo(empty_database_url: str) -> AsyncIterator[DatabaseManager]:
    """A database with the tables of `zoo.py` alone."""
    async with opened(empty_database_url) as manager:
        yield manager


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresProcess]:
    """A server that a test may stop, kill and copy."""
    try:
        server = PostgresProcess(DURABLE)
    except NoServer as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL must be tested in CI: {reason}", pytrace=False)
        pytest.skip(f"no PostgreSQL of our own: {reason}")
    yield server
    server.stop()
