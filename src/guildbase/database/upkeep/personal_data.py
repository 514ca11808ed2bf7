"""Reads all that is kept about a person or a guild, table by table, and shows others in it only as stand-ins."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Column, ColumnElement, Table, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.crypto import Keyring
from guildbase.core.snowflake import FIRST_PSEUDONYM, LARGEST
from guildbase.database.encryption import bound, encrypted_columns
from guildbase.database.privacy import FOR_OPERATORS, is_id, person_columns, policy_of, searched_columns
from guildbase.database.rows.keyset import pages
from guildbase.database.secret import Secret
from guildbase.database.upkeep.erasure import mentions

Row = dict[str, Any]

_PERHAPS_A_PERSON = re.compile(r"(?<![0-9/#&])(?!(?<=:)[0-9]+>)[0-9]{17,19}(?![0-9])")
"""An id that is not, as Discord writes them, that of a channel, a role or an emoji, and not part of a link."""


@dataclass(frozen=True, slots=True)
class PersonView:
    """What one person may see: rows that have or mention their id, with other people in them replaced or left out."""

    user_id: int
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    def condition(self, table: Table) -> ColumnElement[bool] | None:
        """Return which rows are about the person, or None if the table never is."""
        about = [column == self.user_id for column in person_columns(table)]
        about += [mentions(column, self.user_id) for column in _about_whoever(table)]
        return or_(*about) if about else None

    def show(self, table: Table, row: Mapping[str, Any]) -> Row | None:
        """Return the row as the person may see it, or None if a longer number only looked like the id."""
        is_mine = any(row[column.name] == self.user_id for column in person_columns(table))
        mentioning = [column for column in _about_whoever(table) if self._mentioned(row[column.name])]
        if not is_mine and not mentioning:
            return None
        return {str(column.name): self._shown(column, row) for column in table.columns}

    def _shown(self, column: Column[Any], row: Mapping[str, Any]) -> Any:
        value, policy = row[column.name], policy_of(column)
        if value is None or policy is None:
            return value
        if column in person_columns(column.table):
            return value if value == self.user_id else self._stand_in(value)
        if policy.of is not None:
            return self._without_others(_opened(value)) if row[policy.of] == self.user_id else None
        if column in searched_columns(column.table):
            return self._without_others(value) if self._mentioned(value) else None
        return value

    def _without_others(self, value: Any) -> Any:
        """Return the text or document with stand-ins for what may be the ids of other people."""

        def shown(found: re.Match[str]) -> str:
            number = int(found[0])
            return found[0] if number == self.user_id else str(self._stand_in(number))

        if isinstance(value, str):
            return _PERHAPS_A_PERSON.sub(shown, value)
        if isinstance(value, dict | list):
            return orjson.loads(_PERHAPS_A_PERSON.sub(shown, orjson.dumps(value).decode()))
        return value

    def _mentioned(self, value: Any) -> bool:
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        return re.search(rf"(?<![0-9]){self.user_id}(?![0-9])", text) is not None

    def _stand_in(self, other: int) -> int:
        """Return a number for another person: the same throughout this export, another one in the next."""
        digest = hashlib.blake2b(str(other).encode(), key=self.salt, digest_size=8).digest()
        return FIRST_PSEUDONYM + int.from_bytes(digest) % (LARGEST - FIRST_PSEUDONYM + 1)


@dataclass(frozen=True, slots=True)
class GuildView:
    """What the owner of a guild may see: every row of the guild as it is."""

    guild_id: int

    def condition(self, table: Table) -> ColumnElement[bool] | None:
        """Return which rows are the guild's, or None if the table has no guilds, or is for the operator alone."""
        is_shown = "guild_id" in table.c and not table.info.get(FOR_OPERATORS)
        return table.c["guild_id"] == self.guild_id if is_shown else None

    def show(self, table: Table, row: Mapping[str, Any]) -> Row | None:
        """Return the row as it is."""
        return {str(column.name): row[column.name] for column in table.columns}


async def read(session: AsyncSession, table: Table, view: PersonView | GuildView) -> AsyncIterator[list[Row]]:
    """Yield the rows that the view shows, page by page, ready for JSON: ids are texts, times are ISO 8601."""
    condition = view.condition(table)
    if condition is None:
        return
    is_locked, keyring = bool(encrypted_columns(table)), session.info.get("keyring") or Keyring()
    async for page in pages(session, table, select(table).where(condition)):
        rows = (bound(table, row, keyring) for row in page) if is_locked else page
        shown = [visible for row in rows if (visible := view.show(table, row)) is not None]
        yield [{name: plain(table.c[name], value) for name, value in row.items()} for row in shown]


def plain(column: Column[Any], value: Any) -> Any:
    """Return the value as JSON has it; an id is a text, because many programs round numbers of that size."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, UUID | Secret) or (isinstance(value, int) and is_id(column)):
        return str(value)
    return value


def _opened(value: Any) -> Any:
    """Return a secret's text, which its own person may read; nobody else is shown it."""
    return value.get_secret_value() if isinstance(value, Secret) else value


def _about_whoever(table: Table) -> Sequence[Column[Any]]:
    """Return the texts that are about whoever's id stands in them."""
    return [column for column in searched_columns(table) if getattr(policy_of(column), "of", None) is None]
