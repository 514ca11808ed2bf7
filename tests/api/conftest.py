"""The API without a bot, as `guildbase api` runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.services.container import BotServices


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application; the test runs on SQLite and on PostgreSQL."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made
