"""What becomes of each personal column when its person asks to be erased; declared where the column is.

Every column that holds a user's id or text that people wrote carries one of these in its `info`. Export,
erasure and the data statement are derived from them, and a test fails for a column without one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Enum, LargeBinary, String, Table, UniqueConstraint
from sqlalchemy.types import TypeDecorator, TypeEngine

FOR_OPERATORS = "for_operators"
"""In the `info` of a table: whoever owns a guild is not shown its rows, only the operator is."""
_KEY = "privacy"
_ID_NAME = re.compile(r".*(_id|_by)")


class Treatment(StrEnum):
    """What erasing a person does to the column."""

    DELETE_ROW = "delete_row"
    """The row is about this person alone and goes as a whole."""
    CLEAR = "clear"
    """The row stays; this column becomes empty (NULL where that is allowed, else an empty text or document)."""
    PSEUDONYMISE = "pseudonymise"
    """The row stays; the id becomes a number that nobody can trace back."""
    KEEP = "keep"
    """The column stays as it is, for a stated reason and for a stated time."""
    NOT_PERSONAL = "not_personal"
    """The column holds no user's id and nothing that people wrote."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """The policy of one column."""

    treatment: Treatment
    of: str | None = None
    """Name of the column in the same table with the id of the person whom this one is about.

    None on a column of ids: it is the id itself. None on text or a document: it is about whoever's id stands in it.
    """
    reason: str = ""
    """Why it is kept, for the data statement."""
    keep_for: timedelta | None = None
    """How long it is kept; None means as long as the guild's data."""


NOT_PERSONAL = Privacy(Treatment.NOT_PERSONAL)
"""For ids of guilds, channels, roles and messages, and for words of our own."""
DELETE_ROW = Privacy(Treatment.DELETE_ROW)
PSEUDONYMISE = Privacy(Treatment.PSEUDONYMISE)


def cleared(of: str | None = None) -> Privacy:
    """Return the policy of text that is emptied with the person whose id is in the column `of`, or in the text."""
    return Privacy(Treatment.CLEAR, of)


def kept(reason: str, *, of: str | None = None, keep_for: timedelta | None = None) -> Privacy:
    """Return the policy of a column that erasure leaves alone, with the reason and the term that people are told."""
    if not reason.strip():
        raise ValueError("Say why the column is kept.")
    return Privacy(Treatment.KEEP, of, reason, keep_for)


def column_info(privacy: Privacy | None) -> dict[str, Any]:
    """Return the keyword arguments that give a column its policy, for `sa_column_kwargs`."""
    return {"info": {_KEY: privacy}} if privacy is not None else {}


def policy_of(column: Column[Any]) -> Privacy | None:
    """Return the column's policy, or None if nobody has declared one."""
    found = column.info.get(_KEY)
    return found if isinstance(found, Privacy) else None


def is_id(column: Column[Any]) -> bool:
    """Tell whether the column holds Discord ids, by its type and name."""
    return isinstance(column.type, BigInteger) and _ID_NAME.fullmatch(column.name) is not None


def is_text(column: Column[Any]) -> bool:
    """Tell whether the column holds text or a document that can be searched."""
    kind = _stored_type(column)
    return isinstance(kind, String | JSON) and not isinstance(kind, Enum)


def is_sealed(column: Column[Any]) -> bool:
    """Tell whether the column holds bytes, encrypted ones above all, that nobody can search."""
    return isinstance(_stored_type(column), LargeBinary)


def person_columns(table: Table) -> list[Column[Any]]:
    """Return the columns with the ids of people."""
    personal = (Treatment.DELETE_ROW, Treatment.PSEUDONYMISE, Treatment.KEEP)
    return [column for column, policy in _declared(table) if is_id(column) and policy.treatment in personal]


def columns_about(column: Column[Any]) -> list[Column[Any]]:
    """Return the columns of the same table that are about the person whose id is in this one."""
    return [other for other, policy in _declared(column.table) if policy.of == column.name]


def cleared_with(column: Column[Any]) -> list[Column[Any]]:
    """Return the columns of the same table that are emptied with the person whose id is in this one."""
    return [other for other in columns_about(column) if treatment_of(other) is Treatment.CLEAR]


def searched_columns(table: Table) -> list[Column[Any]]:
    """Return the columns with text in which the id of anybody may stand, and must not stay."""
    searched = (Treatment.CLEAR, Treatment.DELETE_ROW)
    return [column for column, policy in _declared(table) if is_text(column) and policy.treatment in searched]


def treatment_of(column: Column[Any]) -> Treatment | None:
    """Return what erasure does to the column, or None if nobody has declared it."""
    policy = policy_of(column)
    return policy.treatment if policy else None


def problems(table: Table) -> list[str]:
    """Return what is wrong with the policies of the table's columns, each as a sentence that names the column."""
    return [f"{column} {problem}." for column in table.columns for problem in _problems(column)]


def _problems(column: Column[Any]) -> Iterator[str]:
    policy = policy_of(column)
    if policy is None:
        if is_id(column) or is_text(column) or is_sealed(column):
            yield "holds an id, a text or bytes, and declares no privacy policy"
        return
    if policy.of is not None and policy.of not in {person.name for person in person_columns(column.table)}:
        yield f"is about {policy.of}, which is no column with the ids of people"
    check = _CHECKS.get(policy.treatment)
    if check is not None:
        yield from check(column, policy)


def _pseudonymise_problems(column: Column[Any], policy: Privacy) -> Iterator[str]:
    if not is_id(column) or policy.of is not None:
        yield "is no id, so it cannot become a pseudonym"
    if column.foreign_keys:
        yield "refers to a row of the person, which a pseudonym has not; delete the row instead"
    if column.primary_key and any(map(is_sealed, set(column.table.columns) - set(cleared_with(column)))):
        yield "is part of the lock of encrypted columns, so they must be cleared with it"


def _clear_problems(column: Column[Any], policy: Privacy) -> Iterator[str]:
    if not column.nullable and (not is_text(column) or _is_unique(column)):
        yield "is cleared and can neither be NULL nor be empty in many rows"
    if policy.of is None and not is_text(column):
        yield "is cleared, and nothing tells with whom"


def _delete_problems(column: Column[Any], policy: Privacy) -> Iterator[str]:
    if not (is_id(column) or is_text(column)) or policy.of is not None:
        yield "is neither the id of the person nor a text with it, so it cannot decide that the row goes"


_CHECKS = {
    Treatment.PSEUDONYMISE: _pseudonymise_problems,
    Treatment.CLEAR: _clear_problems,
    Treatment.DELETE_ROW: _delete_problems,
}


def _declared(table: Table) -> Iterator[tuple[Column[Any], Privacy]]:
    for column in table.columns:
        if (policy := policy_of(column)) is not None:
            yield column, policy


def _is_unique(column: Column[Any]) -> bool:
    unique = [item.columns for item in column.table.constraints if isinstance(item, UniqueConstraint)]
    indexed = [index.columns for index in column.table.indexes if index.unique]
    return column.primary_key or any(column.name in columns for columns in (*unique, *indexed))


def _stored_type(column: Column[Any]) -> TypeEngine[Any]:
    kind: TypeEngine[Any] = column.type
    while isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    return kind
