"""The long slow modes of a guild, as its snapshot has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guildbase.features.channels.kinds import NATIVE_SLOW_MODE
from guildbase.features.channels.models import SlowMode
from guildbase.platform.guilds.parts import Rows, SnapshotPart


class SlowModes:
    """The channels whose slow mode is longer than Discord's."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: Mapping[int, int]) -> None:
        self.seconds = seconds
        """By channel."""


def _make(_: type[Any], __: int, rows: Rows) -> SlowModes:
    return SlowModes({row[0]: row[1] for row in rows})


SLOW_MODES = SnapshotPart(
    SlowModes,
    SlowMode.__table__,
    ("channel_id", "seconds"),
    _make,
    where=SlowMode.__table__.c.seconds > int(NATIVE_SLOW_MODE.total_seconds()),
)
