"""The command line explains itself, and does so at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

import guildbase
from tests.cli.conftest import Command

COMMANDS = (
    "demo",
    "up",
    "bot",
    "api",
    "sim",
    "doctor",
    "db",
    "privacy",
    "backup",
    "keys",
    "due",
    "outbox",
    "dashboard",
)


def test_help_lists_every_command(run: Command) -> None:
    done = run("--help")
    assert (done.code, done.err) == (0, "")
    assert all(f" {name} " in done.out for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Command, command: str) -> None:
    done = run(command, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"guildbase {command}" in done.out


@pytest.mark.parametrize(
    "arguments", [(), *((name,) for name in ("db", "privacy", "backup", "keys", "due", "outbox", "dashboard"))]
)
def test_without_a_command_the_help_is_shown(run: Command, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert "Usage: " in done.out + done.err
    assert "Traceback" not in done.err


def test_the_version_is_the_packages(run: Command) -> None:
    assert run("--version").out == f"{guildbase.__version__}\n"


def test_help_loads_none_of_the_heavy_libraries() -> None:
    """A command line that takes a second to say how it is used is not used."""
    script = (
        "import sys; from guildbase.cli import app\n"
        "heavy = {'discord', 'sqlalchemy', 'fastapi', 'alembic', 'aiohttp', 'cryptography', 'rich', 'redis'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
