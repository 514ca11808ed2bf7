"""The declarative base: rows are validated before SQLAlchemy sees a value, at construction and at assignment.

SQLModel's own table models skip validation, and with `validate_assignment` they keep a refused value.
So both ways run Pydantic's validator on a shell without SQLAlchemy state and copy what it accepted.
"""

import re
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import MetaData, Table
from sqlalchemy.orm import declared_attr, registry
from sqlalchemy.orm.attributes import set_attribute
from sqlmodel import SQLModel
from sqlmodel._compat import SQLModelConfig, finish_init, is_table_model_class

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of every table. Mixins come first: `class Guild(TimestampMixin, CRUDMixin, Base, table=True)`."""

    model_config = SQLModelConfig(
        validate_assignment=True, extra="forbid", from_attributes=True, hide_input_in_errors=True
    )
    if TYPE_CHECKING:
        __table__: ClassVar[Table]

    @declared_attr  # type: ignore[arg-type]
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy calls it with the class.
        """Return the class name in snake case."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()

    def __init__(self, **data: Any) -> None:
        cls = type(self)
        if not (finish_init.get() and is_table_model_class(cls)):
            super().__init__(**data)
            return
        shell = cls.__new__(cls)
        cls.__pydantic_validator__.validate_python(data, self_instance=shell)
        for name in cls.model_fields:
            set_attribute(self, name, shell.__dict__[name])
        object.__setattr__(self, "__pydantic_fields_set__", shell.__pydantic_fields_set__)
        object.__setattr__(self, "__pydantic_private__", shell.__pydantic_private__)
        object.__setattr__(self, "__pydantic_extra__", None)

    def __setattr__(self, name: str, value: Any) -> None:
        cls = type(self)
        if not (finish_init.get() and is_table_model_class(cls) and name in cls.model_fields):
            super().__setattr__(name, value)
            return
        shell = cls.__new__(cls)
        loaded = {key: held for key, held in self.__dict__.items() if key in cls.model_fields}
        object.__setattr__(shell, "__dict__", loaded)
        cls.__pydantic_validator__.validate_assignment(shell, name, value)
        set_attribute(self, name, shell.__dict__[name])
        self.__pydantic_fields_set__.add(name)
