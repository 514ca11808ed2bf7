"""Frames that no library sends: whatever comes, the socket gets a right close code and nobody else is disturbed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from typing import Any

import aiohttp
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guildbase.simulator import GatewaySettings, Simulator
from guildbase.simulator.gateway.frames import Op
from tests.simulator.sockets import Socket, dialled, identify

CODES = {1000, 1002, 1007, 1009, 4001, 4002, 4003, 4004, 4005, 4007, 4008, 4010, 4011, 4013, 4014}
OPS = [*map(int, Op), 0, 5, 12, 30, 99, -1, 2**31, 2**63, 2**70]
WORDS = ["", "online", "idle", "gone", "*", "\x00", "\U0001f600", "a" * 300, "1", "-1", "²", "9" * 40, "null"]


def values(chance: random.Random, depth: int = 0) -> Any:
    """Return some JSON value, nested up to a few levels."""
    simple: list[Callable[[], Any]] = [
        lambda: None,
        lambda: chance.choice([True, False]),
        lambda: chance.choice([0, -1, 1, 250, 1 << 32, 1 << 63, 10**30]),
        lambda: chance.choice([0.5, -1e308, 1e-300]),
        lambda: chance.choice(WORDS),
        lambda: orjson.loads("[" * 400 + "]" * 400),
    ]
    if depth > 3 or chance.random() < 0.6:
        return chance.choice(simple)()
    if chance.random() < 0.5:
        return [values(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(WORDS): values(chance, depth + 1) for _ in range(chance.randrange(4))}


def data(chance: random.Random, sim: Simulator, guild_id: int, session_id: str) -> dict[str, Any]:
    """Return the data of some frame, right but for some of its fields."""
    right: dict[str, Any] = chance.choice([
        identify(sim, compress=True, presence={"status": "idle", "activities": [], "since": None, "afk": False}),
        {"token": sim.token, "session_id": session_id, "seq": chance.choice([0, 1, 2, 5, 10**6, -1])},
        {"status": "dnd", "activities": [{"name": "x", "type": 0}], "since": 5, "afk": True},
        {"guild_id": str(guild_id), "channel_id": None, "self_mute": True, "self_deaf": False},
        {"guild_id": guild_id, "query": "", "limit": 0, "presences": True, "nonce": "n"},
        {"guild_id": guild_id, "user_ids": [1, "2"], "limit": 0},
        {"guild_ids": [str(guild_id)]},
        {"guild_id": str(guild_id), "fields": ["status", "x"]},
    ])  # fmt: skip
    for key in list(right):
        roll = chance.random()
        if roll < 0.1:
            del right[key]
        elif roll < 0.2:
            right[key] = values(chance)
    return right


def frame(chance: random.Random, sim: Simulator, guild_id: int, session_id: str) -> str | bytes:
    """Return what a client may come up with, from nearly right to not JSON at all."""
    roll = chance.random()
    if roll < 0.08:
        return chance.randbytes(chance.choice([0, 1, 20, 2000]))
    if roll < 0.12:
        return chance.choice(['{"op":1', "[" * 3000, '{"op":1,"op":2}', '{"op":NaN}', '"', "null", "1", '"\\ud800"'])
    if roll < 0.14:
        return json.dumps({"op": 1, "d": "x" * chance.choice([14_000, 16_000, 2_000_000])})
    made: Any = {"op": chance.choice(OPS), "d": data(chance, sim, guild_id, session_id)}
    if roll < 0.25:
        made = {chance.choice(["op", "d", "t"]): values(chance), "op": values(chance)}
    text = json.dumps(made)
    return text.encode() if chance.random() < 0.3 else text


async def talk(client: Socket, frames: list[str | bytes]) -> int | None:
    """Send the frames; return the close code, or None if the server still listens at the end."""
    for one in frames:
        try:
            await (client.socket.send_str(one) if isinstance(one, str) else client.socket.send_bytes(one))
        except (ConnectionError, aiohttp.ClientError):
            break
    # The server answers in order, so the acknowledgement comes after all else.
    with contextlib.suppress(ConnectionError, aiohttp.ClientError):
        await client.send(1)
    while True:
        message = await client.socket.receive(timeout=5)
        if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
            return client.socket.close_code
        if message.type is aiohttp.WSMsgType.TEXT and orjson.loads(message.data)["op"] == 11:
            return None
        if message.type is aiohttp.WSMsgType.BINARY:
            return None


@pytest.mark.parametrize("seed", range(4))
async def test_clients_out_of_their_minds(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same dice each time, no secret.
    gateway = GatewaySettings(identify_interval=0.0, frames_per_minute=30)
    async with Simulator(gateway=gateway) as sim, dialled(sim) as sane:
        guild = sim.guild("A")
        await sane.send(2, identify(sim, intents=1 << 0 | 1 << 9 | 1 << 15))
        session_id = (await sane.event("READY"))["d"]["session_id"]
        await sane.event("GUILD_CREATE")

        async def one() -> None:
            count = chance.choice([1, 2, 5, 40])
            # Nobody may guess the sane client's session, but old sessions may well be tried.
            frames = [frame(chance, sim, guild.id, chance.choice([session_id[::-1], ""])) for _ in range(count)]
            if chance.random() < 0.5:
                frames.insert(0, json.dumps({"op": 2, "d": identify(sim)}))
            query = chance.choice(["", "?v=10", "?v=10&encoding=json", "?v=x", "?encoding=etf&v=10", "?compress=none"])
            async with dialled(sim, query) as client:
                code = await talk(client, frames)
            assert code is None or code in CODES | {4012}, (code, frames)

        for _ in range(40):
            await asyncio.gather(*(one() for _ in range(10)))
        assert sim.stats.crashes == 0
        await guild.member("ada").says("still here?")
        assert (await sane.event("MESSAGE_CREATE"))["d"]["content"] == "still here?"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ops=st.lists(st.tuples(st.sampled_from(OPS) | st.integers(), _JSON), min_size=1, max_size=6), known=st.booleans()
)
def test_any_sequence_of_frames(ops: list[tuple[int, Any]], known: bool) -> None:
    async def play() -> None:
        async with Simulator(gateway=GatewaySettings(identify_interval=0.0)) as sim, dialled(sim) as client:
            if known:
                await client.send(2, identify(sim))
            code = await talk(client, [json.dumps({"op": op, "d": it}) for op, it in ops])
            assert code is None or code in CODES, code
            assert sim.stats.crashes == 0

    asyncio.run(play())
