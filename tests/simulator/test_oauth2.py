from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.permissions import Permission

_BACK = "http://127.0.0.1:9999/callback?from=sim"
_VERIFIER = "v" * 64
_CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Browser:
    """A person's browser and a dashboard's server in one: it walks the code grant over HTTP."""

    sim: Simulator
    session: aiohttp.ClientSession

    @property
    def page(self) -> str:
        return f"http://{self.sim.host}:{self.sim.port}/oauth2/authorize"

    def link(self, **changes: str | None) -> dict[str, str]:
        asked: dict[str, str | None] = {
            "client_id": str(self.sim.application_id),
            "redirect_uri": _BACK,
            "response_type": "code",
            "scope": "identify guilds",
            "state": "s&t=1",
        }
        return {name: it for name, it in (asked | changes).items() if it is not None}

    async def opens(self, query: dict[str, str], status: int = 200) -> str:
        async with self.session.get(self.page, params=query, allow_redirects=False) as answer:
            assert answer.status == status, await answer.text()
            assert answer.headers["Cache-Control"] == "no-store"
            if status == 302:
                return answer.headers["Location"]
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert answer.headers["X-Frame-Options"] == "DENY"
            return await answer.text()

    async def decides(self, query: dict[str, str], decision: str = "authorize", **fields: str) -> dict[str, str]:
        page = await self.opens(query)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        form = {name: unescape(it) for name, it in hidden.items()} | {"decision": decision} | fields
        sent = self.session.post(self.page, params=query, data=form, allow_redirects=False)
        async with sent as answer:
            assert answer.status == 302, await answer.text()
            where = urlsplit(answer.headers["Location"])
        return {name: it[0] for name, it in parse_qs(where.query).items()}

    async def code(self, **changes: str | None) -> str:
        return (await self.decides(self.link(**({"as": "ada"} | changes))))["code"]

    async def token(self, status: int = 200, path: str = "token", /, **fields: str | None) -> dict[str, Any]:
        secrets = {"client_id": str(self.sim.application_id), "client_secret": self.sim.client_secret}
        form = {name: it for name, it in (secrets | fields).items() if it is not None}
        async with self.session.post(f"{self.sim.base_url}/oauth2/{path}", data=form) as answer:
            assert answer.status == status, await answer.text()
            body: dict[str, Any] = await answer.json()
            return body

    async def exchange(self, code: str, status: int = 200, **changes: str | None) -> dict[str, Any]:
        fields: dict[str, str | None] = {"grant_type": "authorization_code", "code": code, "redirect_uri": _BACK}
        return await self.token(status, "token", **(fields | changes))

    async def reads(self, token: str, path: str, status: int = 200) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        async with self.session.get(self.sim.base_url + path, headers=headers) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json(content_type=None)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with Simulator(redirect_uris=[_BACK]) as sim, aiohttp.ClientSession(cookie_jar=jar) as session:
        sim.guild("Home").member("ada")
        yield Browser(sim, session)


@pytest.fixture
def home(browser: Browser) -> ScriptedGuild:
    return browser.sim.guild("Home")


async def test_the_whole_way_with_pkce(browser: Browser, home: ScriptedGuild) -> None:
    asked = browser.link(scope="identify email guilds", code_challenge=_CHALLENGE, code_challenge_method="S256")
    who = await browser.opens(asked)
    assert "Who are you?" in who
    assert ">Ada<small>ada</small></span></a>" in who
    page = await browser.opens(asked | {"as": "ada"})
    assert "Know your email address" in page
    back = await browser.decides(asked)
    assert (back["state"], back["from"]) == ("s&t=1", "sim")
    tokens = await browser.exchange(back["code"], code_verifier=_VERIFIER)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 604800)
    assert tokens["scope"] == "identify email guilds"
    ada = home.member("ada")
    me = await browser.reads(tokens["access_token"], "/users/@me")
    assert (me["id"], me["email"], me["verified"]) == (str(ada.id), "ada@example.com", True)
    [guild] = await browser.reads(tokens["access_token"], "/users/@me/guilds?with_counts=true")
    assert (guild["id"], guild["owner"], guild["approximate_member_count"]) == (str(home.id), False, 3)
    told = await browser.reads(tokens["access_token"], "/oauth2/@me")
    assert (told["user"]["id"], told["scopes"]) == (str(ada.id), ["identify", "email", "guilds"])


