"""`guildbase db docs` describes every table, and its diagram has no line through a box."""

from __future__ import annotations

import random
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from guildbase.cli.db.docs.facts import PLATFORM, Described, describe
from guildbase.cli.db.docs.layout import Box, Drawing, draw
from guildbase.cli.db.docs.page import page
from guildbase.cli.db.docs.picture import picture
from guildbase.core.registry import FeatureRegistry
from tests.cli.conftest import Command
from tests.local_features import LocalFeatures

REFERENCE = Path(__file__).parents[2] / "docs/reference"
MODELS = """
from sqlmodel import Field
from guildbase.database.base import Base
from guildbase.database.privacy import NOT_PERSONAL
from guildbase.database.types import Snowflake, snowflake_key

class Fern(Base, table=True):
    "A plant that a guild keeps."

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    height: int = Field(default=3)
    \"\"\"In centimetres | roughly.\"\"\"
"""


def test_the_pages_are_written_once_and_checked(run: Command) -> None:
    written = run("db", "docs")
    assert (written.code, written.out) == (
        0,
        "docs/reference/schema.md written\ndocs/reference/schema.svg written\n",
    )
    assert run("db", "docs").out.count("is up to date") == 2
    assert (run("db", "docs", "--check").code, run("db", "docs", "--check").out) == (0, "")
    Path("docs/reference/schema.md").write_text("old")
    stale = run("db", "docs", "--check")
    assert stale.code == 1
    assert stale.out == "docs/reference/schema.md is out of date. Run: guildbase db docs --output docs/reference\n"
    assert Path("docs/reference/schema.md").read_text() == "old"


def test_what_is_checked_does_not_depend_on_the_database(run: Command, database_url: str, tmp_path: Path) -> None:
    run("db", "docs", "--output", str(tmp_path / "here"), database_url=database_url)
    assert run("db", "docs", "--check", "--output", str(tmp_path / "here"), database_url=database_url).code == 0


def test_the_tables_of_your_own_features_are_described(
    run_process: Command, features: LocalFeatures, tmp_path: Path
) -> None:
    features.write("ferns", models=MODELS)
    done = run_process("db", "docs", "--output", str(tmp_path), "--features-dir", str(features.folder))
    assert done.code == 0, done.err
    told = (tmp_path / "schema.md").read_text()
    assert "## Feature ferns\n\n### fern\n\nA plant that a guild keeps.\n" in told
    assert "| `height` | integer | `3` |  |  | In centimetres \\| roughly. |" in told
    assert "- `guild_id` → `guild.guild_id` (rows go with it)" in told
    assert "guild ||--|| fern" in told
    assert ">fern</text>" in (tmp_path / "schema.svg").read_text()


def test_a_broken_feature_is_not_left_out_silently(run: Command, features: LocalFeatures) -> None:
    features.write("broken", manifest="requires=('nothing',)")
    done = run("db", "docs", features_dir=str(features.folder))
    assert done.code == 2
    assert "needs nothing, which is not here" in done.err
    assert not Path("docs").exists()


def test_every_table_column_index_check_and_enum_is_on_the_page(guildbase_features: FeatureRegistry) -> None:
    tables = describe(guildbase_features)
    told = page(tables, "schema.svg")
    for one in tables:
        (part,) = [part for part in told.split("\n### ") if part.startswith(f"{one.table.name}\n")]
        for column in one.table.columns:
            assert f"| `{column.name}` |" in part
        for index in one.indexes:
            assert f"`{index.name}`" in part
        for check in one.checks:
            assert f"`{check.name}`: `{check.sqltext}`" in part
    assert "| `case_state` | `open`, `confirmed`, `failed`, `expired`, `void` | Where a case stands. |" in told
    assert "`uq_moderation_case_request` (unique): `guild_id`, `request_id` where `request_id IS NOT NULL`" in told
    assert "pseudonym" in told


