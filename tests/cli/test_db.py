"""`guildbase db` brings the schema up and down on both databases, and says where it is."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pytest

from guildbase.database.schema.migrate import head
from tests.cli.conftest import Command


def test_the_way_up_and_down(run: Command, empty_database_url: str) -> None:
    newest = head()
    assert run("db", "current", database_url=empty_database_url).out == f"database: none\nnewest:   {newest}\n"
    done = run("db", "upgrade", database_url=empty_database_url)
    assert (done.code, done.out, done.err) == (0, f"The database is at revision {newest}.\n", "")
    assert run("db", "current", database_url=empty_database_url).out == f"database: {newest}\nnewest:   {newest}\n"
    assert run("db", "upgrade", database_url=empty_database_url).code == 0
    done = run("db", "downgrade", "base", "--yes", database_url=empty_database_url)
    assert (done.code, done.out, done.err) == (0, "The database is at revision none.\n", "")


def test_going_down_asks_first_and_no_means_no(run: Command, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    done = run("db", "downgrade", "base", database_url=sqlite_url)
    assert done.code == 1
    assert "Going back to base drops what later revisions added, with its rows." in done.out
    assert run("db", "current", database_url=sqlite_url).out.startswith(f"database: {head()}")


@pytest.mark.parametrize(
    "command",
    [
        ("db", "downgrade", "base"),
        ("privacy", "erase", "--user", "80351110224678912"),
        ("backup", "restore", "--replace"),
    ],
    ids=" ".join,
)
def test_regression_a_question_that_nobody_can_answer_says_how_to_do_without(
    run: Command, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GUILDBASE_BACKUP_DIR", str(tmp_path / "backups"))
    assert run("backup", "create", "--plain", database_url=sqlite_url).code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO())
    done = run(*command, database_url=sqlite_url)
    assert (done.code, done.complaint) == (1, "Nobody answered, so nothing was done. Say --yes where nobody can.")
    assert run("db", "current", database_url=sqlite_url).out.startswith(f"database: {head()}")


def test_a_revision_that_does_not_exist_changes_nothing(run: Command, sqlite_url: str) -> None:
    for command in (("db", "upgrade", "nosuch"), ("db", "downgrade", "nosuch", "--yes")):
        done = run(*command, database_url=sqlite_url)
        assert done.code == 1
        assert "nosuch" in done.complaint
    assert run("db", "current", database_url=sqlite_url).out.startswith(f"database: {head()}")


def test_a_database_from_a_newer_version_is_not_touched(run: Command, sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    done = run("api", database_url=sqlite_url)
    assert done.code == 1
    assert "revision 9999, which this version does not know" in done.complaint


def test_a_file_that_is_no_database_is_left_as_it_is(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, " * 500)
    for command in (("api",), ("db", "upgrade"), ("db", "current")):
        done = run(*command, database_url=f"sqlite:///{path}")
        assert done.code == 1
        assert str(path) in done.complaint
    assert path.read_text() == "Dear reader, " * 500
