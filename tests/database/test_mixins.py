from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_for, insert_missing
from guildbase.database.rows.validation import InvalidRow
from tests.database.zoo import Keeper, ZooAnimal
from tests.factories import new_id


async def _keeper(zoo: DatabaseManager, caller: Caller = SYSTEM, **values: Any) -> Keeper:
    async with zoo.transaction(caller) as work:
        return await Keeper.create(work.session, **{"keeper_id": new_id(), "name": "Kim", **values})


async def _stored(zoo: DatabaseManager, key: int) -> Keeper:
    async with zoo.read_session() as session:
        keeper = await Keeper.get_by_id(session, key)
    assert keeper is not None
    return keeper


async def test_times_are_aware_utc_and_come_back_exactly(zoo: DatabaseManager) -> None:
    before = utcnow()
    keeper = await _keeper(zoo)
    stored = await _stored(zoo, keeper.keeper_id)
    assert before <= stored.created_at <= utcnow()
    assert stored.created_at == keeper.created_at
    assert stored.created_at.utcoffset() == timedelta(0)


async def test_a_change_moves_updated_at_and_only_that(zoo: DatabaseManager) -> None:
    keeper = await _keeper(zoo)
    async with zoo.transaction() as work:
        loaded = await Keeper.get_by_id(work.session, keeper.keeper_id)
        assert loaded is not None
        await loaded.update(work.session, fed=1)
        # Reading it again needs no second query, which an asynchronous session could not make here.
        assert loaded.updated_at > keeper.updated_at
    stored = await _stored(zoo, keeper.keeper_id)
    assert stored.created_at == keeper.created_at
    assert stored.updated_at > keeper.updated_at


async def test_a_change_to_the_same_value_is_no_change(zoo: DatabaseManager) -> None:
    keeper = await _keeper(zoo)
    async with zoo.transaction() as work:
        loaded = await Keeper.get_by_id(work.session, keeper.keeper_id)
        assert loaded is not None
        await loaded.update(work.session, name="Kim")
    assert (await _stored(zoo, keeper.keeper_id)).updated_at == keeper.updated_at


