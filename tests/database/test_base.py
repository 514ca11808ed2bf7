"""A wrong value is refused before SQLAlchemy sees it, so that no later commit can store it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import inspect
from sqlmodel import _compat

from guildbase.core.ports import SYSTEM
from guildbase.database.base import Base
from guildbase.database.manager import DatabaseManager
from tests.database.zoo import Diet, Keeper, ZooAnimal
from tests.factories import new_id


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x"},
        {"name": "far too long"},
        {"name": None},
        {"fed": -1},
        {"fed": "several"},
        {"keeper_id": 5},
        {"keeper_id": 2**63},
        {"keeper_id": None},
        {"notes": "text"},
        {"nickname": "unknown field"},
    ],
)
def test_a_row_is_not_made_of_a_wrong_value(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {"keeper_id": new_id(), "name": "Kim"}
    assert Keeper(**right).name == "Kim"
    with pytest.raises(ValidationError) as refused:
        Keeper(**right | wrong)
    assert [error["loc"] for error in refused.value.errors()] == [tuple(wrong)]


def test_a_row_is_not_made_without_what_it_must_have() -> None:
    nothing: dict[str, Any] = {}
    with pytest.raises(ValidationError) as refused:
        Keeper(**nothing)
    assert {error["loc"] for error in refused.value.errors()} == {("keeper_id",), ("name",)}


def test_an_enum_takes_its_values_and_nothing_else() -> None:
    right: dict[str, Any] = {"keeper_id": new_id(), "chip": new_id(), "name": "Leo", "diet": "meat"}
    assert ZooAnimal(**right).diet is Diet.MEAT
    with pytest.raises(ValidationError):
        ZooAnimal(**right | {"diet": "MEAT"})


def test_values_are_stored_as_pydantic_made_them() -> None:
    as_text: dict[str, Any] = {"keeper_id": str(new_id()), "name": "Kim", "fed": "3"}
    keeper = Keeper(**as_text)
    assert isinstance(keeper.keeper_id, int)
    assert keeper.fed == 3
    keeper.fed = "4"  # type: ignore[assignment]
    assert keeper.fed == 4


def test_defaults_are_made_anew_for_every_row() -> None:
    one, other = Keeper(keeper_id=new_id(), name="Kim"), Keeper(keeper_id=new_id(), name="Kim")
    one.notes["a"] = 1
    assert other.notes == {}


async def test_a_refused_assignment_leaves_nothing_to_commit(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        keeper = await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
    async with zoo.transaction() as work:
        loaded = await Keeper.get_by_id(work.session, keeper.keeper_id)
        assert loaded is not None
        with pytest.raises(ValidationError):
            loaded.name = "far too long"
        with pytest.raises(ValidationError):
            loaded.fed = -1
        assert loaded.name == "Kim"
        assert not inspect(loaded).modified
        assert not work.session.dirty
    async with zoo.read_session() as session:
        stored = await Keeper.get_by_id(session, keeper.keeper_id)
        assert stored is not None
        assert (stored.name, stored.fed) == ("Kim", 0)


async def test_an_accepted_assignment_is_committed(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        keeper = await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
        keeper.name = "Lou"
        keeper.notes = {"id": "1128754567890123457", "deep": [1, None, {"ü": True}]}
    async with zoo.read_session() as session:
        stored = await Keeper.get_by_id(session, keeper.keeper_id)
        assert stored is not None
        assert stored.name == "Lou"
        assert stored.notes == {"id": "1128754567890123457", "deep": [1, None, {"ü": True}]}


def test_an_attribute_that_is_no_field_cannot_be_set() -> None:
    keeper = Keeper(keeper_id=new_id(), name="Kim")
    with pytest.raises(ValueError, match="nickname"):
        keeper.nickname = "K"


async def test_a_relationship_can_be_set_and_is_stored(zoo: DatabaseManager) -> None:
    keeper = Keeper(keeper_id=new_id(), name="Kim")
    animal = ZooAnimal(keeper_id=keeper.keeper_id, chip=new_id(), name="Leo")
    animal.keeper = keeper
    async with zoo.transaction() as work:
        work.session.add(animal)
    async with zoo.read_session() as session:
        assert await Keeper.count(session) == 1


async def test_a_validated_copy_of_outside_data_is_a_row_like_any_other(zoo: DatabaseManager) -> None:
    keeper = Keeper.model_validate({"keeper_id": new_id(), "name": "Kim"})
    async with zoo.transaction(SYSTEM) as work:
        work.session.add(keeper)
    async with zoo.read_session() as session:
        assert await Keeper.get_by_id(session, keeper.keeper_id) is not None
    with pytest.raises(ValidationError):
        Keeper.model_validate({"keeper_id": 5, "name": "Kim"})


def test_a_model_without_a_table_is_plain_pydantic() -> None:
    class Form(Base):
        name: str

    form = Form(name="Kim")
    form.name = "Lou"
    assert form.model_dump() == {"name": "Lou"}
    with pytest.raises(ValidationError):
        form.name = 5  # type: ignore[assignment]


def test_tables_are_named_in_snake_case() -> None:
    assert ZooAnimal.__table__.name == "zoo_animal"
    assert ZooAnimal.__table__.primary_key.name == "pk_zoo_animal"
    assert {key.name for key in ZooAnimal.__table__.foreign_key_constraints} == {"fk_zoo_animal_keeper_id_keeper"}
    assert {index.name for index in ZooAnimal.__table__.indexes} == {"ix_zoo_animal_chip"}


def test_the_two_private_names_of_sqlmodel_are_what_we_take_them_for() -> None:
    # A new SQLModel may rename or redefine them; then rows would silently be stored unchecked.
    assert _compat.finish_init.get() is True
    with _compat.partial_init():
        assert _compat.finish_init.get() is False
    assert _compat.is_table_model_class(Keeper)
    assert not _compat.is_table_model_class(Base)
