"""What one database would store and the other one's driver would fail at is refused before either, in one way."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import JSON, BigInteger, Enum, Float, Integer, String, Table, bindparam, select, text
from sqlalchemy.exc import StatementError
from sqlmodel import col
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.errors import InvalidInput
from guildbase.core.registry import FeatureRegistry
from guildbase.database.base import Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.rows.validation import MAX_TEXT, InvalidRow
from guildbase.services.tables import all_tables
from guildbase.testing.factories import Factory, model_of
from tests.database.bad_values import DOCUMENTS, FRACTIONS, GOOD_DOCUMENTS, LARGEST, MOMENTS, NUMBERS, TEXTS
from tests.database.zoo import Keeper, Visit, ZooAnimal
from tests.factories import new_id

Attempt = Callable[[Base, dict[str, Any], str, Any], None]
KINDS: list[tuple[Any, dict[str, Any]]] = [
    (Enum, {**TEXTS, "no member": "unheard of"}),
    (JSON, DOCUMENTS),
    (String, TEXTS),
    (Float, FRACTIONS),
    (UTCDateTime, MOMENTS),
    (BigInteger, NUMBERS),
    (Integer, {**NUMBERS, "32 bits": 2**31, "32 bits below zero": -(2**31) - 1}),
]
"""A column takes the first kind that it is of."""


def _bad_values(table: Table) -> list[tuple[str, str, Any]]:
    """Return each column's name with a bad value and what that is called."""
    found = []
    for column in table.columns:
        for kind, values in KINDS:
            if isinstance(column.type, kind):
                found += [(column.key, name, value) for name, value in values.items()]
                break
    return found


def _right_values(model: type[Base]) -> dict[str, Any]:
    rights: dict[type[Base], dict[str, Any]] = {
        Keeper: {"keeper_id": new_id(), "name": "Kim"},
        ZooAnimal: {"keeper_id": new_id(), "chip": new_id(), "name": "Leo"},
        Visit: {"visitors": 1},
    }
    return rights[model]


@pytest.mark.parametrize("model", [Keeper, ZooAnimal, Visit])
def test_no_row_of_the_zoo_takes_a_bad_value(model: type[Base]) -> None:
    _try_all(model, model(**_right_values(model)), _construct, _check, _change, _assign, _load)


async def test_no_row_of_guildbase_takes_a_bad_value(database: DatabaseManager, registry: FeatureRegistry) -> None:
    models = [model for table in all_tables(registry) if (model := model_of(table)) is not None]
    assert len(models) >= 9
    async with database.transaction() as work:
        make = Factory(work.session, seed=1).make_complete
        for model in models:
            row: Base = await make(model)
            _try_all(model, row, _construct, _assign)
            assert not work.session.dirty, model
        await work.session.rollback()


def _try_all(model: type[Base], row: Base, *attempts: Attempt) -> None:
    values = {name: getattr(row, name) for name in model.model_fields}
    for field, name, value in _bad_values(model.__table__):
        case = f"{model.__name__}.{field}: {name}"
        for attempt in attempts:
            with pytest.raises(InvalidRow) as refused:
                attempt(row, values, field, value)
                pytest.fail(f"{case} was taken by {attempt.__name__}")
            assert list(refused.value.problems)[0].partition(".")[0] == field, case  # noqa: RUF015
            told = refused.value.text
            assert len(told) < 500, case
            assert "\x00" not in told, case
            told.encode()
        assert getattr(row, field) == values[field], case


def _construct(row: Base, values: dict[str, Any], field: str, value: Any) -> None:
    type(row)(**{**values, field: value})


def _check(row: Base, values: dict[str, Any], field: str, value: Any) -> None:
    type(row).validated({**values, field: value})


def _change(row: Base, _values: dict[str, Any], field: str, value: Any) -> None:
    type(row).validated_change({field: value})


def _assign(row: Base, _values: dict[str, Any], field: str, value: Any) -> None:
    setattr(row, field, value)


def _load(row: Base, values: dict[str, Any], field: str, value: Any) -> None:
    type(row).model_validate({**values, field: value})


