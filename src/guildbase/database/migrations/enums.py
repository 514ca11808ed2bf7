"""`sync_enum`: one operation that changes an enum on PostgreSQL (a type) and on SQLite (text with a CHECK)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alembic import op

from guildbase.core.errors import InvalidInput
from guildbase.database.migrations import enums_postgresql, enums_sqlite
from guildbase.database.migrations.enum_change import EnumChange, verbatim


def sync_enum(
    name: str,
    *,
    old: Sequence[str],
    new: Sequence[str],
    columns: Sequence[tuple[str, str]],
    mapping: Mapping[str, str] | None = None,
) -> None:
    """Give the enum its new labels in their new order: some added, some renamed, some removed, rows included.

    `columns` are the table and column of every use. `mapping` says which label takes the place of each removed one;
    rows that hold a removed label without one make the change refuse. Server defaults and conditions of indexes and
    checks are changed along. On PostgreSQL a label that is only added cannot be used within the same revision.

    Raises:
        InvalidInput: rows would lose their value, the database has other labels, or the revision is unfinished.
    """
    change = EnumChange(name, old, new, columns, mapping or {})
    change.require_sound()
    if op.get_context().as_sql:
        _write_sql(change)
        return
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        enums_postgresql.require_as_expected(bind, change)
        change.require_no_lost_rows(bind)
        enums_postgresql.apply(bind, change)
    else:
        enums_sqlite.require_as_expected(bind, change)
        change.require_no_lost_rows(bind)
        enums_sqlite.apply(bind, change)


def _write_sql(change: EnumChange) -> None:
    statements = enums_postgresql.quick_statements(change)
    if statements is None or op.get_context().dialect.name != "postgresql":
        raise InvalidInput(
            f"Enum {change.name}: this change must see the database.",
            hint="Run `guildbase db upgrade` without --sql for this revision.",
        )
    for statement in statements:
        op.execute(verbatim(statement))
