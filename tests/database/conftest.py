from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from guildbase.database.manager import DatabaseManager
from tests.database.zoo import opened


@pytest.fixture
async def zoo(empty_database_url: str) -> AsyncIterator[DatabaseManager]:
    """A database with the tables of `zoo.py` alone."""
    async with opened(empty_database_url) as manager:
        yield manager
