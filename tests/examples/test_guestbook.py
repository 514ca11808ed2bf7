"""The example with a table works as strangers use it: from a local folder, and installed as a package."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from guildbase.database.schema.revision import head

EXAMPLE = Path(__file__).parents[2] / "examples" / "guestbook"


@dataclass(frozen=True)
class Way:
    """One way to give the feature to `guildbase`."""

    folder: Path
    url: str
    variables: dict[str, str]

    def run(self, *arguments: str, with_feature: bool = True, code: int = 0) -> str:
        """Run a command of `guildbase` to its end and return what it printed."""
        settings = {"GUILDBASE_DATABASE_URL": self.url, **(self.variables if with_feature else {})}
        done = subprocess.run(
            [sys.executable, "-m", "guildbase", *arguments],
            cwd=self.folder, env={**os.environ, **settings}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(params=["local", "installed"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Way:
    """Both ways, each on another database; each command is a process, which takes its time."""
    kind = "sqlite" if request.param == "local" else "postgresql"
    url = request.getfixturevalue(f"empty_{kind}_url")
    ignored = shutil.ignore_patterns("__pycache__")
    if request.param == "local":
        shutil.copytree(EXAMPLE / "src" / "guestbook", tmp_path / "features" / "guestbook", ignore=ignored)
        return Way(tmp_path, url, {"GUILDBASE_FEATURES_DIR": str(tmp_path / "features")})
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(command, cwd=EXAMPLE, check=True, capture_output=True)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:  # A wheel of plain Python is installed by unpacking it.
        archive.extractall(tmp_path / "site-packages")
    return Way(tmp_path, url, {"PYTHONPATH": str(tmp_path / "site-packages")})


def test_its_table_comes_and_goes_and_outlives_its_package(way: Way) -> None:
    assert f"The database is at revision {head()}, guestbook_0001." in way.run("db", "upgrade")
    assert way.run("db", "check") == "The database is what the models say.\n"
    assert "guestbook: guestbook_0001, newest guestbook_0001" in way.run("db", "current")

    gone = way.run("db", "current", "--json", with_feature=False)
    assert {"feature": "guestbook", "database": "guestbook_0001", "newest": None} in json.loads(gone)
    assert way.run("db", "check", with_feature=False) == "The database is what the models say.\n"
    assert way.run("db", "downgrade", "guestbook@base", "--yes").endswith(f"at revision {head()}.\n")
    assert "table guestbook_entry is missing" in way.run("db", "check", code=1)


def test_its_own_tests_pass(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "guestbook", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path / "guestbook", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_the_next_revision_is_written_by_the_authors_own_project(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "guestbook", ignore=shutil.ignore_patterns("__pycache__"))
    source = tmp_path / "guestbook" / "src"
    models = source / "guestbook" / "models.py"
    models.write_text(
        models.read_text() + '    place: str = text_field(max_length=40, default="", privacy=NOT_PERSONAL)\n'
    )
    way = Way(tmp_path, f"sqlite:///{tmp_path / 'bot.db'}", {"GUILDBASE_FEATURES_DIR": str(source)})
    way.run("db", "upgrade")
    said = way.run("db", "revision", "-m", "where from", "--feature", "guestbook")
    written = source / "guestbook" / "migrations" / "guestbook_0002_where_from.py"
    assert f"Written: {written}" in said
    assert "Try it on PostgreSQL too" in said
    assert 'down_revision: str | None = "guestbook_0001"' in written.read_text()  # Double quotes: it was formatted.
    assert "place" in written.read_text()
