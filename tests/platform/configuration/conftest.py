"""A process that has a stranger's feature with settings, and a server that it is in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from guildbase.bot import context
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from tests.factories import new_id
from tests.platform.configuration.greeter import write_greeter


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a busy machine defer no press: whoever pressed would go on before the answer is there."""
    monkeypatch.setattr(context, "PATIENCE", 15.0)


@pytest.fixture
def registry(tmp_path: Path) -> FeatureRegistry:
    """All built-in features, and a stranger's."""
    return FeatureRegistry.discover(write_greeter(tmp_path / "features"))


@pytest.fixture
async def services(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    """The services of a process with these features, on a fresh, migrated database."""
    assembled = assemble(settings, registry)
    yield assembled
    await assembled.close()


@pytest.fixture
def controller(services: BotServices) -> ConfigurationController:
    return services.get(ConfigurationController)


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    """A server that the bot is in, with nothing set."""
    joined = new_id()
    await services.get(GuildController).join(joined)
    return joined
