"""The way to Discord and back, and what a thief or another site can do about it: nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.platform.accounts.controller import WebUserController
from guildbase.platform.standing.controller import GlobalStandingController
from guildbase.platform.standing.models import StandingStatus, SubjectKind
from guildbase.platform.standing.rules import Decision
from guildbase.services.container import BotServices
from guildbase.simulator import Simulator
from tests.api.signing_in import ORIGIN, agree, sign_in, visitor
from tests.platform.accounts.conftest import process

Ahead = Callable[[timedelta], None]


@pytest.fixture(autouse=True)
def person(discord: Simulator) -> int:
    """Somebody who signs in."""
    return discord.guild("Home").member("ada").id


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    """Put our clock forward, and not Discord's."""
    return lambda by: monkeypatch.setattr("guildbase.core.clock.ahead", by)


async def begin(browser: httpx.AsyncClient, next_path: str | None = None) -> str:
    """Go to Discord; return the address of the consent page."""
    answer = await browser.get("/auth/login", params={} if next_path is None else {"next": next_path})
    assert answer.status_code == 303
    return answer.headers["location"]


async def back(browser: httpx.AsyncClient, url: str) -> str:
    """Come back from Discord; return where the browser is sent."""
    answer = await browser.get(url)
    assert answer.status_code == 303
    return answer.headers["location"]


async def kinds(services: BotServices) -> list[str]:
    """Return the kinds of all security events, the oldest first."""
    async with services.get(DatabaseManager).read_session() as session:
        return list((await session.execute(text("SELECT kind FROM security_event ORDER BY event_id"))).scalars())


async def test_a_person_signs_in_and_out(api: BotServices, discord: Simulator, person: int) -> None:
    async with visitor(api) as browser:
        assert (await browser.get("/auth/me")).status_code == 401
        consent = await begin(browser, "/g/1/cases?state=open")
        query = {name: value for name, [value] in parse_qs(urlsplit(consent).query).items()}
        assert (query["scope"], query["code_challenge_method"], query["prompt"]) == (
            "identify guilds",
            "S256",
            "consent",
        )
        assert await back(browser, await agree(consent, "ada")) == "/g/1/cases?state=open"
        me = (await browser.get("/auth/me")).json()
        assert (me["user"], me["is_operator"]) == (
            {"id": str(person), "username": "ada", "name": "Ada", "avatar_url": None}, False,
        )  # fmt: skip
        token = me["csrf_token"]
        assert (await browser.post("/auth/logout", headers={"Origin": ORIGIN})).status_code == 403
        stolen = dict(browser.cookies)
        headers = {"Origin": ORIGIN, "X-CSRF-Token": token}
        assert (await browser.post("/auth/logout", headers=headers)).status_code == 204
        assert not browser.cookies
        browser.cookies.update(stolen)
        assert (await browser.get("/auth/me")).status_code == 401
    assert await kinds(api) == ["login.succeeded", "access.refused"]


async def test_only_the_e_mail_is_kept_that_was_asked_for(
    discord: Simulator, registry: FeatureRegistry, sqlite_url: str, person: int
) -> None:
    for asked, email in ((False, None), (True, "ada@example.com")):
        services = process(discord, registry, sqlite_url, oauth_email=asked)
        async with visitor(services) as browser:
            await sign_in(browser, discord, "ada")
        user = await services.get(WebUserController).get(person, fresh=True)
        assert user is not None
        assert (user.email and user.email.get_secret_value()) == email
        await services.close()


async def test_an_answer_of_discord_works_once(browser: httpx.AsyncClient, lone: BotServices) -> None:
    url = await agree(await begin(browser), "ada")
    assert await back(browser, url) == "/"
    browser.cookies.delete("guildbase_session")
    for _again in range(3):
        assert await back(browser, url) == "/login?problem=expired"
    assert (await browser.get("/auth/me")).status_code == 401
    assert (await kinds(lone)).count("login.refused") == 3


async def test_of_two_that_bring_the_same_answer_at_the_same_time_one_signs_in(
    api: BotServices, discord: Simulator
) -> None:
    async with visitor(api) as browser:
        url = await agree(await begin(browser), "ada")
        answers = await asyncio.gather(*(back(browser, url) for _ in range(8)))
    assert sorted(answers) == ["/"] + ["/login?problem=expired"] * 7


