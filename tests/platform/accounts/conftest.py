"""What people sign in to: the API alone, or with a running bot that knows the servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import load_settings
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.simulator import Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.api.signing_in import oauth_settings, visitor


def process(discord: Simulator, registry: FeatureRegistry, url: str, **settings: Any) -> BotServices:
    """Return the services of a process without a bot, on this database and this Discord."""
    own = oauth_settings(discord, database_url=url, discord_api_url=discord.base_url)
    return assemble(load_settings(**own | settings), registry)


@pytest.fixture
async def api(discord: Simulator, registry: FeatureRegistry, database_url: str) -> AsyncIterator[BotServices]:
    """The API without a bot; the test runs on SQLite and on PostgreSQL."""
    made = process(discord, registry, database_url)
    yield made
    await made.close()


@pytest.fixture
async def lone(discord: Simulator, registry: FeatureRegistry, sqlite_url: str) -> AsyncIterator[BotServices]:
    """The API without a bot, on SQLite."""
    made = process(discord, registry, sqlite_url)
    yield made
    await made.close()


@pytest.fixture
async def running(start_guildbase: StartGuildbase, discord: Simulator) -> BotServices:
    """The services of a running bot on SQLite."""
    return (await start_guildbase(**oauth_settings(discord))).services


@pytest.fixture
async def browser(lone: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in front of the API alone, that nobody has signed in with yet."""
    async with visitor(lone) as client:
        yield client


@pytest.fixture
async def other_browser(lone: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """Another browser, perhaps a thief's."""
    async with visitor(lone) as client:
        yield client
