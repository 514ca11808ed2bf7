"""Rules that every table keeps, also the ones that are yet to come."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import ARRAY, JSON, BigInteger, CheckConstraint, DateTime, Index, Integer, Table, UniqueConstraint, Uuid
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

import guildbase
from tests.database.schema import guildbase_tables

SOURCE = Path(guildbase.__file__).parent
TABLES = {table.name: table for table in guildbase_tables()}
NOT_OF_ONE_GUILD = {
    "audit_entry": "some entries are about no guild, and all outlive what they tell of",
    "error_event": "some errors are about no guild",
    "due_work": "some work is about no guild; workers take it in the order in which it is due",
    "outbox_effect": "some effects are about no guild; workers take them in the order of their number",
    "discord_user": "an account is the same in every guild",
    "global_standing": "it is about people and servers everywhere, and a server that is blocked may be unknown",
    "rate_count": "most limits are about people or addresses; the guild is part of the subject where it matters",
    "idempotent_answer": "a request may be about no guild, or about several",
    "user_preferences": "a person has them in every guild",
    "lease": "processes of the installation hold them",
    "encryption_key": "keys belong to the installation as a whole",
    "command_sync": "an application has one command tree",
    "erasure_request": "an erasure is about a person or a whole guild, and in the end names neither",
    "web_user": "a person signs in to all servers at once",
    "web_session": "a login is a person's, for all servers",
    "discord_token": "a person's, for the list of their servers",
    "login_attempt": "nobody knows yet who signs in",
    "admin_user": "a developer of the installation",
    "api_key": "a key may be the operator's, and is found by how it begins",
    "security_event": "some events are about no guild, and all outlive what they tell of",
    "shard_sample": "a shard has many guilds",
    "shard_event": "a shard has many guilds",
    "error_seen": "an operator looks at the errors of all guilds together",
    "write_behind_mark": "a process stores the gathered rows of all guilds together",
}
NO_DISCORD_ID = {"correlation_id", "error_id"}
OF_ONE_GUILD = [table for name, table in TABLES.items() if name not in NOT_OF_ONE_GUILD]
WITHOUT_A_KEY_TO_THE_GUILD = {
    "guild": "it is the guild",
    "audit_day": "like the entries that it counts, it outlives the guild",
}
INDEXES_ACROSS_GUILDS = {
    "ix_member_user_id": "an account is erased in all guilds at once",
    "ix_access_grant_holder": "a person is shown all servers in which they were given access",
    "ix_audit_day_day": "old days are thrown away for all guilds at once",
    "ix_command_usage_day": "old days are thrown away for all guilds at once",
    "ix_permission_check_created_at": "old checks are thrown away for all guilds at once",
    "ix_automod_violation_created": "old violations are thrown away for all guilds at once",
    "ix_report_closed": "closed reports are thrown away for all guilds at once",
}
UNCHECKED_NUMBERS = {
    "outbox_effect.attempts": "counted up by the one statement that claims",
    "outbox_effect.priority": "one of our own three, and nothing but an order",
    "guild_config.version": "counted up by the one statement that locks a guild",
    "member.times_left": "counted up by the one statement that hears of it",
    "lease.token": "counted up by the one statement that acquires",
    "erasure_request.steps_done": "a place in our own list",
    "erasure_request.pseudonym": "any number may be drawn",
}
SNOWFLAKE_NAME = re.compile(r".*(_id|_by)$")


def _sources(folder: Path = SOURCE) -> list[Path]:
    found = sorted(folder.rglob("*.py"))
    assert len(found) > 20
    return found


@pytest.mark.parametrize("table", TABLES.values(), ids=str)
def test_every_id_has_64_bits(table: Table) -> None:
    for column in table.columns:
        is_discords = SNOWFLAKE_NAME.fullmatch(column.name) and column.name not in NO_DISCORD_ID
        if is_discords and not isinstance(column.type, Uuid):
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
    # A migrator, and the kit that tries one out, are no business logic.
    allowed = {SOURCE / "database/migrations/connection.py", SOURCE / "testing/migrations.py"}
    commits = [path for path in _sources() if ".commit(" in path.read_text() and path not in allowed]
    assert commits == []


@pytest.mark.parametrize("table", TABLES.values(), ids=str)
def test_no_list_of_ids_hides_in_a_document(table: Table) -> None:
    # Many-to-many is a table with foreign keys; an array or a document cannot have any.
    for column in table.columns:
        assert not isinstance(column.type, ARRAY), str(column)
        is_document = isinstance(column.type, JSON)
        assert not (is_document and re.search(r"(_ids|_roles|_users|_members|_channels|s_by)$", column.name)), str(
            column
        )


@pytest.mark.parametrize("table", OF_ONE_GUILD, ids=str)
def test_a_row_goes_with_its_guild(table: Table) -> None:
    if table.name in WITHOUT_A_KEY_TO_THE_GUILD:
        return
    owners = [key for key in table.foreign_keys if key.parent.name == "guild_id"]
    assert owners, f"{table.name} hangs on no guild"
    assert {key.ondelete for key in owners} == {"CASCADE"}


@pytest.mark.parametrize("table", TABLES.values(), ids=str)
def test_every_foreign_key_says_what_becomes_of_the_row(table: Table) -> None:
    for key in table.foreign_keys:
        assert key.ondelete in {"CASCADE", "SET NULL", "RESTRICT"}, str(key.parent)


@pytest.mark.parametrize("table", TABLES.values(), ids=str)
def test_a_foreign_key_has_an_index_to_be_followed_back_by(table: Table) -> None:
    # Without one, each deletion of a parent reads the whole table.
    keys = [[column.name for column in table.primary_key.columns]]
    keys += [[column.name for column in index.columns] for index in table.indexes]
    for constraint in table.foreign_key_constraints:
        needed = {element.parent.name for element in constraint.elements}
        assert any(needed == set(key[: len(needed)]) for key in keys), f"{table.name}: {sorted(needed)}"


@pytest.mark.parametrize("table", OF_ONE_GUILD, ids=str)
def test_keys_and_indexes_of_a_guilds_table_begin_with_the_guild(table: Table) -> None:
    # So one guild's rows lie together, and the table can be spread over servers by guild.
    keys = [(table.primary_key.name, list(table.primary_key.columns))]
    keys += [(index.name, list(index.columns)) for index in table.indexes]
    for name, columns in keys:
        if name not in INDEXES_ACROSS_GUILDS:
            assert columns[0].name == "guild_id", str(name)


@pytest.mark.parametrize("table", TABLES.values(), ids=str)
def test_a_number_that_counts_is_checked_by_the_database_too(table: Table) -> None:
    # Core statements and other programs do not pass the model's validation.
    checks = " ".join(str(check.sqltext) for check in table.constraints if isinstance(check, CheckConstraint))
    for column in table.columns:
        is_told_of = bool(column.foreign_keys) or str(column) in UNCHECKED_NUMBERS or column.primary_key
        if isinstance(column.type, Integer) and not is_told_of and not SNOWFLAKE_NAME.fullmatch(column.name):
            assert re.search(rf"\b{column.name}\b", checks), f"{column} has no CHECK"


def test_the_exceptions_of_indexes_are_all_needed() -> None:
    names = {str(index.name) for table in TABLES.values() for index in table.indexes}
    assert set(INDEXES_ACROSS_GUILDS) <= names
    assert set(WITHOUT_A_KEY_TO_THE_GUILD) <= set(TABLES)
    assert set(UNCHECKED_NUMBERS) <= {str(column) for table in TABLES.values() for column in table.columns}
