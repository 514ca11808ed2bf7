"""What features add to a guild's snapshot: rows of their own tables, made into whatever their hot paths read.

All parts of a guild are read with the one statement that reads its configuration, so that they are of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Table

from guildbase.core.ports import GuildSnapshot
from guildbase.core.registry import FeatureRegistry

Rows = Sequence[Sequence[Any]]


def moment(text: str | None) -> datetime | None:
    """Return the moment that a row holds as ISO text."""
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    # SQLite's text has no zone, and is UTC.
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True)
class SnapshotPart:
    """One part, which a manifest names in `snapshot_parts`."""

    kind: type[Any]
    """What `GuildSnapshot.get` is asked for; a subclass of it is made by this part, too."""
    table: Table
    """Has the column `guild_id`."""
    columns: tuple[str, ...]
    """What is read of each of the guild's rows, in this order. It travels as JSON: moments are ISO text."""
    make: Callable[[type[Any], int, Rows], Any]
    """Return the part of the kind, for the guild, from its rows, which come in no order; called at the first read."""
    where: ColumnElement[bool] | None = None
    """Which rows count; all of them without it."""

    @cached_property
    def name(self) -> str:
        """What the rows are called in the snapshot; several parts may be made of one table."""
        return f"{self.kind.__module__}.{self.kind.__qualname__}"

    @cached_property
    def reads(self) -> str:
        """All that is read, in words that another declaration does not have."""
        condition = None if self.where is None else self.where.compile(compile_kwargs={"literal_binds": True})
        return f"{self.name} {self.table.name} {self.columns} {condition}"


class SnapshotParts:
    """The parts that the features of this process declare."""

    def __init__(self, registry: FeatureRegistry) -> None:
        self._registry = registry

    @cached_property
    def declared(self) -> tuple[SnapshotPart, ...]:
        """The parts in the order of their features."""
        return tuple(self._registry.snapshot_parts())

    def make(self, snapshot: GuildSnapshot, kind: type[Any]) -> Any:
        """Return the guild's part of the kind.

        Raises:
            LookupError: no manifest declares such a part.
        """
        part = self._part(kind)
        text = snapshot.rows.get(part.name)
        return part.make(kind, snapshot.guild_id, orjson.loads(text) if text else ())

    def _part(self, kind: type[Any]) -> SnapshotPart:
        for part in self.declared:
            if issubclass(kind, part.kind):
                return part
        raise LookupError(f"No feature adds {kind.__name__} to a server's snapshot.")
