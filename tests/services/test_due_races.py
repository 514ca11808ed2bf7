"""A ban that ends by itself against whatever happens meanwhile: it ends only if it is still the one that counts."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select

from guildbase.core import clock
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.clock import database_now
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.assembly import assemble
from guildbase.services.due_work import DueItem, DueRun, DueWork, NoLongerDue
from guildbase.services.due_work.attempts import attempt
from guildbase.services.due_work.claims import LEASE, Claims
from guildbase.services.due_work.handlers import Handler

KEY = "ban:1"
HOUR = timedelta(hours=1)
KIND = "test.unban"


class Bans(RuleBasedStateMachine):
    """Temporary and permanent bans, their ends by hand, workers that are killed or late, and time."""

    url: str
    registry: FeatureRegistry

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.services = assemble(Settings(database_url=self.url, database_pool_size=4), self.registry)
        self.database, self.due = self.services.get(DatabaseManager), self.services.get(DueWork)
        self.claims = Claims(self.database, "worker")
        self.case = 0
        self.ends: timedelta | None = None
        """When the ban that counts ends by itself, on the clock of the test; None if there is none that does."""
        self.unbanned: list[int] = []
        self.right: list[int] = []
        self.held: list[DueRun] = []

    @initialize()
    def begin_anew(self) -> None:
        async def clear(work: UnitOfWork) -> None:
            await work.session.execute(delete(DueItem.__table__))

        self.do(clear)

    def do(self, action: object) -> object:
        return self.loop.run(self.database.run(action))  # type: ignore[arg-type]

    def _schedule(self, after: timedelta) -> None:
        async def store(work: UnitOfWork) -> None:
            payload = {"case": self.case}
            await self.due.schedule(work, KIND, payload, after=after, guild_id=1 << 22, unique_key=KEY)

        self.do(store)
        self.ends = clock.ahead + after

    def _end_by_hand(self) -> None:
        async def cancel(work: UnitOfWork) -> bool:
            return await self.due.cancel(work, KEY)

        self.do(cancel)
        self.ends = None

    @rule(hours=st.integers(1, 48))
    def tempban(self, hours: int) -> None:
        self.case += 1
        self._schedule(hours * HOUR)

    @rule(hours=st.integers(1, 48))
    def extend(self, hours: int) -> None:
        if self.ends is not None:
            self._schedule(hours * HOUR)

    @rule()
    def unban(self) -> None:
        self._end_by_hand()

    @rule()
    def hackban(self) -> None:
        self.case += 1
        self._end_by_hand()

    @rule(minutes=st.integers(1, 3000))
    def time_passes(self, minutes: int) -> None:
        clock.ahead += timedelta(minutes=minutes)

    @rule()
    def worker_begins_and_hangs(self) -> None:
        taken = self.loop.run(self.claims.claim([KIND], 1))
        self.held += [DueRun(self.services, claim) for claim in taken]

    @rule()
    def hanging_worker_goes_on(self) -> None:
        if self.held:
            self._settle(self.held.pop(0))

    @rule()
    def workers_crash(self) -> None:
        self.held.clear()

    @rule()
    def tick(self) -> None:
        """A worker comes by, frees what others lost, and does what is due."""

        async def do_all() -> None:
            await self.claims.take_back()
            for claim in await self.claims.claim([KIND], 5):
                await attempt(self.services, self.claims, claim, Handler(self._handle, KIND))

        if self.ends is not None and self.ends <= clock.ahead and not self._is_held():
            self.right.append(self.case)
            self.ends = None
        self.loop.run(do_all())

    def _is_held(self) -> bool:
        async def look() -> bool:
            async with self.database.read_session(fresh=True) as session:
                running = select(DueItem.__table__.c.work_id).where(
                    DueItem.__table__.c.state == "running",
                    DueItem.__table__.c.lease_until >= database_now(),
                    DueItem.__table__.c.lease_until <= database_now(2 * LEASE),
                )
                return (await session.execute(running)).first() is not None

        return self.loop.run(look())

    def _settle(self, run: DueRun) -> None:
        try:
            self.loop.run(self._handle(run))
        except NoLongerDue:
            return
        self.right.append(self.case)
        assert self.ends is not None
        assert self.ends <= clock.ahead
        self.ends = None

    async def _handle(self, run: DueRun) -> None:
        async def action(work: UnitOfWork) -> None:
            await run.complete(work)

        await self.database.run(action)
        self.unbanned.append(run.payload["case"])

    @invariant()
    def nobody_was_unbanned_wrongly_or_forgotten(self) -> None:
        assert self.unbanned == self.right

    def teardown(self) -> None:
        self.loop.run(self.services.close())
        self.loop.close()
        clock.ahead = timedelta(0)


@pytest.mark.timeout(240)
def test_a_ban_ends_by_itself_only_if_it_is_still_the_one_that_counts(
    database_url: str, registry: FeatureRegistry
) -> None:
    Bans.url, Bans.registry = database_url, registry
    few = settings(max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    try:
        run_state_machine_as_test(Bans, settings=few)
    finally:
        clock.ahead = timedelta(0)
