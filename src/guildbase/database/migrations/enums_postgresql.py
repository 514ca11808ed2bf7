"""Enum changes on PostgreSQL: labels are added and renamed in place, and removed by a new type."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guildbase.core.errors import InvalidInput
from guildbase.database.migrations.enum_change import EnumChange, literal, quoted, verbatim

_LABELS = sa.text("SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(:name) ORDER BY enumsortorder")
_USES = sa.text("""
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE a.atttypid = to_regtype(:name) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
AND NOT a.attisdropped""")
_DEFAULT = sa.text("""
SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE d.adrelid = to_regclass(:table) AND a.attname = :column""")
_INDEXES = sa.text("""
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass(:table) AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)""")
_CHECKS = sa.text("""
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = to_regclass(:table) AND contype = 'c'""")


@dataclass(frozen=True, slots=True)
class _Dependent:
    """An index or check whose condition names labels; it cannot live through a change of the column's type."""

    name: str
    drop: str
    create: str


def require_as_expected(bind: Connection, change: EnumChange) -> None:
    """Raise InvalidInput unless the type has the old labels and is used by the named columns alone."""
    name = quoted(change.name)
    change.require_labels(list(bind.scalars(_LABELS, {"name": name})), "the type")
    uses = {(table, column) for table, column in bind.execute(_USES, {"name": name})}
    if uses != set(change.columns):
        used = ", ".join(sorted(f"{table}.{column}" for table, column in uses)) or "no column"
        raise InvalidInput(f"Enum {change.name} is used by {used}.", hint="Name exactly these in `columns`.")


def apply(bind: Connection, change: EnumChange) -> None:
    """Change the type, by the quick way where there is one."""
    statements = quick_statements(change)
    for statement in _rewrite(bind, change) if statements is None else statements:
        bind.execute(verbatim(statement))


def quick_statements(change: EnumChange) -> list[str] | None:
    """Return the statements that change the type in place and touch no row, or None if a new type is needed."""
    name, labels = quoted(change.name), [change.renames.get(label, label) for label in change.old]
    if labels != [label for label in change.new if label in labels]:
        return None  # Something is removed, merged or moved.
    statements = [f"ALTER TYPE {name} RENAME VALUE {literal(a)} TO {literal(b)}" for a, b in change.renames.items()]
    for before, label in zip([None, *change.new], change.new, strict=False):
        if label not in labels:
            place = f"AFTER {literal(before)}" if before is not None else f"BEFORE {literal(labels[0])}"
            statements.append(f"ALTER TYPE {name} ADD VALUE {literal(label)} {place}")
    return statements


def _rewrite(bind: Connection, change: EnumChange) -> list[str]:
    """Return the statements that put a new type in the place of the old one."""
    name, old_name = quoted(change.name), quoted(f"{change.name}_old")
    dependents = [
        found for table in dict.fromkeys(t for t, _ in change.columns) for found in _dependents(bind, table, change)
    ]
    columns = [statement for table, column in change.columns for statement in _retype(bind, table, column, change)]
    return [
        *(found.drop for found in dependents),
        f"ALTER TYPE {name} RENAME TO {old_name}",
        f"CREATE TYPE {name} AS ENUM ({', '.join(map(literal, change.new))})",
        *columns,
        f"DROP TYPE {old_name}",
        *(found.create for found in dependents),
    ]


def _retype(bind: Connection, table: str, column: str, change: EnumChange) -> list[str]:
    default = bind.scalar(_DEFAULT, {"table": quoted(table), "column": column})
    place, cast = f"ALTER TABLE {quoted(table)} ALTER COLUMN {quoted(column)}", f"{quoted(column)}::text"
    cases = "".join(f" WHEN {literal(a)} THEN {literal(b)}" for a, b in change.mapping.items())
    value = f"CASE {cast}{cases} ELSE {cast} END" if cases else cast
    statements = [f"{place} TYPE {quoted(change.name)} USING ({value})::{quoted(change.name)}"]
    if default is None:
        return statements
    renewed = _renewed(default, change, f"the default of {table}.{column}")
    return [f"{place} DROP DEFAULT", *statements, f"{place} SET DEFAULT {renewed}"]


def _dependents(bind: Connection, table: str, change: EnumChange) -> list[_Dependent]:
    found = []
    for name, definition in _naming_labels(bind, _INDEXES, table, change):
        # A partitioned table's index is shown as if it were on the parent only.
        create = _renewed(definition, change, f"index {name}").replace(" ON ONLY ", " ON ", 1)
        found.append(_Dependent(name, f"DROP INDEX {quoted(name)}", create))
    for name, definition in _naming_labels(bind, _CHECKS, table, change):
        place, create = f"ALTER TABLE {quoted(table)}", _renewed(definition, change, f"check {name}")
        drop = f"{place} DROP CONSTRAINT {quoted(name)}"
        found.append(_Dependent(name, drop, f"{place} ADD CONSTRAINT {quoted(name)} {create}"))
    return found


def _naming_labels(bind: Connection, query: sa.TextClause, table: str, change: EnumChange) -> list[tuple[str, str]]:
    """Return name and definition of the table's indexes or checks that name labels of the enum."""
    names_labels = re.compile(rf"::\"?{re.escape(change.name)}\b")
    listed = bind.execute(query, {"table": quoted(table)})
    return [(name, definition) for name, definition in listed if names_labels.search(definition)]


def _renewed(definition: str, change: EnumChange, where: str) -> str:
    """Return the definition with the labels that take the place of removed ones."""

    def replace(match: re.Match[str]) -> str:
        label = change.replaced(match[1].replace("''", "'"), where)
        return f"{literal(label)}{match[2]}"

    return re.sub(rf"'((?:[^']|'')*)'(::\"?{re.escape(change.name)}\b)", replace, definition)