async def test_an_access_token_is_good_for_its_scopes_only(browser: Browser, home: ScriptedGuild) -> None:
    scopes = "identify guilds.members.read connections openid role_connections.write applications.entitlements"
    token = (await browser.exchange(await browser.code(scope=scopes)))["access_token"]
    assert "email" not in await browser.reads(token, "/users/@me")
    assert (await browser.reads(token, "/users/@me/guilds", 403))["code"] == 50026
    member = await browser.reads(token, f"/users/@me/guilds/{home.id}/member")
    assert member["user"]["username"] == "ada"
    assert (await browser.reads(token, "/users/@me/guilds/5/member", 404))["code"] == 10004
    assert await browser.reads(token, "/users/@me/connections") == []
    assert (await browser.reads(token, "/oauth2/userinfo"))["preferred_username"] == "ada"
    app = f"/users/@me/applications/{browser.sim.application_id}"
    assert await browser.reads(token, f"{app}/entitlements") == []
    assert await browser.reads(token, f"{app}/role-connection") == {"platform_username": None, "metadata": {}}
    assert (await browser.reads(token, f"/guilds/{home.id}", 403))["code"] == 20012
    await browser.reads("nonsense", "/users/@me", 401)
    bot = {"Authorization": f"Bot {browser.sim.token}"}
    async with browser.session.get(f"{browser.sim.base_url}/users/@me/connections", headers=bot) as answer:
        assert (answer.status, (await answer.json())["code"]) == (403, 20001)


async def test_a_code_is_good_once_and_using_it_again_takes_everything_back(browser: Browser) -> None:
    code = await browser.code()
    token = (await browser.exchange(code))["access_token"]
    assert (await browser.exchange(code, 400))["error"] == "invalid_grant"
    await browser.reads(token, "/users/@me", 401)


@pytest.mark.parametrize(
    ("asked", "changes"),
    [
        ({}, {"redirect_uri": "http://127.0.0.1:9999/callback"}),
        ({}, {"redirect_uri": None}),
        ({}, {"code_verifier": _VERIFIER}),
        ({"code_challenge": _CHALLENGE, "code_challenge_method": "S256"}, {}),
        ({"code_challenge": _CHALLENGE, "code_challenge_method": "S256"}, {"code_verifier": "w" * 64}),
        ({"code_challenge": _CHALLENGE, "code_challenge_method": "S256"}, {"code_verifier": _CHALLENGE}),
        ({"code_challenge": _VERIFIER}, {"code_verifier": "w" * 64}),
    ],
)
async def test_a_code_is_bound(browser: Browser, asked: dict[str, str], changes: dict[str, str | None]) -> None:
    code = await browser.code(**asked)
    assert (await browser.exchange(code, 400, **changes))["error"] == "invalid_grant"
    # A wrong attempt uses the code up.
    assert (await browser.exchange(code, 400))["error"] == "invalid_grant"


async def test_plain_challenges_work_as_well(browser: Browser) -> None:
    code = await browser.code(code_challenge=_VERIFIER)
    assert "access_token" in await browser.exchange(code, code_verifier=_VERIFIER)


async def test_only_the_application_exchanges_codes(browser: Browser) -> None:
    code = await browser.code()
    for wrong in ({"client_secret": "guess"}, {"client_secret": None}, {"client_id": "5"}):
        assert (await browser.exchange(code, 401, **wrong))["error"] == "invalid_client"
    login = aiohttp.encode_basic_auth(str(browser.sim.application_id), browser.sim.client_secret)
    basic = {"Authorization": login}
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": _BACK}
    url = f"{browser.sim.base_url}/oauth2/token"
    for wrong_login in ("Basic ???", aiohttp.encode_basic_auth("5", "x")):
        async with browser.session.post(url, data=form, headers={"Authorization": wrong_login}) as answer:
            assert answer.status == 401
    async with browser.session.post(url, json=form, headers=basic) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_request")
    async with browser.session.post(url, data=form, headers=basic) as answer:
        assert answer.status == 200