async def test_another_browser_cannot_end_a_sign_in(
    browser: httpx.AsyncClient, other_browser: httpx.AsyncClient
) -> None:
    # Else a thief could sign their victim in as the thief, or take the victim's answer.
    url = await agree(await begin(browser), "ada")
    await begin(other_browser)
    assert await back(other_browser, url) == "/login?problem=expired"
    assert await back(browser, url) == "/login?problem=expired"
    assert (await other_browser.get("/auth/me")).status_code == 401


async def test_a_sign_in_is_over_after_ten_minutes(browser: httpx.AsyncClient, ahead: Ahead) -> None:
    url = await agree(await begin(browser), "ada")
    ahead(timedelta(minutes=10, seconds=1))
    browser.cookies.set("guildbase_login", browser.cookies["guildbase_login"], domain="guildbase.test")
    assert await back(browser, url) == "/login?problem=expired"


async def test_a_stolen_code_is_worth_nothing_without_the_browser(
    browser: httpx.AsyncClient, other_browser: httpx.AsyncClient, discord: Simulator
) -> None:
    code = parse_qs(urlsplit(await agree(await begin(browser), "ada")).query)["code"][0]
    # The thief injects it into a sign-in of their own: the challenge is another one.
    state = parse_qs(urlsplit(await begin(other_browser)).query)["state"][0]
    assert await back(other_browser, f"/auth/callback?code={code}&state={state}") == "/login?problem=discord"
    # Nor does Discord take it without the verifier.
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": f"{ORIGIN}/api/v1/auth/callback"}
    form |= {"client_id": str(discord.application_id), "client_secret": discord.client_secret}
    async with httpx.AsyncClient(trust_env=False) as thief:
        assert (await thief.post(f"{discord.base_url}/oauth2/token", data=form)).status_code == 400


async def test_what_is_no_answer_signs_nobody_in(browser: httpx.AsyncClient) -> None:
    for answer in ("", "?state=x", "?state=x&code=y", "?code=y", "?state=&code=", "?error=access_denied", "?state=%00"):
        await begin(browser)
        assert await back(browser, f"/auth/callback{answer}") == "/login?problem=expired"


async def test_whoever_does_not_agree_is_told_so(browser: httpx.AsyncClient) -> None:
    assert await back(browser, await agree(await begin(browser), "ada", "cancel")) == "/login?problem=denied"


ELSEWHERE = (
    "//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\n//evil.example", "javascript:alert(1)", "evil.example", "", "/ /x", "/é", "/" + "x" * 600, "/\x00",
)  # fmt: skip


async def test_nobody_is_led_to_another_site(browser: httpx.AsyncClient) -> None:
    for wanted in ELSEWHERE:
        assert await back(browser, await agree(await begin(browser, wanted), "ada")) == "/"


async def test_a_planted_login_is_not_taken_over(
    browser: httpx.AsyncClient, other_browser: httpx.AsyncClient, discord: Simulator
) -> None:
    discord.guild("Home").member("mallory")
    browser.cookies.set("guildbase_session", "A" * 43, domain="guildbase.test")
    await sign_in(browser, discord, "mallory")
    planted = browser.cookies["guildbase_session"]
    assert planted != "A" * 43
    other_browser.cookies.set("guildbase_session", planted, domain="guildbase.test")
    await sign_in(other_browser, discord, "ada")
    # The victim has a login of their own, and the planted one has ended with it.
    assert (await browser.get("/auth/me")).status_code == 401
    assert (await other_browser.get("/auth/me")).json()["user"]["username"] == "ada"


async def test_stolen_rows_open_nothing(api: BotServices, discord: Simulator, person: int) -> None:
    async with visitor(api) as browser, visitor(api) as thief:
        await sign_in(browser, discord, "ada")
        async with api.get(DatabaseManager).read_session() as session:
            digest = (await session.execute(text("SELECT digest FROM web_session"))).scalar_one()
            stored = (await session.execute(text("SELECT access_token, refresh_token FROM discord_token"))).one()
        thief.cookies.set("guildbase_session", digest, domain="guildbase.test")
        assert (await thief.get("/auth/me")).status_code == 401
        [grant] = discord.world.oauth.grants.values()
        for sealed, token in zip(stored, (grant.access_token, grant.refresh_token), strict=True):
            assert token is not None
            assert token.encode() not in bytes(sealed)
        assert browser.cookies["guildbase_session"] != digest


