"""Raids and those who raid on both databases."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.targets import BotStanding
from guildbase.database.manager import DatabaseManager
from guildbase.features.antiraid.controller import NewRaider, RaidController, RaiderController
from guildbase.features.antiraid.controller.raiders import _note, request_of
from guildbase.features.antiraid.controller.raids import NoSuchRaid
from guildbase.features.antiraid.kinds import Cause, RaidAction, RaiderState, RaidState
from guildbase.features.antiraid.models import Raider
from guildbase.features.moderation.controller import ModerationController, OpenedCase
from guildbase.features.moderation.kinds import CaseType
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.services.outbox import Outbox, Wanted
from tests.factories import new_id

log = logging.getLogger(__name__)


async def test_one_raid_goes_on_at_a_time_and_everybody_is_in_it_once(services: BotServices) -> None:
    guild_id, raids, raiders = new_id(), services.get(RaidController), services.get(RaiderController)
    await services.get(GuildController).join(guild_id)
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "antiraid", {"level": "on", "action": "ban"})
    people = [NewRaider(new_id(), "raider", utcnow()) for _ in range(20)]
    assert await raids.begin(guild_id, (), people) is None
    assert await raids.begin(guild_id, (Cause.JOINS, Cause.NEW), people[:12]) == 1
    assert await raids.begin(guild_id, (), people[8:]) == 1
    outline = await raids.get(guild_id, 1)
    assert (outline.total, outline.counts) == (20, {RaiderState.DUE: 20})
    assert outline.raid.cause == "joins new"
    assert [raid.number for raid in await raids.going_on([guild_id])] == [1]
    await raids.order_lock(SYSTEM, guild_id, 1)
    await raiders.release(SYSTEM, guild_id, 1)
    assert (await raids.get(guild_id, 1)).counts == {RaiderState.RELEASED: 20}
    await raiders.punish(SYSTEM, guild_id, 1, RaidAction.KICK)
    assert (await raids.get(guild_id, 1)).counts == {RaiderState.RELEASED: 20}
    assert await raids.end(SYSTEM, guild_id) == 1
    assert (await raids.get(guild_id, 1)).raid.state is RaidState.ENDED
    assert await raids.begin(guild_id, (Cause.NAMES,), people[:2]) == 2


async def test_raids_that_are_not_there_are_refused(services: BotServices) -> None:
    guild_id, raids = new_id(), services.get(RaidController)
    await services.get(GuildController).join(guild_id)
    assert await raids.see(SYSTEM, guild_id) is None
    for attempt in (
        raids.get(guild_id, 1),
        raids.end(SYSTEM, guild_id),
        raids.end(SYSTEM, guild_id, 1),
        raids.order_lock(SYSTEM, guild_id, 1),
        raids.note(guild_id, 1, has_locked=True),
        services.get(RaiderController).release(SYSTEM, guild_id, 1),
    ):
        with pytest.raises(NoSuchRaid):
            await attempt


def _raider(state: RaiderState, action: RaidAction = RaidAction.BAN) -> Raider:
    return Raider(guild_id=GUILD, number=1, user_id=PERSON, joined_at=CAME, state=state, action=action)


GUILD, PERSON, CAME = 1128754567890123457, 1128754567890123458, utcnow()


async def _raid(services: BotServices, action: str, people: list[NewRaider]) -> int:
    guild_id, raids = new_id(), services.get(RaidController)
    await services.get(GuildController).join(guild_id)
    changes = {"level": "on", "action": action}
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "antiraid", changes)
    for first in range(0, len(people), 500):
        await raids.begin(guild_id, (Cause.JOINS,), people[first : first + 500])
    return guild_id


async def _act(services: BotServices, guild_id: int) -> int:
    by = Caller(user_id=PERSON, guild_id=guild_id, name="Guildbase", is_system=True)
    return await services.get(RaiderController).act(by, guild_id, 1, bot=BotStanding(8, 10))


@pytest.mark.databases("sqlite")
async def test_five_thousand_are_acted_on_and_a_cut_in_the_middle_loses_nobody(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [NewRaider(new_id(), "raider", CAME) for _ in range(5000)]
    guild_id, raiders = await _raid(services, "ban", people), services.get(RaiderController)

    async def cut(*_: Any) -> None:
        raise ConnectionResetError("cut off")

    began = time.perf_counter()
    assert await _act(services, guild_id)
    with monkeypatch.context() as patched:
        patched.setattr(raiders, "_settle", cut)
        with pytest.raises(ConnectionResetError):
            await _act(services, guild_id)
    while await _act(services, guild_id):
        pass
    log.info("%d raiders acted on, %.0f a second", len(people), len(people) / (time.perf_counter() - began))
    assert (await services.get(RaidController).get(guild_id, 1)).counts == {RaiderState.DONE: 5000}
    async with services.get(DatabaseManager).read_session() as session:
        rows = (await session.execute(text("SELECT target_id, number FROM moderation_case"))).all()
        promised = text("SELECT count(*) FROM outbox_effect WHERE kind = 'moderation.enforce'")
        assert (await session.execute(promised)).scalar_one() == 5000
    assert Counter(row.target_id for row in rows) == Counter(it.user_id for it in people)
    assert {row.number for row in rows} == {*range(1, 5001)}


async def test_a_cut_between_the_cases_and_their_note_makes_no_second_case_on_any_database(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [NewRaider(new_id(), "raider", CAME) for _ in range(10)]
    guild_id = await _raid(services, "timeout", people)

    async def cut(*_: Any) -> None:
        raise ConnectionResetError("cut off")

    with monkeypatch.context() as patched:
        patched.setattr(services.get(RaiderController), "_settle", cut)
        with pytest.raises(ConnectionResetError):
            await _act(services, guild_id)
    assert await _act(services, guild_id) == 10
    cases = await services.get(ModerationController).list_cases(SYSTEM, guild_id, limit=50)
    assert sorted(it.target_id for it in cases) == sorted(it.user_id for it in people)


async def test_whoever_was_kicked_and_comes_back_is_kicked_again(services: BotServices) -> None:
    first = NewRaider(new_id(), "raider", CAME)
    guild_id, raids = await _raid(services, "kick", [first]), services.get(RaidController)
    assert await _act(services, guild_id) == 1
    await raids.begin(guild_id, (), [first])
    assert await _act(services, guild_id) == 0
    await raids.begin(guild_id, (), [replace(first, joined_at=CAME + timedelta(seconds=5))])
    assert await _act(services, guild_id) == 1
    assert len(await services.get(ModerationController).list_cases(SYSTEM, guild_id)) == 2


async def test_a_raid_began_with_the_first_of_them_and_who_is_due_stays_so_at_its_end(services: BotServices) -> None:
    came = CAME - timedelta(minutes=3)
    people = [NewRaider(new_id(), "raider", came), NewRaider(new_id(), "raider", CAME)]
    guild_id, raids = await _raid(services, "ban", people), services.get(RaidController)
    assert [raid.started_at for raid in await raids.going_on([guild_id])] == [came]
    await services.get(Outbox).claim("w", Wanted(100))
    await raids.end(SYSTEM, guild_id)
    assert "antiraid.act" in {it.kind for it in await services.get(Outbox).claim("w", Wanted(100))}


@pytest.mark.parametrize(
    ("before", "now", "is_refused", "after"),
    [
        (RaiderState.DUE, RaiderState.DUE, False, RaiderState.DONE),
        (RaiderState.FREEING, RaiderState.FREEING, False, RaiderState.RELEASED),
        (RaiderState.DUE, RaiderState.DUE, True, RaiderState.FAILED),
        (RaiderState.DUE, RaiderState.RELEASED, False, RaiderState.FREEING),
        (RaiderState.DUE, RaiderState.RELEASED, True, RaiderState.RELEASED),
        (RaiderState.FREEING, RaiderState.DUE, False, RaiderState.DUE),
    ],
)
def test_what_was_wished_meanwhile_counts(
    before: RaiderState, now: RaiderState, is_refused: bool, after: RaiderState
) -> None:
    class Case:
        number = 7

    case: Any = Case()
    row = _raider(now)
    _note(row, _raider(before), InvalidInput("no") if is_refused else OpenedCase(case, None))
    assert row.state is after
    assert row.case_number == (None if is_refused else 7)


def test_each_request_has_a_number_of_its_own() -> None:
    raider = _raider(RaiderState.DUE)
    numbers = {request_of(raider, case_type) for case_type in CaseType}
    assert len(numbers) == len(CaseType)
    assert request_of(raider, CaseType.BAN) == request_of(_raider(RaiderState.DONE), CaseType.BAN)
