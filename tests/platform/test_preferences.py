"""What people prefer and what is known of members: rights, values, both databases, several processes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from guildbase.core.clock import utcnow
from guildbase.core.errors import DatabaseUnavailable, InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller, Languages
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureScope
from guildbase.platform.users import rules
from guildbase.platform.users.controller import MemberNotFound, UserController
from guildbase.platform.users.models import UserPreferences
from guildbase.platform.users.records import Preferences
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from tests.api.conftest import client as api_client
from tests.factories import member, moderator, new_id
from tests.waiting import until

client = api_client


@pytest.fixture
def users(services: BotServices) -> UserController:
    return services.get(UserController)


async def _known(services: BotServices, guild_id: int, user_id: int) -> None:
    async with services.get(DatabaseManager).transaction() as work:
        await services.get(UserController).ensure_member(work, guild_id, user_id)


async def test_without_a_row_everything_is_as_discord_has_it(users: UserController) -> None:
    assert await users.preferences(new_id()) == Preferences("UTC", None, True)
    assert await users.language_of(new_id()) is None


async def test_only_what_is_given_changes_and_none_sets_it_back(users: UserController) -> None:
    me = Caller(user_id=new_id())
    assert me.user_id is not None
    await users.change_preferences(me, me.user_id, {"time_zone": "europe/berlin"})
    await users.change_preferences(me, me.user_id, {"locale": "de", "wants_dms": False})
    assert await users.see_preferences(me, me.user_id) == Preferences("Europe/Berlin", "de", False)
    changed = await users.change_preferences(me, me.user_id, {"time_zone": None, "locale": None})
    assert changed == await users.preferences(me.user_id) == Preferences("UTC", None, False)


async def test_everything_wrong_is_told_at_once_and_nothing_changes(users: UserController) -> None:
    me = Caller(user_id=new_id())
    assert me.user_id is not None
    wrong: dict[str, Any] = {"time_zone": "berlin", "locale": "xx", "wants_dms": "no", "colour": 5}
    with pytest.raises(InvalidInput) as refused:
        await users.change_preferences(me, me.user_id, {**wrong})
    assert set(refused.value.problems) == set(wrong)
    assert "Europe/Berlin" in refused.value.problems["time_zone"]
    assert "de" in refused.value.problems["locale"]
    assert await users.preferences(me.user_id) == Preferences()


@pytest.mark.parametrize("hostile", ["{0}", "{zones}", "../../etc/passwd", "x" * 5000, "", 5, "Europe/\x00"])
async def test_hostile_time_zones_are_refused_with_a_suggestion(users: UserController, hostile: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        await users.change_preferences(SYSTEM, new_id(), {"time_zone": hostile})
    assert "no time zone" in refused.value.message
    assert "Europe/" in refused.value.message or "UTC" in refused.value.message


async def test_preferences_are_nobody_elses_business(users: UserController) -> None:
    stranger = moderator(new_id())
    for attempt in (
        users.see_preferences(stranger, new_id()),
        users.change_preferences(stranger, new_id(), {"wants_dms": False}),
    ):
        with pytest.raises(PermissionDenied) as refused:
            await attempt
        assert refused.value.hint


async def test_two_who_change_at_once_lose_nothing(users: UserController) -> None:
    user_id = new_id()
    await asyncio.gather(
        users.change_preferences(SYSTEM, user_id, {"time_zone": "Asia/Tokyo"}),
        users.change_preferences(SYSTEM, user_id, {"locale": "de"}),
        users.change_preferences(SYSTEM, user_id, {"wants_dms": False}),
    )
    assert await users.preferences(user_id) == Preferences("Asia/Tokyo", "de", False)


@pytest.mark.databases("sqlite")
async def test_another_process_sees_a_change_at_once(
    redis_settings: dict[str, Any], database_url: str, registry: FeatureRegistry
) -> None:
    settings = Settings(database_url=database_url, **redis_settings)
    here, there = assemble(settings, registry), assemble(settings, registry)
    user_id = new_id()
    try:
        assert (await there.get(UserController).preferences(user_id)).locale is None
        await here.get(UserController).change_preferences(SYSTEM, user_id, {"locale": "de"})

        async def is_german() -> bool:
            return await there.get(Languages).language_of(user_id) == "de"

        await until(is_german)
    finally:
        await here.close()
        await there.close()


async def test_without_a_database_the_language_is_discords(registry: FeatureRegistry) -> None:
    away = assemble(Settings(database_url="postgresql://nobody@127.0.0.1:1/none"), registry)
    with pytest.raises(DatabaseUnavailable):
        await away.get(UserController).preferences(new_id())
    assert await away.get(Languages).language_of(new_id()) is None
    await away.close()


async def test_erasure_takes_the_preferences_along(services: BotServices, users: UserController) -> None:
    user_id = new_id()
    await users.change_preferences(SYSTEM, user_id, {"time_zone": "Asia/Tokyo", "locale": "de"})
    privacy = services.get(PrivacyController)
    key = await privacy.request_erasure(SYSTEM, ErasureScope.USER, user_id)
    await privacy.finish(key)
    async with services.get(DatabaseManager).read_session() as session:
        assert await UserPreferences.get_by_id(session, user_id) is None
    assert await users.preferences(user_id) == Preferences()


async def test_a_member_who_leaves_and_returns_is_remembered(services: BotServices, users: UserController) -> None:
    guild_id, user_id, start = new_id(), new_id(), utcnow()
    await _known(services, guild_id, user_id)
    await users.left(guild_id, user_id, start)
    away = await users.see_member(SYSTEM, guild_id, user_id)
    assert (away.left_at, away.joined_at, away.times_left) == (start, None, 1)
    back = start + timedelta(days=1)
    await users.joined(guild_id, user_id, back)
    again = await users.see_member(SYSTEM, guild_id, user_id)
    assert (again.left_at, again.joined_at, again.times_left) == (None, back, 1)
    assert again.first_seen_at == away.first_seen_at


async def test_whom_nothing_is_kept_about_gets_no_row_by_coming_and_going(users: UserController) -> None:
    guild_id, user_id = new_id(), new_id()
    await users.joined(guild_id, user_id, utcnow())
    await users.left(guild_id, user_id, utcnow())
    with pytest.raises(MemberNotFound):
        await users.see_member(SYSTEM, guild_id, user_id)


async def test_members_see_themselves_and_moderators_see_all_of_their_server(
    services: BotServices, users: UserController
) -> None:
    guild_id, user_id = new_id(), new_id()
    await _known(services, guild_id, user_id)
    for caller in (SYSTEM, moderator(guild_id), member(guild_id, user_id=user_id), member(guild_id, level=3)):
        assert (await users.see_member(caller, guild_id, user_id)).user_id == user_id
    for caller in (member(guild_id), moderator(new_id()), member(new_id(), user_id=user_id), member(guild_id, level=2)):
        with pytest.raises(PermissionDenied):
            await users.see_member(caller, guild_id, user_id)


@pytest.mark.parametrize(
    ("typed", "first"),
    [("", "UTC"), ("berlin", "Europe/Berlin"), ("new york", "America/New_York"), ("europe/lon", "Europe/London")],
)
def test_time_zones_are_found_by_the_city(typed: str, first: str) -> None:
    found = rules.zones_like(typed)
    assert found[0] == first
    assert len(found) <= 25


def test_nothing_is_suggested_for_what_is_no_place() -> None:
    assert rules.zones_like("{0.__class__}") == []


def test_a_moment_is_written_as_the_clock_there_shows_it() -> None:
    winter, summer = datetime(2026, 1, 5, 22, tzinfo=UTC), datetime(2026, 7, 5, 22, tzinfo=UTC)
    assert rules.local_time(winter, "Europe/Berlin") == "2026-01-05 23:00 CET"
    assert rules.local_time(summer, "Europe/Berlin") == "2026-07-06 00:00 CEST"


async def test_programs_read_and_change_preferences(client: httpx.AsyncClient) -> None:
    place = f"/users/{new_id()}/preferences"
    assert (await client.get(place)).json() == {"time_zone": "UTC", "locale": None, "wants_dms": True}
    changed = await client.patch(place, json={"time_zone": "Asia/Tokyo", "wants_dms": False})
    assert changed.json() == (await client.get(place)).json()
    assert changed.json() == {"time_zone": "Asia/Tokyo", "locale": None, "wants_dms": False}
    refused = await client.patch(place, json={"time_zone": "Mars", "locale": "xx"})
    assert refused.status_code == 422
    assert set(refused.json()["problems"]) == {"time_zone", "locale"}
    assert (await client.patch(place, json={"colour": "red"})).status_code == 422


async def test_programs_read_what_is_known_of_a_member(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id, user_id = new_id(), new_id()
    assert (await client.get(f"/guilds/{guild_id}/members/{user_id}")).status_code == 404
    await _known(services, guild_id, user_id)
    known = (await client.get(f"/guilds/{guild_id}/members/{user_id}")).json()
    assert (known["user_id"], known["left_at"], known["times_left"]) == (str(user_id), None, 0)


async def test_an_error_of_the_api_is_told_in_the_language_that_is_asked_for(client: httpx.AsyncClient) -> None:
    place = f"/guilds/{new_id()}/members/{new_id()}"
    german = await client.get(place, headers={"Accept-Language": "fr;q=0.9, de-AT, en;q=0.5"})
    assert german.json()["detail"] == "Über dieses Mitglied habe ich nichts gespeichert."
    for header in ("fr, en", "", "*", "de;q=0", "de;q=x", ",;,=", "x" * 5000, "\xff"):
        english = await client.get(place, headers={b"Accept-Language": header.encode("latin-1")})
        assert english.json()["detail"] == "I keep nothing about this member."