FOREIGN: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": f"{ORIGIN}.evil.example"},
    {"Origin": ORIGIN.replace("http:", "https:")},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "same-site"},
    {"Origin": ORIGIN, "Sec-Fetch-Site": "none"},
    {"Origin": ORIGIN, "X-CSRF-Token": ""},
    {"Origin": ORIGIN, "X-CSRF-Token": "0" * 64},
    {"Origin": ""},
]


async def test_no_other_site_can_act_for_the_person(browser: httpx.AsyncClient, discord: Simulator) -> None:
    await sign_in(browser, discord, "ada")
    accepted = 0
    for headers in FOREIGN:
        for method, path in (
            ("POST", "/auth/logout"),
            ("DELETE", "/auth/sessions"),
            ("PATCH", "/users/me/preferences"),
        ):
            answer = await browser.request(method, path, headers=headers)
            accepted += answer.status_code != 403
            assert answer.json()["code"] == "foreign_request"
    assert accepted == 0
    assert (await browser.get("/auth/me")).status_code == 200


async def test_over_https_the_cookie_is_bound_to_the_host(
    discord: Simulator, registry: FeatureRegistry, sqlite_url: str
) -> None:
    origin = "https://guildbase.test"
    discord.world.application.redirect_uris.append(f"{origin}/api/v1/auth/callback")
    services = process(discord, registry, sqlite_url, public_url=origin)
    async with visitor(services) as browser:
        browser.base_url = httpx.URL(f"{origin}/api/v1/")
        begun = await browser.get("/auth/login")
        answer = await browser.get(await agree(begun.headers["location"], "ada"))
        [session] = [it for it in answer.headers.get_list("set-cookie") if "session" in it]
        for part in ("__Host-guildbase_session=", "HttpOnly", "Path=/", "SameSite=lax", "Secure"):
            assert part in session
        assert "Domain" not in session
        token = browser.cookies["__Host-guildbase_session"]
        assert (await browser.get("/auth/me")).status_code == 200
        # A neighbouring host can set a cookie without the prefix, and that one is not looked at.
        browser.cookies.clear()
        browser.cookies.set("guildbase_session", token, domain="guildbase.test")
        assert (await browser.get("/auth/me")).status_code == 401
    await services.close()


async def test_a_person_sees_and_ends_their_logins_and_nobody_elses(
    browser: httpx.AsyncClient, other_browser: httpx.AsyncClient, lone: BotServices, discord: Simulator
) -> None:
    discord.guild("Home").member("mallory")
    browser.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/130.0"
    await sign_in(browser, discord, "ada")
    await sign_in(other_browser, discord, "ada")
    async with visitor(lone) as third:
        await sign_in(third, discord, "mallory")
        [theirs] = (await third.get("/auth/sessions")).json()["sessions"]
        assert (await browser.delete(f"/auth/sessions/{theirs['id']}")).status_code == 404
        assert (await third.get("/auth/me")).status_code == 200
    listed = (await browser.get("/auth/sessions")).json()["sessions"]
    assert sorted(it["is_current"] for it in listed) == [False, True]
    [current] = [it for it in listed if it["is_current"]]
    assert (current["browser"], current["address"]) == ("Firefox · Linux", "127.0.0.1")
    [other] = [it for it in listed if not it["is_current"]]
    assert (await browser.delete(f"/auth/sessions/{other['id']}")).json() == {"ended": 1}
    assert (await other_browser.get("/auth/me")).status_code == 401
    await sign_in(other_browser, discord, "ada")
    assert (await browser.delete("/auth/sessions")).json() == {"ended": 1}
    assert (await other_browser.get("/auth/me")).status_code == 401
    assert (await browser.get("/auth/me")).status_code == 200


