"""What goes over the wire: clients that never end a request, names and addresses that are not true, odd requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from guildbase.api import server as serving_module
from guildbase.core.errors import ConfigurationError
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY, Settings, load_settings
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from tests.api.serving import serving

KEY = f"X-API-Key: {DEFAULT_API_KEY}\r\n"
JSON = "Content-Type: application/json\r\n"


@pytest.fixture
def wanted() -> dict[str, object]:
    """Settings of the test."""
    return {}


@pytest.fixture
async def services(
    sqlite_url: str, registry: FeatureRegistry, wanted: dict[str, object], tmp_path: Path
) -> AsyncIterator[BotServices]:
    settings: dict[str, Any] = {"database_url": sqlite_url, "dashboard_dir": tmp_path, **wanted}
    assembled = assemble(Settings(**settings), registry)
    yield assembled
    await assembled.close()


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real server."""
    async with serving(services) as (made, _server):
        yield made


async def told(client: httpx.AsyncClient, raw: str | bytes) -> bytes:
    """Send these bytes and return all that comes until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    writer.write(raw if isinstance(raw, bytes) else raw.encode())
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


def request(line: str, headers: str = "", body: bytes = b"", host: str = "localhost") -> bytes:
    """Return a request after which the server hangs up."""
    head = f"{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode("latin-1") + body


SLOW = {
    "nothing at all": "",
    "half a head": "GET /api/v1/health HTTP/1.1\r\nHost: a\r\n",
    "half a body": f"POST /api/v1/operator/keys HTTP/1.1\r\nHost: a\r\n{KEY}{JSON}Content-Length: 9\r\n\r\n{{",
    "half a second head": "GET /api/v1/health/live HTTP/1.1\r\nHost: a\r\n\r\nGET /api",
}


async def test_whoever_does_not_end_their_request_is_hung_up_on(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving_module, "LOOK_EVERY", 0.05)
    async with client.stream("GET", "/events") as stream:
        answers = await asyncio.gather(*(told(client, raw) for raw in SLOW.values()))
        assert [answer.count(b"HTTP/1.1 2") for answer in answers] == [0, 0, 0, 1]
        # Whoever waits for an answer is not: here for one that does not end.
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: ready"


OWN: dict[str, Any] = {"api_guess_limit": 2, "api_key": "a-key-of-our-own"}


@pytest.mark.parametrize("wanted", [OWN, OWN | {"trusted_proxies": ()}])
async def test_a_forged_address_helps_nobody(client: httpx.AsyncClient, services: BotServices) -> None:
    """The proxy tells last who asked it; what stands before may be anything."""
    is_believed = bool(services.get(Settings).trusted_proxies)
    statuses = []
    for forged in ("198.51.100.1", "198.51.100.2", "127.0.0.1", "x" * 3000):
        headers = {"X-API-Key": "gb_wrong", "X-Forwarded-For": f"{forged}, 203.0.113.9"}
        statuses.append((await client.get("/shards", headers=headers)).status_code)
    assert statuses == [401, 401, 429, 429]
    neighbour = await client.get("/shards", headers={"X-Forwarded-For": "203.0.113.8"})
    assert neighbour.status_code == (200 if is_believed else 429)


@pytest.mark.parametrize("wrong", ["*", "[1", '["*"]', '["proxy"]', '{"127.0.0.1": 1}', '["10.0.0.1/8"]', "5"])
def test_proxies_are_named_by_address(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBASE_TRUSTED_PROXIES", wrong)
    with pytest.raises(ConfigurationError, match="GUILDBASE_TRUSTED_PROXIES: must be a JSON list of addresses"):
        load_settings()
    monkeypatch.setenv("GUILDBASE_TRUSTED_PROXIES", '["10.0.0.0/8", "::1"]')
    assert load_settings().trusted_proxies == ("10.0.0.0/8", "::1")


HOSTS = {
    "localhost": 200, "localhost:8000": 200, "127.0.0.1": 200, "[::1]:8000": 200, "api": 200, "x.localhost": 200,
    "bot.example.com": 200, "evil.example": 401, "evil.example.:8000": 401, "127.0.0.1.evil.example": 401,
    "localhost.evil.example": 401, "bot.example.com.evil.example": 401,
}  # fmt: skip


@pytest.mark.parametrize("wanted", [{"public_url": "https://bot.example.com"}])
async def test_a_page_whose_name_leads_here_does_not_get_in_with_the_default_key(client: httpx.AsyncClient) -> None:
    """A browser lets a page read what its own name answers, and its owner can point that anywhere (DNS rebinding)."""
    statuses = {host: (await client.get("/shards", headers={"Host": host})).status_code for host in HOSTS}
    assert statuses == HOSTS


async def test_whoever_is_elsewhere_does_not_get_in_with_the_default_key(client: httpx.AsyncClient) -> None:
    """The server may listen on all addresses of a developer's machine."""
    for address, status in (("203.0.113.9", 401), ("nonsense", 401), ("127.0.0.2", 200), ("::ffff:127.0.0.1", 200)):
        answer = await client.get("/shards", headers={"X-Forwarded-For": address})
        assert answer.status_code == status, address


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HTTPS://Bot.Example.COM:443", "https://bot.example.com"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("https://bot.example.com:8443", "https://bot.example.com:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("", ""),
    ],
)
def test_the_public_address_is_taken_as_browsers_send_it(written: str, meant: str) -> None:
    """Else every change in the dashboard would be refused as one of another site."""
    assert Settings(public_url=written).public_url == meant


