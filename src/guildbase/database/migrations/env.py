"""Alembic's environment: how our revisions run, and how they are compared with the models."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import alembic_postgresql_enum
import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import pool
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from guildbase.database.base import NAMING
from guildbase.database.manager import refuse_clearly

ADVISORY_LOCK = 727_274
LOCK_TIMEOUT = "4s"

alembic_postgresql_enum.set_configuration(alembic_postgresql_enum.Config(add_type_ignore=True, drop_unused_enums=False))
config = context.config


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Keep revisions free of SQLModel's types, and valid on both databases."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        length = item.impl_instance.length  # type: ignore[attr-defined]
        return f"sa.String(length={length})" if length else "sa.String()"
    is_now = isinstance(item, sa.DefaultClause) and isinstance(item.arg, sa.sql.functions.now)
    if kind == "server_default" and is_now:
        return "sa.func.now()"
    return False


def run(connection: Connection) -> None:
    """Migrate on this connection; concurrent migrators wait for each other."""
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql:
        connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
        connection.execute(sa.text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.commit()
    try:
        context.configure(
            connection=connection,
            # Even without models to compare, names of constraints follow our convention.
            target_metadata=config.attributes["metadata"] or sa.MetaData(naming_convention=NAMING),
            render_as_batch=True,
            compare_type=True,
            compare_server_default=True,
            render_item=render_item,
            transactional_ddl=True,
            # SQLite has no advisory lock: there the whole upgrade is one transaction, which keeps other migrators out.
            transaction_per_migration=is_postgresql,
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        if is_postgresql:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
            connection.commit()


async def run_on_own_engine() -> None:
    """Use an engine of our own: a table rebuild under SQLite's `foreign_keys=ON` would delete the children."""
    engine = create_async_engine(config.attributes["url"], poolclass=pool.NullPool)
    refuse_clearly(engine.sync_engine, config.attributes["url"])
    if engine.dialect.name == "sqlite":
        # The driver would commit before each DDL statement; with our own BEGIN a failed revision leaves nothing.
        sa.event.listen(engine.sync_engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
        sa.event.listen(engine.sync_engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
    async with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            await connection.exec_driver_sql("PRAGMA busy_timeout=10000")
            await connection.rollback()
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(run_on_own_engine())
