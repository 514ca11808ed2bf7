"""The rules and lists of a guild, as its snapshot has them: rows, of which the engine is made at the first message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guildbase.features.automod.models import AutomodList, AutomodRule
from guildbase.platform.guilds.parts import Rows, SnapshotPart


class AutomodRules:
    """The active rules of one guild, as rows of number, name, priority, dry run, native id and document."""

    __slots__ = ("rows",)

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self.rows = rows

    def __bool__(self) -> bool:
        return bool(self.rows)


class AutomodLists:
    """The lists of one guild, as rows of name, kind and entries."""

    __slots__ = ("rows",)

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self.rows = rows


def _rules(_kind: type[Any], _guild_id: int, rows: Rows) -> AutomodRules:
    return AutomodRules(rows)


def _lists(_kind: type[Any], _guild_id: int, rows: Rows) -> AutomodLists:
    return AutomodLists(rows)


RULES = SnapshotPart(
    AutomodRules,
    AutomodRule.__table__,
    ("number", "name", "priority", "is_dry_run", "native_id", "document"),
    _rules,
    AutomodRule.__table__.c.is_active,
)
LISTS = SnapshotPart(AutomodLists, AutomodList.__table__, ("name", "kind", "entries"), _lists)
