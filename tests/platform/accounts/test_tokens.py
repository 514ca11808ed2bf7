"""Discord's tokens: encrypted, and refreshed by one at a time, because Discord takes a token back that comes twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.platform.accounts import jobs
from guildbase.platform.accounts.controller import TokenController
from guildbase.platform.accounts.models import DiscordToken, WebUser
from guildbase.platform.accounts.oauth import DiscordUnavailable
from guildbase.services.container import BotServices
from guildbase.simulator import Simulator
from tests.api.signing_in import sign_in, visitor
from tests.platform.accounts.conftest import process


@pytest.fixture
async def person(api: BotServices, discord: Simulator) -> int:
    """Somebody who has signed in."""
    ada = discord.guild("Home").member("ada")
    async with visitor(api) as browser:
        await sign_in(browser, discord, "ada")
    return ada.id


async def test_twenty_who_need_a_new_token_at_the_same_time_refresh_it_once(
    api: BotServices, discord: Simulator, registry: FeatureRegistry, person: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = api.get(TokenController)
    first = await tokens.access_token(person)
    monkeypatch.setattr("guildbase.core.clock.ahead", timedelta(days=6, hours=23, minutes=57))
    asked = [tokens]
    database = api.get(DatabaseManager)
    other = None if database.is_sqlite else process(discord, registry, database.url.render_as_string(False))
    if other is not None:
        asked.append(other.get(TokenController))
    got = await asyncio.gather(*(asked[number % len(asked)].access_token(person) for number in range(20)))
    [new] = set(got)
    assert new is not None
    assert new != first
    assert await version(api, person) == 2
    if other is not None:
        await other.close()


async def version(services: BotServices, user_id: int) -> int | None:
    """Return how often the person's tokens were stored, less those of refreshes that were not needed."""
    async with services.get(DatabaseManager).read_session() as session:
        found = select(col(DiscordToken.version)).where(col(DiscordToken.user_id) == user_id)
        return (await session.execute(found)).scalar_one_or_none()


async def test_a_token_that_discord_took_back_is_thrown_away(
    api: BotServices, discord: Simulator, person: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    discord.world.oauth.grants.clear()
    discord.world.oauth.by_refresh_token.clear()
    monkeypatch.setattr("guildbase.core.clock.ahead", timedelta(days=7))
    assert await api.get(TokenController).access_token(person) is None
    assert await version(api, person) is None


async def test_while_discord_is_away_the_token_stays(
    lone: BotServices, discord: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = discord.guild("Home").member("ada")
    async with visitor(lone) as browser:
        await sign_in(browser, discord, "ada")
        await discord.stop()
        monkeypatch.setattr("guildbase.core.clock.ahead", timedelta(days=7))
        with pytest.raises(DiscordUnavailable):
            await lone.get(TokenController).access_token(ada.id)
    assert await version(lone, ada.id) == 1


async def test_without_a_key_to_encrypt_with_no_token_is_kept(
    discord: Simulator, registry: FeatureRegistry, sqlite_url: str
) -> None:
    ada = discord.guild("Home").member("ada")
    services = process(discord, registry, sqlite_url, encryption_keys="")
    async with visitor(services) as browser:
        await sign_in(browser, discord, "ada")
        assert (await browser.get("/guilds")).json()["is_complete"] is False
    assert await services.get(TokenController).access_token(ada.id) is None
    assert await version(services, ada.id) is None
    await services.close()


async def test_a_newer_sign_in_keeps_its_tokens(api: BotServices, discord: Simulator, person: int) -> None:
    async with visitor(api) as browser:
        await sign_in(browser, discord, "ada")
    assert await version(api, person) == 2
    assert await api.get(TokenController).access_token(person) is not None


async def test_tokens_go_when_no_login_is_left(api: BotServices, discord: Simulator) -> None:
    ada, tokens = discord.guild("Home").member("ada"), api.get(TokenController)
    attempt: Any = SimpleNamespace(services=api)
    async with visitor(api) as browser:
        headers = await sign_in(browser, discord, "ada")
        await _last_login_was(api, timedelta(days=20))
        assert await jobs.tokens.run(attempt) == {"forgotten": 0}
        assert (await browser.post("/auth/logout", headers=headers)).is_success
    await _last_login_was(api, timedelta(0))
    assert await jobs.tokens.run(attempt) == {"forgotten": 0}, "they may be about to have a login"
    await _last_login_was(api, timedelta(days=20))
    assert await jobs.tokens.run(attempt) == {"forgotten": 1}
    assert await tokens.access_token(ada.id) is None


async def _last_login_was(services: BotServices, ago: timedelta) -> None:
    async with services.get(DatabaseManager).transaction() as work:
        await work.session.execute(update(WebUser).values(last_login_at=utcnow() - ago))
