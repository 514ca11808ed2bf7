"""Bans, temporary bans, their ends and their failures in any order, with crashes: nobody is unbanned wrongly.

The case that governs and what Discord shows are compared with a record that the test keeps by itself. Effects run the
real code against a Discord of one server, which is exact in what a ban and an unban do and refuse.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete, select
from sqlmodel import col

from guildbase.bot.effects import EffectRun
from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict
from guildbase.core.ports import ADMINISTRATOR, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import DISCORD_EPOCH_MS
from guildbase.core.targets import Target
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation import rules
from guildbase.features.moderation.controller import ActionController, Recorded
from guildbase.features.moderation.controller.outcomes import OutcomeController
from guildbase.features.moderation.effects.punishments import enforce
from guildbase.features.moderation.jobs.expiry import expire
from guildbase.features.moderation.kinds import EXPIRE, CaseState, CaseType, PunishmentKind
from guildbase.features.moderation.models import ModerationCase, Punishment
from guildbase.features.moderation.rules import NewAction
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueItem, DueWork
from guildbase.services.due_work.attempts import attempt
from guildbase.services.due_work.claims import Claims
from guildbase.services.outbox import ClaimedEffect, Outbox, OutboxEffect
from tests.factories import new_id

Case = tuple[CaseType, timedelta | None]
CASES = st.one_of(
    st.tuples(st.sampled_from([CaseType.BAN, CaseType.HACKBAN, CaseType.UNBAN]), st.none()),
    st.tuples(st.just(CaseType.TEMPBAN), st.integers(1, 48).map(lambda hours: timedelta(hours=hours))),
)
THEN = st.sampled_from(["later", "done", "done", "refused", "crash"])
"""What becomes of its effect at first."""
BANS = (CaseType.BAN, CaseType.HACKBAN, CaseType.TEMPBAN)


class Crash(BaseException):
    """The process was killed."""


class OneServer:
    """A Discord with one server and one person in question."""

    def __init__(self, guild_id: int) -> None:
        self.id = guild_id
        self.name = "One"
        self.me = SimpleNamespace(
            guild_permissions=SimpleNamespace(value=ADMINISTRATOR), top_role=SimpleNamespace(position=9)
        )
        self.is_banned = False
        self.refuses = False
        self.crashes_after: bool = False
        self.meanwhile: Callable[[], Awaitable[None]] | None = None
        """What happens while one request is on its way."""
        self.is_late = False
        """Whether that happens between Discord's answer and the moment when the bot goes on."""
        self.may_unban: Callable[[], bool] = lambda: True
        self.wrong_unbans = 0

    async def ban(self, _person: object, **_how: object) -> None:
        await self._meanwhile()
        self._refuse()
        self.is_banned = True
        await self._go_on()

    async def unban(self, _person: object, **_how: object) -> None:
        # One that was right when it was sent may be overtaken on its way; then the ban has to be put back.
        is_wrong = not self.may_unban()
        await self._meanwhile()
        self._refuse()
        if not self.is_banned:
            raise discord.NotFound(_response(404), {"code": 10026, "message": "Unknown Ban"})
        self.wrong_unbans += is_wrong
        self.is_banned = False
        await self._go_on()

    def _refuse(self) -> None:
        if self.refuses:
            raise discord.Forbidden(_response(403), {"code": 50013, "message": "Missing Permissions"})

    async def _go_on(self) -> None:
        if self.crashes_after:
            self.crashes_after = False
            raise Crash
        if self.is_late:
            self.is_late = False
            await self._meanwhile()

    async def _meanwhile(self) -> None:
        if self.meanwhile is not None and not self.is_late:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()


def _response(status: int) -> Any:
    return SimpleNamespace(status=status, reason="refused")


@dataclass
class Decided:
    """What the test knows of one case."""

    number: int
    bans: bool
    ends: datetime | None = None
    is_open: bool = True