async def test_blocked_people_are_kept_out_at_once(api: BotServices, discord: Simulator, person: int) -> None:
    standings = api.get(GlobalStandingController)
    async with visitor(api) as browser:
        await sign_in(browser, discord, "ada")
        await standings.decide(SYSTEM, SubjectKind.USER, person, Decision(StandingStatus.BLOCKED, "spam"))
        assert (await browser.get("/auth/me")).status_code == 401
        url = await agree(await begin(browser), "ada")
        assert await back(browser, url) == "/login?problem=blocked"
        await standings.lift(SYSTEM, SubjectKind.USER, person)
        await sign_in(browser, discord, "ada")
    assert (await kinds(api)).count("login.blocked") == 1


async def test_the_operator_can_keep_somebody_out(api: BotServices, discord: Simulator, person: int) -> None:
    key = {"X-API-Key": "development-key"}
    async with visitor(api) as browser, visitor(api) as operator:
        path = f"/operator/web-users/{person}"
        assert (await operator.patch(path, json={"is_active": False}, headers=key)).status_code == 404
        await sign_in(browser, discord, "ada")
        assert (await browser.patch(path, json={"is_active": False})).status_code == 404
        answer = await operator.patch(path, json={"is_active": False}, headers=key)
        assert answer.json() == {"ended": 1}
        assert (await browser.get("/auth/me")).status_code == 401
        assert await back(browser, await agree(await begin(browser), "ada")) == "/login?problem=blocked"
        await operator.patch(path, json={"is_active": True}, headers=key)
        await sign_in(browser, discord, "ada")


async def test_whoever_another_process_keeps_out_changes_nothing_from_the_next_request_on(
    api: BotServices, discord: Simulator, person: int
) -> None:
    async with visitor(api) as browser:
        await sign_in(browser, discord, "ada")
        path = f"/operator/web-users/{person}"
        assert (await browser.patch(path, json={"is_active": False})).status_code == 404
        async with api.get(DatabaseManager).transaction() as work:
            await work.session.execute(text("UPDATE web_user SET is_active = false"))
        assert (await browser.patch(path, json={"is_active": False})).status_code == 401


async def test_whoever_tries_too_often_has_to_wait(
    discord: Simulator, registry: FeatureRegistry, sqlite_url: str
) -> None:
    services = process(discord, registry, sqlite_url, login_rate_limit=3)
    async with visitor(services) as browser:
        for _ in range(3):
            assert "oauth2/authorize" in await begin(browser)
        assert await begin(browser, "/servers") == "/login?problem=limited&next=%2Fservers"
    await services.close()


async def test_where_it_is_not_set_up_the_page_says_so(
    discord: Simulator, registry: FeatureRegistry, sqlite_url: str
) -> None:
    unset: tuple[dict[str, Any], ...] = (
        {"oauth_client_id": None},
        {"oauth_client_secret": ""},
        {"public_url": "", "environment": "production", "api_key": "a-key-of-our-own"},
    )
    for settings in unset:
        services = process(discord, registry, sqlite_url, **settings)
        async with visitor(services) as browser:
            assert await begin(browser) == "/login?problem=not_set_up"
            assert (await browser.get("/auth/ways")).json()["development"] is ("environment" not in settings)
        await services.close()


async def test_where_discord_does_not_answer_the_page_says_so(
    discord: Simulator, registry: FeatureRegistry, sqlite_url: str
) -> None:
    services = process(discord, registry, sqlite_url)
    async with visitor(services) as browser:
        url = await agree(await begin(browser), "ada")
        await discord.stop()
        assert await back(browser, url) == "/login?problem=discord"
    await services.close()


async def test_no_secret_gets_into_logs_or_answers(browser: httpx.AsyncClient, discord: Simulator) -> None:
    with capture_logs() as logs:
        url = await agree(await begin(browser), "ada")
        await back(browser, url)
        answers = [(await browser.get(path)).text for path in ("/auth/me", "/auth/sessions", "/guilds")]
        answers.append((await browser.post("/auth/logout")).text)
        await back(browser, url)
    [grant] = discord.world.oauth.grants.values()
    query = parse_qs(urlsplit(url).query)
    secrets = [query["code"][0], query["state"][0], browser.cookies["guildbase_session"], grant.access_token]
    secrets += [grant.refresh_token or "?", discord.client_secret]
    told = f"{logs} {answers}"
    assert len(logs) > 3
    assert [secret for secret in secrets if secret in told] == []
