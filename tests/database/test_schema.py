"""Rules that every table keeps, also the ones that are yet to come."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, DateTime, Index, Table, UniqueConstraint
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

import guildbase
from tests.database.schema import guildbase_tables

SOURCE = Path(guildbase.__file__).parent
TABLES = {table.name: table for table in guildbase_tables()}
NOT_OF_ONE_GUILD = {
    "audit_entry": "some entries are about no guild, and all outlive what they tell of",
    "outbox_effect": "some effects are about no guild; workers take them in the order of their number",
    "discord_user": "an account is the same in every guild",
    "command_sync": "an application has one command tree",
}
SNOWFLAKE_NAME = re.compile(r".*(_id|_by)$")


def _sources(folder: Path = SOURCE) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert len(found) > 20
    return found


@pytest.mark.parametrize("table", TABLES.values(), ids=str)
def test_every_id_has_64_bits(table: Table) -> None:
    for column in table.columns:
        if SNOWFLAKE_NAME.fullmatch(column.name) and column.name != "correlation_id":
            assert isinstance(column.type, BigInteger), f"{column} is {column.type!r}"


@pytest.mark.parametrize("table", TABLES.values(), ids=str)
def test_every_moment_has_a_time_zone(table: Table) -> None:
    for column in table.columns:
        if isinstance(column.type, DateTime | UTCDateTime):
            kind = column.type.impl_instance if isinstance(column.type, UTCDateTime) else column.type
            assert isinstance(kind, DateTime)
            assert kind.timezone, str(column)


@pytest.mark.parametrize("table", [TABLES[name] for name in TABLES if name not in NOT_OF_ONE_GUILD], ids=str)
def test_every_key_of_a_guilds_table_has_the_guild_in_it(table: Table) -> None:
    # So a query for one guild cannot read another's rows by accident, and the table can be partitioned.
    keys = [table.primary_key, *(item for item in table.constraints if isinstance(item, UniqueConstraint))]
    keys += [index for index in table.indexes if isinstance(index, Index) and index.unique]  # type: ignore[misc]
    for key in keys:
        assert "guild_id" in key.columns, f"{table.name}: {key.name}"


@pytest.mark.parametrize("table", [TABLES[name] for name in TABLES if name not in NOT_OF_ONE_GUILD], ids=str)
def test_the_database_never_invents_a_discord_id(table: Table) -> None:
    for column in table.primary_key.columns:
        assert column.autoincrement is False or not isinstance(column.type, BigInteger), str(column)


def test_the_list_of_exceptions_holds_nothing_that_is_gone() -> None:
    assert set(NOT_OF_ONE_GUILD) <= set(TABLES)


def test_every_constraint_has_a_name() -> None:
    # Without one a later revision cannot drop it.
    for table in TABLES.values():
        assert all(constraint.name for constraint in table.constraints), table.name


def test_our_tables_are_not_on_sqlmodels_own_list() -> None:
    assert SQLModel.metadata.tables == {}


def test_no_column_is_given_in_the_form_that_loses_its_type() -> None:
    assert [path.name for path in _sources() if "sa_column=" in path.read_text()] == []


def test_only_the_manager_commits() -> None:
    allowed = {SOURCE / "database/migrations/env.py"}
    commits = [path for path in _sources() if ".commit(" in path.read_text() and path not in allowed]
    assert commits == []


def test_no_query_takes_a_road_around_soft_deletion() -> None:
    assert [path.name for path in _sources() if "joinedload(" in path.read_text()] == []
