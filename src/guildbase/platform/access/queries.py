"""Reads and writes grants within a transaction."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.rights import Right
from guildbase.platform.access.grants import Grant, GuildAccess, Holder
from guildbase.platform.access.models import AccessGrant


async def access_in(session: AsyncSession, guild_id: int) -> GuildAccess:
    """Return the grants of the guild as the database has them now."""
    rows = (await session.execute(select(AccessGrant).where(col(AccessGrant.guild_id) == guild_id))).scalars()
    return GuildAccess(guild_id, map(grant_of, rows))


def grant_of(row: AccessGrant) -> Grant:
    """Return the grant that the row holds."""
    return Grant(
        row.number,
        Holder(row.holder_kind, row.holder_id),
        Right(row.rights),
        row.parent,
        row.expires_at,
        row.is_away,
        row.source,
    )


async def insert_grant(
    session: AsyncSession, guild_id: int, grant: Grant, *, given_by_id: int | None, reason: str
) -> None:
    """Store a new grant."""
    session.add(
        AccessGrant(
            guild_id=guild_id,
            number=grant.number,
            holder_kind=grant.holder.kind,
            holder_id=grant.holder.id,
            rights=int(grant.rights),
            parent=grant.parent,
            source=grant.source,
            given_by_id=given_by_id,
            reason=reason,
            expires_at=grant.expires_at,
        )
    )
    await session.flush()
