"""What a backup says of itself. It stands in clear at its head and is authenticated with the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson

from guildbase.core.errors import GuildbaseError

FORMAT = 1


class BackupDamaged(GuildbaseError):
    """A backup was changed, cut off, or is none; nothing of it was used."""

    code = "backup_damaged"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The facts of one backup."""

    created_at: datetime
    version: str
    """Version of Guildbase that made it."""
    backend: str
    """`sqlite` or `postgresql`; a backup goes back into the kind of database that it came from."""
    revisions: list[str]
    """Newest revision of every line of migrations in it."""
    tables: dict[str, int]
    """Rows of each table."""
    key_id: int | None
    """Number of the key that encrypted it; None if it is not encrypted."""
    salt: str = ""
    key_check: str = ""
    """Tells a wrong key from damage; it tells nothing about the key."""
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """How many rows all tables have together."""
        return sum(self.tables.values())

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Return what `to_bytes` wrote; raise BackupDamaged if it is something else."""
        try:
            found: Mapping[str, Any] = orjson.loads(data)
            newer = found["format"] > FORMAT
            if not newer:
                return cls(**{**found, "created_at": datetime.fromisoformat(found["created_at"])})
        except (ValueError, TypeError, KeyError):
            raise BackupDamaged("Its manifest cannot be read.", hint="Use another backup.") from None
        raise BackupDamaged(
            f"Its format {found['format']} is newer than this version of Guildbase.", hint="Install a newer version."
        )
