"""Many at once: whom nothing was done to yet with one transaction, the others as ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from guildbase.core.errors import GuildbaseError
from guildbase.core.ports import Caller
from guildbase.core.targets import BotStanding, Target
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.controller import ActionController, OpenedCase
from guildbase.features.moderation.controller.bulk import BulkController
from guildbase.features.moderation.kinds import CaseType, PunishmentKind
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from tests.factories import new_id


def _ban(user_id: int | None = None, **about: Any) -> NewAction:
    return NewAction(CaseType.BAN, Target(user_id or new_id(), "raider"), "raid", request_id=new_id(), **about)


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    return guild_id


def _by(guild_id: int) -> Caller:
    return Caller(user_id=new_id(), guild_id=guild_id, name="Guildbase", is_system=True)


async def _count(services: BotServices, table: str) -> int:
    async with services.get(DatabaseManager).read_session() as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608


async def test_each_outcome_stands_where_the_action_stood(services: BotServices, guild_id: int) -> None:
    bulk, actions, by = services.get(BulkController), services.get(ActionController), _by(guild_id)
    repeated, day = _ban(), timedelta(days=1)
    punished = NewAction(CaseType.TEMPBAN, Target(new_id(), "raider"), "raid", day, request_id=new_id())
    await actions.act(by, guild_id, repeated)
    await actions.act(by, guild_id, punished)
    refused = _ban(bot=BotStanding(0, 0))
    timed = NewAction(CaseType.TIMEOUT, Target(new_id(), "late"), "raid", timedelta(days=40), request_id=new_id())
    kicked = NewAction(CaseType.KICK, Target(new_id(), "out"), "raid", request_id=new_id())
    freed = NewAction(CaseType.UNBAN, repeated.target, "mistake", request_id=new_id())
    news = [_ban(), repeated, refused, timed, _ban(punished.target.user_id), kicked, freed]
    outcomes = await bulk.act(by, guild_id, news)
    numbers = [it.case.number if isinstance(it, OpenedCase) else None for it in outcomes]
    # Those of whom nothing was known come first, without a gap.
    assert numbers == [3, 1, None, 4, 6, 5, 7]
    assert isinstance(outcomes[2], GuildbaseError)
    in_force = await actions.governing(guild_id, timed.target.user_id)
    assert in_force[PunishmentKind.TIMEOUT].number == 4
    assert not await actions.governing(guild_id, kicked.target.user_id)
    assert await _count(services, "moderation_case") == 7
    assert await _count(services, "outbox_effect WHERE kind = 'moderation.enforce' AND state = 'pending'") == 7
    assert await _count(services, "audit_entry WHERE action LIKE 'moderation.%'") == 7
    assert await _count(services, "due_work WHERE state = 'pending'") == 1


async def test_the_same_person_twice_is_done_one_by_one(services: BotServices, guild_id: int) -> None:
    whom = new_id()
    outcomes = await services.get(BulkController).act(_by(guild_id), guild_id, [_ban(whom), _ban(whom), _ban()])
    assert [isinstance(it, OpenedCase) for it in outcomes] == [True, False, True]
    assert await _count(services, "moderation_case") == 2
    assert await services.get(BulkController).act(_by(guild_id), guild_id, []) == []
