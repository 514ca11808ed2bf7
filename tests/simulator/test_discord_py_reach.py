"""An unmodified discord.py goes through everything it can call and hear; what it reaches is counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from guildbase.simulator import GatewaySettings, Simulator
from tests.simulator.reach import callers, deletion, scenarios
from tests.simulator.reach.journey import Journey, played
from tests.simulator.reach.missing import EVENTS, ROUTES
from tests.simulator.reach.reads import READS, fatal_when_read, furnish
from tests.simulator.reach.required import always_sent, is_required

PARSED = sorted(set(callers.events()) - set(EVENTS) - {"READY", "RESUMED"})


@dataclass
class Travelled:
    """What the journey came to."""

    problems: list[str] = field(default_factory=list)
    routes: set[str] = field(default_factory=set)
    events: dict[str, list[Any]] = field(default_factory=dict)
    parsers: dict[str, Callable[[Any], None]] = field(default_factory=dict)
    furnished: Journey | None = None

    async def ended(self, session: object, context: SimpleNamespace, request: aiohttp.TraceRequestEndParams) -> None:
        """Count a request that discord.py made with success, by the template it has for it."""
        path = request.url.raw_path.removeprefix("/api/v10")
        if request.response.status < 300 and (route := callers.route_of(request.method, path)):
            self.routes.add(route)


@pytest.fixture(scope="module")
async def travelled(run: Any) -> AsyncIterator[Travelled]:
    result = Travelled()
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(result.ended)
    async with Simulator(shards=2, gateway=GatewaySettings(identify_interval=0.0)) as sim:
        bot = run.Bot(enable_debug_events=True, http_trace=trace)
        async with run.connected(sim, bot):
            for one in scenarios():
                journey = await Journey.starts(sim, bot, one.name)
                result.problems += filter(None, [await played(one, journey)])
            assert not bot.is_closed()
            for event in bot.raw:
                result.events.setdefault(event.get("t"), []).append(event.get("d"))
            result.furnished = await Journey.starts(sim, bot, "Furnished")
            await furnish(result.furnished)
            result.parsers = bot._connection.parsers
            yield result


async def test_every_scenario_is_played_to_its_end(travelled: Travelled) -> None:
    assert travelled.problems == [], "\n".join(travelled.problems)


async def test_every_route_is_reached_or_listed_as_missing(travelled: Travelled) -> None:
    assert set(callers.routes()) - travelled.routes == set(ROUTES)


async def test_every_event_is_parsed_or_listed_as_missing(travelled: Travelled) -> None:
    assert set(callers.events()) - set(travelled.events) == set(EVENTS)


@pytest.mark.parametrize("event", PARSED)
async def test_discord_py_lives_without_any_optional_key(travelled: Travelled, event: str) -> None:
    fatal = deletion.fatal(travelled.parsers, travelled.events, event)
    assert sorted(deletion.written(it) for it in fatal if not is_required(event, it)) == []


@pytest.mark.parametrize("event", PARSED)
async def test_what_discord_py_cannot_do_without_is_always_sent(travelled: Travelled, event: str) -> None:
    lacking = {key for payload in travelled.events[event] for key in always_sent(event) if key not in payload}
    assert lacking == set()


async def test_discord_py_gets_ready_without_any_optional_key(travelled: Travelled, run: Any) -> None:
    state = run.Bot()._connection
    fatal = deletion.fatal(state.parsers, travelled.events, "READY")
    for task in state._ready_tasks.values():
        task.cancel()
    assert sorted(deletion.written(it) for it in fatal if not is_required("READY", it)) == []


@pytest.mark.parametrize("what", READS)
async def test_discord_py_reads_answers_without_any_optional_key(travelled: Travelled, run: Any, what: str) -> None:
    assert travelled.furnished is not None
    with run.pointed_at(travelled.furnished.sim):
        fatal = await fatal_when_read(travelled.furnished, READS[what])
    assert sorted(deletion.written(it) for it in fatal if not is_required(what, it)) == []
