"""What a ratio must reach (the floor, a gate) and what it should reach (the ambition, which is only reported)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.harness import Aim, Figure, Round, Spread, median_cost, spread


class Verdict(StrEnum):
    """How a comparison ended."""

    PASS = "pass"  # noqa: S105 - it is no password.
    BELOW_AMBITION = "below ambition"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One case against the base that limits it, judged by the median ratio of one figure."""

    name: str
    case: str
    base: str
    gate: Figure
    aim: Aim
    floor: float
    ambition: float

    def judge(self, ratio: float) -> Verdict:
        """Return the verdict on a median ratio; a goal that is met exactly is met."""
        is_met = ratio.__ge__ if self.aim is Aim.SPEED else ratio.__le__
        if is_met(self.ambition):
            return Verdict.PASS
        return Verdict.BELOW_AMBITION if is_met(self.floor) else Verdict.FAIL


@dataclass(frozen=True, slots=True)
class Result:
    """A comparison with what was measured."""

    comparison: Comparison
    spreads: dict[Figure, Spread]
    case_costs: dict[Figure, float]
    base_costs: dict[Figure, float]

    @property
    def verdict(self) -> Verdict:
        """How it ended, by the gate's median."""
        return self.comparison.judge(self.spreads[self.comparison.gate].median)


def conclude(comparison: Comparison, rounds: Sequence[Round]) -> Result:
    """Compare the two cases in every figure that both were measured in."""
    case, base = comparison.case, comparison.base
    figures = [figure for figure in Figure if figure in rounds[0][case] and figure in rounds[0][base]]
    return Result(
        comparison,
        {figure: spread(rounds, case, base, figure, comparison.aim) for figure in figures},
        {figure: median_cost(rounds, case, figure) for figure in figures},
        {figure: median_cost(rounds, base, figure) for figure in figures},
    )


def exit_code(results: Sequence[Result]) -> int:
    """Return 1 if any comparison is beyond its floor, else 0."""
    return int(any(result.verdict is Verdict.FAIL for result in results))
