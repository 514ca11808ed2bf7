from __future__ import annotations

import pytest

from guildbase.database.manager import DatabaseManager
from guildbase.services.container import BotServices
from guildbase.services.leaderboards import Leaderboards
from tests.services.leaderboards.ranking import Ranking, create


@pytest.fixture
async def ranking(services: BotServices) -> Ranking:
    """A table of levels and the leaderboards of this process."""
    database = services.get(DatabaseManager)
    await create(database)
    return Ranking(database, services.get(Leaderboards))
