"""The benchmarks' own arithmetic: rounds, ratios, verdicts, exit codes and the JSON, on cases that cost nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.benchmark import QUICK_ROUNDS, Benchmark, run
from benchmarks.harness import Aim, Case, Figure, Sample, interleave, spread
from benchmarks.verdicts import Comparison, Verdict, conclude, exit_code


class Fake:
    """A case with made-up costs, one for every time that it is measured; the last one stays."""

    def __init__(self, name: str, *cpu: float, log: list[str] | None = None) -> None:
        self.case = Case(name, self.measure)
        self._costs = list(cpu)
        self._log = log if log is not None else []

    async def measure(self) -> Sample:
        self._log.append(self.case.name)
        cpu = self._costs.pop(0) if len(self._costs) > 1 else self._costs[0]
        return {Figure.CPU: cpu, Figure.WALL: cpu * 3}


def goal(*, aim: Aim = Aim.SPEED, floor: float = 0.5, ambition: float = 0.8) -> Comparison:
    return Comparison("thing", "ours", "base", Figure.CPU, aim, floor, ambition)


def benchmark(name: str, ours: float, *, closed: list[str] | None = None) -> Benchmark:
    """Return a benchmark whose case costs so much more or less than a base of 1."""

    @asynccontextmanager
    async def prepare() -> AsyncIterator[Sequence[Case]]:
        yield [Fake("ours", ours).case, Fake("base", 1.0).case]
        if closed is not None:
            closed.append(name)

    return Benchmark(name, prepare, (goal(),), rounds=7)


async def test_every_round_measures_every_case_once_in_rotating_order() -> None:
    log: list[str] = []
    cases = [Fake(name, 1.0, log=log).case for name in "abc"]

    rounds = await interleave(cases, 4)

    assert "".join(log) == "abc" + "abc" + "bca" + "cab" + "abc"
    assert [set(one) for one in rounds] == [{"a", "b", "c"}] * 4


async def test_the_warm_up_round_does_not_count() -> None:
    rounds = await interleave([Fake("ours", 99.0, 2.0, 4.0).case, Fake("base", 1.0).case], 2)

    assert spread(rounds, "ours", "base", Figure.CPU, Aim.COST).ratios == (2.0, 4.0)


async def test_ratios_are_taken_inside_a_round() -> None:
    # The machine is four times as slow in the last round, which weighs on both.
    rounds = await interleave([Fake("ours", 0, 2.0, 2.5, 8.0).case, Fake("base", 0, 1.0, 1.0, 4.0).case], 3)

    found = spread(rounds, "ours", "base", Figure.CPU, Aim.SPEED)

    assert found.ratios == (0.5, 0.4, 0.5)
    assert (found.median, found.lowest, found.highest) == (0.5, 0.4, 0.5)
    assert spread(rounds, "ours", "base", Figure.CPU, Aim.COST).ratios == (2.0, 2.5, 2.0)


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        (0.49, Verdict.FAIL),
        (0.5, Verdict.BELOW_AMBITION),
        (0.79, Verdict.BELOW_AMBITION),
        (0.8, Verdict.PASS),
        (1.2, Verdict.PASS),
    ],
)
def test_of_speed_more_is_better(ratio: float, verdict: Verdict) -> None:
    assert goal().judge(ratio) is verdict


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        (2.11, Verdict.FAIL),
        (2.1, Verdict.BELOW_AMBITION),
        (1.76, Verdict.BELOW_AMBITION),
        (1.75, Verdict.PASS),
        (0.9, Verdict.PASS),
    ],
)
def test_of_cost_less_is_better(ratio: float, verdict: Verdict) -> None:
    assert goal(aim=Aim.COST, floor=2.1, ambition=1.75).judge(ratio) is verdict


async def test_one_bad_round_decides_nothing() -> None:
    rounds = await interleave([Fake("ours", 1, 1, 1, 99, 1, 1).case, Fake("base", 1).case], 5)

    result = conclude(goal(), rounds)

    assert result.verdict is Verdict.PASS
    assert result.spreads[Figure.CPU].lowest == pytest.approx(1 / 99)


async def test_only_figures_that_both_were_measured_in_are_compared() -> None:
    async def with_memory() -> Sample:
        return {Figure.CPU: 2.0, Figure.MEMORY: 1024}

    rounds = await interleave([Case("ours", with_memory), Fake("base", 1.0).case], 3)

    assert set(conclude(goal(), rounds).spreads) == {Figure.CPU}


def test_quick_takes_fewer_rounds_and_everything_is_taken_down() -> None:
    closed: list[str] = []

    quick, slow = (list(run([benchmark("one", 1.0, closed=closed)], quick=quick)) for quick in (True, False))

    assert len(quick[0][0].spreads[Figure.CPU].ratios) == QUICK_ROUNDS
    assert len(slow[0][0].spreads[Figure.CPU].ratios) == 7
    assert closed == ["one", "one"]


def test_exit_code_is_1_only_beyond_a_floor() -> None:
    below_ambition, failed = (next(run([benchmark("one", ours)], quick=True)) for ours in (1.5, 3.0))

    assert below_ambition[0].verdict is Verdict.BELOW_AMBITION
    assert exit_code(below_ambition) == 0
    assert exit_code([*below_ambition, *failed]) == 1


def test_a_case_that_did_not_do_its_work_ends_the_run() -> None:
    async def cheat() -> Sample:
        raise AssertionError("3 of 5 messages")

    @asynccontextmanager
    async def prepare() -> AsyncIterator[Sequence[Case]]:
        yield [Case("ours", cheat)]

    with pytest.raises(AssertionError, match="3 of 5"):
        list(run([Benchmark("cheat", prepare, (), rounds=7)]))


def test_command_line_shows_a_table_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figures.json"

    code = main(["--quick", "--json", str(path)], [benchmark("good", 1.0), benchmark("bad", 4.0)])

    assert code == 1
    shown = capsys.readouterr().out
    assert "1.00 [1.00 - 1.00]" in shown
    assert "≥ 0.5" in shown
    assert "FAIL" in shown
    told = json.loads(path.read_text())
    good, bad = told["results"]
    assert (good["verdict"], bad["verdict"]) == ("pass", "FAIL")
    assert bad["ratios"]["CPU"] == {"median": 0.25, "lowest": 0.25, "highest": 0.25, "rounds": [0.25] * QUICK_ROUNDS}
    assert (bad["gate"], bad["aim"], bad["floor"], bad["ambition"]) == ("CPU", "speed", 0.5, 0.8)
    assert (bad["case_costs"]["CPU"], bad["base_costs"]["CPU"]) == (4.0, 1.0)
    assert told["machine"]["cores"] >= 1
    assert told["versions"]["discord-py"]


def test_only_runs_what_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--only", "good"], [benchmark("good", 1.0), benchmark("bad", 4.0)]) == 0
    assert "FAIL" not in capsys.readouterr().out

    with pytest.raises(SystemExit, match="2"):
        main(["--only", "unheard-of"], [benchmark("good", 1.0)])


def test_every_benchmark_has_enough_rounds_and_an_ambition_beyond_its_floor() -> None:
    for one in BENCHMARKS:
        assert one.rounds >= 7
        for comparison in one.comparisons:
            assert comparison.judge(comparison.ambition) is Verdict.PASS
            assert comparison.judge(comparison.floor) is Verdict.BELOW_AMBITION
