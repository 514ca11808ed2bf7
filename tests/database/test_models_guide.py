"""The models of the guides are models that work, and that the tests of all tables would let pass."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, create_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from guildbase.database.base import NAMING, Base
from guildbase.database.privacy import NOT_PERSONAL, problems
from guildbase.database.types import Snowflake, snowflake_key
from tests.factories import new_id

GUIDES = Path(__file__).parents[2] / "docs/guides"
TAKEN_FOR_GRANTED = """
from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.types import Snowflake, snowflake, snowflake_key, text_field
"""


def _declared(guide: str) -> tuple[MetaData, dict[str, Any]]:
    """Declare what a guide declares in a registry of its own, so that the schema of Guildbase never knows of it."""

    class GuideBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
        pass

    class Guild(GuideBase, table=True):
        guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)

    class Tag(GuideBase, table=True):
        guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
        number: int = Field(primary_key=True)

    namespace: dict[str, Any] = {"Base": GuideBase, "__name__": __name__}
    blocks = re.findall(r"```python\n(.*?)```", (GUIDES / guide).read_text(encoding="utf-8"), re.DOTALL)
    for block in (TAKEN_FOR_GRANTED, *blocks):
        code = block.replace("from guildbase.database.base import Base\n", "")
        exec(compile(code, guide, "exec", dont_inherit=True), namespace)  # noqa: S102
    return GuideBase.metadata, namespace


@pytest.mark.parametrize(
    ("guide", "tables"),
    [("models.md", {"note", "note_tag"}), ("privacy.md", {"note"}), ("encryption.md", {"webhook"})],
)
def test_the_guides_models_make_tables_with_policies_that_can_be_carried_out(guide: str, tables: set[str]) -> None:
    metadata, _ = _declared(guide)
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    engine.dispose()
    assert set(metadata.tables) == {"guild", "tag", *tables}
    assert {name: problems(table) for name, table in metadata.tables.items() if problems(table)} == {}
    assert not tables & {*Base.metadata.tables, *SQLModel.metadata.tables}


def test_the_guides_model_checks_its_values() -> None:
    _, declared = _declared("models.md")
    assert declared["Note"](guild_id=new_id(), number=1, about_id=new_id(), title="x").deleted_at is None
