"""The fixtures. pytest loads this wherever Guildbase is installed, so all else is imported when first used."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    import httpx

    from guildbase.bot.client import GuildbaseBot
    from guildbase.simulator import Person, ScriptedGuild, Simulator
    from guildbase.testing.running import RunningGuildbase


class StartGuildbase(Protocol):
    """How `start_guildbase` is called."""

    async def __call__(self, *, intents_flags: int | None = None, **settings: Any) -> RunningGuildbase:
        """Start a bot and return it when all shards are ready.

        `intents_flags` are the application flags that grant privileged intents (0 grants none); `settings`
        are those of `guildbase.core.settings`. What keeps the bot from starting is raised here.
        """
        ...


@pytest.fixture
async def discord() -> AsyncIterator[Simulator]:
    """A local Discord that recommends two shards and lets bots start as often as they like."""
    from guildbase.simulator import GatewaySettings, Simulator

    async with Simulator(shards=2, gateway=GatewaySettings(identify_interval=0)) as running:
        yield running


@pytest.fixture
def guild(discord: Simulator) -> ScriptedGuild:
    """A server on the first shard, with the channels `general` and `mod-log` and the bot in it."""
    return discord.guild("Test Guild", shard=0)


@pytest.fixture
def member(guild: ScriptedGuild) -> Person:
    """A member of the server without any role."""
    return guild.member("member")


@pytest.fixture
def moderator(guild: ScriptedGuild) -> Person:
    """A member of the server who may time out others."""
    return guild.member("moderator", roles=["Moderator"])


@pytest.fixture
def application_owner(guild: ScriptedGuild) -> Person:
    """The account that the bot's application belongs to, an admin of the server."""
    return guild.member("developer", roles=["Admin"])


@pytest.fixture(scope="session")
def guildbase_database_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that every test gets a copy of."""
    from guildbase.database.migrate import upgrade

    path = tmp_path_factory.mktemp("guildbase") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
async def start_guildbase(
    discord: Simulator, guild: ScriptedGuild, guildbase_database_template: Path, tmp_path: Path
) -> AsyncIterator[StartGuildbase]:
    """Start bots with settings of your choice; they are stopped at the end. The database is the test's own."""
    from guildbase.testing.running import RunningGuildbase, restored_target

    database = tmp_path / "guildbase.db"
    shutil.copyfile(guildbase_database_template, database)
    started: list[RunningGuildbase] = []

    async def start(*, intents_flags: int | None = None, **settings: Any) -> RunningGuildbase:
        if intents_flags is not None:
            discord.world.application.flags = type(discord.world.application.flags)(intents_flags)
        running = RunningGuildbase(discord, {"database_url": f"sqlite:///{database}"} | settings)
        started.append(running)
        await running.until_ready()
        return running

    with restored_target():
        try:
            yield start
        finally:
            for running in reversed(started):
                await running.stop()
            # A local feature of this test must not stand in for the next test's one.
            for name in [name for name in sys.modules if name.partition(".")[0] == "guildbase_local"]:
                del sys.modules[name]


@pytest.fixture
async def guildbase_bot(start_guildbase: StartGuildbase) -> GuildbaseBot:
    """The bot with all built-in and installed features, connected on two shards."""
    return (await start_guildbase()).bot


@pytest.fixture
async def guildbase_api(guildbase_bot: GuildbaseBot) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the HTTP API below `/api/v1`, with the key; it shares the bot's services."""
    from guildbase.testing.running import api_client

    async with api_client(guildbase_bot.services) as client:
        yield client
