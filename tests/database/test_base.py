"""A wrong value is refused before SQLAlchemy sees it, so that no later commit can store it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, Table, inspect
from sqlalchemy.exc import InvalidRequestError
from sqlmodel import _compat

from guildbase.core.ports import SYSTEM
from guildbase.database.base import NAMING, Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.validation import InvalidRow
from tests.database.zoo import Diet, Keeper, Shift, ZooAnimal
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
    with pytest.raises(InvalidRow) as refused:
        Keeper(**right | wrong)
    assert list(refused.value.problems) == list(wrong)
    assert refused.value.code == "invalid_row"


def test_a_row_is_not_made_without_what_it_must_have() -> None:
    nothing: dict[str, Any] = {}
    with pytest.raises(InvalidRow) as refused:
        Keeper(**nothing)
    assert refused.value.problems == {"keeper_id": "Field required", "name": "Field required"}


def test_an_enum_takes_its_values_and_nothing_else() -> None:
    right: dict[str, Any] = {"keeper_id": new_id(), "chip": new_id(), "name": "Leo", "diet": "meat"}
    assert ZooAnimal(**right).diet is Diet.MEAT
    with pytest.raises(InvalidRow):
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
        with pytest.raises(InvalidRow):
            loaded.name = "far too long"
        with pytest.raises(InvalidRow):
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
    with pytest.raises(InvalidRow):
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


def test_ids_are_text_in_json() -> None:
    keeper_id = new_id()
    keeper = Keeper(keeper_id=keeper_id, name="Kim", created_by=keeper_id)
    # JavaScript would round such numbers.
    assert keeper.model_dump(mode="json")["keeper_id"] == str(keeper_id)
    assert f'"created_by":"{keeper_id}","updated_by":null' in keeper.model_dump_json()
    assert keeper.model_dump()["keeper_id"] == keeper_id
    assert Keeper.model_validate_json(keeper.model_dump_json()).model_dump() == keeper.model_dump()


def test_a_row_cannot_be_copied() -> None:
    # The copy would share the row's state in SQLAlchemy, and changes of one would be stored as the other's.
    with pytest.raises(TypeError, match="A Keeper cannot be copied"):
        Keeper(keeper_id=new_id(), name="Kim").model_copy()


def test_several_fields_are_assigned_together_or_not_at_all() -> None:
    keeper = Keeper(keeper_id=new_id(), name="Kim")
    keeper.assign({"name": "Lou", "fed": 2})
    assert (keeper.name, keeper.fed) == ("Lou", 2)
    for wrong in ({"fed": -1}, {"nickname": "K"}):
        with pytest.raises(InvalidRow) as refused:
            keeper.assign({"name": "Ann", **wrong})
        assert set(refused.value.problems) == set(wrong)
        assert (keeper.name, keeper.fed) == ("Lou", 2)


async def test_regression_a_row_is_checked_as_a_whole_after_all_its_changes(zoo: DatabaseManager) -> None:
    async with zoo.transaction(SYSTEM) as work:
        shift = await Shift.create(work.session, begin=1, end=3)
        await shift.update(work.session, begin=7, end=9)
        for wrong in ({"begin": 9}, {"begin": 20, "end": 11}):
            with pytest.raises(InvalidRow, match="it ends before it begins"):
                await shift.update(work.session, **wrong)
        shift.assign({})
        assert (shift.begin, shift.end) == (7, 9)
        # What is compared or changed by a statement is no row.
        assert await Shift.get_by_id(work.session, shift.shift_id) is shift
        assert await Shift.count(work.session, begin=7) == 1
        assert await Shift.update_many(work.session, begin=7, values={"end": 10}) == 1


def test_the_refusal_says_what_is_wrong_and_not_with_which_value() -> None:
    with pytest.raises(InvalidRow) as refused:
        Keeper(keeper_id=new_id(), name="my secret")
    assert refused.value.text == (
        "Keeper cannot be stored: name: String should have at most 8 characters. "
        "Correct it and try again; nothing was changed."
    )
    assert refused.value.status == 422
    assert "secret" not in str(refused.value.__dict__)


def test_a_check_without_a_name_is_refused() -> None:
    metadata = MetaData(naming_convention=NAMING)
    with pytest.raises(InvalidRequestError, match="x > 0 of guest has no name"):
        Table("guest", metadata, Column("x", Integer), CheckConstraint("x > 0"))


def test_regression_values_of_a_model_that_looks_at_rows_as_a_whole_are_checked_as_a_whole() -> None:
    assert {"begin": 1, "end": 2}.items() <= Shift.validated({"begin": 1, "end": 2}).items()
    with pytest.raises(InvalidRow, match="it ends before it begins"):
        Shift.validated({"begin": 2, "end": 1})
