"""Runs all tests with branch coverage and holds it to its floors, as CI does."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Floor:
    """A share of branches and lines, in percent, that the tests of some files must reach."""

    name: str
    percent: int
    include: str


FLOORS = (
    Floor("everything", 90, "src/guildbase/*"),
    Floor(
        "database, services, controllers and rules",
        100,
        "src/guildbase/database/*,src/guildbase/services/*,*/controller.py,*/rules.py",
    ),
)


def main() -> int:
    """Return 0 if the tests pass and every floor is reached."""
    _coverage("erase")
    tests = _coverage("run", "-m", "pytest", "-n", "2", *sys.argv[1:])
    _coverage("combine", "--quiet")
    missed = [
        floor
        for floor in FLOORS
        if _coverage("report", f"--fail-under={floor.percent}", f"--include={floor.include}") != 0
    ]
    for floor in missed:
        print(f"Coverage of {floor.name} is under {floor.percent} %.")
    return tests or int(bool(missed))


def _coverage(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
