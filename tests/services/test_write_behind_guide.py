"""What the guide of write-behind says is done by code that runs."""

import re
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, select
from sqlalchemy.orm import registry

from guildbase.core.settings import Settings
from guildbase.database.base import NAMING, Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import NOT_PERSONAL, problems
from guildbase.database.types import snowflake_key
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.services.write_behind.buffers import BATCH
from tests.factories import new_id

GUIDE = (Path(__file__).parents[2] / "docs/guides/write-behind.md").read_text()
MODELS, USE = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
IMPORTS = """
from uuid import UUID
from sqlalchemy import CheckConstraint
from sqlmodel import Field
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL
from guildbase.database.types import Snowflake, snowflake, snowflake_key, text_field, uuid_key
from guildbase.services.write_behind.declared import Shape, write_behind
from guildbase.services.write_behind.service import WriteBehind
"""


async def test_the_code_of_the_guide_runs(services: BotServices) -> None:
    class GuideBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
        pass

    class Guild(GuideBase, table=True):  # For the foreign key; the real one is there.
        guild_id: int = snowflake_key(privacy=NOT_PERSONAL)

    names: dict[str, Any] = {
        "Base": GuideBase, "__name__": __name__, "services": services, "guild_id": new_id(), "user_id": new_id(),
    }  # fmt: skip
    exec(compile(IMPORTS + MODELS, "write-behind.md", "exec", dont_inherit=True), names)  # noqa: S102 - our own guide.
    assert [told for table in GuideBase.metadata.sorted_tables for told in problems(table)] == []

    database = services.get(DatabaseManager)
    async with database.engine.begin() as connection:
        new = [names["Karma"].__table__, names["FilterHit"].__table__]
        await connection.run_sync(GuideBase.metadata.create_all, tables=new)
    await services.get(GuildController).join(names["guild_id"])
    body = "".join(f"    {line}\n" for line in USE.splitlines())
    exec(f"async def use():\n{body}", names)  # noqa: S102 - our own guide.
    await names["use"]()
    async with database.read_session() as session:
        [karma] = (await session.execute(select(names["Karma"]))).scalars()
        [hit] = (await session.execute(select(names["FilterHit"]))).scalars()
    assert (karma.guild_id, karma.user_id, karma.thanks) == (names["guild_id"], names["user_id"], 1)
    assert (hit.guild_id, hit.rule) == (names["guild_id"], "links")


def test_the_figures_of_the_guide_are_those_of_the_code() -> None:
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert f"`GUILDBASE_WRITE_BEHIND_INTERVAL` ({defaults['write_behind_interval']} s)" in GUIDE
    assert f"as soon as {BATCH:,} rows" in GUIDE
    assert f"`GUILDBASE_WRITE_BEHIND_MAX_ROWS` ({defaults['write_behind_max_rows']:,})" in GUIDE
    assert f"`GUILDBASE_USAGE_RETENTION_DAYS` ({defaults['usage_retention_days']})" in GUIDE
