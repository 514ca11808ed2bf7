"""The life of guilds and their basic configuration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from sqlalchemy import select, update
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller, GuildSnapshot
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import SMALLEST
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_for, insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.copies import SnapshotCodec
from guildbase.platform.guilds.events import GuildJoined, GuildLeft, GuildReturned
from guildbase.platform.guilds.models import DEFAULT_LOCALE, LEVELS, Guild, GuildConfig, GuildCounter
from guildbase.platform.guilds.parts import SnapshotParts
from guildbase.platform.guilds.queries import SnapshotStatements
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

log = structlog.get_logger(__name__)

WARM_BATCH = 1000
"""Guilds whose snapshots are read with one statement."""
ARRIVE_BATCH = 100
"""Guilds that are taken in with one transaction; all others who write wait for it where the database is SQLite."""
WELCOME = "guilds.welcome"
"""The effect that tells a new server how to begin; `effects.py` runs it."""
T = TypeVar("T")


class GuildNotFound(NotFound):
    """The bot does not know the guild."""

    code = "guild_not_found"

    def __init__(self, guild_id: int) -> None:
        super().__init__(
            _("There is no server {guild_id} here.", guild_id=guild_id),
            hint=_("Check the id, and that the bot is in it."),
        )


class GuildController(BaseController):
    """Writes guilds, their configuration and counters; serves their snapshots."""

    peek: Callable[[int], GuildSnapshot | None]
    """Return the snapshot if it is in memory, without waiting; it is a dict's own `get`, so nothing is quicker."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._settings = services.get(Settings)
        self._cache = services.get(CacheService)
        self.peek = self._cache.view("guild").get
        self._parts = SnapshotParts(services.get(FeatureRegistry))
        self._codec = SnapshotCodec(self._parts)
        self._defaults = {"prefix": self._settings.default_prefix, "locale": DEFAULT_LOCALE}

    @cached_property
    def _statements(self) -> SnapshotStatements:
        return SnapshotStatements(self._parts.declared)

    async def join(self, guild_id: int) -> None:
        """Remember that the bot is in the guild, with default configuration on the first time."""
        await self._arrive([guild_id], is_recent=True)

    async def leave(self, guild_id: int) -> None:
        """Start the grace period after which the guild's data may be erased; nothing is erased now."""
        now = utcnow()
        until = now + timedelta(days=self._settings.guild_retention_days)

        async def leave(work: UnitOfWork) -> None:
            await self.ensure(work, guild_id)
            left = update(Guild).where(col(Guild.guild_id) == guild_id, col(Guild.left_at).is_(None))
            left = left.values(left_at=now, purge_after=until, arrived_at=None).returning(col(Guild.guild_id))
            if (await work.session.execute(left)).first() is not None:
                await self.audit(work, AuditRecord("guilds.leave", guild_id, details={"kept_until": until.isoformat()}))
                await work.announce(GuildLeft(guild_id))

        async with self.changing(guild_id):
            await self.run(SYSTEM, leave)

    async def reconcile(self, here: AbstractSet[int], *, gone: AbstractSet[int], is_recent: bool = True) -> None:
        """Remember that the bot is in the guilds that are here, and no longer in those that are gone.

        `is_recent` is False if the bot may have been in them long before the database knew of any.
        """
        for guild_id in sorted(gone):
            await self.leave(guild_id)
        wanted = sorted(here)
        for first in range(0, len(wanted), ARRIVE_BATCH):
            batch = wanted[first : first + ARRIVE_BATCH]
            if new := sorted(set(batch) - await self._arrived(batch)):
                await self._arrive(new, is_recent=is_recent)

    async def _arrived(self, guild_ids: Sequence[int]) -> set[int]:
        statement = select(col(Guild.guild_id)).where(
            col(Guild.guild_id).in_(guild_ids), col(Guild.arrived_at).is_not(None)
        )
        async with self.reading() as session:
            return set((await session.execute(statement)).scalars())

    async def _arrive(self, guild_ids: Sequence[int], *, is_recent: bool) -> None:
        """Take the guilds in; those that the bot is in already are left alone, so each arrival is told once."""

        async def arrive(work: UnitOfWork) -> None:
            await self._insert(work, guild_ids)
            mentioned = col(Guild.guild_id).in_(guild_ids)
            away = select(col(Guild.guild_id), col(Guild.left_at)).where(mentioned, col(Guild.arrived_at).is_(None))
            arrivals = (await work.session.execute(away.order_by(col(Guild.guild_id)).with_for_update())).all()
            here = update(Guild).where(mentioned, col(Guild.arrived_at).is_(None))
            await work.session.execute(here.values(arrived_at=utcnow(), left_at=None, purge_after=None))
            for guild_id, left_at in arrivals:
                await self._tell_arrival(work, guild_id, is_back=left_at is not None, is_recent=is_recent)
            # After the others' statements, so that these rows are stored with one.
            for guild_id, left_at in arrivals:
                await self.audit(work, AuditRecord("guilds.join" if left_at is None else "guilds.return", guild_id))

        await self.run(SYSTEM, arrive)

    async def _tell_arrival(self, work: UnitOfWork, guild_id: int, *, is_back: bool, is_recent: bool) -> None:
        if is_back:
            await work.announce(GuildReturned(guild_id))
            return
        if is_recent:
            await self.services.get(Outbox).promise(work, WELCOME, {}, guild_id=guild_id)
        await work.announce(GuildJoined(guild_id, is_recent))

    async def known_on(self, shard_id: int, shard_count: int) -> set[int]:
        """Return the guilds of the shard that the bot is in, as far as the database knows."""
        shard = (col(Guild.guild_id) // SMALLEST) % shard_count
        statement = select(col(Guild.guild_id)).where(col(Guild.left_at).is_(None), shard == shard_id)
        async with self.reading() as session:
            return set((await session.execute(statement)).scalars())

    async def ensure(self, work: UnitOfWork, guild_id: int) -> None:
        """Make the guild's rows in this transaction if they are not there."""
        await self._insert(work, [guild_id])

    async def next_number(self, work: UnitOfWork, guild_id: int, kind: str, *, count: int = 1) -> int:
        """Return the next number of this kind in the guild; a rollback gives it back, so numbers are dense.

        Of several numbers that are taken together it is the last.
        """
        counter = insert_for(work.session, GuildCounter).values(guild_id=guild_id, kind=kind, value=count)
        counted = counter.on_conflict_do_update(
            index_elements=["guild_id", "kind"], set_={"value": col(GuildCounter.value) + count}
        ).returning(GuildCounter.value)
        return int((await work.session.execute(counted)).scalar_one())

    async def give_back_number(self, work: UnitOfWork, guild_id: int, kind: str) -> None:
        """Give the number back that this transaction has just taken and does not need."""
        counter = (col(GuildCounter.guild_id) == guild_id, col(GuildCounter.kind) == kind)
        await work.session.execute(update(GuildCounter).where(*counter).values(value=col(GuildCounter.value) - 1))

    async def lock_numbers(self, work: UnitOfWork, guild_id: int, kind: str) -> None:
        """Keep others from taking a number of this kind, and what goes with it, till the transaction ends."""
        counter = (col(GuildCounter.guild_id) == guild_id, col(GuildCounter.kind) == kind)
        await work.session.execute(select(col(GuildCounter.value)).where(*counter).with_for_update())

    def without_defaults(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return those columns of a guild's configuration that differ from the operator's defaults."""
        return {name: value for name, value in columns.items() if value != self._defaults.get(name)}

    def with_defaults(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return what to store in columns of a guild's configuration; None is the default."""
        return {name: self._defaults.get(name) if value is None else value for name, value in columns.items()}

    async def set_columns(self, work: UnitOfWork, guild_id: int, values: Mapping[str, Any]) -> None:
        """Set columns of the guild's configuration within `change`; None is the default. Others keep the history."""
        await GuildConfig.update_many(work.session, values=self.with_defaults(values), guild_id=guild_id)

    def changing(self, guild_id: int) -> AbstractAsyncContextManager[None]:
        """Have all processes forget the guild's snapshot when the block ends; `change` does so by itself."""
        return self._cache.changing(_tag(guild_id))

    async def change(
        self,
        caller: Caller,
        guild_id: int,
        action: Callable[[UnitOfWork], Awaitable[T]],
        *,
        key: IdempotencyKey | None = None,
        answer: type[T] | None = None,
    ) -> T:
        """Do the action, which changes what the guild's snapshot holds, in one transaction; all processes see it.

        Changes of one guild come one after the other, so what the action reads does not change under its hands.
        With a key and the type of the answer it is done once for that key, as in `once`.

        Raises:
            GuildNotFound: the bot does not know the guild.
        """

        async def change(work: UnitOfWork) -> T:
            await self.lock(work, guild_id)
            return await action(work)

        async with self.changing(guild_id):
            if answer is None:
                return await self.run(caller, change)
            return await self.once(caller, key, answer, change)

    async def lock(self, work: UnitOfWork, guild_id: int) -> int:
        """Raise the version of the guild's snapshot, which keeps other changes waiting till the transaction ends.

        Raises:
            GuildNotFound: the bot does not know the guild.
        """
        raised = (
            update(GuildConfig)
            .where(col(GuildConfig.guild_id) == guild_id)
            .values(version=col(GuildConfig.version) + 1)
            .returning(col(GuildConfig.version))
        )
        version = (await work.session.execute(raised)).scalar_one_or_none()
        if version is None:
            raise GuildNotFound(guild_id)
        return version

    async def require(self, guild_id: int) -> None:
        """Return if the bot knows the guild; raise GuildNotFound if not."""
        if (snapshot := self.peek(guild_id)) is not None and snapshot.version:
            return
        async with self.reading() as session:
            guild = await Guild.get_by_id(session, guild_id)
        if guild is None:
            raise GuildNotFound(guild_id)

    async def versions(self, guild_ids: Collection[int]) -> dict[int, int]:
        """Return the present versions of the guilds' snapshots; a guild that the database does not know has none."""
        statement = select(col(GuildConfig.guild_id), col(GuildConfig.version)).where(
            col(GuildConfig.guild_id).in_(guild_ids)
        )
        async with self.reading() as session:
            return {row.guild_id: row.version for row in await session.execute(statement)}

    async def load(self, guild_id: int) -> GuildSnapshot:
        """Return the snapshot; a guild without configuration has the defaults."""
        tag = _tag(guild_id)
        ttl = self._settings.guild_config_ttl
        return await self._cache.get_or_load(tag, lambda: self.read(guild_id), tags=(tag,), ttl=ttl, codec=self._codec)

    async def warm(self, guild_ids: Iterable[int]) -> None:
        """Read the snapshots of these guilds into memory, many with one statement."""
        wanted = sorted(guild_ids)
        for first in range(0, len(wanted), WARM_BATCH):
            batch = wanted[first : first + WARM_BATCH]
            tags = {_tag(guild_id): (_tag(guild_id),) for guild_id in batch}
            await self._cache.fill(tags, partial(self._read_many, batch), ttl=self._settings.guild_config_ttl)
            log.info("guild_snapshots_warmed", done=first + len(batch), of=len(wanted))

    async def read(self, guild_id: int) -> GuildSnapshot:
        """Return the snapshot of the rows as they are now, for who must not go by a copy that may be seconds old."""
        row = await self._statements.one.run(self.services.get(DatabaseManager), guild_id=guild_id)
        return self._snapshot(guild_id, row)

    async def _read_many(self, guild_ids: Sequence[int]) -> Mapping[str, GuildSnapshot]:
        async with self.reading() as session:
            rows = (await session.execute(self._statements.many, {"guild_ids": guild_ids})).all()
        known = {guild_id: row for guild_id, *row in rows}
        return {_tag(guild_id): self._snapshot(guild_id, known.get(guild_id)) for guild_id in guild_ids}

    def _snapshot(self, guild_id: int, row: Sequence[Any] | None) -> GuildSnapshot:
        make = self._parts.make
        if row is None:
            return GuildSnapshot(guild_id, self._settings.default_prefix, DEFAULT_LOCALE, {}, make=make)
        prefix, locale, version, *rest = row
        names = [part.name for part in self._parts.declared]
        levels = {role: level for level, role in zip(LEVELS, rest[len(names) :], strict=True) if role is not None}
        # Where a part has no rows, PostgreSQL gives NULL and SQLite an empty array.
        rows = {name: text for name, text in zip(names, rest[: len(names)], strict=True) if text and text != "[]"}
        return GuildSnapshot(guild_id, prefix, locale, levels, version=version, rows=rows, make=make)

    async def _insert(self, work: UnitOfWork, guild_ids: Sequence[int]) -> None:
        now = utcnow()
        await insert_missing(work.session, Guild, [{"guild_id": guild_id, "joined_at": now} for guild_id in guild_ids])
        configs = [{"guild_id": guild_id, **self._defaults} for guild_id in guild_ids]
        await insert_missing(work.session, GuildConfig, configs)


def _tag(guild_id: int) -> str:
    return f"guild:{guild_id}"
