"""Alembic's environment: how revisions run, ours and those of features, and how they are compared with the models."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlalchemy.engine import Connection

from guildbase.database.base import NAMING
from guildbase.database.migrations import compare
from guildbase.database.migrations.connection import alone, migrating
from guildbase.database.schema.revision import absent, refuse_newer

config = context.config
branches, patience = config.attributes["branches"], config.attributes["patience"]
# Even without models to compare, names of constraints follow our convention.
metadata = config.attributes["metadata"] or sa.MetaData(naming_convention=NAMING)


def run(connection: Connection) -> None:
    """Migrate on this connection."""
    is_postgresql = connection.dialect.name == "postgresql"
    others = config.attributes.get("features") or {branch.feature for branch in branches if branch.feature}
    comparing: dict[str, Any] = compare.options(connection, others, config.attributes.get("only"))
    connection.rollback()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        # On SQLite the whole upgrade is one transaction, which keeps other migrators out.
        transaction_per_migration=is_postgresql,
        **comparing,
    )
    _leave_absent_features_alone()
    with context.begin_transaction():
        context.run_migrations()


def _leave_absent_features_alone() -> None:
    """Hide the revisions of features that are not here: Alembic refuses a database with revisions it cannot find."""
    migration = context.get_context()
    read = migration.get_current_heads

    def present() -> tuple[str, ...]:
        revisions = read()
        refuse_newer(revisions, branches)
        hidden = absent(revisions, branches)
        return tuple(revision for revision in revisions if revision not in hidden)

    migration.get_current_heads = present  # type: ignore[method-assign]


def write_sql() -> None:
    """Write the statements instead of running them."""
    dialect = config.attributes["url"].get_backend_name()
    context.configure(
        dialect_name=dialect,
        dialect_opts={"paramstyle": "named"},  # Others double every percent sign.
        target_metadata=metadata,
        literal_binds=True,
        transactional_ddl=True,
        transaction_per_migration=True,
        **compare.options(None),
    )
    if dialect == "postgresql":
        for name, seconds in (
            ("lock_timeout", patience.lock_timeout),
            ("statement_timeout", patience.statement_timeout),
        ):
            context.execute(f"SET {name} = '{seconds:g}s'")
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    write_sql()
else:
    with migrating(config.attributes["url"], patience) as own, alone(own, patience):
        run(own)
