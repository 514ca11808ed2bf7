"""Enum changes on SQLite: the table is built anew from its own definition, with another CHECK.

Alembic's way to rebuild tables tells checks apart by name, and two columns of one enum share theirs.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guildbase.core.errors import InvalidInput
from guildbase.database.migrations.enum_change import EnumChange, literal, quoted, verbatim

_LITERAL = r"'((?:[^']|'')*)'"
_DEFINITION = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
_ATTACHED = sa.text(
    "SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type IN ('index', 'trigger') AND sql IS NOT NULL"
)


def labels(definition: str, column: str) -> list[str] | None:
    """Return the labels that the table's definition allows in the column, or None if it has no such CHECK."""
    found = _check(column).search(definition)
    return None if found is None else [_plain(text) for text in re.findall(_LITERAL, found[2])]


def definition_of(bind: Connection, table: str) -> str:
    """Return the statement that made the table; empty if there is none."""
    return str(bind.scalar(_DEFINITION, {"table": table}) or "")


def require_as_expected(bind: Connection, change: EnumChange) -> None:
    """Raise InvalidInput unless every column allows exactly the old labels."""
    for table, column in change.columns:
        found = labels(definition_of(bind, table), column)
        if found is None:
            raise InvalidInput(f"Enum {change.name}: {table}.{column} has no CHECK with labels.")
        change.require_labels(found, f"{table}.{column}")


def apply(bind: Connection, change: EnumChange) -> None:
    """Build every table anew that uses the enum; its rows get the labels that take the place of removed ones."""
    for table in dict.fromkeys(table for table, _ in change.columns):
        _rebuild(bind, table, [column for name, column in change.columns if name == table], change)


def _rebuild(bind: Connection, table: str, columns: list[str], change: EnumChange) -> None:
    definition, attached = definition_of(bind, table), list(bind.scalars(_ATTACHED, {"table": table}))
    for column in columns:
        definition = _renewed(definition, table, column, change)
    new, names = f"_new_{table}", [found["name"] for found in sa.inspect(bind).get_columns(table)]
    values = [_value(name, change) if name in columns else quoted(name) for name in names]
    listed = ", ".join(map(quoted, names))
    copy = f"INSERT INTO {quoted(new)} ({listed}) SELECT {', '.join(values)} FROM {quoted(table)}"  # noqa: S608 - all quoted.
    for statement in (
        f"CREATE TABLE {quoted(new)} {definition[definition.index('(') :]}",
        copy,
        f"DROP TABLE {quoted(table)}",
        f"ALTER TABLE {quoted(new)} RENAME TO {quoted(table)}",
        *(_condition_renewed(statement, columns, change) for statement in attached),
    ):
        bind.execute(verbatim(statement))


def _renewed(definition: str, table: str, column: str, change: EnumChange) -> str:
    """Return the table's definition with the new labels in the column's CHECK and default."""
    allowed = ", ".join(map(literal, change.new))
    definition = _check(column).sub(lambda match: f"{match[1]}{allowed})", definition)
    default = re.compile(
        rf"(^\s*\"?{re.escape(column)}\"?\s[^,\n]*\bDEFAULT\s+\(?){_LITERAL}", re.IGNORECASE | re.MULTILINE
    )
    where = f"the default of {table}.{column}"
    return default.sub(lambda match: match[1] + literal(change.replaced(_plain(match[2]), where)), definition)


def _condition_renewed(statement: str, columns: list[str], change: EnumChange) -> str:
    """Return the index with the new labels where its condition names a column of the enum."""
    head, where, condition = statement.partition(" WHERE ")
    if not any(re.search(rf"\b{re.escape(column)}\b", condition) for column in columns):
        return statement

    def replace(match: re.Match[str]) -> str:
        return literal(change.replaced(_plain(match[1]), f"index {_name_of(head)}"))

    return head + where + re.sub(_LITERAL, replace, condition)


def _name_of(index: str) -> str:
    return index.partition(" ON ")[0].split()[-1].strip('"')


def _value(column: str, change: EnumChange) -> str:
    if not change.mapping:
        return quoted(column)
    cases = " ".join(f"WHEN {literal(a)} THEN {literal(b)}" for a, b in change.mapping.items())
    return f"CASE {quoted(column)} {cases} ELSE {quoted(column)} END"


def _check(column: str) -> re.Pattern[str]:
    return re.compile(rf"(CHECK\s*\(\s*\"?{re.escape(column)}\"?\s+IN\s*\()((?:\s*{_LITERAL}\s*,?)+)\)", re.IGNORECASE)


def _plain(text: str) -> str:
    return text.replace("''", "'")
