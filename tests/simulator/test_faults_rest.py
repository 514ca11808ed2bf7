from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from guildbase.simulator import ImpossibleFault, Simulator

SENDING = "POST /channels/{channel_id}/messages"


@pytest.fixture(autouse=True)
def mended(sim: Simulator) -> Any:
    yield
    sim.faults.lift_all()
    assert sim.faults.standing() == []


async def test_discord_py_tries_again_after_a_server_error(sim: Simulator, general: discord.TextChannel) -> None:
    with sim.faults.rest(SENDING, status=500, times=1) as fault:
        sent = await general.send("arrives at the second try")
    assert fault.hits == 1
    assert sim.stats.faults[f"{SENDING}: 500"] >= 1
    assert [it.content async for it in general.history()] == [sent.content]


@pytest.mark.parametrize(
    ("status", "code", "error", "expected"),
    [
        (403, None, discord.Forbidden, 50013),
        (403, 50001, discord.Forbidden, 50001),
        (404, None, discord.NotFound, 0),
        (400, None, discord.HTTPException, 0),
        (418, None, discord.HTTPException, 0),
        (503, 0, discord.DiscordServerError, 0),
        (503, None, discord.DiscordServerError, 0),
    ],
)
async def test_refusals_reach_the_bot_as_such(
    sim: Simulator,
    general: discord.TextChannel,
    status: int,
    code: int | None,
    error: type[discord.HTTPException],
    expected: int,
) -> None:
    with sim.faults.rest("POST */messages", status=status, code=code), pytest.raises(error) as caught:
        await general.send("never")
    assert (caught.value.status, caught.value.code) == (status, expected)
    assert [it async for it in general.history()] == []


async def test_a_storm_of_429_is_waited_out(sim: Simulator, general: discord.TextChannel) -> None:
    with sim.faults.rest(SENDING, status=429, retry_after=0.02, times=3) as storm:
        await general.send("at last")
    assert storm.hits == 3


async def test_the_firewall_is_no_ordinary_429(sim: Simulator, general: discord.TextChannel) -> None:
    with sim.faults.rest(SENDING, status=429, firewall=True, times=1) as ban:
        with pytest.raises(discord.HTTPException, match="1015") as caught:
            await general.send("never")
        assert caught.value.status == 429
    assert ban.hits == 1


async def test_a_cut_before_the_change_changes_nothing(sim: Simulator, api: Any, general: discord.TextChannel) -> None:
    with sim.faults.rest(SENDING, cut="before", times=1), pytest.raises(aiohttp.ServerDisconnectedError):
        await api("POST", f"/channels/{general.id}/messages", {"content": "lost on the way there"})
    assert [it async for it in general.history()] == []


async def test_a_cut_after_the_change_loses_only_the_answer(
    sim: Simulator, api: Any, general: discord.TextChannel
) -> None:
    with sim.faults.rest(SENDING, cut="after", times=1), pytest.raises(aiohttp.ServerDisconnectedError):
        await api("POST", f"/channels/{general.id}/messages", {"content": "done, but nobody was told"})
    assert [it.content async for it in general.history()] == ["done, but nobody was told"]


async def test_discord_py_meets_a_cut_connection(sim: Simulator, general: discord.TextChannel) -> None:
    # It tries a connection that was reset again; one that just ended is an error for the bot to handle.
    with sim.faults.rest(SENDING, cut="after", times=1), pytest.raises(aiohttp.ServerDisconnectedError):
        await general.send("once")
    assert [it.content async for it in general.history()] == ["once"]


async def test_garbled_answers(sim: Simulator, api: Any, general: discord.TextChannel) -> None:
    where = f"GET /channels/{general.id}"
    with sim.faults.rest(where, garble="truncate", times=1), pytest.raises(aiohttp.ClientPayloadError):
        await api("GET", f"/channels/{general.id}")
    with sim.faults.rest(where, garble="scramble", times=1), pytest.raises(json.JSONDecodeError):
        await general.guild.fetch_channel(general.id)
    assert (await api("GET", f"/channels/{general.id}"))[0] == 200


async def test_latency_is_added_and_adds_up(sim: Simulator, api: Any, general: discord.TextChannel) -> None:
    loop = asyncio.get_running_loop()
    with (
        sim.faults.rest("GET /channels/*", latency=0.05) as slow,
        sim.faults.rest(latency=(0.01, 0.02), seed=1),
        sim.faults.rest("GET /channels/*", status=500, times=1),
    ):
        started = loop.time()
        assert (await api("GET", f"/channels/{general.id}"))[0] == 500
        assert loop.time() - started >= 0.06
        assert (await api("GET", f"/channels/{general.id}"))[0] == 200
    assert slow.hits == 2


async def test_bounds(sim: Simulator, api: Any) -> None:
    async def statuses(count: int) -> list[int]:
        return [(await api("GET", "/users/@me"))[0] for _ in range(count)]

    with sim.faults.rest("GET /users/@me", status=502, code=0, times=2):
        assert await statuses(3) == [502, 502, 200]
    with sim.faults.rest("GET /users/@me", status=504, code=0, seconds=60):
        assert await statuses(1) == [504]
        sim.advance(60)
        assert await statuses(1) == [200]
    rows = []
    for _ in range(2):
        with sim.faults.rest("GET /users/@me", status=500, chance=0.5, seed=7) as fault:
            rows.append(await statuses(20))
            assert fault.hits == rows[-1].count(500)
    assert rows[0] == rows[1]
    assert 3 < rows[0].count(500) < 17
    fault = sim.faults.rest("* /users/*", status=500)
    assert [it.name for it in sim.faults.standing()] == ["* /users/*: 500"]
    assert (await api("GET", "/no/such/route"))[0] == 404
    assert await statuses(1) == [500]
    fault.lift()
    assert await statuses(1) == [200]


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        ({}, "needs a status, a latency, a cut or a garble"),
        ({"status": 500, "cut": "after"}, "choose one"),
        ({"status": 200}, "must be an error"),
        ({"status": 500, "firewall": True}, "only a 429"),
        ({"latency": (2.0, 1.0)}, "rising pair"),
        ({"status": 500, "times": 0}, "times must be 1"),
        ({"status": 500, "seconds": -1}, "seconds must be more"),
        ({"status": 500, "chance": 1.5}, "chance must lie"),
    ],
)
def test_faults_that_make_no_sense_are_refused(sim: Simulator, wish: dict[str, Any], problem: str) -> None:
    with pytest.raises(ImpossibleFault, match=problem):
        sim.faults.rest(**wish)
    assert sim.faults.standing() == []


def test_what_the_page_shows_can_be_written(sim: Simulator) -> None:
    page = (Path(__file__).parents[2] / "docs/guides/faults.md").read_text(encoding="utf-8")
    calls = re.findall(r"`((?:rest|gateway)\([^`]*\))`", page)
    assert len(calls) == 17
    for call in calls:
        eval(call, {"rest": sim.faults.rest, "gateway": sim.faults.gateway}).lift()  # noqa: S307 - our own page.
