"""Leases: what one process at a time may do, such as running certain shards, as rows that everybody sees.

A lease runs out unless it is renewed. Its token rises with every acquisition, so a process that was stopped, lost the
lease and goes on later is found out: `guard` refuses its writes. The database's clock alone decides who holds what. A
process knows by its own monotonic clock, without asking, when it can no longer be sure of what it holds.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import BigInteger, ColumnElement, CursorResult, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, col
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.errors import Conflict, DatabaseUnavailable
from guildbase.core.settings import Settings
from guildbase.database.base import Base
from guildbase.database.clock import database_now, has_run_out
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import NOT_PERSONAL, column_info
from guildbase.database.rows.upsert import insert_for
from guildbase.database.types import text_field
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from guildbase.services.process import ProcessIdentity

log = structlog.get_logger(__name__)

RENEWALS = 3  # in the life of a lease, so that two may fail
SURE = 0.8
"""The part of its life in which the holder is sure of a lease; what it began then has the rest of it to end."""
KEEPER = "leases"
"""The name of the loop that renews."""
LOOK_EVERY = 1.0  # seconds between two tries to get a lease that another process holds


class LeaseLost(Conflict):
    """Another process has this lease now, so nothing was written."""

    code = "lease_lost"


class Lease(Base, table=True):
    """Who holds what, and until when. A row stays when its lease is over, because its token must never fall."""

    name: str = Field(max_length=80, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    holder: str | None = text_field(default=None, max_length=40, privacy=NOT_PERSONAL)
    token: int = Field(ge=0, sa_type=BigInteger)
    expires_at: datetime = Field(sa_type=UTCDateTime)


@dataclass(slots=True, eq=False)
class HeldLease:
    """A lease that this process got."""

    name: str
    token: int
    ttl: float
    """Seconds from one renewal to the end."""
    sure_until: float
    """Moment of the monotonic clock."""
    is_lost: bool = False
    _on_lost: Callable[[], None] | None = field(default=None, repr=False)

    @property
    def is_sure(self) -> bool:
        """Whether no other process can hold it now; cheap enough to be asked for every message."""
        return time.monotonic() < self.sure_until

    def lose(self) -> None:
        """Note that another process has it; whoever keeps it is told once."""
        self.sure_until = -math.inf
        if not self.is_lost:
            self.is_lost = True
            log.error("lease_lost", lease=self.name, token=self.token, reason="Another process took it over.")
            if self._on_lost is not None:
                self._on_lost()

    def tell(self, on_lost: Callable[[], None]) -> None:
        """Call this when the lease is lost."""
        self._on_lost = on_lost


class Leases:
    """The leases of this process."""

    def __init__(self, services: BotServices) -> None:
        self._database = services.get(DatabaseManager)
        self._loops = services.get(BackgroundLoops)
        self._holder = services.get(ProcessIdentity).id
        self._ttl = services.get(Settings).lease_ttl
        self._kept: dict[str, HeldLease] = {}

    @property
    def ttl(self) -> float:
        """Seconds that a lease lasts without a renewal, unless said otherwise."""
        return self._ttl

    async def acquire(self, name: str, ttl: float | None = None) -> HeldLease | None:
        """Get the lease for so many seconds; None if it is held, also if this process holds it itself."""
        return await self._database.run(lambda work: self.take(work, name, ttl))

    async def take(self, work: UnitOfWork, name: str, ttl: float | None = None) -> HeldLease | None:
        """Get the lease like `acquire`, in the caller's transaction."""
        seconds, asked_at = ttl or self._ttl, time.monotonic()
        end = database_now(after=timedelta(seconds=seconds))
        new = insert_for(work.session, Lease).values(name=name, holder=self._holder, token=1, expires_at=end)
        taken = new.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": self._holder, "token": col(Lease.token) + 1, "expires_at": end},
            where=or_(col(Lease.holder).is_(None), has_run_out(col(Lease.expires_at))),
        ).returning(Lease.token)
        token = (await work.session.execute(taken)).scalar_one_or_none()
        return None if token is None else HeldLease(name, token, seconds, self._sure_until(asked_at, seconds))

    async def lock(self, work: UnitOfWork, name: str) -> None:
        """Keep everybody else who locks this name waiting until the transaction ends."""
        row = insert_for(work.session, Lease).values(name=name, token=0, expires_at=database_now())
        await work.session.execute(
            row.on_conflict_do_update(index_elements=["name"], set_={"expires_at": database_now()})
        )

    async def wait(self, name: str) -> HeldLease:
        """Return the lease as soon as it can be had."""
        while True:
            if (lease := await self.acquire(name)) is not None:
                return lease
            await asyncio.sleep(LOOK_EVERY)

    async def renew(self, lease: HeldLease) -> bool:
        """Let the lease last for its time from now on; False if another process has it.

        One that ran out is renewed too, if nobody took it meanwhile.
        """
        asked_at = time.monotonic()
        end = database_now(after=timedelta(seconds=lease.ttl))
        is_ours = await self._database.run(lambda work: self._change(work, lease, expires_at=end))
        if is_ours and not lease.is_lost:
            lease.sure_until = self._sure_until(asked_at, lease.ttl)
            return True
        lease.lose()
        return False

    async def release(self, lease: HeldLease) -> None:
        """Give the lease back, so that another process gets it at once."""
        self._kept.pop(lease.name, None)
        lease.sure_until = -math.inf
        if not lease.is_lost:
            lease.is_lost = True
            await self._database.run(lambda work: self._change(work, lease, holder=None, expires_at=database_now()))

    async def release_all(self) -> None:
        """Give back what anybody holds; for the start of a process that is the only one."""
        freed = update(Lease).where(col(Lease.holder).is_not(None)).values(holder=None, expires_at=database_now())

        async def action(work: UnitOfWork) -> None:
            await work.session.execute(freed)

        await self._database.run(action)

    def keep(self, lease: HeldLease, on_lost: Callable[[], None]) -> None:
        """Renew the lease in the background until it is released; `on_lost` is called once if another has it."""
        lease.tell(on_lost)
        self._kept[lease.name] = lease
        if KEEPER not in self._loops.loops:
            self._loops.start(KEEPER, self._keep)

    async def guard(self, work: UnitOfWork, lease: HeldLease) -> None:
        """Make the transaction one that nobody but the holder can commit.

        Until its end no other process gets the lease.

        Raises:
            LeaseLost: another process has or had it since.
        """
        held = select(col(Lease.name)).where(*self._ours(lease)).with_for_update(read=True)
        if (await work.session.execute(held)).first() is None:
            lease.lose()
            raise LeaseLost(f"This process has lost {lease.name}.", hint="The process that has it now goes on with it.")

    async def run_alone(self, name: str, run: Callable[[HeldLease], Awaitable[None]]) -> None:
        """Run a loop in one process of all: wait for the lease, run while it is held, wait again when it is lost.

        What the loop raises ends this; give it to `BackgroundLoops` to be started again, here or elsewhere. The loop
        writes behind `guard`, since it may be stopped in the middle and go on when another process is at it.
        """
        while True:
            lease = await self.wait(name)
            lost = asyncio.Event()
            self.keep(lease, lost.set)
            tasks = [asyncio.ensure_future(run(lease)), asyncio.ensure_future(lost.wait())]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
                await self.release(lease)
            if not lost.is_set():
                if isinstance(results[0], BaseException):
                    raise results[0]
                return

    async def held(self, session: AsyncSession, prefix: str) -> list[tuple[str, str, bool]]:
        """Return name, last holder and whether it still holds it, of leases whose name begins so; latest end first."""
        is_held = not_(has_run_out(col(Lease.expires_at)))
        found = select(col(Lease.name), col(Lease.holder), is_held).where(
            col(Lease.name).startswith(prefix, autoescape=True)
        )
        rows = await session.execute(found.order_by(col(Lease.expires_at).desc(), col(Lease.name)))
        return [(name, holder or "", bool(lasts) and holder is not None) for name, holder, lasts in rows]

    async def close(self) -> None:
        """Give back what is still kept; what cannot be given back runs out by itself."""
        for lease in list(self._kept.values()):
            try:
                await self.release(lease)
            except DatabaseUnavailable as error:
                log.warning("lease_not_released", lease=lease.name, reason=error.message)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._ttl / RENEWALS)
            for lease in list(self._kept.values()):
                await self._renew_quietly(lease)

    async def _renew_quietly(self, lease: HeldLease) -> None:
        try:
            is_ours = await self.renew(lease)
        except DatabaseUnavailable as error:
            log.warning("lease_not_renewed", lease=lease.name, is_sure=lease.is_sure, reason=error.message)
            return
        if not is_ours:
            self._kept.pop(lease.name, None)

    async def _change(self, work: UnitOfWork, lease: HeldLease, **values: object) -> bool:
        changed = await work.session.execute(update(Lease).where(*self._ours(lease)).values(**values))
        return isinstance(changed, CursorResult) and changed.rowcount == 1

    def _ours(self, lease: HeldLease) -> tuple[ColumnElement[bool], ...]:
        return col(Lease.name) == lease.name, col(Lease.token) == lease.token, col(Lease.holder) == self._holder

    def _sure_until(self, asked_at: float, ttl: float) -> float:
        # No second process can open a SQLite file that one serves, so nobody could take a lease away there.
        return math.inf if self._database.is_sqlite else asked_at + ttl * SURE
