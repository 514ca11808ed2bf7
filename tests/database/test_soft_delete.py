"""A soft-deleted row is left out wherever rows are selected, and comes back when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Select, exists, func, select, union_all
from sqlalchemy.orm import aliased, selectinload
from sqlmodel import col

from guildbase.database.manager import DatabaseManager
from tests.database.zoo import Keeper, ZooAnimal, relation
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
        with pytest.raises(ValidationError):
            leo.soft_delete(by=5)
        assert not leo.is_deleted