class Overlaps(RuleBasedStateMachine):
    """One person, whom moderators and Discord treat in every way."""

    loop: asyncio.Runner
    services: BotServices

    def __init__(self) -> None:
        super().__init__()
        self.actions, self.outcomes = self.services.get(ActionController), self.services.get(OutcomeController)
        self.claims = Claims(self.services.get(DatabaseManager), "worker")
        self.guild_id, self.user_id = new_id(), new_id()
        self.caller = Caller(new_id(), self.guild_id, "Mo", permissions=ADMINISTRATOR, top_role=9)
        self.server = OneServer(self.guild_id)
        self.server.may_unban = lambda: not self.is_to_be_banned()
        self.bot: Any = SimpleNamespace(services=self.services, get_guild=lambda _id: self.server)
        self.decided: list[Decided] = []
        self.queue: list[ClaimedEffect] = []
        self.entries = 0
        self.is_out_of_hand = False
        """Whether Discord refused to be brought in line, so that only the next decision can be."""

    @initialize()
    def begin(self) -> None:
        """Leave behind what another example has promised."""

        async def clear(work: UnitOfWork) -> None:
            for table in (OutboxEffect, DueItem):
                await work.session.execute(delete(table))

        self._do(self.services.get(DatabaseManager).run(clear))

    def _do(self, work: Any) -> Any:
        return self.loop.run(work)

    def newest(self) -> Decided | None:
        return max(self.decided, key=lambda it: it.number, default=None)

    def is_to_be_banned(self) -> bool:
        newest = self.newest()
        return newest is not None and newest.bans and (newest.ends is None or newest.ends > utcnow())

    async def _acts(self, case_type: CaseType, duration: timedelta | None = None) -> int | None:
        new = NewAction(
            case_type, Target(self.user_id, "Terry", is_member=False), "Spam", duration=duration, is_silent=True
        )
        try:
            opened = await self.actions.act(self.caller, self.guild_id, new)
        except Conflict:
            newest = self.newest()
            assert newest is not None
            assert newest.bans
            assert newest.ends is None
            assert duration is None
            return None
        self.decided.append(Decided(opened.case.number, case_type in BANS, opened.case.expires_at))
        return opened.case.number

    @rule(case=CASES, then=THEN)
    def a_moderator_acts(self, case: Case, then: str) -> None:
        self._do(self._acts_and_then(case, then))

    async def _acts_and_then(self, case: Case, then: str) -> None:
        number = await self._acts(*case)
        await self._fetch()
        for effect in [it for it in self.queue if then != "later" and it.payload["number"] == number]:
            if then == "crash":
                await self._break_off(effect)
            else:
                await self._finish(effect, is_refused=then == "refused")

    @rule(which=st.integers(0, 9), case=CASES, then=st.sampled_from(["later", "done"]), is_late=st.booleans())
    def a_moderator_acts_while_a_request_is_on_its_way(self, which: int, case: Case, then: str, is_late: bool) -> None:
        self._do(self._overlap(which, lambda: self._acts_and_then(case, then), is_late=is_late))

    @rule(which=st.integers(0, 9), hours=st.integers(1, 60), is_late=st.booleans())
    def an_end_comes_while_a_request_is_on_its_way(self, which: int, hours: int, is_late: bool) -> None:
        async def end() -> None:
            clock.ahead += timedelta(hours=hours)
            await self._work()
            known = {it.id for it in self.queue}
            await self._fetch()
            for effect in [it for it in self.queue if it.id not in known]:
                await self._finish(effect)

        self._do(self._overlap(which, end, is_late=is_late))

    async def _overlap(self, which: int, meanwhile: Callable[[], Awaitable[None]], *, is_late: bool) -> None:
        await self._fetch()
        if self.queue:
            effect = self.queue.pop(which % len(self.queue))
            self.server.meanwhile, self.server.is_late = meanwhile, is_late
            await self._finish(effect)
            self.server.meanwhile, self.server.is_late = None, False

    @rule(hours=st.integers(1, 48))
    def extend(self, hours: int) -> None:
        newest, ends = self.newest(), utcnow() + timedelta(hours=hours)
        if newest is None:
            return
        try:
            self._do(self.actions.extend(self.caller, self.guild_id, newest.number, ends))
        except Conflict:
            assert not self.is_to_be_banned()
        else:
            assert newest.bans
            newest.ends = ends

    @precondition(lambda self: self.server.is_banned)
    @rule()
    def unban_by_hand(self) -> None:
        self.server.is_banned = False
        done = Recorded(CaseType.UNBAN, self.user_id, "Terry", new_id(), "Ada", "By hand", self._entry_id())
        opened = self._do(self.actions.record(self.guild_id, done))
        self.decided.append(Decided(opened.case.number, bans=False, is_open=False))

    def _entry_id(self) -> int:
        """Return what Discord would name an entry of this moment; the test's clock is ahead of the real one."""
        self.entries += 1
        return (int(utcnow().timestamp() * 1000) + 1 - DISCORD_EPOCH_MS) << 22 | self.entries

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        clock.ahead += timedelta(hours=hours)

    @rule(which=st.integers(0, 9))
    def an_operator_tries_old_work_again(self, which: int) -> None:
        """Let the end of any case come up, as of work that had failed."""
        if self.decided:
            number = self.decided[which % len(self.decided)].number

            async def schedule(work: UnitOfWork) -> None:
                due = self.services.get(DueWork)
                await due.schedule(work, EXPIRE, {"number": number}, due_at=utcnow(), guild_id=self.guild_id)

            self._do(self.services.get(DatabaseManager).run(schedule))

    @rule()
    def due_work_is_done(self) -> None:
        self._do(self._work())

    async def _work(self) -> None:
        for claim in await self.claims.claim([EXPIRE], 20):
            await attempt(self.services, self.claims, claim, expire)

    async def _fetch(self) -> None:
        self.queue += await self.services.get(Outbox).claim("worker")

    @rule(which=st.integers(0, 9), how=st.sampled_from(["done", "refused", "twice", "crash"]))
    def an_effect_runs(self, which: int, how: str) -> None:
        self._do(self._runs(which, how))

    async def _runs(self, which: int, how: str) -> None:
        await self._fetch()
        if not self.queue:
            return
        effect = self.queue[which % len(self.queue)]
        if how == "crash":
            await self._break_off(effect)
        elif how == "twice":
            await self._run(effect)
        else:
            await self._finish(effect, is_refused=how == "refused")

    async def _finish(self, effect: ClaimedEffect, *, is_refused: bool = False) -> None:
        self.queue = [it for it in self.queue if it is not effect]
        await self._run(effect, is_refused=is_refused)
        await self.services.get(Outbox).done(effect)

    async def _break_off(self, effect: ClaimedEffect) -> None:
        """Kill the process between Discord's answer and ours; the effect runs again later."""
        self.server.crashes_after = True
        await self._run(effect)
        self.server.crashes_after = False

    async def _run(self, effect: ClaimedEffect, *, is_refused: bool = False) -> None:
        run = EffectRun(self.bot, effect.id, effect.promised_at, self.guild_id, effect.payload)
        self.server.refuses = is_refused
        try:
            await enforce.run(run)
        except Crash:
            return
        except discord.HTTPException as error:
            assert enforce.on_failed is not None
            await enforce.on_failed(replace(run, error=error))
            await self._failed(effect.payload["number"])
        else:
            self._settled(effect.payload["number"])
        finally:
            self.server.refuses = False

    def _settled(self, number: int) -> None:
        newest = self.newest()
        if newest is not None and newest.number == number:
            newest.is_open = self.is_out_of_hand = False

    async def _failed(self, number: int) -> None:
        """Forget the decision that could not be carried out; one that was done before stays."""
        case = (await self.outcomes.order(self.guild_id, number)).case
        assert case.failure
        self.is_out_of_hand = True
        if case.state is CaseState.FAILED and case.ended_at is None:
            self.decided = [it for it in self.decided if it.number != number]

    @rule()
    def all_comes_to_rest(self) -> None:
        self._do(self._rest())

    async def _rest(self) -> None:
        await self._come_to_rest()
        newest, governing = self.newest(), await self.actions.governing(self.guild_id, self.user_id)
        if newest is not None and self.is_to_be_banned():
            assert governing[PunishmentKind.BAN].number == newest.number
        else:
            assert governing == {}
        assert self.server.wrong_unbans == 0
        if not self.is_out_of_hand and newest is not None:
            assert self.server.is_banned == self.is_to_be_banned()
        await self._cases_agree(governing)

    async def _cases_agree(self, rows: dict[PunishmentKind, Punishment]) -> None:
        """What is in force follows from the cases alone, and what was replaced did not run out."""
        async with self.services.get(DatabaseManager).read_session(fresh=True) as session:
            mine = select(ModerationCase).where(col(ModerationCase.guild_id) == self.guild_id)
            cases = (await session.execute(mine)).scalars().all()
        from_cases = rules.governing(cases)
        assert (from_cases.number if from_cases else None) == next((row.number for row in rows.values()), None)
        assert not [it.number for it in cases if it.state is CaseState.EXPIRED and it.ending_case is not None]

    def teardown(self) -> None:
        try:
            self.all_comes_to_rest()
        finally:
            clock.ahead = timedelta(0)

    async def _come_to_rest(self) -> None:
        for _round in range(20):
            await self._work()
            await self._fetch()
            if not self.queue:
                return
            for effect in list(self.queue):
                await self._finish(effect)
        raise AssertionError("It never comes to rest.")


