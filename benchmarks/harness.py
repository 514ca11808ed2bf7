"""Interleaved rounds and the ratios between cases, which hold on a busy machine where absolute figures do not.

Every round measures every case once, in an order that rotates, and a ratio is taken inside one round
only. So whatever else the machine does weighs on both sides alike, and a median over rounds sheds the
rest. CPU time is the steadier of the two clocks: other programs lengthen wall time, not CPU time.
"""

from __future__ import annotations

import gc
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Figure(StrEnum):
    """What a measurement tells."""

    WALL = "wall"
    CPU = "CPU"
    MEMORY = "memory"


class Aim(StrEnum):
    """How two cases are compared."""

    SPEED = "speed"
    """How many times as fast as the base; more is better."""
    COST = "cost"
    """How many times what the base costs; less is better."""


Sample = Mapping[Figure, float]
"""What one unit of work cost: seconds of wall time and CPU time, bytes of memory."""

Round = Mapping[str, Sample]
"""The samples of one round by the name of their case."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to measure. `measure` does the work, checks that it was really done, and tells its cost."""

    name: str
    measure: Callable[[], Awaitable[Sample]]


@dataclass(frozen=True, slots=True)
class Spread:
    """The ratios of all rounds."""

    ratios: tuple[float, ...]

    @property
    def median(self) -> float:
        """The ratio that the verdict goes by."""
        return statistics.median(self.ratios)

    @property
    def lowest(self) -> float:
        """The smallest ratio of any round."""
        return min(self.ratios)

    @property
    def highest(self) -> float:
        """The largest ratio of any round."""
        return max(self.ratios)


async def interleave(cases: Sequence[Case], rounds: int) -> list[Round]:
    """Measure every case once a round, in rotating order; a warm-up round comes first and is dropped."""
    for case in cases:
        await case.measure()
    done: list[Round] = []
    for number in range(rounds):
        turn = number % len(cases)
        samples: dict[str, Sample] = {}
        for case in (*cases[turn:], *cases[:turn]):
            gc.collect()  # No case pays for the garbage of the one before it.
            samples[case.name] = await case.measure()
        done.append(samples)
    return done


def spread(rounds: Sequence[Round], case: str, base: str, figure: Figure, aim: Aim) -> Spread:
    """Return the ratios of case to base, each taken inside one round."""
    pairs = [(one[case][figure], one[base][figure]) for one in rounds]
    return Spread(tuple(limit / cost if aim is Aim.SPEED else cost / limit for cost, limit in pairs))


def median_cost(rounds: Sequence[Round], case: str, figure: Figure) -> float:
    """Return the median cost of one unit of a case; worth little outside this run."""
    return statistics.median(one[case][figure] for one in rounds)
