"""What happens rarely, and must be right all the same."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from guildbase.core.errors import NotAuthenticated, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.rights import Right
from guildbase.database.manager import DatabaseManager
from guildbase.platform.accounts import jobs
from guildbase.platform.accounts.controller import (
    CallerController,
    KeyController,
    SecurityController,
    ServerController,
    SessionController,
    TokenController,
    WebUserController,
    security,
)
from guildbase.platform.accounts.controller.keys import KeyNotFound, NewKey
from guildbase.platform.accounts.controller.security import EventFilter
from guildbase.platform.accounts.models import DiscordToken
from guildbase.platform.accounts.oauth import DiscordUser, Tokens
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.services.idempotency import IdempotencyKey
from guildbase.services.sessions import SessionStore
from guildbase.simulator import Simulator
from tests.api.signing_in import agree, sign_in, visitor
from tests.factories import new_id
from tests.platform.accounts.conftest import process


async def test_whoever_lets_discord_tell_less_is_not_signed_in(lone: BotServices, discord: Simulator) -> None:
    discord.guild("Home").member("ada")
    async with visitor(lone) as browser:
        consent = (await browser.get("/auth/login")).headers["location"]
        assert parse_qs(urlsplit(consent).query)["scope"] == ["identify guilds"]
        url = await agree(consent.replace("identify+guilds", "identify"), "ada")
        assert (await browser.get(url)).headers["location"] == "/login?problem=denied"


async def test_while_the_bot_is_away_discords_word_counts_for_the_list(lone: BotServices, discord: Simulator) -> None:
    home = discord.guild("Home")
    admin = home.member("ada", roles=["Admin"])
    await lone.get(GuildController).join(home.id)
    async with visitor(lone) as browser:
        await sign_in(browser, discord, "ada")
        [found] = (await browser.get("/guilds")).json()["guilds"]
        assert (found["name"], found["is_bot_here"]) == ("Home", True)
        assert {"edit_settings", "moderate", "view_audit"} <= set(found["rights"])
        # To do anything there, the bot must be asked.
        answer = await browser.get(f"/guilds/{home.id}/config/guilds")
        assert (answer.status_code, answer.json()["code"]) == (503, "no_reply")
    assert (await lone.get(CallerController).find(Caller(name="nobody"), home.id)).rights is Right.NONE
    assert admin.id


async def test_without_a_client_id_there_is_no_invitation(
    discord: Simulator, registry: FeatureRegistry, sqlite_url: str
) -> None:
    services = process(discord, registry, sqlite_url, oauth_client_id=None)
    assert services.get(ServerController).invite_url() == ""
    await services.close()


async def test_a_login_can_get_another_token_and_is_noted_as_used(
    api: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, people, user = api.get(SessionStore), api.get(WebUserController), DiscordUser(new_id(), "ona", "Ona", None)
    await people.run(SYSTEM, lambda work: people.signed_in(work, user))
    token, session = await store.create(user.user_id)
    monkeypatch.setattr("guildbase.core.clock.ahead", timedelta(minutes=5))
    assert await store.get(token, fresh=True) is not None
    new = await store.rotate(token)
    assert await store.get(token, fresh=True) is None
    found = await store.get(new, fresh=True)
    assert found is not None
    assert (found.session_id, found.seen_at > session.seen_at) == (session.session_id, True)
    with pytest.raises(NotAuthenticated):
        await store.rotate(token)


async def test_a_key_whose_row_is_gone_is_not_found_by_its_request(api: BotServices) -> None:
    keys, key = api.get(KeyController), IdempotencyKey.of("once", b"x")
    await keys.create(SYSTEM, NewKey("Backup"), key)
    async with api.get(DatabaseManager).transaction() as work:
        await work.session.execute(text("DELETE FROM api_key"))
    with pytest.raises(KeyNotFound):
        await keys.create(SYSTEM, NewKey("Backup"), key)


async def test_only_the_operator_keeps_people_out(lone: BotServices) -> None:
    with pytest.raises(PermissionDenied):
        await lone.get(WebUserController).set_active(Caller(new_id()), new_id(), is_active=False)


async def test_an_export_ends_at_its_limit(lone: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "PAGE", 2)
    monkeypatch.setattr(security, "MOST_EXPORTED", 4)
    controller = lone.get(SecurityController)
    for _ in range(5):
        await controller.note("test")
    assert len([event async for event in controller.export(SYSTEM, EventFilter())]) == 4


async def test_a_sign_in_during_a_refresh_keeps_the_newer_tokens(lone: BotServices, discord: Simulator) -> None:
    ada = discord.guild("Home").member("ada")
    tokens = lone.get(TokenController)
    async with visitor(lone) as browser:
        await sign_in(browser, discord, "ada")
        async with tokens.reading() as session:
            old = await session.get(DiscordToken, ada.id)
        assert old is not None
        await sign_in(browser, discord, "ada")
    kept = await tokens.access_token(ada.id)
    late = Tokens("late", "late", 3600, frozenset())
    await tokens.run(SYSTEM, lambda work: tokens.replace(work, old, late))
    assert await tokens.access_token(ada.id) == kept


async def test_a_job_forgets_addresses(lone: BotServices) -> None:
    _token, session = await lone.get(SessionStore).create(new_id())
    await lone.get(SessionController).describe(session, address="10.0.0.1", browser="")
    async with lone.get(DatabaseManager).transaction() as work:
        await work.session.execute(text("UPDATE web_session SET created_at = '2020-01-01 00:00:00.000000'"))
    attempt = SimpleNamespace(services=lone)
    assert await jobs.addresses.run(attempt) == {"forgotten": 1}  # type: ignore[arg-type]


async def test_a_sign_in_that_is_cut_off_anywhere_leaves_nothing_half_done(
    lone: BotServices, discord: Simulator
) -> None:
    person = discord.guild("Home").member("ada").id
    cut_off = 0
    async with visitor(lone) as browser:
        for waits in range(0, 200, 10):
            begun = await browser.get("/auth/login")
            url = await agree(begun.headers["location"], "ada")
            coming_back = asyncio.create_task(browser.get(url))
            for _ in range(waits):
                await asyncio.sleep(0)
            coming_back.cancel()
            await asyncio.gather(coming_back, return_exceptions=True)
            cut_off += coming_back.cancelled()
            # Whoever has a login is a person that is known, and the answer of Discord is used up or still good.
            known = await lone.get(WebUserController).get(person, fresh=True)
            assert known is not None or not await lone.get(SessionStore).of_user(person)
            again = (await browser.get(url)).headers["location"]
            assert again in ("/", "/login?problem=expired", "/login?problem=discord")
        await sign_in(browser, discord, "ada")
    assert cut_off > 5