async def test_bad_values_store_nothing_by_any_operation(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        kim = await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
    for field, _, value in _bad_values(Keeper.__table__):
        row = {"keeper_id": new_id(), "name": "Kim", field: value}
        async with zoo.transaction() as work:
            for operation in (
                Keeper.create(work.session, **row),
                Keeper.upsert(work.session, **row),
                Keeper.insert_many(work.session, [row]),
                insert_missing(work.session, Keeper, [row]),
                Keeper.update_many(work.session, keeper_id=kim.keeper_id, values={field: value}),
            ):
                with pytest.raises(InvalidRow):
                    await operation
    async with zoo.read_session() as session:
        assert [keeper.model_dump() for keeper in await Keeper.get_multi(session)] == [kim.model_dump()]


async def test_good_documents_come_back_as_they_were(zoo: DatabaseManager) -> None:
    rows = [{"keeper_id": new_id(), "name": "Kim", "notes": document} for document in GOOD_DOCUMENTS]
    async with zoo.transaction() as work:
        await Keeper.insert_many(work.session, rows)
    async with zoo.read_session() as session:
        stored = await Keeper.get_multi(session, order_by=[col(Keeper.keeper_id)])
    assert [keeper.notes for keeper in stored] == GOOD_DOCUMENTS


@pytest.mark.parametrize(("field", "value"), [("fed", 2**31 - 1), ("name", "🦁" * 8), ("name", "\x01\x7fü")])
async def test_the_largest_that_fits_is_taken(zoo: DatabaseManager, field: str, value: Any) -> None:
    async with zoo.transaction() as work:
        keeper = await Keeper.create(work.session, **{"keeper_id": LARGEST, "name": "Kim", field: value})
    async with zoo.read_session() as session:
        stored = await Keeper.get_by_id(session, keeper.keeper_id)
        assert stored is not None
        assert getattr(stored, field) == value


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name not in ("no object", "100,000 levels", "itself")])
async def test_a_document_changed_in_place_is_refused_when_it_is_stored(zoo: DatabaseManager, name: str) -> None:
    keeper = Keeper(keeper_id=new_id(), name="Kim")
    keeper.notes.update(DOCUMENTS[name])
    with pytest.raises(InvalidInput, match="The document cannot be stored"):
        async with zoo.transaction() as work:
            work.session.add(keeper)
    async with zoo.read_session() as session:
        assert await Keeper.count(session) == 0


BAD_SEARCHES: dict[str, Any] = {
    "NUL": select(Keeper).where(col(Keeper.name) == "a\x00b"),
    "NUL in a pattern": select(Keeper).where(col(Keeper.name).like("%\x00%")),
    "surrogate": select(Keeper).where(col(Keeper.name) == "\ud83d"),
    "64 bits": select(Keeper).where(col(Keeper.keeper_id) == 2**63),
    "64 bits in a list": select(Keeper).where(col(Keeper.keeper_id).in_([1, 2**63])),
    "64 bits computed": select(Keeper).where(col(Keeper.keeper_id) + 1 < -(2**63) - 1),
    "32 bits": select(Keeper).where(col(Keeper.fed) < 2**31),
    "32 bits in a list": select(Keeper).where(col(Keeper.fed).in_([1, 2**40])),
    "a naive moment": select(Keeper).where(col(Keeper.created_at) < datetime(2026, 1, 1)),  # noqa: DTZ001
    "not a number": select(Visit).where(col(Visit.rating) == math.nan),
    "an infinite number": Visit.__table__.update().values(rating=math.inf),
    "no member": select(ZooAnimal).where(col(ZooAnimal.diet) == "fish"),
    "SQL": text("SELECT * FROM keeper WHERE name = :name").bindparams(name="\x00"),
    "SQL with a number": text("SELECT * FROM keeper WHERE fed = :fed").bindparams(fed=2**64),
    "SQL with a naive moment": text("SELECT :moment").bindparams(moment=datetime(2026, 1, 1)),  # noqa: DTZ001
    "update": Keeper.__table__.update().values(name="\x00"),
    "update by a large number": Keeper.__table__.update().values(fed=2**31),
    "insert": Keeper.__table__.insert().values(keeper_id=2**63, name="Kim", fed=0, notes={}),
    "insert of a document": Keeper.__table__.insert().values(keeper_id=1, name="Kim", fed=0, notes={"a": math.nan}),
}


