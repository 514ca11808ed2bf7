"""The declarative base: rows are validated before SQLAlchemy sees a value, at construction and at assignment.

SQLModel's own table models skip validation, and with `validate_assignment` they keep a refused value.
So both ways run Pydantic's validator on a shell without SQLAlchemy state and copy what it accepted.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreConfig, CoreSchema, SchemaValidator
from pydantic_core.core_schema import tuple_schema
from sqlalchemy import CheckConstraint, MetaData, Table
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import configure_mappers, declared_attr, registry
from sqlalchemy.orm.attributes import set_attribute
from sqlmodel import SQLModel
from sqlmodel._compat import SQLModelConfig, finish_init, is_table_model_class
from sqlmodel.main import _get_sqlmodel_field_value

from guildbase.database.rows.validation import InvalidRow, hold_to_what_can_be_stored, quicker


def _check_constraint_name(check: CheckConstraint, table: Table) -> str:
    """Return the check's own name; that of an enum is its column's, since two columns may share the enum."""
    if getattr(check, "_type_bound", False):
        return str(next(iter(check.columns)).name)
    if check.name is None:
        raise InvalidRequestError(f"The check {check.sqltext} of {table.name} has no name.")
    return str(check.name)


NAMING: dict[str, Any] = {
    "check_constraint_name": _check_constraint_name,
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(check_constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of every table. Mixins come first: `class Guild(TimestampMixin, CRUDMixin, Base, table=True)`.

    A wrong value raises InvalidRow, wherever it comes in, and changes nothing.
    """

    # A start makes each model's table, but of most models no row for a long time; what checks rows waits for the first.
    model_config = SQLModelConfig(
        validate_assignment=True,
        extra="forbid",
        from_attributes=True,
        hide_input_in_errors=True,
        defer_build=True,
    )
    if TYPE_CHECKING:
        __table__: ClassVar[Table]

    @declared_attr  # type: ignore[arg-type]
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy calls it with the class.
        """Return the class name in snake case."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Add what can be stored at all to what the model says of its fields."""
        schema = handler(source)
        fields = cls.__pydantic_fields__.items()
        types = {name: _get_sqlmodel_field_value(field, "sa_type", None) for name, field in fields}
        hold_to_what_can_be_stored(handler.resolve_ref_schema(schema), types)
        return schema

    def __init__(self, **data: Any) -> None:
        cls = type(self)
        if not (finish_init.get() and is_table_model_class(cls)):
            super().__init__(**data)
            return
        shell = _filled_shell(cls, data)
        for name in cls.__pydantic_fields__:
            set_attribute(self, name, shell.__dict__[name])
        object.__setattr__(self, "__pydantic_fields_set__", shell.__pydantic_fields_set__)
        object.__setattr__(self, "__pydantic_private__", shell.__pydantic_private__)
        object.__setattr__(self, "__pydantic_extra__", None)

    def __setattr__(self, name: str, value: Any) -> None:
        cls = type(self)
        if not (finish_init.get() and is_table_model_class(cls) and name in cls.__pydantic_fields__):
            super().__setattr__(name, value)
            return
        self.assign({name: value})

    def assign(self, changes: Mapping[str, Any]) -> None:
        """Set several fields at once; if one value is wrong, none is set.

        Raises:
            InvalidRow: a value is wrong, or there is no such field.
        """
        cls = type(self)
        shell = cls.__new__(cls)
        fields = cls.__pydantic_fields__  # What `model_fields` returns, which takes longer.
        loaded = {key: held for key, held in self.__dict__.items() if key in fields}
        object.__setattr__(shell, "__dict__", loaded)
        _assign_to_shell(shell, changes)
        _check_as_a_whole(shell, changes)
        for name in changes:
            set_attribute(self, name, shell.__dict__[name])
        self.__pydantic_fields_set__.update(changes)

    @classmethod
    def validated(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return all columns' values of a row that is made of these, without making it; for inserts in bulk.

        Raises:
            InvalidRow: a value is wrong or missing.
        """
        validator = _validator_of_values(cls)
        if validator is None:
            configure_mappers()  # The model's own check reads attributes, which nobody may have used before.
            return dict(_filled_shell(cls, values).__dict__)
        try:
            return validator.validate_python(values)[0]  # type: ignore[no-any-return]
        except ValidationError as error:
            raise InvalidRow.of(cls.__name__, error) from None

    @classmethod
    def part_validator(cls, names: Sequence[str]) -> SchemaValidator:
        """Return what checks a tuple of these fields' values: quicker than `validated`, less clear in what it says."""
        fields = _schema_of_values(cls)["fields"]
        return SchemaValidator(tuple_schema([quicker(fields[name]["schema"]) for name in names]))

    @classmethod
    def validated_change(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return these values as their fields hold them; for statements that change or compare some fields.

        Raises:
            InvalidRow: a value is wrong, or there is no such field.
        """
        shell = cls.__new__(cls)
        object.__setattr__(shell, "__dict__", {})
        _assign_to_shell(shell, values)
        return {name: shell.__dict__[name] for name in values}

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Make a row of outside data (a mapping or an object with attributes).

        Raises:
            InvalidRow: a value is wrong or missing.
        """
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise InvalidRow.of(cls.__name__, error) from None

    def model_copy(self, **_options: Any) -> NoReturn:
        """Refuse: the copy would share this row's place in the session. Make a row of `model_dump()` instead."""
        raise TypeError(f"A {type(self).__name__} cannot be copied; make a new one of its values.")


def _filled_shell(cls: type[Base], values: Mapping[str, Any]) -> Base:
    """Return the validated fields on an object without SQLAlchemy state."""
    shell: Base = cls.__new__(cls)
    try:
        cls.__pydantic_validator__.validate_python(dict(values), self_instance=shell)
    except ValidationError as error:
        raise InvalidRow.of(cls.__name__, error) from None
    return shell


def _assign_to_shell(shell: Base, changes: Mapping[str, Any]) -> None:
    cls = type(shell)
    try:
        for name, value in changes.items():
            _validator_of_fields(cls).validate_assignment(shell, name, value)
    except ValidationError as error:
        raise InvalidRow.of(cls.__name__, error) from None


def _check_as_a_whole(shell: Base, changes: Mapping[str, Any]) -> None:
    """Let the model's own validators see the row with all changes, and not with some of them."""
    cls = type(shell)
    if not changes or _validator_of_fields(cls) is cls.__pydantic_validator__:
        return
    name = next(iter(changes))
    try:
        cls.__pydantic_validator__.validate_assignment(shell, name, shell.__dict__[name])
    except ValidationError as error:
        raise InvalidRow.of(cls.__name__, error) from None


@cache
def _validator_of_fields(cls: type[Base]) -> Any:
    """Return the model's validator without what its `model_validator`s say of the row as a whole."""
    cls.model_rebuild()
    if not cls.__pydantic_decorators__.model_validators:
        return cls.__pydantic_validator__
    return SchemaValidator(_without_validators_of_the_row(cls.__pydantic_core_schema__))


@cache
def _validator_of_values(cls: type[Base]) -> SchemaValidator | None:
    """Return what checks the fields without an object to hold them; None if the model looks at rows as a whole."""
    if cls.__pydantic_decorators__.model_validators:
        return None
    return SchemaValidator(_schema_of_values(cls), CoreConfig(extra_fields_behavior="forbid"))


def _schema_of_values(cls: type[Base]) -> Any:
    cls.model_rebuild()
    schema: Any = cls.__pydantic_core_schema__
    while schema["type"] != "model-fields":
        schema = schema["schema"]
    return schema


def _without_validators_of_the_row(schema: Any) -> Any:
    if schema["type"] == "model":
        return schema
    inner = _without_validators_of_the_row(schema["schema"])
    return {**schema, "schema": inner} if schema["type"] == "definitions" else inner
