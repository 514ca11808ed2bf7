"""The standings of a guild, as its snapshot has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from guildbase.core.ports import Standing
from guildbase.platform.guilds.parts import Rows, SnapshotPart, moment
from guildbase.platform.standing.models import GuildStanding, StandingStatus


class GuildStandings:
    """Who is blocked or trusted in one guild; what ran out is among them."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Mapping[int, Sequence[Any]]) -> None:
        self._rows = rows

    def of(self, user_id: int) -> Standing | None:
        """Return the person's standing, which may have run out."""
        row = self._rows.get(user_id)
        return None if row is None else _standing(*row)

    def __len__(self) -> int:
        return len(self._rows)


def _standing(status: str, reason: str, is_silent: int, expires_at: str | None) -> Standing:
    return Standing(status == StandingStatus.BLOCKED, reason, moment(expires_at), bool(is_silent))


def _make(_: type[Any], __: int, rows: Rows) -> GuildStandings:
    return GuildStandings({user_id: rest for user_id, *rest in rows})


GUILD_STANDINGS = SnapshotPart(
    GuildStandings,
    GuildStanding.__table__,
    ("user_id", "status", "reason", "is_silent", "expires_at"),
    _make,
)
