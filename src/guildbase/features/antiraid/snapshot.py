"""The raid that goes on in a guild, as its snapshot has it."""

from __future__ import annotations

from typing import Any

from guildbase.features.antiraid.kinds import RaidState
from guildbase.features.antiraid.models import Raid
from guildbase.platform.guilds.parts import Rows, SnapshotPart


class ActiveRaid:
    """The raid of this moment, if there is one."""

    __slots__ = ("number",)

    def __init__(self, number: int | None) -> None:
        self.number = number


def _make(_: type[Any], __: int, rows: Rows) -> ActiveRaid:
    return ActiveRaid(rows[0][0] if rows else None)


ACTIVE_RAID = SnapshotPart(
    ActiveRaid, Raid.__table__, ("number",), _make, where=Raid.__table__.c.state == RaidState.ACTIVE
)
