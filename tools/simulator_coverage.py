"""The page that tells how much of Discord's API the simulator answers; the walks in the tests prove what it says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import discord

from tests.simulator.conformance import proven
from tests.simulator.conformance.missing import reason
from tests.simulator.oracle import Operation, oracle
from tests.simulator.reach import callers, missing

_HEAD = """\
<!-- Made by `make generate`. Do not edit. -->
# What the simulator answers

Discord's own description of its HTTP API lists {all} operations, of which a bot token can use {bots}.
**{answered} of these {bots} are answered, and their answers conform to the description**: a test walks through each of
them and holds every answer against its schema. The others answer 404 and are counted, so that a bot's author sees
which one is missed (`GET /_sim/stats`).

**{routes} of {all_routes} routes that discord.py {version} has a caller for are reached, and {events} of {all_events}
gateway events that it parses**, by a test in which an unmodified discord.py goes through all of them.
"""


def page() -> str:
    """Return the page."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    judge, answered = oracle(), proven()
    bots = sorted(judge.for_bots, key=lambda it: it.resource)
    count = sum(it.id in answered for it in bots)
    yield _HEAD.format(
        all=len(judge.operations),
        bots=len(bots),
        answered=count,
        version=discord.__version__,
        all_routes=len(callers.routes()),
        routes=len(callers.routes()) - len(missing.ROUTES),
        all_events=len(callers.events()),
        events=len(callers.events()) - len(missing.EVENTS),
    )
    for resource, group in groupby(bots, key=lambda it: it.resource):
        yield from _table(resource, list(group), answered)
    yield from _table(
        "Only with a person's access token", [it for it in judge.operations.values() if not it.for_bots], answered
    )
    yield from _reach("route", callers.routes(), missing.ROUTES)
    yield from _reach("gateway event", callers.events(), missing.EVENTS)


def _table(title: str, operations: list[Operation], answered: set[str]) -> Iterator[str]:
    yield f"\n## {title}: {sum(it.id in answered for it in operations)} of {len(operations)}\n\n"
    yield "| operation | route | state |\n|---|---|---|\n"
    for one in operations:
        state = "conforms" if one.id in answered else "not yet" + (f": {why}" if (why := reason(one)) else "")
        yield f"| {one.id} | `{one.name}` | {state} |\n"


def _reach(kind: str, names: tuple[str, ...], absent: dict[str, str]) -> Iterator[str]:
    yield f"\n## discord.py {discord.__version__}: {len(names) - len(absent)} of {len(names)} {kind}s\n\n"
    yield f"| {kind} | state |\n|---|---|\n"
    for name in names:
        yield f"| `{name}` | {f'not yet: {absent[name]}' if name in absent else 'reached'} |\n"
