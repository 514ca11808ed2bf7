"""Encrypted columns: text that only a process with the keys can read, each value bound to its table, column and row.

    class Webhook(Base, table=True):
        webhook_id: Snowflake = snowflake_key()
        url: Secret = encrypted(max_length=200)
        url_index: bytes | None = blind_index(of="url")  # Only for a column that is searched with `equals`.

The ORM seals a value when it writes the row, and the value opens when somebody asks for it. So a list of rows costs
no decryption, and a row whose key is lost can still be loaded, and changed in its other columns.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, event, inspect
from sqlalchemy.orm import Mapper, Session, object_session
from sqlalchemy.orm.attributes import get_history, set_attribute
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field

from guildbase.core.crypto import Keyring
from guildbase.database.privacy import Privacy, column_info
from guildbase.database.secret import Secret

__all__ = ["EncryptedText", "Secret", "blind_index", "encrypted", "encrypted_columns", "equals", "sealed_rows"]

_INDEX_OF = "blind_index_of"


class _NoComparison(TypeEngine.Comparator[Secret]):
    """Refuse what would silently never match: each encryption of a text gives other bytes."""

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> Any:
        if op in (operators.is_, operators.is_not) or (op in (operators.eq, operators.ne) and other == (None,)):
            return super().operate(op, *other, **kwargs)
        raise TypeError(f"{self.expr} is encrypted: it has no order or equality. Give it a blind_index, use equals().")


class EncryptedText(TypeDecorator[Secret]):
    """Bytes in the database, a `Secret` in Python; the ORM events below bind it to its row."""

    impl = LargeBinary
    cache_ok = True
    comparator_factory = _NoComparison

    def process_bind_param(self, value: Any, _dialect: Any) -> bytes | None:
        """Return the sealed bytes; a plain text is refused, since here nobody knows the row's key."""
        if value is None:
            return None
        return (value if isinstance(value, Secret) else Secret("")).to_store()

    def process_result_value(self, value: bytes | None, _dialect: Any) -> Secret | None:
        """Return the secret, still closed."""
        return None if value is None else Secret.stored(bytes(value))


def encrypted(*, max_length: int, default: Any = ..., privacy: Privacy | None = None) -> Any:
    """Return a field for an encrypted text of at most so many characters; annotate it as `Secret`."""
    return Field(default=default, max_length=max_length, sa_type=EncryptedText, sa_column_kwargs=column_info(privacy))


def blind_index(*, of: str, privacy: Privacy | None = None) -> Any:
    """Return a field that the ORM fills so that `equals` finds rows by the encrypted column `of`."""
    info = column_info(privacy).get("info", {}) | {_INDEX_OF: of}
    # It would let one who sees it compare rows, so it is in no dump either.
    return Field(
        default=None, sa_type=LargeBinary, index=True, sa_column_kwargs={"info": info}, exclude=True, repr=False
    )


def encrypted_columns(table: Table) -> list[Column[Any]]:
    """Return the table's encrypted columns."""
    return [column for column in table.columns if isinstance(column.type, EncryptedText)]


def index_column(column: Column[Any]) -> Column[Any] | None:
    """Return the blind index of an encrypted column, if it has one."""
    return next((other for other in column.table.columns if other.info.get(_INDEX_OF) == column.name), None)


def context_of(column: Column[Any], row: Mapping[str, Any]) -> bytes:
    """Return what a value is bound to: table, column and the primary key of its row."""
    key = [_canonical(row[part.name]) for part in column.table.primary_key.columns]
    return json.dumps([column.table.name, column.name, *key]).encode()


def index_of(column: Column[Any], value: str, keyring: Keyring, key_id: int | None = None) -> bytes:
    """Return the value's blind index in this column."""
    return keyring.blind_index(value.encode(), f"{column.table.name}.{column.name}".encode(), key_id)


def equals(attribute: Any, value: str, keyring: Keyring) -> ColumnElement[bool]:
    """Return the condition that the encrypted column has this value, whichever of the keys it was written with."""
    column: Column[Any] = attribute.property.columns[0]
    index = index_column(column)
    if index is None:
        raise TypeError(f"{column} has no blind_index to find it by.")
    return index.in_([index_of(column, value, keyring, key_id) for key_id in keyring.ids or [keyring.primary]])


