"""The grants of a guild, as its snapshot has them."""

from __future__ import annotations

from typing import Any

from guildbase.core.rights import Right
from guildbase.platform.access.grants import Grant, GuildAccess, Holder
from guildbase.platform.access.models import AccessGrant, GrantSource, HolderKind
from guildbase.platform.guilds.parts import Rows, SnapshotPart, moment


def _make(_: type[Any], guild_id: int, rows: Rows) -> GuildAccess:
    return GuildAccess(guild_id, (_grant(*row) for row in rows))


def _grant(
    number: int,
    kind: str,
    holder_id: int,
    rights: int,
    parent: int | None,
    expires_at: str | None,
    is_away: int,
    source: str,
) -> Grant:
    holder = Holder(HolderKind(kind), holder_id)
    return Grant(number, holder, Right(rights), parent, moment(expires_at), bool(is_away), GrantSource(source))


GUILD_ACCESS = SnapshotPart(
    GuildAccess,
    AccessGrant.__table__,
    ("number", "holder_kind", "holder_id", "rights", "parent", "expires_at", "is_away", "source"),
    _make,
)
