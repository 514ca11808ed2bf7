"""Finds, in a restored database, the people and guilds whom the list of erasures says to be erased."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Select, Table, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.ports import Caller
from guildbase.database.privacy import person_columns, searched_columns
from guildbase.database.rows.keyset import pages
from guildbase.database.upkeep.erasure import ids_in_texts
from guildbase.database.upkeep.personal_data import PersonView
from guildbase.platform.privacy.models import ErasureRequest, ErasureScope
from guildbase.services.erasure_list import Erasures

PAGE = 5_000


async def missing_erasures(session: AsyncSession, tables: Sequence[Table], listed: Erasures) -> list[ErasureRequest]:
    """Return a request for every erasure that this database does not know; a finished one if nobody is to be found.

    A request keeps its key, so that the database knows it from then on.
    """
    known = set((await session.execute(select(col(ErasureRequest.request_key)))).scalars())
    missing = [entry for entry in listed.entries if entry.request_key not in known]
    if not missing:
        return []
    wanted = {(entry.scope, entry.subject_hash): entry for entry in missing}
    found: dict[UUID, int] = {}
    async for scope, subject_id in _ids(session, tables):
        entry = wanted.get((scope, listed.hash(scope, subject_id)))
        if entry is not None:
            found[entry.request_key] = subject_id
    now = utcnow()
    return [
        ErasureRequest(
            request_key=entry.request_key,
            scope=ErasureScope(entry.scope),
            subject_id=found.get(entry.request_key),
            requested_at=entry.erased_at,
            finished_at=None if entry.request_key in found else now,
        )
        for entry in missing
    ]


def own_request(caller: Caller) -> Select[ErasureRequest]:
    """Return the statement for the open erasure of the caller."""
    is_own = (col(ErasureRequest.scope) == ErasureScope.USER, col(ErasureRequest.subject_id) == caller.user_id)
    return select(ErasureRequest).where(*is_own)


async def rows_about(session: AsyncSession, tables: Sequence[Table], user_id: int) -> dict[str, int]:
    """Return how many rows of which table an export for the person would look at."""
    view, found = PersonView(user_id), {}
    for table in tables:
        if (condition := view.condition(table)) is not None:
            found[str(table.name)] = (await session.execute(select(func.count()).where(condition))).scalar_one()
    return {name: rows for name, rows in found.items() if rows}


async def _ids(session: AsyncSession, tables: Sequence[Table]) -> AsyncIterator[tuple[ErasureScope, int]]:
    """Yield every id of a person or a guild in the database, some of them often."""
    for table in tables:
        people, texts = person_columns(table), searched_columns(table)
        guilds = [table.c["guild_id"]] if "guild_id" in table.c else []
        if not people and not texts and not guilds:
            continue
        wanted = {column.name: column for column in (*table.primary_key, *people, *texts, *guilds)}
        async for page in pages(session, table, select(*wanted.values()), size=PAGE):
            for row in page:
                for subject_id in _in_columns(row, guilds):
                    yield ErasureScope.GUILD, subject_id
                for subject_id in (*_in_columns(row, people), *ids_in_texts(row, texts)):
                    yield ErasureScope.USER, subject_id


def _in_columns(row: Mapping[str, Any], columns: Sequence[Column[Any]]) -> Iterator[int]:
    yield from (row[column.name] for column in columns if row[column.name] is not None)
