"""What it costs that every row is checked: making a case and changing one, against a class that checks nothing.

The base is a plain declarative class of SQLAlchemy with the same columns and the same defaults. These are costs, so
less is better. Guards: what was made is compared with what was given, and ours refuses a wrong value of each kind.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.verdicts import Comparison
from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.features.moderation.kinds import CaseState, CaseType, NoticeState
from guildbase.features.moderation.models import ModerationCase

ROWS = 5_000
GIVEN = {
    "guild_id": 1 << 60,
    "number": 7,
    "case_type": CaseType.WARN,
    "target_id": 1 << 59,
    "target_name": "Terry Target",
    "moderator_id": 1 << 58,
    "moderator_name": "Mo Moderator",
    "reason": "Spam in the channel for questions",
    "request_id": 1 << 57,
}
WRONG = {"guild_id": 5, "number": 0, "reason": "", "case_type": "nosuch", "target_name": "a\x00b"}


class PlainBase(DeclarativeBase):
    """A registry of its own."""


class PlainCase(PlainBase):
    """The same columns, unchecked."""

    __table__ = ModerationCase.__table__.to_metadata(MetaData())

    def __init__(self, **values: Any) -> None:
        now = utcnow()
        defaults = {"state": CaseState.OPEN, "notice": NoticeState.PENDING, "created_at": now, "updated_at": now}
        super().__init__(**{**defaults, **values})


def _made(kind: type[Any]) -> Callable[[], None]:
    def make() -> None:
        rows = [kind(**GIVEN) for _ in range(ROWS)]
        if any(getattr(rows[-1], name) != value for name, value in GIVEN.items()):
            raise AssertionError("The row is not what was given.")

    return make


def _changed(kind: type[Any]) -> Callable[[], None]:
    row = kind(**GIVEN)

    def change() -> None:
        for number in range(ROWS):
            row.reason = f"Reason {number}"
        if row.reason != f"Reason {ROWS - 1}":
            raise AssertionError("The row was not changed.")

    return change


def _case(name: str, work: Callable[[], None]) -> Case:
    async def measure() -> Sample:
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return {Figure.WALL: wall / ROWS, Figure.CPU: cpu / ROWS}

    return Case(name, measure)


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Check that ours refuses what is wrong; there is nothing to start."""
    for name, value in WRONG.items():
        try:
            ModerationCase(**{**GIVEN, name: value})  # type: ignore[arg-type]
        except InvalidInput:
            continue
        raise AssertionError(f"{name} may be {value!r}, so the figures are of something that checks nothing.")
    yield [
        _case("made, checked", _made(ModerationCase)),
        _case("made, plain", _made(PlainCase)),
        _case("changed, checked", _changed(ModerationCase)),
        _case("changed, plain", _changed(PlainCase)),
    ]


BENCHMARK = Benchmark(
    "validation",
    prepare,
    (
        Comparison("making a row", "made, checked", "made, plain", Figure.CPU, Aim.COST, 3.0, 1.5),
        Comparison("changing a field", "changed, checked", "changed, plain", Figure.CPU, Aim.COST, 20.0, 10.0),
    ),
    rounds=9,
)