def test_our_own_pages_are_up_to_date(guildbase_features: FeatureRegistry) -> None:
    # The same as `make check`, but here it fails for whoever changes a model and runs only the tests.
    tables = describe(guildbase_features)
    assert (REFERENCE / "schema.md").read_text() == page(tables, "schema.svg"), "Run: make generate"
    assert (REFERENCE / "schema.svg").read_text() == picture(tables), "Run: make generate"


def _schema(count: int, seed: int) -> list[Described]:
    """Return tables that point at each other at random, also in circles and at themselves."""
    dice, metadata = random.Random(seed), MetaData()  # noqa: S311 - nothing secret.
    for number in range(count):
        columns = [Column(f"text_{place}", String(20)) for place in range(dice.randrange(1, 18))]
        others = dice.sample(range(count), k=min(count, dice.choice((0, 1, 1, 2, 3))))
        keys = [Column(f"t{it}_id", BigInteger, ForeignKey(f"t{it}.id"), nullable=it % 2 == 0) for it in others]
        Table(f"t{number}", metadata, Column("id", BigInteger, primary_key=True), *columns, *keys)
    return [Described(table, None, PLATFORM) for table in metadata.tables.values()]


def _overlap(one: Box, other: Box) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (beside or one.y + one.height <= other.y or other.y + other.height <= one.y)


def _crossed(drawing: Drawing) -> list[str]:
    """Return every line that runs through the inside of a box."""
    found = []
    for line in drawing.lines:
        points = drawing.points(line)
        for (x, y), (to_x, to_y) in pairwise(points):
            for box in drawing.boxes:
                left, right = max(min(x, to_x), box.x), min(max(x, to_x), box.x + box.width)
                top, bottom = max(min(y, to_y), box.y), min(max(y, to_y), box.y + box.height)
                if left <= right and top <= bottom and (right - left > 0.01 or bottom - top > 0.01):
                    found.append(f"{line.parent.table} to {line.child.table} through {box.table}")
    return found


@pytest.mark.parametrize("seed", range(12))
def test_boxes_do_not_overlap_and_no_line_runs_through_one(seed: int) -> None:
    drawing = draw(_schema(2 + 4 * seed, seed))
    assert not [pair for pair in combinations(drawing.boxes, 2) if _overlap(*pair)]
    assert _crossed(drawing) == []
    assert all(box.x + box.width <= drawing.width for box in drawing.boxes)
    assert all(box.y + box.height <= drawing.height for box in drawing.boxes)


@pytest.mark.parametrize("seed", [3, 8])
def test_lines_of_different_columns_do_not_run_on_top_of_each_other(seed: int) -> None:
    drawing = draw(_schema(20, seed))
    tracks = [(column, x) for (column, _), x in drawing.tracks.items()]
    assert len(tracks) == len(set(tracks))


def test_the_same_tables_give_the_same_picture_and_it_is_xml() -> None:
    first = picture(_schema(15, 5))
    assert first == picture(_schema(15, 5))
    root = ElementTree.fromstring(first)  # noqa: S314 - we made it ourselves.
    titles = [str(item.text) for item in root.iter("{http://www.w3.org/2000/svg}text") if item.get("class") == "title"]
    assert sorted(titles) == sorted(f"t{number}" for number in range(15))


def test_what_models_do_not_use_yet_is_described_too() -> None:
    metadata = MetaData()
    parent = Table("parent", metadata, Column("a", Integer, primary_key=True), Column("b", Integer, primary_key=True))
    child = Table(
        "child",
        metadata,
        Column("id", Integer, primary_key=True, comment="Its number."),
        Column("a", Integer, comment="Of the parent."),
        Column("b", Integer),
        ForeignKeyConstraint(["a", "b"], ["parent.a", "parent.b"], ondelete="SET NULL"),
        UniqueConstraint("b", "a", name="uq_child"),
    )
    told = page([Described(child, None, PLATFORM), Described(parent, None, PLATFORM)], "x.svg")
    assert "- `a`, `b` → `parent.a`, `parent.b` (becomes empty with it)" in told
    assert "- `uq_child`: `b`, `a`" in told
    assert "| `a` | integer | yes | FK | Of the parent. |" in told
    assert 'parent |o--o{ child : "a, b"' in told
