"""Results as a table for people and as JSON for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from rich.table import Table
from rich.text import Text

from benchmarks.harness import Aim, Figure, Spread
from benchmarks.verdicts import Result, Verdict

PACKAGES = ("guildbase", "discord-py", "aiohttp", "sqlalchemy", "sqlmodel", "orjson", "uvloop")
COLOURS = {Verdict.PASS: "green", Verdict.BELOW_AMBITION: "yellow", Verdict.FAIL: "bold red"}


def table(results: Sequence[Result]) -> Table:
    """Return one line a comparison; the figure that the verdict goes by is bold."""
    shown = Table(title="Ratios to the base: median [lowest - highest] of all rounds")
    for heading in ("benchmark", "base", "ratio", "CPU ratio", "floor", "ambition", "verdict"):
        shown.add_column(heading)
    for result in results:
        goal = result.comparison
        sign = "≥" if goal.aim is Aim.SPEED else "≤"
        is_memory = goal.gate is Figure.MEMORY
        shown.add_row(
            goal.name,
            goal.base,
            _cell(result, Figure.MEMORY if is_memory else Figure.WALL),
            Text() if is_memory else _cell(result, Figure.CPU),
            f"{sign} {goal.floor:g}",
            f"{sign} {goal.ambition:g}",
            Text(result.verdict, COLOURS[result.verdict]),
        )
    return shown


def document(results: Sequence[Result]) -> dict[str, Any]:
    """Return everything that was measured, and what is needed to judge it later."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "system": platform.platform(),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0],
        },
        "versions": {name: version(name) for name in PACKAGES},
        "results": [_row(result) for result in results],
    }


def _cell(result: Result, figure: Figure) -> Text:
    found = result.spreads.get(figure)
    if found is None:
        return Text("")
    text = f"{found.median:.2f} [{found.lowest:.2f} - {found.highest:.2f}]"
    return Text(text, "bold" if figure is result.comparison.gate else "")


def _row(result: Result) -> dict[str, Any]:
    goal = result.comparison
    return {
        "name": goal.name,
        "case": goal.case,
        "base": goal.base,
        "aim": goal.aim,
        "gate": goal.gate,
        "floor": goal.floor,
        "ambition": goal.ambition,
        "verdict": result.verdict,
        "ratios": {figure.value: _spread(found) for figure, found in result.spreads.items()},
        "case_costs": {figure.value: cost for figure, cost in result.case_costs.items()},
        "base_costs": {figure.value: cost for figure, cost in result.base_costs.items()},
    }


def _spread(found: Spread) -> dict[str, Any]:
    return {
        "median": found.median,
        "lowest": found.lowest,
        "highest": found.highest,
        "rounds": list(found.ratios),
    }
