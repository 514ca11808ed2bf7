"""A soft-deleted row is left out wherever rows are selected, and comes back when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Select, delete, exists, func, select, union_all, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.ports import Caller
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.validation import InvalidRow
from tests.database.zoo import Keeper, Tag, Ticket, ZooAnimal, relation
from tests.factories import new_id

Other = aliased(ZooAnimal)
REACHES = col(ZooAnimal.keeper_id) == col(Keeper.keeper_id)

COUNTS: dict[str, Select[Any]] = {
    "columns": select(func.count(col(ZooAnimal.animal_id))),
    "star": select(func.count()).select_from(ZooAnimal),
    "alias": select(func.count(col(Other.animal_id))),
    "join": select(func.count()).select_from(Keeper).join(ZooAnimal, REACHES),
    "subquery": select(func.count()).select_from(select(ZooAnimal).subquery()),
    "cte": select(func.count()).select_from(select(ZooAnimal).cte()),
    "scalar subquery": select(
        select(func.count(col(ZooAnimal.animal_id))).where(REACHES).correlate(Keeper).scalar_subquery()
    ).select_from(Keeper),
    "in": select(func.count())
    .select_from(Keeper)
    .where(col(Keeper.keeper_id).in_(select(col(ZooAnimal.keeper_id)).where(col(ZooAnimal.name) != "Leo"))),
    "exists": select(func.count())
    .select_from(Keeper)
    .where(exists().where(REACHES, col(ZooAnimal.name) != "Leo")),
}  # fmt: skip


@dataclass
class Cast:
    keeper_id: int
    leo: int
    gone: int


@pytest.fixture
async def cast(zoo: DatabaseManager) -> Cast:
    """A keeper with one living animal and one that was deleted."""
    async with zoo.transaction() as work:
        keeper = await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
        leo = await ZooAnimal.create(work.session, keeper_id=keeper.keeper_id, chip=new_id(), name="Leo")
        gone = await ZooAnimal.create(work.session, keeper_id=keeper.keeper_id, chip=new_id(), name="Gone")
        gone.soft_delete(keeper.keeper_id)
        assert gone.is_deleted
    assert leo.animal_id is not None
    assert gone.animal_id is not None
    return Cast(keeper.keeper_id, leo.animal_id, gone.animal_id)


@pytest.mark.parametrize("form", COUNTS)
async def test_a_deleted_row_does_not_count(zoo: DatabaseManager, cast: Cast, form: str) -> None:
    # The keeper has one living animal, Leo; the conditions on names look for another one.
    expected = 0 if form in ("in", "exists") else 1
    async with zoo.read_session() as session:
        assert (await session.execute(COUNTS[form])).scalar_one() == expected
        everything = await session.execute(COUNTS[form], execution_options={"include_deleted": True})
        assert everything.scalar_one() == expected + 1


async def test_select_and_get_do_not_see_it(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.read_session() as session:
        assert [animal.name for animal in await ZooAnimal.get_multi(session)] == ["Leo"]
        assert await ZooAnimal.count(session) == 1
        assert await ZooAnimal.get(session, col(ZooAnimal.name) == "Gone") is None
        assert await ZooAnimal.get_by_id(session, cast.gone) is None
        assert await ZooAnimal.get_by_id(session, cast.leo) is not None


async def test_it_is_there_for_who_asks_for_it(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.read_session() as session:
        gone = await ZooAnimal.get_by_id(session, cast.gone, include_deleted=True)
    assert gone is not None
    assert gone.deleted_at is not None
    assert gone.deleted_by == cast.keeper_id


async def test_a_union_leaves_it_out_of_both_halves(zoo: DatabaseManager, cast: Cast) -> None:
    both = union_all(select(col(ZooAnimal.name)), select(col(Other.name))).subquery()
    async with zoo.read_session() as session:
        assert set((await session.execute(select(both.c.name))).scalars()) == {"Leo"}


async def test_selectinload_leaves_it_out(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.read_session() as session:
        keeper = (await session.execute(select(Keeper).options(selectinload(relation(Keeper.animals))))).scalar_one()
        assert [animal.name for animal in keeper.animals] == ["Leo"]


async def test_any_of_a_relationship_does_not_see_it(zoo: DatabaseManager, cast: Cast) -> None:
    any_gone = select(Keeper).where(relation(Keeper.animals).any(col(ZooAnimal.name) == "Gone"))
    async with zoo.read_session() as session:
        assert (await session.execute(any_gone)).first() is None
        assert (await session.execute(any_gone, execution_options={"include_deleted": True})).first() is not None


async def test_restoring_brings_it_back(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.transaction() as work:
        gone = await ZooAnimal.get_by_id(work.session, cast.gone, include_deleted=True)
        assert gone is not None
        gone.restore()
    async with zoo.read_session() as session:
        restored = await ZooAnimal.get_by_id(session, cast.gone)
        assert restored is not None
        assert not restored.is_deleted
        assert restored.deleted_by is None


async def test_a_deletion_by_nobody_possible_does_not_happen(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.transaction() as work:
        leo = await ZooAnimal.get_by_id(work.session, cast.leo)
        assert leo is not None
        with pytest.raises(InvalidRow):
            leo.soft_delete(by=5)
        assert not leo.is_deleted


JOINS: dict[str, Select[Any]] = {
    "relationship": select(func.count()).select_from(Keeper).join(relation(Keeper.animals)),
    "relationship to an alias": select(func.count()).select_from(Keeper).join(relation(Keeper.animals).of_type(Other)),
    "target and relationship": select(func.count()).select_from(Keeper).join(ZooAnimal, relation(Keeper.animals)),
    "join from": select(func.count()).join_from(Keeper, relation(Keeper.animals)),
    "itself under another name": select(func.count())
    .select_from(ZooAnimal)
    .join(Other, col(Other.keeper_id) == col(ZooAnimal.keeper_id)),
    "within a subquery": select(func.count()).select_from(
        select(col(Keeper.keeper_id)).join(relation(Keeper.animals)).subquery()
    ),
}


@pytest.mark.parametrize("form", JOINS)
async def test_regression_a_join_along_a_relationship_leaves_it_out(
    zoo: DatabaseManager, cast: Cast, form: str
) -> None:
    async with zoo.read_session() as session:
        assert (await session.execute(JOINS[form])).scalar_one() == 1
        everything = await session.execute(JOINS[form], execution_options={"include_deleted": True})
        assert everything.scalar_one() == (4 if form == "itself under another name" else 2)


async def test_regression_an_outer_join_keeps_the_parent_of_deleted_rows(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.transaction() as work:
        await ZooAnimal.delete_many(work.session, animal_id=cast.leo)
    pairs = select(col(Keeper.keeper_id), col(ZooAnimal.animal_id)).outerjoin(relation(Keeper.animals))
    async with zoo.read_session() as session:
        assert [tuple(pair) for pair in await session.execute(pairs)] == [(cast.keeper_id, None)]


async def test_regression_joinedload_leaves_it_out(zoo: DatabaseManager, cast: Cast) -> None:
    with_animals = select(Keeper).options(joinedload(relation(Keeper.animals)))
    async with zoo.read_session() as session:
        keeper = (await session.execute(with_animals)).unique().scalar_one()
        assert [animal.name for animal in keeper.animals] == ["Leo"]
    async with zoo.read_session() as session:
        seen = await session.execute(with_animals, execution_options={"include_deleted": True})
        assert {animal.name for animal in seen.unique().scalar_one().animals} == {"Leo", "Gone"}


async def test_what_is_always_loaded_along_leaves_it_out(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.transaction() as work:
        for animal_id in (cast.leo, cast.gone):
            await Ticket.create(work.session, animal_id=animal_id)
    async with zoo.read_session() as session:
        tickets = await Ticket.get_multi(session, order_by=[col(Ticket.ticket_id)])
        assert [ticket.animal and ticket.animal.name for ticket in tickets] == ["Leo", None]


async def test_get_does_not_find_what_the_session_still_holds(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.transaction() as work:
        leo = await ZooAnimal.get_by_id(work.session, cast.leo)
        assert leo is not None
        await leo.delete(work.session)
        assert await ZooAnimal.get_by_id(work.session, cast.leo) is None
        assert await ZooAnimal.get_by_id(work.session, cast.leo, include_deleted=True) is leo


async def test_who_deletes_is_kept_without_being_told(zoo: DatabaseManager, cast: Cast) -> None:
    remover, editor = new_id(), new_id()
    async with zoo.transaction(Caller(user_id=remover)) as work:
        leo = await ZooAnimal.get_by_id(work.session, cast.leo)
        assert leo is not None
        await leo.delete(work.session)
        assert (leo.is_deleted, leo.deleted_by) == (True, remover)
    async with zoo.transaction(Caller(user_id=editor)) as work:
        gone = await ZooAnimal.get_by_id(work.session, cast.gone, include_deleted=True)
        assert gone is not None
        gone.name = "Ghost"
    async with zoo.read_session() as session:
        deleted = await ZooAnimal.get_multi(session, only_deleted=True, order_by=[col(ZooAnimal.animal_id)])
    # Changing a deleted row later is not deleting it.
    assert [(animal.name, animal.deleted_by) for animal in deleted] == [("Leo", remover), ("Ghost", cast.keeper_id)]


async def test_the_platform_deletes_without_a_name(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.transaction() as work:
        assert await ZooAnimal.delete_many(work.session, animal_id=[cast.leo, cast.gone]) == 1
        assert await ZooAnimal.count(work.session, only_deleted=True, deleted_by=None) == 1


async def test_a_deletion_of_many_rows_is_soft_too(zoo: DatabaseManager, cast: Cast) -> None:
    remover = new_id()
    async with zoo.transaction(Caller(user_id=remover)) as work:
        # The one that is deleted already stays as it is.
        assert await ZooAnimal.delete_many(work.session, keeper_id=cast.keeper_id) == 1
    async with zoo.read_session() as session:
        assert await ZooAnimal.count(session) == 0
        assert await ZooAnimal.count(session, include_deleted=True) == 2
        assert await ZooAnimal.count(session, only_deleted=True, deleted_by=remover) == 1


async def test_a_change_of_many_rows_passes_deleted_ones_by(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.transaction() as work:
        await work.session.execute(update(ZooAnimal).values(name="New"))
        assert await ZooAnimal.update_many(work.session, keeper_id=cast.keeper_id, values={"name": "Newer"}) == 1
        whole = update(ZooAnimal).values(chip=new_id())
        await work.session.execute(whole, execution_options={"include_deleted": True})
    async with zoo.read_session() as session:
        animals = await ZooAnimal.get_multi(session, include_deleted=True, order_by=[col(ZooAnimal.animal_id)])
    assert [animal.name for animal in animals] == ["Newer", "Gone"]
    assert animals[0].chip == animals[1].chip


async def test_an_orm_delete_of_such_a_table_says_what_to_use(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.transaction() as work:
        with pytest.raises(RuntimeError, match=r"use ZooAnimal\.delete_many, or ZooAnimal\.purge"):
            await work.session.execute(delete(ZooAnimal).where(col(ZooAnimal.name) == "Leo"))
        await work.session.execute(delete(Keeper).where(col(Keeper.name) == "Nobody"))
    async with zoo.read_session() as session:
        assert await ZooAnimal.count(session, include_deleted=True) == 2


async def test_only_what_was_deleted_long_ago_is_purged(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.transaction() as work:
        before = utcnow()
        await ZooAnimal.delete_many(work.session, animal_id=cast.leo)
        assert await ZooAnimal.purge(work.session, col(ZooAnimal.name) == "Leo", before=before) == 0
        assert await ZooAnimal.purge(work.session, before=before) == 1
        left = await ZooAnimal.get_multi(work.session, include_deleted=True)
        assert [animal.name for animal in left] == ["Leo"]
        assert await ZooAnimal.purge(work.session, before=utcnow()) == 1


async def test_is_deleted_is_a_condition_too(zoo: DatabaseManager, cast: Cast) -> None:
    names = select(col(ZooAnimal.name)).order_by(col(ZooAnimal.animal_id))
    everything = {"include_deleted": True}
    async with zoo.read_session() as session:
        gone = await session.execute(names.where(ZooAnimal.is_deleted), execution_options=everything)
        assert list(gone.scalars()) == ["Gone"]
        live = await session.execute(names.where(~ZooAnimal.is_deleted), execution_options=everything)
        assert list(live.scalars()) == ["Leo"]


async def test_a_deleted_row_does_not_hold_a_name_that_must_be_unique(zoo: DatabaseManager) -> None:
    guild_id = new_id()
    async with zoo.transaction() as work:
        old = await Tag.create(work.session, guild_id=guild_id, number=1, label="loud")
        await old.delete(work.session)
        await Tag.create(work.session, guild_id=guild_id, number=2, label="loud")
    with pytest.raises(IntegrityError):
        async with zoo.transaction() as work:
            await Tag.create(work.session, guild_id=guild_id, number=3, label="loud")


async def test_a_deleted_row_in_the_session_can_be_refreshed(zoo: DatabaseManager, cast: Cast) -> None:
    async with zoo.transaction() as work:
        gone = await ZooAnimal.get_by_id(work.session, cast.gone, include_deleted=True)
        assert gone is not None
        await work.session.refresh(gone)
        assert gone.name == "Gone"
