from __future__ import annotations

import asyncio
import io
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from guildbase.simulator import Simulator
from guildbase.simulator.errors import DiscordError, unknown
from guildbase.simulator.rest.rate_limits import RateLimiter, RateLimits
from guildbase.simulator.rest.router import Router, RouteTable, major_parameter
from guildbase.simulator.stats import Stats
from guildbase.simulator.world.clock import Clock


async def test_answers_are_plain_json(api: Any) -> None:
    _, _, headers = await api("GET", "/users/@me")
    assert headers["Content-Type"] == "application/json"


async def test_a_wrong_token_is_401(api: Any) -> None:
    status, body, _ = await api("GET", "/users/@me", headers={"Authorization": "Bot wrong"})
    assert (status, body) == (401, {"message": "401: Unauthorized", "code": 0})
    assert (await api("GET", "/gateway", headers={"Authorization": ""}))[0] == 200


async def test_unknown_routes_are_recorded(sim: Simulator, api: Any) -> None:
    assert (await api("GET", "/polls/5"))[:2] == (404, {"message": "404: Not Found", "code": 0})
    assert (await api("PUT", "/users/@me"))[:2] == (405, {"message": "405: Method Not Allowed", "code": 0})
    assert sim.stats.unknown_routes["GET /polls/5"] == 1
    assert sim.stats.unknown_routes["PUT /users/@me"] == 1


async def test_bad_json_and_bad_ids(sim: Simulator, api: Any) -> None:
    status, body, _ = await api("POST", "/users/@me/channels", data=b"{")
    assert (status, body["code"]) == (400, 50109)
    assert (await api("POST", "/users/@me/channels", data=b"[]"))[1]["code"] == 50035
    _, body, _ = await api("GET", "/users/abc")
    assert body["errors"]["user_id"]["_errors"][0]["message"] == 'Value "abc" is not snowflake.'
    assert (await api("GET", "/users/5"))[1]["code"] == 10013
    assert (await api("GET", "/channels/5"))[1]["code"] == 10003
    _, body, _ = await api("POST", "/users/@me/channels", {"recipient_id": "x"})
    assert body["errors"]["recipient_id"]["_errors"][0]["code"] == "NUMBER_TYPE_COERCE"


async def test_the_application_and_its_grants(sim: Simulator, api: Any) -> None:
    for path in ("/oauth2/applications/@me", "/applications/@me"):
        _, body, _ = await api("GET", path)
        assert body["flags"] == 1 << 13 | 1 << 15 | 1 << 19
        assert body["owner"]["username"] == "developer"
    _, body, _ = await api("GET", "/gateway/bot")
    assert (body["url"], body["shards"]) == (sim.gateway_url, 2)


async def test_paths_without_a_version_and_outside_the_api(sim: Simulator) -> None:
    async with aiohttp.ClientSession() as session:
        root = sim.base_url.removesuffix("/api/v10")
        async with session.get(f"{root}/api/gateway") as answer:
            assert answer.status == 200
        for path in ("/nothing", "/nothing/else"):
            async with session.get(root + path) as answer:
                assert answer.status == 404
        for path in ("/cdn/attachments/5/x.png", "/cdn/attachments/x/x.png"):
            async with session.get(root + path) as answer:
                assert answer.status == 404


async def test_parts_that_are_no_files_are_skipped(sim: Simulator, api: Any, guild: Any) -> None:
    writer = aiohttp.MultipartWriter("form-data")
    inner = aiohttp.MultipartWriter("mixed")
    inner.append("x")
    writer.append(inner)
    part = writer.append_json({"content": "ok"})
    part.set_content_disposition("form-data", name="payload_json")
    other = writer.append("noise")
    other.set_content_disposition("form-data", name="noise")
    path = f"/channels/{guild.channel('general').id}/messages"
    status, body, _ = await api("POST", path, data=writer)
    assert (status, body["content"], body["attachments"]) == (200, "ok", [])


def test_literal_segments_win_over_parameters() -> None:
    table = RouteTable()
    table.route("GET", "/a/{x}/c")(lambda _: {"found": "parameter"})
    table.route("GET", "/a/b/{y}")(lambda _: {"found": "literal"})
    table.route("POST", "/a/b/c")(lambda _: None)
    router = Router([table])
    assert router.find("GET", "/a/b/c")[0].template == "/a/b/{y}"
    assert router.find("GET", "/a/%F0%9F%91%8D/c") == (table.routes[0], {"x": "👍"})
    with pytest.raises(DiscordError, match="404"):
        router.find("GET", "/a/z/z")


def test_major_parameters() -> None:
    assert major_parameter({"channel_id": "1", "message_id": "2"}) == "1"
    assert major_parameter({"webhook_id": "1", "token": "t"}) == "1:t"
    assert major_parameter({"user_id": "1"}) == ""


def test_errors_print_themselves() -> None:
    assert str(unknown("Guild")) == "404 (10004): Unknown Guild"
    assert unknown("Guild").body() == {"message": "Unknown Guild", "code": 10004}


async def test_regression_what_is_too_large_is_refused_and_is_no_crash(sim: Simulator, api: Any) -> None:
    channel = sim.guild("First").channel("general")
    upload = aiohttp.FormData()
    upload.add_field("files[0]", io.BytesIO(b"x" * (33 << 20)), filename="large.bin")
    for data in (io.BytesIO(b'{"content": "' + b"x" * (33 << 20) + b'"}'), upload):
        status, body, _ = await api("POST", f"/channels/{channel.id}/messages", data=data)
        assert (status, body["code"]) == (413, 40005)
    assert sim.stats.crashes == 0


async def test_regression_unknown_routes_tell_no_tokens_and_fill_no_memory() -> None:
    stats = Stats()
    stats.miss("POST", f"/webhooks/5/{'t' * 68}/nothing")
    assert list(stats.unknown_routes) == ["POST /webhooks/5/.../nothing"]
    for number in range(2000):
        stats.miss("GET", f"/nothing/{number}")
    assert len(stats.unknown_routes) == 1000


async def test_regression_limits_that_have_ended_are_forgotten() -> None:
    clock = Clock()
    limiter = RateLimiter(RateLimits(), clock)
    for number in range(10_000):
        limiter.count("GET /channels/{channel_id}", str(number), exempt=False)
    clock.advance(2)
    limiter.count("GET /channels/{channel_id}", "5", exempt=False)
    assert len(limiter._windows) == 1


async def test_regression_numbers_that_are_too_large_are_told_so(sim: Simulator, api: Any) -> None:
    guild = sim.guild("First")
    move = [{"id": str(guild.channel("general").id), "position": 1 << 31}]
    _, body, _ = await api("PATCH", f"/guilds/{guild.id}/channels", move)
    problem = {"code": "NUMBER_TYPE_MAX", "message": "Value should be less than or equal to 2147483647."}
    assert body["errors"]["0"]["position"]["_errors"] == [problem]


async def test_regression_what_fails_when_due_keeps_nothing_else_from_happening() -> None:
    clock, done = Clock(), asyncio.Event()

    def fail() -> None:
        raise LookupError("gone")

    clock.start()
    clock.call_at(clock.now() + timedelta(seconds=1), fail)
    clock.call_at(clock.now() + timedelta(seconds=1, milliseconds=20), done.set)
    with pytest.raises(LookupError):
        clock.advance(1)
    await asyncio.wait_for(done.wait(), 5)
    clock.stop()
