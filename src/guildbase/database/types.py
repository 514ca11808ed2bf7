"""Column types that behave alike on PostgreSQL and SQLite, and the fields made of them.

A snowflake column must name its SQL type in every field: SQLModel silently makes a 32-bit column of a
type that is only annotated. These functions are the one place where that is done.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

from pydantic import AfterValidator, PlainSerializer
from sqlalchemy import JSON, BigInteger, Integer
from sqlalchemy import Enum as SAEnum
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from guildbase.core.snowflake import check_snowflake
from guildbase.core.time_ids import new_time_id
from guildbase.database.privacy import NOT_PERSONAL, Privacy, column_info

Snowflake = Annotated[
    int, AfterValidator(check_snowflake), PlainSerializer(str, return_type=str, when_used="json-unless-none")
]
"""A checked Discord id, which is text in JSON; the column type comes from `snowflake()` or `snowflake_key()`."""

JsonDocument = JSON().with_variant(JSONB, "postgresql")
KEPT_IF_REFERRED_TO = "kept_if_referred_to"
"""In a table's `info`: its rows mean nothing by themselves, and go when no foreign key points at them."""
SurrogateKey = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only for INTEGER keys."""


def snowflake_key(*, foreign_key: str | None = None, privacy: Privacy | None = None) -> Any:
    """Return a primary key field for a Discord id; the database never invents such a number."""
    extra: dict[str, Any] = {"foreign_key": foreign_key, "ondelete": "CASCADE"} if foreign_key else {}
    column = {"autoincrement": False, **column_info(privacy)}
    return Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=column, **extra)


def snowflake(*, index: bool = False, privacy: Privacy | None = None) -> Any:
    """Return a field for a Discord id that must be there."""
    return Field(sa_type=BigInteger, index=index, sa_column_kwargs=column_info(privacy))


def optional_snowflake(*, index: bool = False, privacy: Privacy | None = None) -> Any:
    """Return a field for a Discord id that may be absent."""
    return Field(default=None, sa_type=BigInteger, index=index, sa_column_kwargs=column_info(privacy))


def text_field(*, max_length: int, min_length: int = 0, default: Any = ..., privacy: Privacy | None = None) -> Any:
    """Return a field for text of at most so many characters; without a default it must be given."""
    return Field(default=default, min_length=min_length, max_length=max_length, sa_column_kwargs=column_info(privacy))


def document_field(*, privacy: Privacy | None = None) -> Any:
    """Return a field for a JSON document, by default an empty one."""
    return Field(default_factory=dict, sa_type=JsonDocument, sa_column_kwargs=column_info(privacy))


def surrogate_key() -> Any:
    """Return a primary key field that the database numbers."""
    return Field(default=None, primary_key=True, sa_type=SurrogateKey, sa_column_kwargs=column_info(NOT_PERSONAL))


def uuid_key() -> Any:
    """Return a primary key field for rows of no guild: a UUID that rises with time, made before the row is stored."""
    return Field(default_factory=new_time_id, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))


def enum_type(values: type[Enum], name: str) -> SAEnum:
    """Return a native enum on PostgreSQL, and text with a CHECK on SQLite; it stores values, not member names."""
    return SAEnum(
        values,
        name=name,
        values_callable=lambda kind: [str(member.value) for member in kind],
        create_constraint=True,
        validate_strings=True,
        length=32,
    )
