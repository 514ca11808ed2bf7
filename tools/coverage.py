"""Runs all tests with branch coverage and holds it to its floors, as CI does.

SlipCover measures, since it puts its probes into the code and takes them out again once they were hit. A tracer, which
is called for every line, doubled what the tests of the core cost.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BUSINESS = ("*/controller.py", "*/controller/*", "*/rules.py", "*/rules/*")
QUIET = (
    *("-W", "ignore:Module already imported so cannot be rewritten; slipcover"),
    # The branches of files that pytest rewrites, which are the tests.
    *("-W", "ignore:Unable to activate pytest branch coverage"),
)
MOST_PLACES = 20
"""Places of a file that are named; it has many only if its tests did not run."""
MEASURING = Path(__file__).parent / "measuring"
MEMORY = Path("/dev/shm")  # noqa: S108 - What is put there is in a folder of its own.
ENOUGH = 4 << 30
"""Bytes that must be free in memory before PostgreSQL's files are put there."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A share of branches and lines, in percent, that the tests of some files must reach."""

    name: str
    percent: int
    include: tuple[str, ...]


FLOORS = (
    Floor("everything", 90, ("src/guildbase/*",)),
    Floor(
        "database, services, controllers and rules",
        100,
        ("src/guildbase/database/*", "src/guildbase/services/*", *BUSINESS),
    ),
)


def main() -> int:
    """Return 0 if the tests pass and every floor is reached."""
    with tempfile.TemporaryDirectory() as folder:
        measured = Path(folder) / "coverage.json"
        tests = _run(measured)
        if not measured.exists():
            print("Nothing was measured.")
            return tests or 1
        files: dict[str, Any] = json.loads(measured.read_text())["files"]
    missed = [floor for floor in FLOORS if not _is_reached(floor, files)]
    return tests or int(bool(missed))


def _run(out: Path) -> int:
    slipcover = ("slipcover", "--branch", "--json", "--out", str(out), "--source", "src/guildbase", "-m")
    # Beside the tests so many processes wait for each other that a third worker still finds time. A fourth does not.
    tests = ("pytest", *QUIET, "-p", "plain_imports", "-n", "3", *sys.argv[1:])
    environment = _in_memory() | os.environ | {"PYTHONPATH": str(MEASURING)}
    return subprocess.run([sys.executable, "-m", *slipcover, *tests], cwd=ROOT, env=environment, check=False).returncode


def _in_memory() -> dict[str, str]:
    """Return where PostgreSQL copies its hundreds of files for a test in half the time, if there is such a place."""
    has_room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH
    return {"TEST_PG_DATA": str(MEMORY)} if has_room else {}


def _is_reached(floor: Floor, files: dict[str, Any]) -> bool:
    held = {name: it for name, it in files.items() if any(fnmatch(name, pattern) for pattern in floor.include)}
    hit = sum(it["summary"][f"covered_{kind}"] for it in held.values() for kind in ("lines", "branches"))
    missed = sum(it["summary"][f"missing_{kind}"] for it in held.values() for kind in ("lines", "branches"))
    percent = 100 * hit / (hit + missed) if hit + missed else 0.0
    is_reached = percent >= floor.percent
    print(f"\nCoverage of {floor.name}: {percent:.2f} % ({missed} missed), the floor is {floor.percent} %.")
    for line in _misses(held) if not is_reached else ():
        print(line)
    return is_reached


def _misses(files: dict[str, Any]) -> Iterator[str]:
    for name, it in sorted(files.items()):
        places = [str(line) for line in it["missing_lines"]]
        places += [f"{start}->{end or 'exit'}" for start, end in it["missing_branches"]]
        if places:
            more = " ..." if len(places) > MOST_PLACES else ""
            yield f"  {name}: {', '.join(places[:MOST_PLACES])}{more}"


if __name__ == "__main__":
    sys.exit(main())
