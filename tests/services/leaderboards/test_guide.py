"""The code of the guide works as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, MetaData
from sqlalchemy.orm import registry
from sqlmodel import Field, col

from guildbase.database.base import NAMING, Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL
from guildbase.database.types import Snowflake, snowflake_key
from guildbase.services.container import BotServices
from guildbase.services.leaderboards import Board, Leaderboards
from tests.factories import new_id

GUIDE = Path(__file__).parents[3] / "docs/guides/leaderboards.md"


async def test_the_guides_board_answers(services: BotServices) -> None:
    class GuideBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
        pass

    names: dict[str, Any] = {
        "Base": GuideBase, "BigInteger": BigInteger, "Board": Board, "DELETE_ROW": DELETE_ROW, "Field": Field,
        "Leaderboards": Leaderboards, "NOT_PERSONAL": NOT_PERSONAL, "Snowflake": Snowflake, "col": col,
        "snowflake_key": snowflake_key, "__name__": __name__,
    }  # fmt: skip
    for block in re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, str(GUIDE), "exec", dont_inherit=True), names)  # noqa: S102
    database, leaderboards = services.get(DatabaseManager), services.get(Leaderboards)
    async with database.engine.begin() as connection:
        await connection.run_sync(GuideBase.metadata.create_all)
    guild, (a, b, c, d) = new_id(), sorted(new_id() for _ in range(4))
    await leaderboards.build(names["XP"], guild)
    async with database.transaction() as work:
        rows = ((a, 5), (b, 9), (c, 5), (d, 1))
        work.session.add_all([names["Level"](guild_id=guild, user_id=user, xp=xp) for user, xp in rows])
    await names["tell"](leaderboards, guild, a, b, c, d)
    expected = f"1. {b} (9), 2. {a} (5), 3. {c} (5); you are 3 of 4, near [2, 3, 4]"
    assert await names["show"](leaderboards, guild, c) == expected
    assert leaderboards.counts["copy"] == 3
