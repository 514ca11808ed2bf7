"""What thieves, strangers and keepers of lost keys try, and do not get."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import text

from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.rights import Right
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.accounts import oauth as oauth_module
from guildbase.platform.accounts.controller import KeyController, LoginController
from guildbase.platform.accounts.controller import keys as keys_module
from guildbase.platform.accounts.controller.keys import NewKey
from guildbase.platform.accounts.oauth import DiscordOAuth, DiscordUnavailable
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.simulator import Simulator
from tests.api.signing_in import ORIGIN, agree, sign_in, visitor
from tests.factories import new_id
from tests.platform.accounts.conftest import process

OPERATOR = {"X-API-Key": DEFAULT_API_KEY}
OWN_PAGE = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
MANY = 200
"""Servers that an account can be in."""


async def count(services: BotServices, kind: str) -> int:
    """Return how many security events of this kind are stored."""
    async with services.get(DatabaseManager).read_session() as session:
        counted = text("SELECT count(*) FROM security_event WHERE kind = :kind")
        return int((await session.execute(counted, {"kind": kind})).scalar_one())


async def test_whoever_makes_discord_tell_more_is_not_signed_in(lone: BotServices, discord: Simulator) -> None:
    discord.guild("Home").member("ada")
    async with visitor(lone) as browser:
        consent = (await browser.get("/auth/login")).headers["location"]
        url = await agree(consent.replace("identify+guilds", "identify+guilds+email"), "ada")
        assert (await browser.get(url)).headers["location"] == "/login?problem=denied"
        assert (await browser.get("/auth/me")).status_code == 401


async def test_a_long_answer_of_discord_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    guild = {"id": "1128754567890123457", "name": "Home", "owner": False, "permissions": "0"}

    async def guilds(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        whole = str([guild] * MANY).replace("'", '"').replace("False", "false").encode()
        for begin in range(0, len(whole), 1000):
            await answer.write(whole[begin : begin + 1000])
        return answer

    app = web.Application()
    app.router.add_get("/users/@me/guilds", guilds)
    async with TestServer(app) as server:
        asking = DiscordOAuth(Settings(discord_api_url=str(server.make_url("/"))))
        assert len(await asking.guilds("token")) == MANY
        monkeypatch.setattr(oauth_module, "MOST_BYTES", 5000)
        with pytest.raises(DiscordUnavailable):
            await asking.guilds("token")


async def test_a_key_makes_no_key_that_would_outlive_it(api: BotServices) -> None:
    keys = api.get(KeyController)
    _row, secret = await keys.create(SYSTEM, NewKey("Stolen"))
    async with visitor(api) as program:
        program.headers["X-API-Key"] = secret or ""
        assert (await program.get("/security-events")).status_code == 200
        assert (await program.post("/operator/keys", json={"name": "Mine"})).status_code == 403
        assert (await program.post("/operator/keys/1/rotation", json={})).status_code == 403


async def test_a_key_ends_with_a_developer_who_is_kept_out(api: BotServices, discord: Simulator) -> None:
    developer = discord.guild("Home").member("ada").id
    object.__setattr__(api.get(Settings), "owner_ids", frozenset({developer}))
    async with visitor(api) as browser, visitor(api) as program:
        await sign_in(browser, discord, "ada")
        made = (await browser.post("/operator/keys", json={"name": "Mine"})).json()
        program.headers["X-API-Key"] = made["secret"]
        assert (await program.get("/security-events")).status_code == 200
        path = f"/operator/web-users/{developer}"
        assert (await browser.patch(path, json={"is_active": False}, headers=OPERATOR)).status_code == 200
        assert (await program.get("/security-events")).status_code == 401


async def test_no_key_hides_behind_those_that_ended(lone: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys_module, "MOST_KEYS", 2)
    keys, guild_id = lone.get(KeyController), new_id()
    await lone.get(GuildController).join(guild_id)
    new = NewKey("x", [Right.VIEW_CASES], guild_id)
    hidden, _secret = await keys.create(SYSTEM, new)
    for _ in range(9):
        row, _secret = await keys.create(SYSTEM, new)
        await keys.revoke(SYSTEM, guild_id, row.number or 0)
    assert hidden.number in [row.number for row in await keys.of_guild(SYSTEM, guild_id)]
    # Nor do rotated ones, which work on for their overlap, pile up.
    latest, _secret = await keys.rotate(SYSTEM, guild_id, hidden.number or 0, overlap=keys_module.NOTE_USE_EVERY)
    with pytest.raises(InvalidInput):
        await keys.rotate(SYSTEM, guild_id, latest.number or 0, overlap=keys_module.NOTE_USE_EVERY)
    with pytest.raises(PermissionDenied):
        await keys.rotate(
            Caller(None, guild_id, rights=Right.OWNER, key_id=1), guild_id, 1, overlap=keys_module.NOTE_USE_EVERY
        )


async def test_strangers_do_not_fill_the_table_of_security_events(
    discord: Simulator, registry: FeatureRegistry, sqlite_url: str
) -> None:
    services = process(discord, registry, sqlite_url, api_guess_limit=3)
    async with visitor(services) as browser:
        browser.cookies.set("guildbase_session", "A" * 43, domain="guildbase.test")
        for number in range(10):
            assert (await browser.post("/auth/logout", headers={"Origin": "https://evil.example"})).status_code == 403
            answer = await browser.get(f"/auth/callback?state={number}&code=x")
            assert answer.headers["location"] == "/login?problem=expired"
    assert await count(services, "access.refused") + await count(services, "login.refused") == 3
    await services.close()


PROXIED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "CF-Connecting-IP")


async def test_behind_a_proxy_nobody_signs_in_without_discord(lone: BotServices) -> None:
    body = {"name": "dev", "token": await lone.get(LoginController).add_admin("dev", new_id())}
    async with visitor(lone) as browser:
        assert (await browser.get("/auth/ways")).json()["development"] is True
        for header in PROXIED:
            proxied = OWN_PAGE | {header: "127.0.0.1"}
            assert (await browser.get("/auth/ways", headers=proxied)).json()["development"] is False
            assert (await browser.post("/auth/development", json=body, headers=proxied)).status_code == 404, header


ENDLESS = {"name": "a", "expires_at": "9999-12-31T23:59:59Z"}
HOSTILE: tuple[tuple[str, str, Any, dict[str, str]], ...] = (
    ("POST", "/auth/development", {"name": "\x00", "token": "\x00"}, OWN_PAGE),
    ("POST", "/auth/development", b'{"name": "\\ud800", "token": "x"}', OWN_PAGE),
    ("POST", "/operator/keys", {"name": "a\x00"}, OPERATOR),
    ("POST", "/operator/keys", b'{"name": "\\ud800"}', OPERATOR),
    ("POST", "/operator/keys", ENDLESS, OPERATOR),
    ("GET", "/security-events?kind=%00", None, OPERATOR),
    ("GET", "/security-events?user_id=9999999999999999999", None, OPERATOR),
    ("GET", "/security-events?since=9999-12-31T23:59:59Z", None, OPERATOR),
    ("GET", "/security-events?until=0001-01-01T00:00:00Z", None, OPERATOR),
    ("GET", "/auth/login?next=%00%ED%A0%80", None, {}),
    ("GET", "/auth/callback?state=%ED%A0%80&code=%00", None, {"User-Agent": "\x7f\xff"}),
    ("GET", "/auth/me", None, {"X-API-Key": "gb_\xff\xfe"}),
    ("GET", "/auth/me", None, {"Cookie": "guildbase_session=\xff; guildbase_session=x"}),
)


async def test_nothing_that_is_sent_breaks_it(api: BotServices) -> None:
    async with visitor(api) as client:
        for method, path, sent, headers in HOSTILE:
            own = {"Content-Type": "application/json"} | headers
            content = sent if isinstance(sent, bytes) else orjson.dumps(sent)
            latin = {name.encode(): value.encode("latin-1") for name, value in own.items()}
            answer = await client.request(method, path, content=content, headers=latin)
            assert answer.status_code < 500, (method, path, answer.text)
