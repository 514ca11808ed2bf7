"""How snapshots travel to other processes: with the rows that their parts are made of, not with the parts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from guildbase.core.ports import GuildSnapshot
from guildbase.platform.guilds.parts import SnapshotParts
from guildbase.services.cache import JsonCodec


@dataclass(frozen=True, slots=True)
class _Copy:
    guild_id: int
    prefix: str
    locale: str
    level_roles: Mapping[int, int]
    tier: str
    version: int
    rows: Mapping[str, str]


class SnapshotCodec:
    """Snapshots as bytes, which only processes with the same parts read."""

    def __init__(self, parts: SnapshotParts) -> None:
        self._parts = parts
        self._copies = JsonCodec[_Copy](_Copy)

    @cached_property
    def version(self) -> str:
        """A word made of all that is read."""
        reads = [part.reads for part in self._parts.declared]
        return hashlib.sha256(f"{self._copies.version}{reads}".encode()).hexdigest()[:8]

    def encode(self, value: GuildSnapshot) -> bytes:
        """Return the snapshot as JSON."""
        fields = (value.guild_id, value.prefix, value.locale, value.level_roles, value.tier, value.version, value.rows)
        return self._copies.encode(_Copy(*fields))

    def decode(self, data: bytes) -> GuildSnapshot:
        """Return the snapshot; raise ValueError if the JSON does not hold one."""
        copy = self._copies.decode(data)
        return GuildSnapshot(
            copy.guild_id,
            copy.prefix,
            copy.locale,
            copy.level_roles,
            copy.tier,
            copy.version,
            copy.rows,
            self._parts.make,
        )
