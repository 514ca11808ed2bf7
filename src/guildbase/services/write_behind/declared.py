"""Which tables may be written behind, and how; a table that does not say so is refused.

What is gathered is lost if the process is killed. So audit, money, cases and security events never are; a table that
keeps who changed its rows, their versions or secrets cannot even be declared.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import Integer, Table

from guildbase.database.encryption import encrypted_columns

_KEY = "write_behind"
_OF_RECORDS = frozenset({"created_by", "updated_by", "deleted_at", "version", "actor_id"})
"""Columns of rows that somebody answers for."""


class Shape(StrEnum):
    """How gathered rows become rows of the table."""

    SUMS = "sums"
    """The rows of one key are added up, in memory and in the table; all other columns are whole numbers."""
    ROWS = "rows"
    """Each row is stored as it is."""


def write_behind(shape: Shape) -> dict[str, Any]:
    """Return the entry of a table's `info` that lets its rows be gathered before they are stored."""
    return {_KEY: shape}


def shape_of(table: Table) -> Shape | None:
    """Return how the table is written behind, or None if it must not be."""
    found = table.info.get(_KEY)
    return found if isinstance(found, Shape) else None


def problems(table: Table) -> list[str]:
    """Return why the table cannot be written behind in the declared way, each as a sentence; nothing if it can."""
    kept = _OF_RECORDS.intersection(column.name for column in table.columns)
    found = [f"{table.name} keeps {name}, so its rows must not be lost." for name in kept]
    found += [f"{column} is encrypted, so its rows must not be lost." for column in encrypted_columns(table)]
    if shape_of(table) is Shape.SUMS:
        others = [column for column in table.columns if not column.primary_key]
        found += [
            f"{column} is no number that can be added up."
            for column in others
            if not isinstance(column.type, Integer) or column.foreign_keys
        ]
    return sorted(found)
