"""The page of all tables, in Markdown with a Mermaid diagram."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint

from guildbase.cli.db.docs.facts import (
    PLATFORM,
    Described,
    condition_of,
    default_of,
    enums_of,
    short_type,
    types_of,
)
from guildbase.database.privacy import Privacy, Treatment, policy_of
from guildbase.database.upkeep.retention import terms_of

_INTRODUCTION = """\
<!-- Made by `guildbase db docs`. Do not edit. -->
# Tables

{tables} tables with {columns} columns, as the models declare them; `guildbase db check` compares a database with them.
A type is given as on PostgreSQL, and behind the slash as on SQLite where it differs.

![All tables and their foreign keys]({diagram})

<details><summary>The same for programs, in Mermaid</summary>

```mermaid
{mermaid}
```

</details>
"""
_TREATMENTS = {
    Treatment.DELETE_ROW: "row deleted",
    Treatment.CLEAR: "cleared",
    Treatment.PSEUDONYMISE: "pseudonym",
    Treatment.KEEP: "kept",
    Treatment.NOT_PERSONAL: "not personal",
}


def page(tables: list[Described], diagram: str) -> str:
    """Return the whole page; `diagram` is the file of the picture beside it."""
    columns = sum(len(one.table.columns) for one in tables)
    head = _INTRODUCTION.format(tables=len(tables), columns=columns, diagram=diagram, mermaid=mermaid(tables))
    parts = [head]
    for owner, owned in groupby(tables, key=lambda one: one.owner):
        parts.append("## Platform services\n" if owner == PLATFORM else f"## Feature {owner}\n")
        parts += ["\n".join(_table(one)) for one in owned]
    return "\n".join([*parts, "\n".join(_enums(tables))]).rstrip() + "\n"


def mermaid(tables: list[Described]) -> str:
    """Return the tables and their foreign keys as a Mermaid diagram."""
    lines = ["erDiagram"]
    for one in tables:
        lines.append(f"    {one.table.name} {{")
        lines += [f"        {_mermaid_column(column)}" for column in one.table.columns]
        lines.append("    }")
    for one in tables:
        for key in one.foreign_keys:
            many = "||" if is_one_to_one(key) else "o{"
            parent = "|o" if any(column.nullable for column in key.columns) else "||"
            names = ", ".join(column.name for column in key.columns)
            lines.append(f'    {key.referred_table.name} {parent}--{many} {one.table.name} : "{names}"')
    return "\n".join(lines)


def is_one_to_one(key: ForeignKeyConstraint) -> bool:
    """Tell whether each parent row has at most one child row: the key is the child's whole primary key."""
    return set(key.columns) == set(key.table.primary_key.columns)


def marks_of(column: Column[Any]) -> list[str]:
    """Return PK and FK for a column that is part of such keys."""
    return [mark for mark, is_set in (("PK", column.primary_key), ("FK", bool(column.foreign_keys))) if is_set]


def _mermaid_column(column: Column[Any]) -> str:
    kind = short_type(column).replace(" ", "_").replace(",", "_").replace("[]", "_array")
    return " ".join(filter(None, (kind, column.name, ",".join(marks_of(column)))))


def _table(one: Described) -> Iterator[str]:
    yield f"### {one.table.name}\n"
    if one.text:
        yield f"{one.text}\n"
    for kept in terms_of(one.table):
        which = f"Rows with `{kept.only}`" if kept.only else "Rows"
        yield f"{which} are removed after {_days(kept.days)}, counted by `{kept.by}`.\n"
    meanings = one.meanings
    yield from _grid(
        ("column", "type", "empty", "default", "key", "erasure", "meaning"),
        (_column(column, meanings.get(column.name, "")) for column in one.table.columns),
    )
    yield from _listed("Foreign keys", (_foreign_key(key) for key in one.foreign_keys))
    yield from _listed("Unique", (f"`{it.name}`: {_names(it.columns)}" for it in one.uniques))
    yield from _listed("Indexes", (_index(one, number) for number in range(len(one.indexes))))
    yield from _listed("Checks", (f"`{it.name}`: `{it.sqltext}`" for it in one.checks))


def _column(column: Column[Any], meaning: str) -> tuple[str, ...]:
    on_postgresql, on_sqlite = types_of(column)
    kind = on_postgresql if on_postgresql == on_sqlite else f"{on_postgresql} / {on_sqlite}"
    policy = policy_of(column)
    default = default_of(column)
    return (
        f"`{column.name}`",
        kind,
        "yes" if column.nullable else "",
        f"`{default}`" if default else "",
        " ".join(marks_of(column)),
        _policy(policy) if policy is not None else "",
        " ".join(meaning.split()),
    )


def _policy(policy: Privacy) -> str:
    told = _TREATMENTS[policy.treatment]
    if policy.of is not None:
        told += f" with `{policy.of}`"
    if policy.reason:
        told += f": {policy.reason.rstrip('.')}"
    return told + (f", {_days(policy.keep_for)}" if policy.keep_for is not None else "")


def _days(kept: timedelta | int | str) -> str:
    if isinstance(kept, str):
        return f"the days of the setting `{kept}`"
    return f"{kept.days if isinstance(kept, timedelta) else kept} days"


def _foreign_key(key: ForeignKeyConstraint) -> str:
    own, other = _names(key.columns), ", ".join(f"`{element.target_fullname}`" for element in key.elements)
    fate = {"CASCADE": "rows go with it", "SET NULL": "becomes empty with it"}.get(key.ondelete or "", "keeps it there")
    return f"{own} → {other} ({fate})"


def _index(one: Described, number: int) -> str:
    index = one.indexes[number]
    parts = ", ".join(f"`{getattr(part, 'name', None) or part}`" for part in index.expressions)
    where = condition_of(index)
    return f"`{index.name}`{' (unique)' if index.unique else ''}: {parts}" + (f" where `{where}`" if where else "")


def _enums(tables: list[Described]) -> Iterator[str]:
    yield "## Enums\n"
    yield "Types of their own on PostgreSQL; text with a check on SQLite.\n"
    rows = []
    for name, kind in sorted(enums_of(tables).items()):
        text = " ".join((getattr(kind.enum_class, "__doc__", None) or "").split())
        rows.append((f"`{name}`", ", ".join(f"`{value}`" for value in kind.enums), text))
    yield from _grid(("enum", "values", "meaning"), rows)


def _names(columns: Iterable[Column[Any]]) -> str:
    return ", ".join(f"`{column.name}`" for column in columns)


def _listed(title: str, items: Iterable[str]) -> Iterator[str]:
    if found := list(items):
        yield f"{title}:\n"
        yield "\n".join(f"- {item}" for item in found) + "\n"


def _grid(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a table without the columns that are empty throughout."""
    found = [titles, *rows]
    wanted = [place for place in range(len(titles)) if any(row[place] for row in found[1:])]
    lines = [[row[place].replace("|", "\\|") for place in wanted] for row in found]
    lines.insert(1, ["---"] * len(wanted))
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