async def test_codes_and_tokens_expire(browser: Browser) -> None:
    code = await browser.code()
    browser.sim.advance(timedelta(minutes=10))
    assert (await browser.exchange(code, 400))["error"] == "invalid_grant"
    token = (await browser.exchange(await browser.code()))["access_token"]
    browser.sim.advance(timedelta(days=7))
    await browser.reads(token, "/users/@me", 401)


async def test_refreshing_turns_both_tokens_and_reuse_takes_them_back(browser: Browser) -> None:
    first = await browser.exchange(await browser.code())
    second = await browser.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert second["refresh_token"] != first["refresh_token"]
    await browser.reads(first["access_token"], "/users/@me", 401)
    await browser.reads(second["access_token"], "/users/@me")
    stolen = await browser.token(400, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert stolen["error"] == "invalid_grant"
    await browser.reads(second["access_token"], "/users/@me", 401)
    await browser.token(400, grant_type="refresh_token", refresh_token=second["refresh_token"])


async def test_giving_a_token_back(browser: Browser) -> None:
    for kind in ("access_token", "refresh_token"):
        tokens = await browser.exchange(await browser.code())
        assert (await browser.token(401, "token/revoke", token=tokens[kind], client_secret="x"))["error"]
        await browser.reads(tokens["access_token"], "/users/@me")
        assert await browser.token(200, "token/revoke", token=tokens[kind]) == {}
        await browser.reads(tokens["access_token"], "/users/@me", 401)
    assert await browser.token(200, "token/revoke", token="unknown") == {}
    assert (await browser.token(400, "token/revoke"))["error"] == "invalid_request"


async def test_the_application_itself_gets_a_token_of_its_owner(browser: Browser) -> None:
    tokens = await browser.token(grant_type="client_credentials", scope="identify")
    assert "refresh_token" not in tokens
    assert (await browser.reads(tokens["access_token"], "/users/@me"))["username"] == "developer"
    owner = await browser.token(grant_type="client_credentials", scope="applications.commands.update")
    path = f"/applications/{browser.sim.application_id}/commands"
    assert await browser.reads(owner["access_token"], path) == []
    await browser.reads(tokens["access_token"], path, 403)
    wrong = await browser.token(400, grant_type="client_credentials", scope="everything")
    assert wrong["error"] == "invalid_scope"
    assert (await browser.token(400, grant_type="password"))["error"] == "unsupported_grant_type"


async def test_links_that_lead_nowhere(browser: Browser) -> None:
    wrong: list[dict[str, str | None]] = [
        {"client_id": "5"},
        {"redirect_uri": _BACK + "/"},
        {"redirect_uri": "http://evil.example/"},
        {"scope": "nothing", "redirect_uri": None, "response_type": None},
        {"scope": "bot", "redirect_uri": None, "response_type": None, "prompt": "never"},
    ]
    browser.sim.world.application.redirect_uris.append("http://127.0.0.1:9999/other")
    for changes in wrong:
        assert "This link does not work" in await browser.opens(browser.link(**changes), 400)
    told = await browser.opens(browser.link(redirect_uri="http://evil.example/<b>"), 400)
    assert "--redirect-uri http://evil.example/&lt;b&gt; to have it" in told


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "identify everything"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "applications.commands.update"}, "invalid_scope"),
        ({"response_type": "words"}, "unsupported_response_type"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": _CHALLENGE, "code_challenge_method": "MD5"}, "invalid_request"),
        ({"prompt": "none", "as": "ada"}, "consent_required"),
    ],
)
async def test_the_application_is_told_what_is_wrong(browser: Browser, changes: dict[str, str], error: str) -> None:
    where = urlsplit(await browser.opens(browser.link(**changes), 302))
    assert where.netloc == "127.0.0.1:9999"
    answer = parse_qs(where.query)
    assert (answer["error"], answer["state"]) == ([error], ["s&t=1"])


async def test_saying_no_and_not_being_asked_twice(browser: Browser) -> None:
    refused = await browser.decides(browser.link() | {"as": "ada"}, "cancel")
    assert (refused["error"], refused["state"]) == ("access_denied", "s&t=1")
    await browser.exchange(await browser.code())
    again = urlsplit(await browser.opens(browser.link(prompt="none"), 302))
    assert "access_token" in await browser.exchange(parse_qs(again.query)["code"][0])


