"""A leaderboard that cannot work is refused where it is declared."""

from __future__ import annotations

import pytest
from sqlmodel import Field, col

from guildbase.core.errors import ConfigurationError
from guildbase.services.leaderboards import Board
from tests.services.leaderboards.ranking import RankingBase


def test_a_board_without_whole_numbers_or_a_plain_name_is_refused() -> None:
    class Rating(RankingBase, table=True):
        guild_id: int = Field(primary_key=True)
        user_id: int
        stars: float

    columns = (col(Rating.guild_id), col(Rating.user_id))
    with pytest.raises(ConfigurationError, match="no whole numbers"):
        Board("stars", *columns, col(Rating.stars))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="no name"):
        Board("a:b", *columns, col(Rating.user_id))
    RankingBase.metadata.remove(RankingBase.metadata.tables["rating"])
