"""The life of guilds and their basic configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound, PermissionDenied
from guildbase.core.ports import SYSTEM, AuditRecord, Caller, GuildSnapshot
from guildbase.core.settings import Settings
from guildbase.core.snowflake import SMALLEST
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_for, insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds import queries, rules
from guildbase.platform.guilds.events import GuildConfigured, GuildJoined, GuildLeft
from guildbase.platform.guilds.models import DEFAULT_LOCALE, LEVELS, Guild, GuildConfig, GuildCounter
from guildbase.services.cache import CacheService, JsonCodec
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController

log = structlog.get_logger(__name__)

WARM_BATCH = 1000
"""Guilds whose snapshots are read with one statement."""
_SNAPSHOT = JsonCodec[GuildSnapshot](GuildSnapshot)


class GuildNotFound(NotFound):
    """The bot does not know the guild."""

    code = "guild_not_found"

    def __init__(self, guild_id: int) -> None:
        super().__init__(f"There is no server {guild_id} here.", hint="Check the id, and that the bot is in it.")


class GuildController(BaseController):
    """Writes guilds, their configuration and counters; serves their snapshots."""

    peek: Callable[[int], GuildSnapshot | None]
    """Return the snapshot if it is in memory, without waiting; it is a dict's own `get`, so nothing is quicker."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._settings = services.get(Settings)
        self._cache = services.get(CacheService)
        self.peek = self._cache.view("guild").get

    async def join(self, guild_id: int) -> None:
        """Remember that the bot is in the guild, with default configuration on the first time."""

        async def join(work: UnitOfWork) -> None:
            await self.ensure(work, guild_id)
            await work.session.execute(
                update(Guild).where(col(Guild.guild_id) == guild_id).values(left_at=None, purge_after=None)
            )
            await self.audit(work, AuditRecord("guilds.join", guild_id))
            await work.announce(GuildJoined(guild_id))

        await self.run(SYSTEM, join)

    async def leave(self, guild_id: int) -> None:
        """Start the grace period after which the guild's data may be erased; nothing is erased now."""
        now = utcnow()
        until = now + timedelta(days=self._settings.guild_retention_days)

        async def leave(work: UnitOfWork) -> None:
            await self.ensure(work, guild_id)
            await work.session.execute(
                update(Guild).where(col(Guild.guild_id) == guild_id).values(left_at=now, purge_after=until)
            )
            await self.audit(work, AuditRecord("guilds.leave", guild_id, details={"kept_until": until.isoformat()}))
            await work.announce(GuildLeft(guild_id))

        async with self._cache.changing(_tag(guild_id)):
            await self.run(SYSTEM, leave)

    async def reconcile(self, here: AbstractSet[int], *, gone: AbstractSet[int]) -> None:
        """Remember that the bot is in the guilds that are here, and no longer in those that are gone."""
        for guild_id in sorted(gone):
            await self.leave(guild_id)
        guild_ids = sorted(here)

        async def reconcile(work: UnitOfWork) -> None:
            await self._insert(work, guild_ids)
            await work.session.execute(
                update(Guild)
                .where(col(Guild.guild_id).in_(guild_ids), col(Guild.left_at).is_not(None))
                .values(left_at=None, purge_after=None)
            )

        await self.run(SYSTEM, reconcile)

    async def known_on(self, shard_id: int, shard_count: int) -> set[int]:
        """Return the guilds of the shard that the bot is in, as far as the database knows."""
        shard = (col(Guild.guild_id) // SMALLEST) % shard_count
        statement = select(col(Guild.guild_id)).where(col(Guild.left_at).is_(None), shard == shard_id)
        async with self.reading() as session:
            return set((await session.execute(statement)).scalars())

    async def ensure(self, work: UnitOfWork, guild_id: int) -> None:
        """Make the guild's rows in this transaction if they are not there."""
        await self._insert(work, [guild_id])

    async def next_number(self, work: UnitOfWork, guild_id: int, kind: str) -> int:
        """Return the next number of this kind in the guild; a rollback gives it back, so numbers are dense."""
        counter = insert_for(work.session, GuildCounter).values(guild_id=guild_id, kind=kind, value=1)
        counted = counter.on_conflict_do_update(
            index_elements=["guild_id", "kind"], set_={"value": col(GuildCounter.value) + 1}
        ).returning(GuildCounter.value)
        return int((await work.session.execute(counted)).scalar_one())

    async def configure(self, caller: Caller, guild_id: int, **changes: Any) -> None:
        """Change basic settings of the guild; all processes see it at once.

        Raises:
            PermissionDenied: the caller may not manage the server.
            GuildNotFound: the bot does not know the guild.
            InvalidRow: a value is wrong; nothing was changed.
        """
        if not rules.may_configure(caller, guild_id):
            raise PermissionDenied("You may not change this server's settings.", hint="Ask for Manage Server.")

        async def configure(work: UnitOfWork) -> None:
            config = await GuildConfig.get_by_id(work.session, guild_id)
            if config is None:
                raise GuildNotFound(guild_id)
            before = {name: getattr(config, name, None) for name in changes}
            await config.update(work.session, **changes)
            details = {name: [str(before[name]), str(value)] for name, value in changes.items()}
            await self.audit(work, AuditRecord("guilds.configure", guild_id, details=details))
            await work.announce(GuildConfigured(guild_id))

        async with self._cache.changing(_tag(guild_id)):
            await self.run(caller, configure)

    async def require(self, guild_id: int) -> None:
        """Return if the bot knows the guild; raise GuildNotFound if not."""
        async with self.reading() as session:
            guild = await Guild.get_by_id(session, guild_id)
        if guild is None:
            raise GuildNotFound(guild_id)

    async def load(self, guild_id: int) -> GuildSnapshot:
        """Return the snapshot; a guild without configuration has the defaults."""
        tag = _tag(guild_id)
        ttl = self._settings.guild_config_ttl
        return await self._cache.get_or_load(tag, lambda: self._read(guild_id), tags=(tag,), ttl=ttl, codec=_SNAPSHOT)

    async def warm(self, guild_ids: Iterable[int]) -> None:
        """Read the snapshots of these guilds into memory, many with one statement."""
        wanted = sorted(guild_ids)
        for first in range(0, len(wanted), WARM_BATCH):
            batch = wanted[first : first + WARM_BATCH]
            tags = {_tag(guild_id): (_tag(guild_id),) for guild_id in batch}
            await self._cache.fill(tags, partial(self._read_many, batch), ttl=self._settings.guild_config_ttl)
            log.info("guild_snapshots_warmed", done=first + len(batch), of=len(wanted))

    async def _read(self, guild_id: int) -> GuildSnapshot:
        row = await queries.SNAPSHOT.run(self.services.get(DatabaseManager), guild_id=guild_id)
        return self._snapshot(guild_id, row)

    async def _read_many(self, guild_ids: Sequence[int]) -> Mapping[str, GuildSnapshot]:
        async with self.reading() as session:
            rows = (await session.execute(queries.SNAPSHOTS, {"guild_ids": guild_ids})).all()
        known = {guild_id: row for guild_id, *row in rows}
        return {_tag(guild_id): self._snapshot(guild_id, known.get(guild_id)) for guild_id in guild_ids}

    def _snapshot(self, guild_id: int, row: Sequence[Any] | None) -> GuildSnapshot:
        if row is None:
            return GuildSnapshot(guild_id, self._settings.default_prefix, DEFAULT_LOCALE, {})
        prefix, locale, *roles = row
        levels = {role: level for level, role in zip(LEVELS, roles, strict=True) if role is not None}
        return GuildSnapshot(guild_id, prefix, locale, levels)

    async def _insert(self, work: UnitOfWork, guild_ids: Sequence[int]) -> None:
        now = utcnow()
        await insert_missing(work.session, Guild, [{"guild_id": guild_id, "joined_at": now} for guild_id in guild_ids])
        configs = [
            {"guild_id": guild_id, "prefix": self._settings.default_prefix, "locale": DEFAULT_LOCALE}
            for guild_id in guild_ids
        ]
        await insert_missing(work.session, GuildConfig, configs)


def _tag(guild_id: int) -> str:
    return f"guild:{guild_id}"