async def test_another_site_cannot_send_the_form(browser: Browser, home: ScriptedGuild) -> None:
    query = browser.link() | {"as": "ada"}
    form = {"person": str(home.member("ada").id), "decision": "authorize", "seal": ""}
    async with browser.session.post(browser.page, params=query, data=form, allow_redirects=False) as answer:
        assert answer.status == 400
    page = await browser.opens(query)
    seal = re.search(r'name="seal" value="([^"]+)"', page)
    assert seal is not None
    for status, changes, headers in (
        (400, {"seal": "guess"}, {}),
        (403, {"seal": seal[1]}, {"Origin": "http://evil.example"}),
        (403, {"seal": seal[1]}, {"Host": "evil.example"}),
        (400, {"seal": seal[1], "person": str(browser.sim.bot_user_id)}, {}),
        (400, {"seal": seal[1], "person": "9" * 5000}, {}),
    ):
        sent = browser.session.post(browser.page, params=query, data=form | changes, headers=headers)
        async with sent as answer:
            assert answer.status == status
            assert "Location" not in answer.headers
    async with browser.session.delete(browser.page, params=query) as answer:
        assert answer.status == 405


async def test_adding_the_bot(browser: Browser) -> None:
    sim = browser.sim
    new, other = sim.guild("New", bot_permissions=None), sim.guild("Foreign", bot_permissions=None)
    new.role("Staff").permissions |= int(Permission.MANAGE_GUILD)
    new.member("boss", roles=["Staff"])
    wanted = Permission.KICK_MEMBERS | Permission.BAN_MEMBERS
    asked = browser.link(scope="bot identify", permissions=str(int(wanted))) | {"as": "boss"}
    page = await browser.opens(asked)
    assert "Kick Members" in page
    assert "New" in page
    assert "Foreign" not in page
    form = re.search(r'name="seal" value="([^"]+)"', page)
    assert form is not None
    boss = {"person": str(new.member("boss").id), "seal": form[1], "decision": "authorize", "guild": str(other.id)}
    async with browser.session.post(browser.page, params=asked, data=boss, allow_redirects=False) as answer:
        assert (answer.status, "Pick a server that you manage" in await answer.text()) == (400, True)
    assert sim.bot_user_id not in other.guild.members
    back = await browser.decides(asked, guild=str(new.id))
    assert (back["guild_id"], back["permissions"]) == (str(new.id), str(int(wanted)))
    assert sim.world.permissions_of(new.guild, sim.bot_user_id) & wanted == wanted
    entry = new.guild.audit_log[0]
    assert (entry["action_type"], entry["user_id"]) == (28, str(new.member("boss").id))
    assert (await browser.exchange(back["code"]))["guild"]["id"] == str(new.id)


async def test_a_plain_invite_link_of_the_bot(browser: Browser) -> None:
    new = browser.sim.guild("New", bot_permissions=None)
    query = {"client_id": str(browser.sim.application_id), "scope": "bot applications.commands", "as": "owner"}
    page = await browser.opens(query)
    seal = re.search(r'name="seal" value="([^"]+)"', page)
    assert seal is not None
    form = {"person": str(new.guild.owner_id), "seal": seal[1], "decision": "cancel", "guild": str(new.id)}
    async with browser.session.post(browser.page, params=query, data=form) as answer:
        assert "Nothing was changed" in await answer.text()
    assert browser.sim.bot_user_id not in new.guild.members
    async with browser.session.post(browser.page, params=query, data=form | {"decision": "authorize"}) as answer:
        assert "You may close this window" in await answer.text()
    assert browser.sim.bot_user_id in new.guild.members


async def test_names_are_shown_as_text(browser: Browser, home: ScriptedGuild) -> None:
    browser.sim.world.application.name = "<script>alert(1)</script>"
    page = await browser.opens(browser.link() | {"as": "ada"})
    assert "<script>" not in page
    assert "Nobody is called &lt;b&gt;." in await browser.opens(browser.link() | {"as": "<b>"})
