"""Erasing follows the policies of any table, in batches, and touches exactly the rows of one person."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import JSON, BigInteger, Column, Integer, LargeBinary, MetaData, String, Table, Text, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from guildbase.core.snowflake import new_pseudonym
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import (
    DELETE_ROW,
    NOT_PERSONAL,
    PSEUDONYMISE,
    Privacy,
    cleared,
    column_info,
    kept,
    problems,
)
from guildbase.database.upkeep import erasure
from guildbase.database.upkeep.erasure import Batch, Step, Subject, guild_steps, ids_in_texts, person_steps
from tests.factories import new_id

METADATA = MetaData()
ACCOUNTING = kept("The tax office wants it.")
Document = JSON().with_variant(JSONB, "postgresql")


def _column(name: str, kind: Any, privacy: Privacy | None = None, **options: Any) -> Column[Any]:
    return Column(name, kind, **options, **column_info(privacy))


LETTER = Table(
    "letter",
    METADATA,
    _column("guild_id", BigInteger, NOT_PERSONAL, primary_key=True, autoincrement=False),
    _column("number", Integer, primary_key=True, autoincrement=False),
    _column("writer_id", BigInteger, PSEUDONYMISE),
    _column("words", String(20), cleared("writer_id"), nullable=False),
    _column("card", Document, cleared("writer_id"), nullable=False),
    _column("stamp", LargeBinary, cleared("writer_id")),
    _column("about", Document, cleared(), nullable=False),
    _column("title", String(20), NOT_PERSONAL),
)
BILL = Table(
    "bill",
    METADATA,
    _column("bill_id", BigInteger, NOT_PERSONAL, primary_key=True, autoincrement=False),
    _column("payer_id", BigInteger, ACCOUNTING),
    _column("payer_name", Text, cleared("payer_id"), nullable=False),
    _column("data", Document, cleared("payer_id"), nullable=False),
    _column("note", Text, cleared("payer_id")),
    _column("total", Text, ACCOUNTING),
)
VISIT = Table("visit", METADATA, _column("user_id", BigInteger, DELETE_ROW, primary_key=True, autoincrement=False))
GONE = Table("gone_guild", METADATA, _column("guild_id", BigInteger, ACCOUNTING, primary_key=True, autoincrement=False))
TABLES = [LETTER, BILL, VISIT, GONE]


@pytest.fixture
async def database(empty_database_url: str) -> Any:
    manager = DatabaseManager(empty_database_url)
    async with manager.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield manager
    await manager.close()


async def _store(database: DatabaseManager, table: Table, *rows: dict[str, Any]) -> None:
    async with database.transaction() as work:
        await work.session.execute(insert(table), list(rows))


async def _rows(database: DatabaseManager, table: Table) -> list[dict[str, Any]]:
    async with database.read_session() as session:
        found = await session.execute(select(table).order_by(*table.primary_key))
        return [dict(row) for row in found.mappings()]


async def _carry_out(database: DatabaseManager, step: Step, subject: Subject) -> list[int]:
    """Return the rows of each batch."""
    batches, batch = [], Batch(0, ())
    while batch.after is not None:
        async with database.transaction() as work:
            batch = await step.treat(work.session, subject, batch.after)
        batches.append(batch.rows)
    return batches


async def _erase(database: DatabaseManager, person_id: int) -> dict[str, int]:
    subject = Subject(person_id, new_pseudonym())
    return {step.name: sum(await _carry_out(database, step, subject)) for step in person_steps(TABLES)}


def _letter(number: int, writer_id: int, **changes: Any) -> dict[str, Any]:
    row = {"guild_id": 1 << 40, "number": number, "writer_id": writer_id, "words": "Dear you", "card": {"a": 1}}
    return {**row, "stamp": b"red", "about": {}, "title": "A letter", **changes}


def test_the_tables_here_declare_what_can_be_done() -> None:
    assert [problem for table in TABLES for problem in problems(table)] == []


async def test_what_is_about_the_writer_goes_with_the_writer_and_no_other(database: DatabaseManager) -> None:
    person_id, other_id = new_id(), new_id()
    await _store(database, LETTER, _letter(1, person_id), _letter(2, other_id))
    await _erase(database, person_id)
    mine, other = await _rows(database, LETTER)
    assert (mine["words"], mine["card"], mine["stamp"], mine["title"]) == ("", {}, None, "A letter")
    assert mine["writer_id"] not in (person_id, other_id)
    assert other == _letter(2, other_id)


async def test_what_must_be_kept_stays_and_what_is_beside_it_goes_once(database: DatabaseManager) -> None:
    person_id, other_id = new_id(), new_id()
    bills = [
        {"bill_id": number, "payer_id": payer, "payer_name": "Per", "data": {"a": 1}, "note": None, "total": str(payer)}
        for number, payer in ((1, person_id), (2, other_id))
    ]
    await _store(database, BILL, *bills)
    assert (await _erase(database, person_id))["bill: cleared by payer_id"] == 1
    mine, other = await _rows(database, BILL)
    assert mine == {**bills[0], "payer_name": "", "data": {}, "note": None}
    assert other == bills[1]
    assert (await _erase(database, person_id))["bill: cleared by payer_id"] == 0


async def test_mentions_are_found_in_texts_and_documents_but_not_in_longer_numbers(database: DatabaseManager) -> None:
    person_id, other_id = 123_456_789, new_id()
    subject = Subject(person_id, new_pseudonym())
    longer = f"{person_id}0 1{person_id}"
    await _store(
        database,
        LETTER,
        _letter(1, other_id, words=f"<@{person_id}>", about={"who": [{"id": person_id}]}),
        _letter(2, other_id, words=longer[:20], card={"ids": [person_id, person_id * 10], str(person_id): "key"}),
        _letter(3, other_id, words=longer[:20], about={"id": person_id * 10}, title=str(person_id)),
    )
    await _carry_out(database, person_steps([LETTER])[-1], subject)
    first, second, third = await _rows(database, LETTER)
    assert (first["words"], first["about"]) == (f"<@{subject.pseudonym}>"[:20], {})
    assert second["card"] == {"ids": [subject.pseudonym, person_id * 10], str(subject.pseudonym): "key"}
    assert third == _letter(3, other_id, words=longer[:20], about={"id": person_id * 10}, title=str(person_id))


@pytest.mark.parametrize(("rows", "batches"), [(0, [0]), (4, [4]), (5, [5, 0]), (12, [5, 5, 2])])
async def test_batches_are_bounded_and_miss_nothing(
    database: DatabaseManager, monkeypatch: pytest.MonkeyPatch, rows: int, batches: list[int]
) -> None:
    monkeypatch.setattr(erasure, "BATCH", 5)
    person_id, other_id = new_id(), new_id()
    await _store(database, LETTER, _letter(0, other_id), *(_letter(1 + n, person_id) for n in range(rows)))
    replace = person_steps([LETTER])[0]
    async with database.read_session() as session:
        assert await replace.count(session, Subject(person_id, 1)) == rows
    assert await _carry_out(database, replace, Subject(person_id, new_pseudonym())) == batches
    assert sum(row["words"] == "" for row in await _rows(database, LETTER)) == rows


@pytest.mark.parametrize(("rows", "windows"), [(1, 1), (5, 2), (9, 2), (10, 3), (12, 3)])
async def test_the_search_goes_through_all_windows(
    database: DatabaseManager, monkeypatch: pytest.MonkeyPatch, rows: int, windows: int
) -> None:
    monkeypatch.setattr(erasure, "WINDOW", 5)
    person_id = new_id()
    await _store(database, LETTER, *(_letter(n, new_id(), about={"id": str(person_id)}) for n in range(rows)))
    search = person_steps([LETTER])[-1]
    async with database.read_session() as session:
        assert await search.count(session, Subject(person_id, 1)) == rows
    found = await _carry_out(database, search, Subject(person_id, new_pseudonym()))
    assert (sum(found), len(found)) == (rows, windows)


async def test_a_row_that_is_the_persons_alone_goes(database: DatabaseManager) -> None:
    person_id, other_id = new_id(), new_id()
    await _store(database, VISIT, {"user_id": person_id}, {"user_id": other_id})
    assert (await _erase(database, person_id))["visit: deleted"] == 1
    assert await _rows(database, VISIT) == [{"user_id": other_id}]


async def test_a_guild_goes_but_for_the_table_that_keeps_guilds(database: DatabaseManager) -> None:
    await _store(database, LETTER, _letter(1, new_id()))
    await _store(database, GONE, {"guild_id": 1 << 40})
    [step] = guild_steps(TABLES)
    assert step.name == "letter: deleted"
    assert await _carry_out(database, step, Subject(1 << 40, 0)) == [1]
    assert len(await _rows(database, GONE)) == 1


def test_every_number_that_could_be_an_id_is_read_from_texts() -> None:
    row = {"words": "<@1128754567890123457>, 123, 99999999999999999999", "card": {"id": 4194304}, "about": None}
    columns = [LETTER.c.words, LETTER.c.card, LETTER.c.about]
    assert list(ids_in_texts(row, columns)) == [1128754567890123457, 4194304]
