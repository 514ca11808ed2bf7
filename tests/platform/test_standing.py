"""Who is blocked and who is trusted: in one server and everywhere, till when, and who never can be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, DatabaseUnavailable, InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller, GuildSnapshot, Standing, Standings
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.upkeep.retention import remove_old_rows, terms_of
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureScope
from guildbase.platform.standing import rules
from guildbase.platform.standing.controller import GlobalStandingController, StandingController, StandingNotFound
from guildbase.platform.standing.controller import everywhere as everywhere_module
from guildbase.platform.standing.models import MAX_REASON, GlobalStanding, GuildStanding, StandingStatus, SubjectKind
from guildbase.platform.standing.rules import Decision, Subject
from guildbase.platform.standing.snapshot import GuildStandings
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.pubsub import PubSub
from tests.factories import new_id
from tests.waiting import until

BLOCK = Decision(StandingStatus.BLOCKED, "Sold stolen accounts")
TRUST = Decision(StandingStatus.TRUSTED, "Helps everybody")
USER, GUILD = SubjectKind.USER, SubjectKind.GUILD


@pytest.fixture
def standings(services: BotServices) -> StandingController:
    return services.get(StandingController)


@pytest.fixture
def everywhere(services: BotServices) -> GlobalStandingController:
    return services.get(GlobalStandingController)


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    return guild_id


def admin(guild_id: int, **more: Any) -> Caller:
    """Return somebody who manages the guild."""
    known: dict[str, Any] = {"user_id": new_id(), "guild_id": guild_id, "name": "ada", "level": 5, "top_role": 5}
    return Caller(**known | more)


async def snapshot(services: BotServices, guild_id: int) -> GuildSnapshot:
    return await services.get(GuildController).load(guild_id)


async def test_a_block_counts_at_once_and_till_it_is_lifted(
    services: BotServices, standings: StandingController, guild_id: int
) -> None:
    user_id, caller = new_id(), admin(guild_id)
    assert standings.of(user_id, await snapshot(services, guild_id)) is None
    await standings.decide(caller, guild_id, Subject(user_id), BLOCK)
    now = await snapshot(services, guild_id)
    assert standings.of(user_id, now) == Standing(is_blocked=True, reason="Sold stolen accounts")
    assert now.get(GuildStandings).of(user_id) == standings.of(user_id, now)
    refusal = standings.refusal(user_id, now)
    assert refusal is not None
    assert refusal.text == (
        "You are blocked from this bot in this server. Reason: Sold stolen accounts. Ask an admin of this server."
    )
    assert standings.refusal(new_id(), now) is None
    row = await standings.lift(caller, guild_id, user_id)
    assert row.status is StandingStatus.BLOCKED
    assert standings.of(user_id, await snapshot(services, guild_id)) is None
    with pytest.raises(StandingNotFound):
        await standings.lift(caller, guild_id, user_id)


async def test_every_decision_leaves_its_trace(
    services: BotServices, standings: StandingController, guild_id: int
) -> None:
    user_id, caller = new_id(), admin(guild_id)
    await standings.decide(caller, guild_id, Subject(user_id), BLOCK)
    await standings.decide(caller, guild_id, Subject(user_id), TRUST)
    await standings.lift(caller, guild_id, user_id)
    entries = await services.get(AuditController).entries(SYSTEM, guild_id)
    told = [(entry.action, entry.actor_id, entry.target_id, entry.reason) for entry in entries][:3]
    assert told == [
        ("standing.lift", caller.user_id, user_id, "Helps everybody"),
        ("standing.trust", caller.user_id, user_id, "Helps everybody"),
        ("standing.block", caller.user_id, user_id, "Sold stolen accounts"),
    ]


async def test_a_block_ends_by_itself(
    services: BotServices,
    standings: StandingController,
    guild_id: int,
    clock: Any,
    everywhere: GlobalStandingController,
) -> None:
    user_id = new_id()
    ends = utcnow() + timedelta(hours=1)
    block = Decision(StandingStatus.BLOCKED, expires_at=ends)
    await standings.decide(admin(guild_id), guild_id, Subject(user_id), block)
    await everywhere.decide(SYSTEM, USER, user_id, block)
    now = await snapshot(services, guild_id)
    refusal = standings.refusal(user_id, now)
    assert refusal is not None
    assert f"It ends <t:{int(ends.timestamp())}:R>." in refusal.message
    clock.advance(hours=1)
    assert standings.refusal(user_id, now) is None
    assert standings.of(user_id, None) is None
    page = await standings.page(SYSTEM, guild_id)
    assert page.rows == []
    past = await standings.page(SYSTEM, guild_id, is_past=True)
    assert [row.user_id for row in past.rows] == [user_id]
    gone = await everywhere.page(SYSTEM, is_past=True)
    assert [row.subject_id for row in gone.rows] == [user_id]


async def test_a_block_everywhere_counts_in_every_server_and_in_direct_messages(
    services: BotServices, standings: StandingController, guild_id: int, everywhere: GlobalStandingController
) -> None:
    user_id = new_id()
    await everywhere.decide(SYSTEM, USER, user_id, BLOCK)
    for guild in (None, await snapshot(services, guild_id)):
        refusal = standings.refusal(user_id, guild, is_guild_owner=True)
        assert refusal is not None
        assert refusal.message.startswith("You are blocked from this bot. Reason: ")
    assert standings.everywhere.get(user_id) == Standing(is_blocked=True, reason=BLOCK.reason)
    await everywhere.lift(SYSTEM, USER, user_id)
    assert standings.everywhere.get(user_id) is None
    with pytest.raises(StandingNotFound):
        await everywhere.lift(SYSTEM, USER, user_id)


async def test_only_who_manages_a_blocked_server_is_told_why(
    services: BotServices, standings: StandingController, guild_id: int, everywhere: GlobalStandingController
) -> None:
    await everywhere.decide(SYSTEM, GUILD, guild_id, BLOCK)
    now = await snapshot(services, guild_id)
    member, manager = standings.refusal(new_id(), now), standings.refusal(new_id(), now, permissions=1 << 5)
    assert member is not None
    assert member.is_silent
    assert "stolen" not in member.text
    assert manager is not None
    assert not manager.is_silent
    assert "Reason: Sold stolen accounts." in manager.text


async def test_a_silent_block_tells_neither_why_nor_till_when(
    services: BotServices, standings: StandingController, guild_id: int
) -> None:
    user_id = new_id()
    secret = Decision(StandingStatus.BLOCKED, "Under watch", utcnow() + timedelta(days=1), is_silent=True)
    await standings.decide(admin(guild_id), guild_id, Subject(user_id), secret)
    refusal = standings.refusal(user_id, await snapshot(services, guild_id))
    assert refusal is not None
    assert refusal.is_silent
    assert refusal.text == "You are blocked from this bot in this server. Ask an admin of this server."


async def test_a_block_weighs_more_than_trust(
    services: BotServices, standings: StandingController, guild_id: int, everywhere: GlobalStandingController
) -> None:
    one, two, three = new_id(), new_id(), new_id()
    await standings.decide(admin(guild_id), guild_id, Subject(one), BLOCK)
    await everywhere.decide(SYSTEM, USER, one, TRUST)
    await standings.decide(admin(guild_id), guild_id, Subject(two), TRUST)
    await everywhere.decide(SYSTEM, USER, two, BLOCK)
    await everywhere.decide(SYSTEM, GUILD, guild_id, TRUST)
    now = await snapshot(services, guild_id)
    found = {user_id: standings.of(user_id, now) for user_id in (one, two, three)}
    assert {user_id: standing and standing.is_blocked for user_id, standing in found.items()} == {
        one: True,
        two: True,
        three: False,
    }
    assert standings.refusal(three, now) is None


async def test_the_bots_owners_are_never_blocked(
    settings: Settings,
    registry: FeatureRegistry,
    services: BotServices,
    guild_id: int,
    everywhere: GlobalStandingController,
) -> None:
    owner = new_id()
    standings = services.get(StandingController)
    standings.immune |= {owner}
    with pytest.raises(PermissionDenied, match="owners cannot be blocked"):
        await standings.decide(SYSTEM, guild_id, Subject(owner), BLOCK)
    with pytest.raises(PermissionDenied, match="owners cannot be blocked"):
        await everywhere.decide(SYSTEM, USER, owner, BLOCK)
    # Another process may not know whom the application belongs to.
    standings.immune -= {owner}
    await everywhere.decide(SYSTEM, USER, owner, BLOCK)
    standings.immune |= {owner}
    assert standings.refusal(owner, await snapshot(services, guild_id)) is None
    await everywhere.decide(SYSTEM, GUILD, guild_id, BLOCK)
    assert standings.refusal(owner, await snapshot(services, guild_id)) is None


async def test_who_became_the_owner_of_the_server_is_not_kept_out_of_it(
    services: BotServices, standings: StandingController, guild_id: int
) -> None:
    user_id = new_id()
    await standings.decide(admin(guild_id), guild_id, Subject(user_id), BLOCK)
    now = await snapshot(services, guild_id)
    assert standings.refusal(user_id, now, is_guild_owner=True) is None
    assert standings.refusal(user_id, now) is not None


async def test_only_those_with_the_right_decide(
    standings: StandingController, guild_id: int, everywhere: GlobalStandingController
) -> None:
    stranger, elsewhere = Caller(new_id(), guild_id), admin(new_id())
    for caller in (stranger, elsewhere, Caller(new_id(), is_bot_owner=True)):
        with pytest.raises(PermissionDenied):
            await standings.decide(caller, guild_id, Subject(new_id()), BLOCK)
        with pytest.raises(PermissionDenied):
            await standings.lift(caller, guild_id, new_id())
        with pytest.raises(PermissionDenied):
            await standings.get(caller, guild_id, new_id())
        with pytest.raises(PermissionDenied):
            await standings.page(caller, guild_id)
    for caller in (stranger, admin(guild_id, is_guild_owner=True)):
        with pytest.raises(PermissionDenied):
            await everywhere.decide(caller, USER, new_id(), BLOCK)
        with pytest.raises(PermissionDenied):
            await everywhere.lift(caller, USER, new_id())
        with pytest.raises(PermissionDenied):
            await everywhere.page(caller)


async def test_an_owner_of_the_bot_decides_everywhere_but_not_on_themselves(
    standings: StandingController, everywhere: GlobalStandingController
) -> None:
    owner = Caller(new_id(), is_bot_owner=True)
    await everywhere.decide(owner, USER, new_id(), BLOCK)
    with pytest.raises(PermissionDenied, match="yourself"):
        await everywhere.decide(owner, USER, owner.user_id or 0, BLOCK)


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision(StandingStatus.BLOCKED, "x" * (MAX_REASON + 1)), "reason"),
        (Decision(StandingStatus.BLOCKED, "a\x00b"), "reason"),
        (Decision(StandingStatus.BLOCKED, expires_at=utcnow() - timedelta(days=1)), "expires_at"),
    ],
    ids=["too long", "not to be stored", "over"],
)
async def test_an_unsound_decision_changes_nothing(
    services: BotServices,
    standings: StandingController,
    guild_id: int,
    decision: Decision,
    field: str,
    everywhere: GlobalStandingController,
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await standings.decide(SYSTEM, guild_id, Subject(new_id()), decision)
    assert list(refused.value.problems) == [field]
    with pytest.raises(InvalidInput):
        await everywhere.decide(SYSTEM, USER, new_id(), decision)
    assert len((await snapshot(services, guild_id)).get(GuildStandings)) == 0


async def test_a_list_is_bounded_and_what_is_on_it_can_still_change(
    standings: StandingController, guild_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MAX_IN_GUILD", 2)
    one, two = new_id(), new_id()
    for user_id in (one, two):
        await standings.decide(SYSTEM, guild_id, Subject(user_id), BLOCK)
    with pytest.raises(Conflict, match="2 people"):
        await standings.decide(SYSTEM, guild_id, Subject(new_id()), BLOCK)
    await standings.decide(SYSTEM, guild_id, Subject(one), TRUST)
    assert (await standings.get(SYSTEM, guild_id, one)).status is StandingStatus.TRUSTED
    with pytest.raises(StandingNotFound):
        await standings.get(SYSTEM, guild_id, new_id())


async def test_lists_come_in_pages_newest_first(
    standings: StandingController, guild_id: int, clock: Any, everywhere: GlobalStandingController
) -> None:
    ids = [new_id() for _ in range(5)]
    for user_id in ids:
        await standings.decide(SYSTEM, guild_id, Subject(user_id), BLOCK)
        await everywhere.decide(SYSTEM, USER, user_id, BLOCK)
        clock.advance(minutes=1)
    first = await standings.page(SYSTEM, guild_id, limit=3)
    second = await standings.page(SYSTEM, guild_id, limit=3, after=first.next)
    assert [row.user_id for row in (*first.rows, *second.rows)] == ids[::-1]
    worldwide = await everywhere.page(SYSTEM, limit=2)
    assert [row.subject_id for row in worldwide.rows] == ids[:-3:-1]


async def start(settings: Settings, registry: FeatureRegistry) -> BotServices:
    """Return the services of one more process, which follows what is decided everywhere."""
    services = assemble(settings, registry)
    await services.start()
    await until(lambda: services.get(PubSub).is_live)
    await services.get(StandingController).everywhere.follow()
    return services


@pytest.fixture
async def processes(
    redis_settings: dict[str, Any], database_url: str, registry: FeatureRegistry
) -> AsyncIterator[tuple[BotServices, BotServices]]:
    settings = Settings(database_url=database_url, database_pool_timeout=30, **redis_settings)
    one, two = await start(settings, registry), await start(settings, registry)
    yield one, two
    await two.close()
    await one.close()


async def test_what_one_process_decides_the_other_knows(processes: tuple[BotServices, BotServices]) -> None:
    one, two = processes
    guild_id, user_id, friend = new_id(), new_id(), new_id()
    await one.get(GuildController).join(guild_id)
    seen = await two.get(GuildController).load(guild_id)
    heard = two.get(StandingController)
    await one.get(GlobalStandingController).decide(SYSTEM, USER, user_id, BLOCK)
    await until(lambda: heard.refusal(user_id, seen) is not None)
    await one.get(StandingController).decide(SYSTEM, guild_id, Subject(friend), TRUST)
    await until(lambda: two.get(GuildController).peek(guild_id) is None)
    standing = heard.of(friend, await two.get(GuildController).load(guild_id))
    assert standing is not None
    assert standing.is_trusted
    await one.get(GlobalStandingController).lift(SYSTEM, USER, user_id)
    await until(lambda: heard.of(user_id, None) is None)


async def test_a_lost_message_delays_a_block_and_loses_none(
    database_url: str, registry: FeatureRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(everywhere_module, "LONGEST_BEHIND", 0.05)
    # Without Redis the two hear nothing of each other.
    settings = Settings(database_url=database_url, database_pool_timeout=30)
    one, two = await start(settings, registry), await start(settings, registry)
    try:
        user_id = new_id()
        await one.get(GlobalStandingController).decide(SYSTEM, USER, user_id, BLOCK)
        await until(lambda: two.get(StandingController).of(user_id, None) is not None)
        await two.get(StandingController).everywhere.follow()
    finally:
        await two.close()
        await one.close()


async def test_regression_a_change_that_could_not_be_read_is_read_as_soon_as_that_is_possible(
    processes: tuple[BotServices, BotServices], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = processes
    user_id, everywhere, failures = new_id(), two.get(StandingController).everywhere, [OSError("The disk is away.")]
    read = everywhere.read

    async def read_at_the_second_time() -> None:
        if failures:
            raise failures.pop()
        await read()

    monkeypatch.setattr(everywhere, "read", read_at_the_second_time)
    await one.get(GlobalStandingController).decide(SYSTEM, USER, user_id, BLOCK)
    await until(lambda: two.get(StandingController).of(user_id, None) is not None)
    assert not failures


async def test_regression_a_decision_that_is_stored_is_no_failure_when_it_cannot_be_read_back(
    processes: tuple[BotServices, BotServices], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = processes
    user_id, everywhere = new_id(), one.get(StandingController).everywhere
    read, failures = everywhere.read, [DatabaseUnavailable("The database is away.", hint="Wait.")]

    async def read_at_the_second_time() -> None:
        if failures:
            raise failures.pop()
        await read()

    monkeypatch.setattr(everywhere, "read", read_at_the_second_time)
    await one.get(GlobalStandingController).decide(SYSTEM, USER, user_id, BLOCK)
    await until(lambda: one.get(StandingController).of(user_id, None) is not None)


async def test_a_start_knows_what_was_decided_before(
    services: BotServices, settings: Settings, registry: FeatureRegistry
) -> None:
    user_id = new_id()
    await services.get(GlobalStandingController).decide(SYSTEM, USER, user_id, BLOCK)
    later = await start(settings, registry)
    try:
        assert later.get(Standings) is later.get(StandingController)
        assert later.get(StandingController).refusal(user_id, None) is not None
    finally:
        await later.close()


async def test_many_decisions_at_once_all_count(
    services: BotServices, standings: StandingController, guild_id: int, everywhere: GlobalStandingController
) -> None:
    ids = [new_id() for _ in range(6)]
    decisions = [standings.decide(SYSTEM, guild_id, Subject(user_id), BLOCK) for user_id in ids]
    worldwide = [everywhere.decide(SYSTEM, USER, user_id, TRUST) for user_id in ids]
    await asyncio.gather(*decisions, *worldwide)
    now = await snapshot(services, guild_id)
    assert all(standings.refusal(user_id, now) for user_id in ids)
    assert all(standings.everywhere.get(user_id) for user_id in ids)


async def test_nobody_escapes_a_block_by_having_their_data_erased(
    services: BotServices, standings: StandingController, everywhere: GlobalStandingController, guild_id: int
) -> None:
    user_id, caller = new_id(), admin(guild_id)
    await standings.decide(caller, guild_id, Subject(user_id), BLOCK)
    await everywhere.decide(SYSTEM, USER, user_id, BLOCK)
    privacy = services.get(PrivacyController)
    for person in (user_id, caller.user_id):
        await privacy.finish(await privacy.request_erasure(SYSTEM, ErasureScope.USER, person or 0))
    row = await standings.get(SYSTEM, guild_id, user_id)
    assert (row.status, row.reason, row.set_by_name) == (StandingStatus.BLOCKED, "", "")
    assert row.set_by_id != caller.user_id
    (worldwide,) = (await everywhere.page(SYSTEM)).rows
    assert (worldwide.subject_id, worldwide.reason) == (user_id, "")


async def remove_what_had_its_time(services: BotServices) -> None:
    """Do for both tables what the daily job does for all."""
    for table in (GuildStanding.__table__, GlobalStanding.__table__):
        (term,) = terms_of(table)
        before = term.before(services.get(Settings), utcnow())
        await remove_old_rows(services.get(DatabaseManager), table, term, before)


async def test_what_ran_out_long_ago_is_removed(
    services: BotServices,
    standings: StandingController,
    everywhere: GlobalStandingController,
    guild_id: int,
    clock: Any,
) -> None:
    user_id, kept = new_id(), new_id()
    week = Decision(StandingStatus.BLOCKED, expires_at=utcnow() + timedelta(days=7))
    for one, decision in ((user_id, week), (kept, BLOCK)):
        await standings.decide(SYSTEM, guild_id, Subject(one), decision)
        await everywhere.decide(SYSTEM, USER, one, decision)
    clock.advance(days=36)
    await remove_what_had_its_time(services)
    assert await standings.get(SYSTEM, guild_id, user_id)
    clock.advance(days=2)
    await remove_what_had_its_time(services)
    with pytest.raises(StandingNotFound):
        await standings.get(SYSTEM, guild_id, user_id)
    assert await standings.get(SYSTEM, guild_id, kept)
    assert [row.subject_id for row in (await everywhere.page(SYSTEM)).rows] == [kept]