def sealed_rows(model: Any, rows: Iterable[Mapping[str, Any]], keyring: Keyring) -> Iterator[dict[str, Any]]:
    """Return the rows for a bulk `insert(model)` or an upsert, their secrets encrypted and indexed."""
    for row in rows:
        yield {**row, **_sealed(model.__table__, row, keyring)}


def bound(table: Table, row: Mapping[Any, Any], keyring: Keyring) -> dict[str, Any]:
    """Return a row that was selected without the ORM, with secrets that can be read."""
    for column in encrypted_columns(table):
        if isinstance(secret := row.get(column.name), Secret):
            secret.belongs(context_of(column, row), keyring)
    return dict(row)


def _sealed(table: Table, row: Mapping[str, Any], keyring: Keyring) -> dict[str, Any]:
    """Return the encrypted columns of the row, sealed for it, and their indexes."""
    values: dict[str, Any] = {}
    for column in encrypted_columns(table):
        if column.name not in row:
            continue
        given = row[column.name]
        secret = Secret(given) if isinstance(given, str) else given
        values[column.name] = secret and secret.sealed_for(context_of(column, row), keyring)
        if (index := index_column(column)) is not None:
            values[index.name] = None if secret is None else index_of(column, secret.get_secret_value(), keyring)
    return values


def _canonical(part: Any) -> str:
    """Return one text for a part of a key, the same on every database."""
    if isinstance(part, datetime):
        return part.astimezone(UTC).isoformat()
    if isinstance(part, int | str | UUID):
        return str(part)
    raise TypeError(f"A row with encrypted columns needs its whole key before it is written, not {part!r} in it.")


@event.listens_for(Mapper, "after_mapper_constructed")
def _watch_rows(mapper: Mapper[Any], model: Any) -> None:
    """Bind the secrets of this model's rows; models without encrypted columns pay nothing."""
    table = mapper.local_table
    if not isinstance(table, Table) or not encrypted_columns(table):
        return
    if any(part.server_default is not None for part in table.primary_key) or table.autoincrement_column is not None:
        raise TypeError(
            f"{model.__name__}: the database makes its key, so nothing can be bound to the row before it is written. "
            "Use Discord ids or a UUID as the key of a table with encrypted columns."
        )
    event.listen(model, "load", _on_load)
    event.listen(model, "refresh", _on_refresh)
    event.listen(model, "before_insert", _before_insert)
    event.listen(model, "before_update", _before_update)


def _on_load(row: Any, context: Any) -> None:
    state = inspect(row)
    # A refresh may load a secret without the key's own columns.
    key = dict(zip(row.__table__.primary_key.columns.keys(), state.identity, strict=True))
    bound(row.__table__, {**state.dict, **key}, context.session.info.get("keyring") or Keyring())


def _on_refresh(row: Any, context: Any, _names: Any) -> None:
    _on_load(row, context)


def _before_insert(_mapper: Any, _connection: Any, row: Any) -> None:
    names = {column.name for column in encrypted_columns(row.__table__)}
    _seal(row, names & row.__dict__.keys())


def _before_update(_mapper: Any, _connection: Any, row: Any) -> None:
    changed = {column.name for column in row.__table__.columns if get_history(row, column.name).has_changes()}
    if changed & set(row.__table__.primary_key.columns.keys()):
        raise TypeError("The key of a row with encrypted columns cannot change; write a new row and delete the old.")
    _seal(row, {column.name for column in encrypted_columns(row.__table__)} & changed)


def _seal(row: Any, names: set[str]) -> None:
    if not names:
        return
    table: Table = row.__table__
    wanted = {name: row.__dict__[name] for name in (*names, *table.primary_key.columns.keys())}
    session = object_session(row)
    keyring = (session.info.get("keyring") if isinstance(session, Session) else None) or Keyring()
    for name, value in _sealed(table, wanted, keyring).items():
        set_attribute(row, name, value)
