"""The standard operations: what they find, change and refuse, one row at a time and many at once."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import MultipleResultsFound
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import CHUNK, insert_missing
from guildbase.database.rows.validation import InvalidRow
from tests.database.zoo import Diet, Enclosure, EnclosureTag, Keeper, Tag, Visit, ZooAnimal
from tests.factories import new_id


async def _keepers(zoo: DatabaseManager, *names: str, caller: Caller = SYSTEM) -> list[int]:
    rows = [{"keeper_id": new_id(), "name": name, "fed": position} for position, name in enumerate(names)]
    async with zoo.transaction(caller) as work:
        assert await Keeper.insert_many(work.session, rows) == len(rows)
    return [int(str(row["keeper_id"])) for row in rows]


async def _keeper(zoo: DatabaseManager, key: int) -> Keeper:
    async with zoo.read_session() as session:
        keeper = await Keeper.get_by_id(session, key)
    assert keeper is not None
    return keeper


async def test_rows_are_found_by_the_values_of_their_fields(zoo: DatabaseManager) -> None:
    ann, bob, _ = await _keepers(zoo, "Ann", "Bob", "Cid")
    async with zoo.read_session() as session:
        found = await Keeper.get(session, name="Bob", fed=1)
        assert found is not None
        assert found.keeper_id == bob
        assert await Keeper.get(session, name="Bob", fed=2) is None
        assert await Keeper.count(session, fed=[0, 2, 9]) == 2
        assert await Keeper.count(session, fed=()) == 0
        assert await Keeper.count(session, created_by=None) == 3
        assert await Keeper.count(session, col(Keeper.fed) > 0, name={"Ann", "Bob"}) == 1
        as_text = await Keeper.get_multi(session, keeper_id=str(ann))
        assert [keeper.name for keeper in as_text] == ["Ann"]


async def test_regression_none_among_the_wanted_values_finds_the_rows_without_one(zoo: DatabaseManager) -> None:
    await _keepers(zoo, "Ann")
    await _keepers(zoo, "Bob", "Cid", caller=Caller(user_id=new_id()))
    actor = new_id()
    await _keepers(zoo, "Dan", caller=Caller(user_id=actor))
    async with zoo.read_session() as session:
        found = await Keeper.get_multi(session, order_by=[col(Keeper.name)], created_by=[actor, None])
        assert [keeper.name for keeper in found] == ["Ann", "Dan"]
        assert await Keeper.count(session, created_by={None}) == 1
        assert await Keeper.count(session, name=["Ann", None]) == 1


async def test_get_says_that_there_is_more_than_one(zoo: DatabaseManager) -> None:
    await _keepers(zoo, "Kim", "Kim", "Kim")
    async with zoo.read_session() as session:
        with pytest.raises(MultipleResultsFound):
            await Keeper.get(session, name="Kim")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"nmae": "Kim"}, "Keeper has no field 'nmae'. Its fields are .*name"),
        ({"animals": 1}, "no field 'animals'"),
        ({"fed": "many"}, "fed: "),
        ({"fed": [1, "many"]}, "fed: "),
        ({"name": "K\x00m"}, "name: it holds a NUL character"),
        ({"notes": {}}, "Keeper.notes is a document"),
    ],
)
async def test_a_filter_that_cannot_be_meant_is_refused(
    zoo: DatabaseManager, wanted: dict[str, Any], told: str
) -> None:
    async with zoo.read_session() as session:
        for operation in (Keeper.get, Keeper.get_multi, Keeper.get_page, Keeper.count):
            with pytest.raises(InvalidInput) as refused:
                await operation(session, **wanted)
            assert re.search(told, refused.value.text)


@pytest.mark.parametrize("key", [0, -1, 5, 2**63, 2**70, "x", "", None, 1.5, "\x00"])
async def test_no_row_has_an_impossible_key(zoo: DatabaseManager, key: Any) -> None:
    async with zoo.read_session() as session:
        assert await Keeper.get_by_id(session, key) is None
        assert await Tag.get_by_id(session, (new_id(), key)) is None
        assert await Tag.get_by_id(session, (key, 1)) is None
        assert await ZooAnimal.get_by_id(session, key if key not in (0, -1, 5) else 10**9) is None


async def test_an_upsert_inserts_and_then_changes_what_is_given(zoo: DatabaseManager) -> None:
    key, maker, changer = new_id(), new_id(), new_id()
    async with zoo.transaction(Caller(user_id=maker)) as work:
        made = await Keeper.upsert(work.session, keeper_id=key, name="Kim", fed=3)
        assert (made.name, made.fed, made.created_by, made.updated_by) == ("Kim", 3, maker, maker)
    async with zoo.transaction(Caller(user_id=changer)) as work:
        before = await Keeper.get_by_id(work.session, key)
        changed = await Keeper.upsert(work.session, keeper_id=key, name="Lou")
        assert changed is before
        assert (changed.name, changed.fed) == ("Lou", 3)
    stored = await _keeper(zoo, key)
    assert (stored.name, stored.created_by, stored.updated_by) == ("Lou", maker, changer)
    assert stored.created_at == made.created_at
    assert stored.updated_at > made.updated_at


async def test_an_upsert_of_nothing_but_the_key_changes_nothing_else(zoo: DatabaseManager) -> None:
    guild_id = new_id()
    async with zoo.transaction() as work:
        await Enclosure.create(work.session, guild_id=guild_id, name="Lions", beds=4)
        assert (await Enclosure.upsert(work.session, guild_id=guild_id, name="Lions")).beds == 4


async def test_an_upsert_may_go_by_another_unique_key(zoo: DatabaseManager) -> None:
    guild_id = new_id()
    async with zoo.transaction() as work:
        await Tag.create(work.session, guild_id=guild_id, number=1, label="old")
        same = await Tag.upsert(work.session, on=("guild_id", "label"), guild_id=guild_id, number=1, label="old")
        assert same.number == 1
        with pytest.raises(ValueError, match="no unique key of label"):
            await Tag.upsert(work.session, on=("label",), guild_id=guild_id, number=2, label="old")


async def test_an_upsert_brings_a_deleted_row_back(zoo: DatabaseManager) -> None:
    guild_id = new_id()
    async with zoo.transaction(Caller(user_id=new_id())) as work:
        tag = await Tag.create(work.session, guild_id=guild_id, number=1, label="old")
        await tag.delete(work.session)
    async with zoo.transaction() as work:
        await Tag.upsert(work.session, guild_id=guild_id, number=1, label="new")
    async with zoo.read_session() as session:
        back = await Tag.get_by_id(session, (guild_id, 1))
        assert back is not None
        assert (back.label, back.deleted_at, back.deleted_by) == ("new", None, None)


async def test_the_database_numbers_rows_that_come_in_bulk(zoo: DatabaseManager) -> None:
    (keeper_id,) = await _keepers(zoo, "Kim")
    rows = [{"keeper_id": keeper_id, "chip": new_id(), "name": "Leo", "diet": "meat"} for _ in range(3)]
    async with zoo.transaction() as work:
        await ZooAnimal.insert_many(work.session, rows)
        await ZooAnimal.upsert(work.session, keeper_id=keeper_id, chip=new_id(), name="Lea")
    async with zoo.read_session() as session:
        animals = await ZooAnimal.get_multi(session, order_by=[col(ZooAnimal.animal_id).asc()])
    assert [animal.animal_id for animal in animals] == [1, 2, 3, 4]
    assert [animal.diet for animal in animals] == [Diet.MEAT] * 3 + [Diet.PLANTS]


async def test_a_bulk_insert_keeps_who_made_the_rows(zoo: DatabaseManager) -> None:
    maker, other = new_id(), new_id()
    rows = [{"keeper_id": new_id(), "name": "Kim"}, {"keeper_id": new_id(), "name": "Lou", "created_by": other}]
    async with zoo.transaction(Caller(user_id=maker)) as work:
        await Keeper.insert_many(work.session, rows[:1])
        await insert_missing(work.session, Keeper, rows)
    assert (await _keeper(zoo, rows[0]["keeper_id"])).created_by == maker  # type: ignore[arg-type]
    second = await _keeper(zoo, rows[1]["keeper_id"])  # type: ignore[arg-type]
    assert (second.created_by, second.updated_by) == (other, maker)


async def test_a_bulk_insert_with_one_wrong_row_stores_none(zoo: DatabaseManager) -> None:
    rows = [{"keeper_id": new_id(), "name": "Kim"} for _ in range(5)]
    rows[3]["name"] = "far too long"
    async with zoo.transaction() as work:
        for insert in (Keeper.insert_many(work.session, rows), insert_missing(work.session, Keeper, rows)):
            with pytest.raises(InvalidRow, match="row 3, name: String should have at most 8 characters"):
                await insert
    async with zoo.read_session() as session:
        assert await Keeper.count(session) == 0


async def test_regression_more_rows_than_a_statement_has_parameters_can_be_inserted(zoo: DatabaseManager) -> None:
    # 5,000 rows of 8 columns: PostgreSQL and SQLite take no more than 32,766 parameters at once.
    rows = [{"keeper_id": new_id(), "name": "Kim"} for _ in range(5 * CHUNK)]
    async with zoo.transaction() as work:
        assert await Keeper.insert_many(work.session, rows[: 4 * CHUNK + 1]) == 4 * CHUNK + 1
        await insert_missing(work.session, Keeper, rows)
    async with zoo.read_session() as session:
        assert await Keeper.count(session) == 5 * CHUNK


async def test_nothing_is_inserted_of_nothing(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        assert await Keeper.insert_many(work.session, []) == 0


async def test_many_rows_change_at_once_with_their_stamps(zoo: DatabaseManager) -> None:
    ann, bob, cid = await _keepers(zoo, "Ann", "Bob", "Cid")
    changer, before = new_id(), utcnow()
    async with zoo.transaction(Caller(user_id=changer)) as work:
        held = await Keeper.get_by_id(work.session, bob)
        changes = {"name": "Zoe", "fed": col(Keeper.fed) + 10}
        assert await Keeper.update_many(work.session, col(Keeper.fed) > 0, values=changes) == 2
        assert held is not None
        await work.session.refresh(held)
        assert (held.name, held.fed) == ("Zoe", 11)
    assert [(await _keeper(zoo, key)).fed for key in (ann, bob, cid)] == [0, 11, 12]
    changed, untouched = await _keeper(zoo, cid), await _keeper(zoo, ann)
    assert (changed.updated_by, untouched.updated_by) == (changer, None)
    assert untouched.updated_at < before <= changed.updated_at


@pytest.mark.parametrize("values", [{"name": "far too long"}, {"fed": -1}, {"nmae": "Kim"}, {"name": "K\x00m"}])
async def test_many_rows_do_not_change_to_a_wrong_value(zoo: DatabaseManager, values: dict[str, Any]) -> None:
    await _keepers(zoo, "Ann")
    async with zoo.transaction() as work:
        with pytest.raises(InvalidRow, match=next(iter(values))):
            await Keeper.update_many(work.session, name="Ann", values={"fed": 7, **values})
        assert await Keeper.count(work.session, name="Ann", fed=0) == 1


async def test_nobody_changes_or_deletes_all_rows_by_forgetting_the_condition(zoo: DatabaseManager) -> None:
    await _keepers(zoo, "Ann")
    async with zoo.transaction() as work:
        with pytest.raises(InvalidInput, match="Without a condition"):
            await Keeper.update_many(work.session, values={"fed": 1})
        with pytest.raises(InvalidInput, match="Without a condition"):
            await Keeper.delete_many(work.session)
        assert await Keeper.count(work.session, fed=0) == 1


async def test_many_rows_are_deleted_at_once(zoo: DatabaseManager) -> None:
    await _keepers(zoo, "Ann", "Bob", "Cid")
    async with zoo.transaction() as work:
        assert await Keeper.delete_many(work.session, fed=[0, 1]) == 2
        assert [keeper.name for keeper in await Keeper.get_multi(work.session)] == ["Cid"]


async def test_two_readers_of_one_row_cannot_both_store_it(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        visit = await Visit.create(work.session, visitors=1)
    async with zoo.read_session() as session:
        one = await Visit.get_by_id(session, visit.visit_id)
    async with zoo.read_session() as session:
        other = await Visit.get_by_id(session, visit.visit_id)
    assert one is not None
    assert other is not None
    async with zoo.transaction() as work:
        work.session.add(one)
        await one.update(work.session, visitors=2)
        assert one.version == 2
    with pytest.raises(Conflict, match="Somebody else") as told:
        async with zoo.transaction() as work:
            work.session.add(other)
            other.visitors = 3  # Stored, and refused, at the end of the block.
    assert "repeat" in told.value.hint
    async with zoo.read_session() as session:
        stored = await Visit.get_by_id(session, visit.visit_id)
        assert stored is not None
        assert (stored.visitors, stored.version) == (2, 2)


async def test_a_change_of_many_rows_and_an_upsert_count_the_version_up(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        visit = await Visit.create(work.session, visitors=1)
        await Visit.update_many(work.session, visitors=1, values={"visitors": 2})
        again = await Visit.upsert(work.session, visit_id=visit.visit_id, visitors=3)
        assert (again.version, again.visitors) == (3, 3)


async def test_keys_of_time_rise_and_are_uuids_in_the_database(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        made = [await Visit.create(work.session, visitors=number) for number in range(5)]
    async with zoo.read_session() as session:
        stored = list((await session.execute(select(Visit).order_by(col(Visit.visit_id)))).scalars())
    assert [visit.visitors for visit in stored] == [0, 1, 2, 3, 4]
    assert [visit.visit_id for visit in stored] == [visit.visit_id for visit in made]


async def test_a_table_joins_many_to_many_within_one_guild(zoo: DatabaseManager) -> None:
    guild_id = new_id()
    async with zoo.transaction() as work:
        lions = await Enclosure.create(work.session, guild_id=guild_id, name="Lions")
        for number, label in enumerate(["loud", "large"], start=1):
            await Tag.create(work.session, guild_id=guild_id, number=number, label=label)
            await EnclosureTag.create(work.session, guild_id=guild_id, enclosure="Lions", tag=number)
        joined = (col(EnclosureTag.guild_id) == col(Tag.guild_id)) & (col(EnclosureTag.tag) == col(Tag.number))
        of_lions = (
            select(col(Tag.label))
            .join(EnclosureTag, joined)
            .where(col(EnclosureTag.guild_id) == guild_id, col(EnclosureTag.enclosure) == "Lions")
            .order_by(col(Tag.label))
        )
        assert list((await work.session.execute(of_lions)).scalars()) == ["large", "loud"]
        await lions.delete(work.session)
        assert await EnclosureTag.count(work.session) == 0
        assert await Tag.count(work.session) == 2
