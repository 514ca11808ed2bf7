from __future__ import annotations

import asyncio

import pytest

from guildbase.database.manager import DatabaseManager
from guildbase.platform.guilds.models import Guild
from guildbase.platform.users.controller import UserController
from guildbase.platform.users.models import Member, User
from guildbase.services.container import BotServices
from tests.factories import new_id


async def _ensure(services: BotServices, guild_id: int, user_id: int) -> None:
    async with services.get(DatabaseManager).transaction() as work:
        await services.get(UserController).ensure_member(work, guild_id, user_id)


async def _counts(services: BotServices) -> tuple[int, int, int]:
    async with services.get(DatabaseManager).read_session() as session:
        return await Guild.count(session), await User.count(session), await Member.count(session)


async def test_rows_are_made_on_first_need_and_then_left_alone(services: BotServices) -> None:
    guild_id, user_id = new_id(), new_id()
    await _ensure(services, guild_id, user_id)
    assert await _counts(services) == (1, 1, 1)
    async with services.get(DatabaseManager).read_session() as session:
        before = await Member.get_by_id(session, (guild_id, user_id))
    await _ensure(services, guild_id, user_id)
    assert await _counts(services) == (1, 1, 1)
    async with services.get(DatabaseManager).read_session() as session:
        after = await Member.get_by_id(session, (guild_id, user_id))
    assert before is not None
    assert after is not None
    assert after.created_at == before.created_at


async def test_one_account_is_one_user_and_a_member_of_each_guild(services: BotServices) -> None:
    user_id = new_id()
    await _ensure(services, new_id(), user_id)
    await _ensure(services, new_id(), user_id)
    await _ensure(services, new_id(), new_id())
    assert await _counts(services) == (3, 2, 3)


async def test_many_at_once_need_the_same_member(services: BotServices) -> None:
    guild_id, users = new_id(), [new_id(), new_id()]
    await asyncio.gather(*(_ensure(services, guild_id, users[number % 2]) for number in range(50)))
    assert await _counts(services) == (1, 2, 2)


async def test_rows_of_a_transaction_that_fails_are_not_made(services: BotServices) -> None:
    with pytest.raises(KeyError):
        async with services.get(DatabaseManager).transaction() as work:
            await services.get(UserController).ensure_member(work, new_id(), new_id())
            raise KeyError
    assert await _counts(services) == (0, 0, 0)