async def test_other_writers_get_times_from_the_database(zoo: DatabaseManager) -> None:
    key = new_id()
    insert = text("INSERT INTO keeper (keeper_id, name, fed, notes) VALUES (:key, 'Kim', 0, '{}')")
    async with zoo.transaction() as work:
        await work.session.execute(insert.bindparams(key=key))
    stored = await _stored(zoo, key)
    assert abs(stored.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert stored.created_at == stored.updated_at


async def test_rows_tell_who_made_them_and_who_changed_them_last(zoo: DatabaseManager) -> None:
    maker, changer = new_id(), new_id()
    keeper = await _keeper(zoo, Caller(user_id=maker))
    assert (keeper.created_by, keeper.updated_by) == (maker, maker)
    async with zoo.transaction(Caller(user_id=changer)) as work:
        loaded = await Keeper.get_by_id(work.session, keeper.keeper_id)
        assert loaded is not None
        await loaded.update(work.session, fed=1)
    stored = await _stored(zoo, keeper.keeper_id)
    assert (stored.created_by, stored.updated_by) == (maker, changer)


async def test_who_only_looks_at_a_row_has_not_changed_it(zoo: DatabaseManager) -> None:
    keeper = await _keeper(zoo, Caller(user_id=new_id()))
    async with zoo.transaction(Caller(user_id=new_id())) as work:
        loaded = await Keeper.get_by_id(work.session, keeper.keeper_id)
        assert loaded is not None
        await loaded.update(work.session, name=loaded.name)
    assert (await _stored(zoo, keeper.keeper_id)).updated_by == keeper.created_by


async def test_the_platform_leaves_no_name(zoo: DatabaseManager) -> None:
    keeper = await _keeper(zoo)
    assert (keeper.created_by, keeper.updated_by) == (None, None)


async def test_a_wrong_value_never_gets_to_the_database(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        with pytest.raises(InvalidRow):
            await Keeper.create(work.session, keeper_id=5, name="Kim")
        assert not work.session.new
        assert await Keeper.count(work.session) == 0


async def test_regression_an_update_with_one_wrong_value_changes_nothing(zoo: DatabaseManager) -> None:
    keeper = await _keeper(zoo)
    async with zoo.transaction() as work:
        loaded = await Keeper.get_by_id(work.session, keeper.keeper_id)
        assert loaded is not None
        with pytest.raises(InvalidRow):
            await loaded.update(work.session, name="Lou", fed=-1)
        assert loaded.name == "Kim"
    stored = await _stored(zoo, keeper.keeper_id)
    assert (stored.name, stored.fed, stored.updated_at) == ("Kim", 0, keeper.updated_at)


async def test_rows_are_found_by_condition(zoo: DatabaseManager) -> None:
    for number, name in enumerate(["Ann", "Bob", "Cid"]):
        await _keeper(zoo, name=name, fed=number)
    async with zoo.read_session() as session:
        found = await Keeper.get(session, col(Keeper.name) == "Bob")
        assert found is not None
        assert found.fed == 1
        assert await Keeper.get(session, col(Keeper.name) == "Zoe") is None
        assert await Keeper.count(session) == 3
        assert await Keeper.count(session, col(Keeper.fed) > 0) == 2
        hungry_first = await Keeper.get_multi(session, order_by=[col(Keeper.fed).desc()])
        assert [keeper.name for keeper in hungry_first] == ["Cid", "Bob", "Ann"]
        some = await Keeper.get_multi(session, col(Keeper.fed) < 2, order_by=[col(Keeper.name).asc()], limit=1)
        assert [keeper.name for keeper in some] == ["Ann"]


@pytest.mark.parametrize(("limit", "expected"), [(-1, 0), (0, 0), (3, 3), (10_000, 200)])
async def test_regression_a_page_has_bounds_whatever_is_asked_for(
    zoo: DatabaseManager, limit: int, expected: int
) -> None:
    rows = [{"keeper_id": new_id(), "name": "Kim", "fed": 0, "notes": {}} for _ in range(205)]
    async with zoo.transaction() as work:
        await insert_missing(work.session, Keeper, rows)
    async with zoo.read_session() as session:
        assert len(await Keeper.get_multi(session, limit=limit)) == expected


async def test_delete_removes_the_row_and_what_hangs_on_it(zoo: DatabaseManager) -> None:
    keeper = await _keeper(zoo)
    async with zoo.transaction() as work:
        await ZooAnimal.create(work.session, keeper_id=keeper.keeper_id, chip=new_id(), name="Leo")
    async with zoo.transaction() as work:
        loaded = await Keeper.get_by_id(work.session, keeper.keeper_id)
        assert loaded is not None
        await loaded.delete(work.session)
    async with zoo.read_session() as session:
        assert await Keeper.count(session) == 0
        assert await ZooAnimal.count(session) == 0


async def test_a_row_without_its_parent_is_refused(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        with pytest.raises(IntegrityError) as refused:
            await ZooAnimal.create(work.session, keeper_id=new_id(), chip=new_id(), name="Secret")
        await work.session.rollback()
    # What a member wrote must not get into logs by way of an error.
    assert "Secret" not in str(refused.value)


async def test_the_database_numbers_surrogate_keys_and_holds_the_largest_id(zoo: DatabaseManager) -> None:
    keeper = await _keeper(zoo, keeper_id=2**63 - 1)
    async with zoo.transaction() as work:
        one = await ZooAnimal.create(work.session, keeper_id=keeper.keeper_id, chip=2**63 - 1, name="Leo")
        other = await ZooAnimal.create(work.session, keeper_id=keeper.keeper_id, chip=new_id(), name="Lea")
        assert one.animal_id is not None
        assert other.animal_id is not None
        assert one.animal_id < other.animal_id
    async with zoo.read_session() as session:
        chips = select(col(ZooAnimal.chip)).order_by(col(ZooAnimal.animal_id)).limit(1)
        assert (await session.execute(chips)).scalar_one() == 2**63 - 1


async def test_insert_missing_leaves_rows_that_are_there(zoo: DatabaseManager) -> None:
    keeper = await _keeper(zoo, name="Kim")
    other = new_id()
    async with zoo.transaction() as work:
        rows = [{"keeper_id": key, "name": "New", "fed": 0, "notes": {}} for key in (keeper.keeper_id, other)]
        await insert_missing(work.session, Keeper, rows)
        await insert_missing(work.session, Keeper, [])
    assert (await _stored(zoo, keeper.keeper_id)).name == "Kim"
    assert (await _stored(zoo, other)).name == "New"


async def test_an_upsert_reads_alike_on_both_databases(zoo: DatabaseManager) -> None:
    key = new_id()
    for _ in range(2):
        async with zoo.transaction() as work:
            insert = insert_for(work.session, Keeper).values(keeper_id=key, name="Kim", fed=1, notes={})
            upsert = insert.on_conflict_do_update(index_elements=["keeper_id"], set_={"fed": col(Keeper.fed) + 10})
            await work.session.execute(upsert)
    assert (await _stored(zoo, key)).fed == 11


def test_a_discord_id_can_be_checked_by_itself() -> None:
    assert Keeper.validate_snowflake(new_id())
    with pytest.raises(ValueError, match="Developer Mode"):
        Keeper.validate_snowflake(12)
