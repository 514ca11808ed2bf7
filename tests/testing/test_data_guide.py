"""Every block of the guide on data is run as it stands there, in a project with an installed feature."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from guildbase.cli.demo.servers import PREFIX as DEMO
from guildbase.testing.databases import Databases

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/guides/test-your-data.md"
PLAIN = ("pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made of all blocks, each of which names its file in the first line, with the example installed."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / "features").mkdir()
    for kind, block in _BLOCK.findall(GUIDE.read_text()):
        if kind in ("toml", "python"):
            with (folder / block.partition("\n")[0].removeprefix("# ")).open("a") as file:
                file.write(block)
    site = folder / "site"
    shutil.copytree(ROOT / "examples/guestbook/src/guestbook", site / "guestbook")
    shutil.move(folder / "seeds.py", site / "guestbook" / "seeds.py")
    distribution = site / "guestbook-1.0.dist-info"
    distribution.mkdir()
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: guestbook\nVersion: 1.0\n")
    (distribution / "entry_points.txt").write_text("[guildbase.features]\nguestbook = guestbook:feature\n")
    return folder


def run(project: Path, *command: str, **variables: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(project / "site"), **variables}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_the_tests_of_the_guide_pass_on_both_databases_and_leave_nothing_on_the_server(
    project: Path, guildbase_postgresql: Databases
) -> None:
    ours, others = guildbase_postgresql.run, "SELECT datname FROM pg_database WHERE starts_with(datname, 'guildbase_')"
    told = run(project, *PLAIN, "test_data.py", "-n", "2", TEST_DATABASE_URL=guildbase_postgresql.admin_url)
    written = len(re.findall(r"^async def test_", (project / "test_data.py").read_text(), re.MULTILINE))
    assert f"{2 * written - 1} passed" in told.splitlines()[-1], told  # One of them asks for PostgreSQL alone.
    with psycopg.connect(guildbase_postgresql.admin_url) as connection:
        # Another worker's demo may have a database of its own there just now.
        made = [name for (name,) in connection.execute(others).fetchall() if not name.startswith(DEMO)]
    left = [name for name in made if ours not in name]
    assert left == []


def test_the_seeds_of_the_guide_are_stored(project: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'seeded.db'}"
    run(project, "guildbase", "db", "upgrade", GUILDBASE_DATABASE_URL=url)
    told = run(project, "guildbase", "db", "seed", "--members", "500", "--json", GUILDBASE_DATABASE_URL=url)
    assert json.loads(told)["rows"]["guestbook_entry"] > 100


NOWHERE = {"TEST_PG_BIN": "/nowhere", "TEST_DATABASE_URL": ""}


def test_without_a_server_tests_are_skipped_and_say_why(project: Path) -> None:
    told = run(project, *PLAIN, "-rs", "test_data.py", "-k", "an_entry_is_kept", **NOWHERE, CI="")
    assert "1 passed, 1 skipped" in told
    assert "no PostgreSQL: TEST_PG_BIN: there is no initdb in /nowhere" in told


def test_in_ci_they_fail_and_a_failing_test_shows_the_seed_of_its_rows(project: Path) -> None:
    (project / "test_failing.py").write_text(
        "from guildbase.platform.guilds.models import Guild\n\n"
        "async def test_it(guildbase_make):\n    assert (await guildbase_make(Guild)).guild_id == 0\n"
    )
    told = run(project, *PLAIN, "test_failing.py", **NOWHERE, CI="true")
    assert re.search(r"Made from the seed \d+: Factory\(session, seed=\.\.\.\)", told), told
    assert "PostgreSQL must be tested in CI: TEST_PG_BIN" in told
    assert "1 failed, 1 error" in told
