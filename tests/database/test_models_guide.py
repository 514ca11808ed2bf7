"""The models of the guide are models that work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKeyConstraint as ForeignKeys
from sqlalchemy import Index, MetaData, create_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from guildbase.database.base import NAMING, Base
from guildbase.database.mixins import CRUDMixin
from guildbase.database.privacy import NOT_PERSONAL
from guildbase.database.types import Snowflake, snowflake_key
from tests.factories import new_id

GUIDE = Path(__file__).parents[2] / "docs/guides/models.md"


class GuideBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    pass


class Guild(GuideBase, table=True):
    guild_id: Snowflake = snowflake_key()


class Tag(GuideBase, table=True):
    guild_id: Snowflake = snowflake_key()
    number: int = Field(primary_key=True)


def test_the_guides_models_make_tables_and_check_their_values() -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    namespace: dict[str, Any] = {
        "Base": GuideBase, "CRUDMixin": CRUDMixin, "Field": Field, "ForeignKeyConstraint": ForeignKeys, "Index": Index,
        "NOT_PERSONAL": NOT_PERSONAL, "Snowflake": Snowflake, "snowflake_key": snowflake_key, "__name__": __name__,
    }  # fmt: skip
    for block in blocks:
        # Our own registry, so that the schema of Guildbase never knows of them.
        exec(block.replace("from guildbase.database.base import Base\n", ""), namespace)  # noqa: S102
    engine = create_engine("sqlite://")
    GuideBase.metadata.create_all(engine)
    engine.dispose()
    assert {"note", "note_tag", "tag"} <= set(GuideBase.metadata.tables)
    assert "note" not in Base.metadata.tables
    assert "note" not in SQLModel.metadata.tables
    assert namespace["Note"](guild_id=new_id(), number=1, about_id=new_id(), title="x").deleted_at is None
