"""The page that says where each wish of the drafts went: complete, and true of today's models."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import Enum, MetaData

from guildbase.core.registry import FeatureRegistry
from guildbase.database import mixins
from guildbase.database.rows import crud, soft_delete
from guildbase.services.tables import compared_metadata

PAGE = Path(__file__).parents[2] / "docs/reference/seed-schema.md"
WISHES = Path(__file__).parent / "data/wish_list.txt"
ROW = re.compile(r"^\| (?P<wish>\S+) \| (?P<home>[^|]+) \|(?P<note>[^|]*)\|$", re.MULTILINE)
HOME = re.compile(r"`([^`]+)`")
MIXINS = {
    name: found for module in (mixins, crud, soft_delete) for name, found in vars(module).items() if "Mixin" in name
}


def _rows(page: str) -> list[dict[str, str]]:
    rows = [{name: text.strip() for name, text in found.groupdict().items()} for found in ROW.finditer(page)]
    return [row for row in rows if row["wish"] != "wish"]


ROWS = _rows(PAGE.read_text())


@pytest.fixture(scope="module")
def metadata(registry: FeatureRegistry) -> MetaData:
    return compared_metadata(registry)


def _names(metadata: MetaData) -> set[str]:
    """Return everything that may be called a home."""
    found: set[str] = set()
    for table in metadata.tables.values():
        found |= {table.name, *(f"{table.name}.{column.name}" for column in table.columns)}
        found |= {str(index.name) for index in table.indexes}
        for column in table.columns:
            if isinstance(column.type, Enum):
                found |= {str(column.type.name), *(f"{column.type.name}: {value}" for value in column.type.enums)}
    return found


def _is_of_a_mixin(home: str) -> bool:
    name, _, part = home.partition(".")
    mixin = MIXINS.get(name)
    return mixin is not None and (not part or part in mixin.model_fields or hasattr(mixin, part))


def _wrong(rows: list[dict[str, str]], names: set[str], features: set[str]) -> list[str]:
    """Return what is wrong with the rows, one line each."""
    found = []
    for row in rows:
        wish, home, note = row["wish"], row["home"], row["note"]
        if homes := HOME.findall(home):
            found += [f"{wish}: there is no {one}" for one in homes if one not in names and not _is_of_a_mixin(one)]
        elif home.startswith("comes with "):
            if home.removeprefix("comes with ").removeprefix("the ") in features:
                found.append(f"{wish}: {home}, which is there, so name its home")
        elif home != "another form":
            found.append(f"{wish}: {home} is no home")
        elif not note:
            found.append(f"{wish}: say why it has another form")
    return found


def test_every_wish_has_one_row() -> None:
    wishes = WISHES.read_text().split()
    assert len(wishes) == len(set(wishes)) > 250
    assert sorted(row["wish"] for row in ROWS) == sorted(wishes)


def test_every_line_of_the_tables_is_understood() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert len(lines) - lines.count("| wish | home | note |") == len(ROWS)


def test_every_home_is_there(metadata: MetaData, registry: FeatureRegistry) -> None:
    assert _wrong(ROWS, _names(metadata), set(registry.features)) == []


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("| A.b | `guild.nosuch` | |", "A.b: there is no guild.nosuch"),
        ("| A.b | `guild.guild_id`, `ix_nosuch` | |", "A.b: there is no ix_nosuch"),
        ("| A.B | `case_type: nosuch` | |", "A.B: there is no case_type: nosuch"),
        ("| A | `SoftDeleteMixin.nosuch` | |", "A: there is no SoftDeleteMixin.nosuch"),
        ("| A | comes with guilds | |", "A: comes with guilds, which is there, so name its home"),
        ("| A | another form | |", "A: say why it has another form"),
        ("| A | somewhere | |", "A: somewhere is no home"),
    ],
)
def test_the_check_bites(metadata: MetaData, registry: FeatureRegistry, line: str, complaint: str) -> None:
    assert _wrong(_rows(line), _names(metadata), set(registry.features)) == [complaint]