@pytest.mark.parametrize("wanted", [{"api_key": "a-key-of-our-own"}])
async def test_a_key_of_ones_own_is_for_every_name(client: httpx.AsyncClient) -> None:
    headers = {"Host": "evil.example", "X-API-Key": "a-key-of-our-own"}
    assert (await client.get("/shards", headers=headers)).status_code == 200


IMPORT = "POST /api/v1/guilds/1128754567890123457/import"
KEYS = "POST /api/v1/operator/keys"
ODD: dict[str, tuple[bytes, int]] = {
    "two slashes": (request("GET //api/v1/shards", KEY), 503),
    "a slash in disguise": (request("GET /api%2fv1%2Fhealth/live"), 200),
    "through health": (request("GET /api/v1/health/../shards", KEY), 404),
    "through health in disguise": (request("GET /api/v1/health/%2e%2e/shards", KEY), 404),
    "through a page": (request("GET /login/../api/v1/shards", KEY), 503),
    "capitals": (request("GET /API/v1/shards", KEY), 503),
    "a whole address": (request("GET http://evil.example/api/v1/shards", KEY), 503),
    "a parameter of the path": (request("GET /api/v1/shards;x=/health", KEY), 404),
    "NUL in the path": (request("GET /api/v1/shards%00", KEY), 404),
    "half a character": (request("GET /api/v1/guilds/%ff%fe/cases", KEY), 422),
    "bytes in the query": (request("GET /api/v1/auth/login?next=\xff", KEY), 400),
    "no name of a host": (request("GET /api/v1/shards", KEY, host="["), 200),
    "another method": (request("TRACE /api/v1/shards", KEY), 405),
    "a body that is packed": (request(KEYS, KEY + JSON + "Content-Encoding: gzip\r\n", b"\x1f\x8b\x08\x00"), 422),
    "a deep body": (request(KEYS, KEY + JSON, b"[" * 200_000), 422),
    "a deep import": (request(IMPORT, KEY + JSON, b'{"a":' * 150_000), 422),
    "a long number": (request(KEYS, KEY + JSON, b'{"name":' + b"1" * 200_000 + b"}"), 422),
    "no numbers": (request(KEYS, KEY + JSON, b'{"name":NaN,"expires_at":-Infinity}'), 422),
    "a large body": (request(KEYS, KEY + JSON, b"[" * 300_000), 413),
    "two lengths": (request(KEYS, KEY + JSON + "Content-Length: 5\r\n", b"{}"), 400),
    "a large body in pieces": (
        f"{KEYS} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{KEY}{JSON}Transfer-Encoding: chunked\r\n\r\n".encode()
        + (b"10000\r\n" + b"[" * 0x10000 + b"\r\n") * 5,
        413,
    ),
}


async def test_odd_requests_get_the_answer_that_they_deserve(client: httpx.AsyncClient) -> None:
    """503 is what an address outside of the API gets while no dashboard is built: no route of the API was reached."""
    statuses = {name: int((await told(client, raw)).split()[1]) for name, (raw, _) in ODD.items()}
    assert statuses == {name: status for name, (_, status) in ODD.items()}


async def test_a_correlation_id_brings_no_header_of_its_own(client: httpx.AsyncClient) -> None:
    for given in ("a%0d%0aSet-Cookie: x=y", "a\r\n Set-Cookie: x=y", "a\tSet-Cookie: x=y", "\x85Set-Cookie: x=y"):
        answer = await told(client, request("GET /api/v1/health/live", f"X-Correlation-Id: {given}\r\n"))
        assert b"set-cookie" not in answer.lower(), given


async def test_a_server_that_nobody_knows_has_no_keys(client: httpx.AsyncClient) -> None:
    """The database refuses the row; the caller was told of an error of ours."""
    body = {"name": "a", "scopes": ["owner"]}
    answer = await client.post("/guilds/1128754567890123457/keys", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "guild_not_found")