@pytest.mark.parametrize("search", BAD_SEARCHES)
async def test_no_statement_gives_a_driver_what_it_would_fail_at(zoo: DatabaseManager, search: str) -> None:
    async with zoo.transaction() as work:
        with pytest.raises(InvalidInput) as refused:
            await work.session.execute(BAD_SEARCHES[search])
        assert "cannot be" in refused.value.message
        await work.session.rollback()
    with pytest.raises(InvalidInput):
        async with zoo.statement() as connection:
            await connection.execute(BAD_SEARCHES[search])
    async with zoo.read_session() as session:
        assert await Keeper.count(session) == 0


async def test_the_refusal_names_the_field(zoo: DatabaseManager) -> None:
    async with zoo.read_session() as session:
        for search, field in [("NUL", "name"), ("32 bits in a list", "fed"), ("64 bits", "keeper_id")]:
            with pytest.raises(InvalidInput, match=f"^{field} cannot be used"):
                await session.execute(BAD_SEARCHES[search])


async def test_many_rows_at_once_are_looked_at_one_by_one(zoo: DatabaseManager) -> None:
    rows = [{"keeper_id": n, "name": "Kim", "fed": 0, "notes": {}} for n in range(1, 50)]
    rows[30]["name"] = "\x00"
    with pytest.raises(InvalidInput, match="name cannot be used: it holds a NUL"):
        async with zoo.transaction() as work:
            await work.session.execute(Keeper.__table__.insert(), rows)
    async with zoo.read_session() as session:
        assert await Keeper.count(session) == 0


async def test_a_statement_that_is_wrong_in_itself_is_nobodys_bad_input(zoo: DatabaseManager) -> None:
    async with zoo.read_session() as session:
        with pytest.raises(StatementError, match="value is required for bind parameter"):
            await session.execute(text("SELECT :forgotten"))


async def test_a_drivers_own_sql_is_looked_at_too(zoo: DatabaseManager) -> None:
    mark = "?" if zoo.is_sqlite else "$1"
    async with zoo.engine.connect() as connection:
        with pytest.raises(InvalidInput, match="A value cannot be used"):
            await connection.exec_driver_sql(f"SELECT 1 WHERE {mark} = 'x'", ("\x00",))


async def test_a_value_of_the_wrong_kind_is_no_drivers_error(postgresql_url: str) -> None:
    # SQLite compares a number with text and finds nothing.
    manager = DatabaseManager(postgresql_url)
    number = bindparam("number", "secret", type_=Integer)
    for wrong in (text("SELECT 1 WHERE 1 = :number").bindparams(number), text("SELECT CAST('secret' AS INTEGER)")):
        async with manager.read_session() as session:
            with pytest.raises(InvalidInput, match="does not fit its column") as refused:
                await session.execute(wrong)
            assert "secret" not in refused.value.text
    await manager.close()


def test_text_without_a_limit_of_its_own_has_ours() -> None:
    assert len(Visit(visitors=1, story="x" * MAX_TEXT).story) == MAX_TEXT
    with pytest.raises(InvalidRow, match="story: String should have at most 100000 characters"):
        Visit(visitors=1, story="x" * (MAX_TEXT + 1))


async def test_moments_of_any_zone_are_the_same_moment(zoo: DatabaseManager) -> None:
    moment = datetime(2026, 1, 1, 12, 30, 0, 123456, tzinfo=UTC)
    async with zoo.transaction() as work:
        await Visit.create(work.session, visitors=1, came_at="2026-01-01T13:30:00.123456+01:00")
    async with zoo.read_session() as session:
        assert await Visit.count(session, came_at=moment) == 1
