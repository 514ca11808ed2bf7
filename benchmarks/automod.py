"""What rules cost for one message: 100, 1,000 and 10,000 of them against RE2's own set match, and a bare dispatch.

The base of the first is `re2.Set.Match` on the same patterns, every word written as the pattern that finds it alone:
what one would use without an engine, and it tells neither priority nor exemptions nor what was found. Half of the
rules look for a word, a quarter for words within others, a quarter for patterns. One message in sixteen breaks a rule.

The base of the last is a bare client that parses messages, dispatches and counts them, as in `dispatch`.

Guard: the set and the engine must find the rule in each message that breaks one, and none in the others.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import re2

from benchmarks.benchmark import Benchmark
from benchmarks.frames import make_traffic
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.hot_read import cost_of_one
from benchmarks.message_dispatch import BareClient
from benchmarks.offline import connect, feed
from benchmarks.verdicts import Comparison
from guildbase.features.automod.document import RuleDocument
from guildbase.features.automod.engine.facts import Facts, Rule
from guildbase.features.automod.engine.judge import Engine
from guildbase.features.automod.engine.patterns import SET_MEMORY, options

SIZES = (100, 1_000, 10_000)
MESSAGES = 20_000
OPENINGS = (
    "hello there, how was your day",
    "I think so, maybe tomorrow",
    "did you see the match",
    "the other half of it",
)
TALK = [f"{OPENINGS[number % 4]} and what of number {number}?" for number in range(16)]
BAD = "nobody says foul8word here"
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def _trigger(number: int) -> dict[str, Any]:
    if number % 4 == 3:
        return {"type": "regex", "patterns": [f"(buy|sell) +item{number}[a-z]?"]}
    return {"type": "words", "words": [f"foul{number}word"], "whole": number % 4 != 2}


def _patterns(number: int) -> str:
    trigger = _trigger(number)
    if trigger["type"] == "regex":
        return str(trigger["patterns"][0])
    edge = r"\b" if trigger["whole"] else ""
    return f"{edge}{trigger['words'][0]}{edge}"


def _rules(count: int) -> list[Rule]:
    effects = [{"type": "delete"}]
    documents = (RuleDocument.model_validate({"trigger": _trigger(it), "effects": effects}) for it in range(count))
    return [Rule(number, f"rule {number}", document) for number, document in enumerate(documents)]


def _texts() -> list[str]:
    return [*TALK[:-1], BAD]


def _engine_case(count: int) -> Case:
    engine = Engine(_rules(count), {})
    wanted = [Facts(text, NOW) for text in _texts()] * (MESSAGES // 16)

    def judge(facts: Facts) -> int:
        return len(engine.decide(found, facts).hits) if (found := engine.find(facts)) else 0

    return Case(f"{count:,} rules", _measured(judge, wanted))


def _set_case(count: int) -> Case:
    made = re2.Set.SearchSet(options(SET_MEMORY))
    for number in range(count):
        made.Add(_patterns(number))
    made.Compile()
    return Case(f"RE2, {count:,}", _measured(lambda text: len(made.Match(text) or ()), _texts() * (MESSAGES // 16)))


def _measured(judge: Callable[[Any], int], wanted: Sequence[Any]) -> Callable[[], Any]:
    async def measure() -> Sample:
        broken = 0
        wall, cpu = time.perf_counter(), time.process_time()
        for message in wanted:
            broken += judge(message)
        sample = cost_of_one(wall, cpu, len(wanted))
        if broken != len(wanted) // 16:
            raise AssertionError(f"{broken} rules were broken, and not {len(wanted) // 16}.")
        return sample

    return measure


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Make the engines, the sets and the bare client."""
    traffic = make_traffic()
    bare = BareClient()
    door = await connect(bare, traffic)
    yield [
        *(make(count) for count in SIZES for make in (_engine_case, _set_case)),
        Case("bare client", lambda: feed(door, traffic.talk, lambda: bare.handled)),
    ]


BENCHMARK = Benchmark(
    "automod",
    prepare,
    (
        *(
            Comparison(f"{count:,} rules", f"{count:,} rules", f"RE2, {count:,}", Figure.CPU, Aim.COST, 15.0, 8.0)
            for count in SIZES
        ),
        Comparison("10,000 rules", "10,000 rules", "100 rules", Figure.CPU, Aim.COST, 3.0, 1.5),
        Comparison("a judged message", "1,000 rules", "bare client", Figure.CPU, Aim.COST, 0.5, 0.2),
    ),
    rounds=7,
)
