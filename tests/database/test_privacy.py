"""Every column that could name a person says what becomes of it, and says it right."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Enum, ForeignKey, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.dialects.postgresql import JSONB

from guildbase.database.privacy import (
    DELETE_ROW,
    NOT_PERSONAL,
    PSEUDONYMISE,
    Privacy,
    Treatment,
    cleared,
    column_info,
    kept,
    policy_of,
    problems,
)
from tests.database.schema import guildbase_tables

TABLES = guildbase_tables()


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_column_declares_its_policy(table: Table) -> None:
    assert problems(table) == []


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_what_is_kept_says_why_and_everything_else_is_no_secret(table: Table) -> None:
    for column in table.columns:
        policy = policy_of(column)
        if policy is not None and policy.treatment is Treatment.KEEP:
            assert len(policy.reason.split()) > 3, str(column)


def test_keeping_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="Say why"):
        kept("  ")


def _column(name: str, kind: Any, privacy: Privacy | None = None, *arguments: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, *arguments, **options, **column_info(privacy))


def _problems(*columns: Column[Any]) -> list[str]:
    metadata = MetaData()
    Table("person", metadata, Column("user_id", BigInteger, primary_key=True, info=column_info(DELETE_ROW)["info"]))
    table = Table("letter", metadata, Column("number", Integer, primary_key=True), *columns)
    return problems(table)


@pytest.mark.parametrize(
    "column",
    [
        _column("author_id", BigInteger),
        _column("made_by", BigInteger),
        _column("words", String(10)),
        _column("papers", JSONB),
        _column("sealed", LargeBinary),
    ],
    ids=str,
)
def test_a_column_without_a_policy_is_named(column: Column[Any]) -> None:
    [problem] = _problems(column)
    assert problem.startswith(f"letter.{column.name} ")
    assert "declares no privacy policy" in problem


@pytest.mark.parametrize(
    "column",
    [
        _column("amount", BigInteger),
        _column("count", Integer),
        _column("state", Enum("on", "off", name="state")),
        _column("guild_id", BigInteger, NOT_PERSONAL),
        _column("author_id", BigInteger, PSEUDONYMISE),
        _column("author_id", BigInteger, DELETE_ROW),
        _column("words", String(10), cleared()),
        _column("papers", JSONB, DELETE_ROW),
        _column("words", String(10), kept("The law wants it for ten years.")),
    ],
    ids=str,
)
def test_a_column_that_is_right_is_left_in_peace(column: Column[Any]) -> None:
    assert _problems(column) == []


AUTHOR = "author_id"


@pytest.mark.parametrize(
    ("column", "wrong"),
    [
        (_column("words", String(10), cleared("nobody_id")), "is about nobody_id"),
        (_column("words", String(10), cleared("number")), "is about number"),
        (_column("words", String(10), PSEUDONYMISE), "is no id"),
        (_column("user_id", BigInteger, PSEUDONYMISE, ForeignKey("person.user_id")), "refers to a row of the person"),
        (_column("amount", Integer, cleared(AUTHOR), nullable=False), "can neither be NULL nor be empty"),
        (_column("nick", String(10), cleared(AUTHOR), nullable=False, unique=True), "can neither be NULL nor be empty"),
        (_column("sealed", LargeBinary, cleared(AUTHOR), nullable=False), "can neither be NULL nor be empty"),
        (_column("sealed", LargeBinary, cleared()), "nothing tells with whom"),
        (_column("amount", Integer, DELETE_ROW), "cannot decide that the row goes"),
        (_column("words", String(10), Privacy(Treatment.DELETE_ROW, of=AUTHOR)), "cannot decide that the row goes"),
    ],
)
def test_a_policy_that_cannot_be_carried_out_is_named(column: Column[Any], wrong: str) -> None:
    found = _problems(_column(AUTHOR, BigInteger, PSEUDONYMISE), column)
    assert len(found) == 1
    assert wrong in found[0]


def test_a_pseudonym_in_a_key_would_break_the_lock_of_encrypted_columns() -> None:
    key = _column("owner_id", BigInteger, PSEUDONYMISE, primary_key=True)
    assert _problems(key, _column("sealed", LargeBinary, cleared("owner_id"))) == []
    other = _column("owner_id", BigInteger, PSEUDONYMISE, primary_key=True)
    [problem] = _problems(other, _column("sealed", LargeBinary, NOT_PERSONAL))
    assert "part of the lock" in problem
