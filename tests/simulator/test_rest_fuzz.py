"""Random requests to every operation of the document: the simulator always gives an answer in Discord's form."""

from __future__ import annotations

from random import Random
from typing import Any

import aiohttp
import orjson
import pytest

from guildbase.simulator import GatewaySettings, Simulator
from tests.simulator.fuzz import requests
from tests.simulator.fuzz.places import Places
from tests.simulator.fuzz.values import Values
from tests.simulator.oracle import Operation, Oracle, oracle

_EACH = 8
_FORM_OF_ERRORS = {"$ref": "#/components/schemas/ErrorResponse"}
# What is made must be there before it is read, changed and removed.
_ORDER = ("POST", "PUT", "GET", "PATCH", "DELETE")


class Fuzz:
    """A run of random requests against one simulator."""

    def __init__(self, sim: Simulator, session: aiohttp.ClientSession, seed: int) -> None:
        self._sim = sim
        self._session = session
        self._random = Random(seed)  # noqa: S311
        self._judge: Oracle = oracle()
        self._places = Places(sim, self._judge, self._random)
        self._values = Values(self._judge, self._random, self._places.ids)
        self.found: list[str] = []

    async def run(self, each: int) -> list[str]:
        """Send so many requests to each operation; return what was wrong with the answers."""
        for operation in sorted(self._judge.operations.values(), key=lambda it: _ORDER.index(it.method)):
            self._places.found()
            for _ in range(each):
                await self._one(operation)
        return self.found

    async def _one(self, operation: Operation) -> None:
        path, place = self._places.path(operation)
        request = requests.draw(self._random, self._values, operation, self._sim.token)
        url = self._sim.base_url + path
        before = self._sim.stats.crashes
        try:
            async with self._session.request(
                operation.method, url, params=request.query, headers=request.headers, data=request.sent()
            ) as answer:
                raw, status, kind = await answer.read(), answer.status, answer.headers.get("Content-Type")
        except TimeoutError:
            self.found.append(f"{operation.name}: no answer\n    {path} {request}")
            return
        body: Any = orjson.loads(raw) if kind == "application/json" else raw
        if status < 300:
            self._places.learn(operation, place, body)
        wrong = self._wrong(operation, status, body)
        if self._sim.stats.crashes > before:
            wrong.append("crashed")
        self.found += [f"{operation.name}: {it}\n    {path} {request}" for it in wrong]

    def _wrong(self, operation: Operation, status: int, body: Any) -> list[str]:
        if 200 <= status < 300:
            return self._judge.problems(operation.method, operation.template, status, None if body == b"" else body)
        if not 400 <= status < 500:
            return [f"status {status}: {body!r:.300}"]
        if isinstance(body, bytes):
            return [f"error {status} is not JSON: {body!r:.300}"]
        return [f"error {status}: {it}: {body!r:.300}" for it in self._judge.schema_problems(_FORM_OF_ERRORS, body)]


@pytest.mark.parametrize("seed", range(3))
async def test_every_answer_has_discords_form(seed: int, run: Any) -> None:
    async with Simulator(gateway=GatewaySettings(identify_interval=0.0)) as sim:
        home = sim.guild("Home")
        bot = run.Bot(enable_debug_events=True)
        timeout = aiohttp.ClientTimeout(total=5)
        async with run.connected(sim, bot), aiohttp.ClientSession(timeout=timeout) as session:
            found = await Fuzz(sim, session, seed).run(_EACH)
            assert found == [], "\n".join(found)
            assert sim.stats.crashes == 0
            # discord.py took in every event and is still there.
            await home.member("witness").says("alive?")
            await bot.until(lambda: any(it["content"] == "alive?" for it in bot.events("MESSAGE_CREATE")))
