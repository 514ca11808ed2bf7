"""A change of an enum's labels: what it means for the rows, and when it has to be refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guildbase.core.errors import InvalidInput

PLACEHOLDER = "FIXME"
"""What a generated revision says where its author has to choose the label that rows get."""
_ROWS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class EnumChange:
    """From which labels to which, in which columns, and what becomes of the rows that hold a removed one."""

    name: str
    old: Sequence[str]
    new: Sequence[str]
    columns: Sequence[tuple[str, str]]
    """Table and column of every use."""
    mapping: Mapping[str, str]
    """Removed labels, each with the one that takes its place: a new one (a rename) or one that stays (a merge)."""

    def require_sound(self) -> None:
        """Raise InvalidInput if the revision was left unfinished or contradicts itself."""
        if PLACEHOLDER in (*self.mapping, *self.mapping.values()):
            gone = ", ".join(repr(label) for label in self.old if label not in self.new)
            raise InvalidInput(
                f"Enum {self.name}: the revision still says {PLACEHOLDER}.",
                hint=f"Write the label that rows with {gone} get, or no mapping to refuse such rows.",
            )
        for gone, instead in self.mapping.items():
            if gone in self.new or gone not in self.old or instead not in self.new:
                raise InvalidInput(
                    f"Enum {self.name}: {gone!r} cannot become {instead!r}.",
                    hint="Map labels that the change removes to labels that it keeps or adds.",
                )

    def require_labels(self, found: Sequence[str], where: str) -> None:
        """Raise InvalidInput unless the database has the labels that the revision begins with."""
        if list(found) != list(self.old):
            raise InvalidInput(
                f"Enum {self.name}: {where} has {', '.join(found)}, the revision expects {', '.join(self.old)}.",
                hint="`guildbase db check` tells what else differs.",
            )

    def require_no_lost_rows(self, bind: Connection) -> None:
        """Raise InvalidInput with tables, counts and keys if rows hold a label that goes without replacement."""
        lost = [found for table, column in self.columns for found in self._rows_in_the_way(bind, table, column)]
        if lost:
            raise InvalidInput(
                f"Enum {self.name} cannot lose labels that rows hold: {'; '.join(lost)}.",
                hint="Give `mapping` the label that these rows get, or change them before.",
            )

    def replaced(self, label: str, where: str) -> str:
        """Return what takes the label's place in a default or condition; raise InvalidInput if nothing does."""
        if label in self.lost:
            raise InvalidInput(
                f"Enum {self.name}: {where} names {label!r}, which goes without replacement.",
                hint="Change or drop it before, or give `mapping` the label that takes its place.",
            )
        return self.mapping.get(label, label)

    @property
    def lost(self) -> list[str]:
        """The labels that are removed without replacement."""
        return [label for label in self.old if label not in self.new and label not in self.mapping]

    @property
    def renames(self) -> dict[str, str]:
        """The mappings that are plain renames: the new label is new, and nothing else becomes it."""
        targets = list(self.mapping.values())
        return {a: b for a, b in self.mapping.items() if b not in self.old and targets.count(b) == 1}

    def _rows_in_the_way(self, bind: Connection, table: str, column: str) -> Iterator[str]:
        keys = sa.inspect(bind).get_pk_constraint(table)["constrained_columns"]
        rows = sa.table(table, *(sa.column(name) for name in {*keys, column}))
        as_text = sa.cast(rows.c[column], sa.String)
        for label in self.lost:
            holds = as_text == label
            count = bind.scalar(sa.select(sa.func.count()).select_from(rows).where(holds)) or 0
            if not count:
                continue
            found = bind.execute(sa.select(*(rows.c[key] for key in keys)).where(holds).limit(_ROWS_SHOWN))
            shown = [", ".join(f"{key} {value}" for key, value in zip(keys, row, strict=True)) for row in found]
            more = " and more" if count > len(shown) else ""
            yield f"{table}.{column} holds {label!r} in {count} row{'s'[: count > 1]} ({'; '.join(shown)}{more})"


def verbatim(statement: str) -> sa.DDL:
    """Return the statement to be run as it is: a percent sign or colon in a label is no placeholder."""
    return sa.DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]


def quoted(name: str) -> str:
    """Return the name of a table, column or type as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(label: str) -> str:
    """Return the label as SQL."""
    return "'" + label.replace("'", "''") + "'"
