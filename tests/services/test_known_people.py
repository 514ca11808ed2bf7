"""Those who come at the same time are looked up together."""

from __future__ import annotations

import asyncio

import pytest

from guildbase.core.ports import SYSTEM
from guildbase.platform.users.controller import UserController
from guildbase.platform.users.models import Member
from guildbase.services import known_people
from guildbase.services.container import BotServices
from guildbase.services.database import DatabaseService
from guildbase.services.known_people import KnownPeople
from tests.factories import new_id


async def test_many_who_are_asked_about_at_once_are_told_apart(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_people, "MOST", 20)
    guild_id, other_id, people = new_id(), new_id(), [new_id() for _ in range(90)]
    database, users = services.get(DatabaseService), services.get(UserController)
    async with database.transaction(SYSTEM) as work:
        for user_id in people[::30]:
            await users.ensure_member(work, guild_id, user_id)
    known = KnownPeople(database, Member)
    asked = [known.has(guild_id, user_id) for user_id in people] + [known.has(other_id, people[0])]
    answers = await asyncio.gather(*asked)
    assert answers == [number % 30 == 0 for number in range(90)] + [False]


async def test_whoever_stops_asking_does_not_end_it_for_the_others(services: BotServices) -> None:
    known, guild_id = KnownPeople(services.get(DatabaseService), Member), new_id()
    impatient, patient = (asyncio.create_task(known.has(guild_id, new_id())) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient is False
    assert impatient.cancelled() or (await asyncio.gather(impatient, return_exceptions=True))
