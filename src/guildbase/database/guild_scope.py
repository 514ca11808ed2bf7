"""Statements about one guild: `for_guild` adds the guild to every table of guilds that a statement speaks of."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.orm import with_loader_criteria

from guildbase.core.snowflake import check_snowflake
from guildbase.database.rows.entities import entities_in

StatementT = TypeVar("StatementT")
GUILD = "guild_id"


def is_guild_scoped(table: Table) -> bool:
    """Tell whether the rows belong to one guild each, because the guild leads their key."""
    return next(iter(table.primary_key.columns.keys()), "") == GUILD


def for_guild(statement: StatementT, guild_id: int) -> StatementT:
    """Return the ORM statement limited to this guild, also in its joins, subqueries and rows loaded along.

    Raises:
        ValueError: no model in it belongs to guilds, so it would not be limited at all; or this is no Discord id.
    """
    check_snowflake(guild_id)
    models = [model for model in entities_in(statement) if is_guild_scoped(model.__table__)]
    if not models:
        raise ValueError("The statement speaks of no table of guilds, so it cannot be limited to one.")
    # Only a function is asked anew for each alias; a plain condition would limit the table alone in a join.
    limits = (
        with_loader_criteria(model, lambda entity: entity.guild_id == guild_id, include_aliases=True)
        for model in models
    )
    limited: Any = statement
    return limited.options(*limits)  # type: ignore[no-any-return]
