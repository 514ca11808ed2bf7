"""Prebuilt statements of the guilds' hot paths; they name columns, so that no row becomes an object."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import JSON, BigInteger, ScalarSelect, Select, String, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from guildbase.database.connections.prebuilt import PrebuiltRead
from guildbase.platform.guilds.models import LEVELS, GuildConfig
from guildbase.platform.guilds.parts import SnapshotPart

_config = GuildConfig.__table__.c
_roles = [_config[f"perm_level_{level}_role_id"] for level in LEVELS]
_of_guild = _config.guild_id == bindparam("guild_id", type_=BigInteger)
_among = _config.guild_id.in_(bindparam("guild_ids", expanding=True))
_columns = (_config.prefix, _config.locale, _config.version)


async def servers_in(session: AsyncSession, model: type[Any], guild_ids: Collection[int], *where: Any) -> set[int]:
    """Return which of the servers have a row of the model."""
    found = select(model.guild_id).where(model.guild_id.in_(guild_ids), *where).distinct()
    return set((await session.execute(found)).scalars())


class SnapshotStatements:
    """Prefix, locale, version, the JSON of each part, and the roles of the permission levels, lowest level first."""

    def __init__(self, parts: Sequence[SnapshotPart]) -> None:
        self._columns = (*_columns, *map(_rows_of, parts), *_roles)

    @cached_property
    def one(self) -> PrebuiltRead:
        """Those of the guild `guild_id`."""
        return PrebuiltRead(select(*self._columns).where(_of_guild))

    @cached_property
    def many(self) -> Select[Any]:
        """The same of the guilds `guild_ids`, each with its id before it."""
        return select(_config.guild_id, *self._columns).where(_among)


class _json_rows(FunctionElement[str]):  # noqa: N801 - it is a function in SQL.
    """All rows as one JSON array of arrays; NULL or an empty one if there are none."""

    type = String()
    inherit_cache = True


@compiles(_json_rows, "postgresql")
def _on_postgresql(element: _json_rows, compiler: SQLCompiler, **options: Any) -> str:
    values = ", ".join(compiler.process(column, **options) for column in element.clauses)
    # As text: one way of reading decodes JSON by itself, the other does not.
    return f"json_agg(json_build_array({values}))::text"


@compiles(_json_rows, "sqlite")
def _on_sqlite(element: _json_rows, compiler: SQLCompiler, **options: Any) -> str:
    values = []
    for column in element.clauses:
        value = compiler.process(column, **options)
        # SQLite keeps documents as text, which would become one JSON string.
        values.append(f"json({value})" if isinstance(column.type, JSON) else value)
    return f"json_group_array(json_array({', '.join(values)}))"


def _rows_of(part: SnapshotPart) -> ScalarSelect[str]:
    columns = part.table.c
    statement = select(_json_rows(*(columns[name] for name in part.columns)))
    statement = statement.where(columns.guild_id == _config.guild_id)
    if part.where is not None:
        statement = statement.where(part.where)
    return statement.correlate(GuildConfig.__table__).scalar_subquery()
