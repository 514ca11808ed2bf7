"""What becomes of each personal column when its person asks to be erased; declared where the column is.

Every column that holds a user's id or text that people wrote carries one of these in its `info`. Export,
erasure and the data statement are derived from them, and a test fails for a column without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Column

_KEY = "privacy"


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
    """Name of the column in the same table with the id of the person whom this one is about; None if it is that id."""
    reason: str = ""
    """Why it is kept, for the data statement."""
    keep_for: timedelta | None = None
    """How long it is kept; None means as long as the guild's data."""


NOT_PERSONAL = Privacy(Treatment.NOT_PERSONAL)
"""For ids of guilds, channels, roles and messages, and for words of our own."""
DELETE_ROW = Privacy(Treatment.DELETE_ROW)
PSEUDONYMISE = Privacy(Treatment.PSEUDONYMISE)


def cleared(of: str) -> Privacy:
    """Return the policy of text that is emptied with the person whose id is in the column `of`."""
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