@pytest.fixture
def overlaps(sqlite_url: str, registry: FeatureRegistry) -> Iterator[type[Overlaps]]:
    """The machine over controllers on a database of their own."""
    Overlaps.loop = asyncio.Runner()
    Overlaps.services = assemble(Settings(database_url=sqlite_url, database_pool_size=4), registry)
    yield Overlaps
    Overlaps.loop.run(Overlaps.services.close())
    Overlaps.loop.close()
    clock.ahead = timedelta(0)


@pytest.mark.timeout(120)
def test_however_punishments_overlap_discord_ends_up_as_the_newest_case_wants_it(overlaps: type[Overlaps]) -> None:
    few = settings(
        max_examples=12,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    run_state_machine_as_test(overlaps, settings=few)


BAN, UNBAN = (CaseType.BAN, None), (CaseType.UNBAN, None)
TEMPBAN = (CaseType.TEMPBAN, timedelta(hours=1))


def _overtaken(machine: Overlaps) -> None:
    """An unban is opened and carried out while the ban is on its way."""
    machine.a_moderator_acts(case=BAN, then="later")
    machine.a_moderator_acts_while_a_request_is_on_its_way(which=0, case=UNBAN, then="done", is_late=False)


def _refused(machine: Overlaps) -> None:
    """A ban that lasts, and one in its place that Discord does not take."""
    machine.a_moderator_acts(case=TEMPBAN, then="done")
    machine.a_moderator_acts(case=BAN, then="refused")


def _replaced(machine: Overlaps) -> None:
    """The end of a case comes up after a later one has replaced it."""
    machine.a_moderator_acts(case=TEMPBAN, then="done")
    machine.a_moderator_acts(case=BAN, then="done")
    machine.time_passes(hours=2)
    machine.an_operator_tries_old_work_again(which=0)


def _lasting(machine: Overlaps) -> None:
    """Work comes up that would end a case without an end."""
    machine.a_moderator_acts(case=BAN, then="done")
    machine.an_operator_tries_old_work_again(which=0)


@pytest.mark.parametrize("story", [_overtaken, _refused, _replaced, _lasting])
def test_what_was_once_a_trap_is_walked_into_each_time(
    overlaps: type[Overlaps], story: Callable[[Overlaps], None]
) -> None:
    machine = overlaps()
    machine.begin()
    story(machine)
    machine.teardown()
