"""`guildbase db upgrade|check|history|revision`: what they say, what they keep, and how they end."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from guildbase.database.schema import revision
from guildbase.database.schema.migrate import downgrade, head
from tests.cli.conftest import Command


def _copies(url: str) -> list[Path]:
    file = Path(url.removeprefix("sqlite:///"))
    return sorted(file.parent.glob(f"{file.name}.*.copy"))


def test_an_upgrade_keeps_a_copy_of_the_file_from_before(run: Command, sqlite_url: str) -> None:
    downgrade(sqlite_url, "-1")
    done = run("db", "upgrade", database_url=sqlite_url)
    assert done.code == 0
    [copy] = _copies(sqlite_url)
    assert f"A copy of the database from before is in {copy}" in done.out
    assert f".{revision.known()[-2]}." in copy.name
    shutil.copyfile(copy, sqlite_url.removeprefix("sqlite:///"))
    assert run("db", "current", database_url=sqlite_url).out.startswith(f"database: {revision.known()[-2]}\n")
    assert run("db", "upgrade", "--no-backup", database_url=sqlite_url).code == 0
    assert run("db", "upgrade", database_url=sqlite_url).code == 0  # Nothing to do, so nothing to copy.
    assert _copies(sqlite_url) == [copy]


def test_a_database_of_a_newer_version_is_neither_upgraded_nor_copied(run: Command, sqlite_url: str) -> None:
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    done = run("db", "upgrade", database_url=sqlite_url)
    assert done.code == 1
    assert "revision 9999, which this version does not know" in done.complaint
    assert _copies(sqlite_url) == []


def test_the_statements_are_printed_and_nothing_is_done(run: Command, empty_database_url: str) -> None:
    # SQLite must see its rows to change labels, which 0019 is the first to do.
    end = "0018" if empty_database_url.startswith("sqlite") else "heads"
    done = run("db", "upgrade", "--sql", end, database_url=empty_database_url)
    assert done.code == 0
    assert "CREATE TABLE guild " in done.out
    assert run("db", "current", database_url=empty_database_url).out == f"database: none\nnewest:   {head()}\n"


def test_statements_that_must_see_the_rows_are_refused_and_none_is_printed(run: Command, empty_sqlite_url: str) -> None:
    done = run("db", "upgrade", "--sql", database_url=empty_sqlite_url)
    assert (done.code, done.out) == (1, "")
    assert "this change must see the database" in done.complaint
    assert "without --sql" in done.complaint
    assert not Path(empty_sqlite_url.removeprefix("sqlite:///")).exists()


def test_the_check_is_clean_and_then_names_what_somebody_changed(run: Command, sqlite_url: str) -> None:
    assert run("db", "check", database_url=sqlite_url).out == "The database is what the models say.\n"
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as database:
        database.execute("ALTER TABLE guild ADD COLUMN surplus INTEGER")
        database.commit()
    done = run("db", "check", database_url=sqlite_url)
    assert done.code == 1
    assert "- column guild.surplus is in no model\n" in done.out
    done = run("db", "check", "--json", database_url=sqlite_url)
    assert (done.code, json.loads(done.out)) == (1, {"differences": ["column guild.surplus is in no model"]})


def test_the_check_does_not_make_a_file(run: Command, empty_sqlite_url: str) -> None:
    done = run("db", "check", database_url=empty_sqlite_url)
    assert done.code == 1
    assert "there is no file" in done.out
    assert not Path(empty_sqlite_url.removeprefix("sqlite:///")).exists()


def test_the_history_marks_what_the_database_has(run: Command, sqlite_url: str) -> None:
    downgrade(sqlite_url, "-1")
    lines = run("db", "history", database_url=sqlite_url).out.splitlines()
    assert [line[0] for line in lines] == ["x"] * (len(lines) - 1) + [" "]
    assert lines[0] == "x 0001  The first tables"
    steps = json.loads(run("db", "history", "--json", database_url=sqlite_url).out)
    assert [step["revision"] for step in steps] == revision.known()
    assert steps[0] == {"feature": "", "revision": "0001", "message": "The first tables", "is_applied": True}
    told = json.loads(run("db", "current", "--json", database_url=sqlite_url).out)
    assert told == [{"feature": "", "database": revision.known()[-2], "newest": head()}]


def test_a_revision_of_ours_is_not_written_against_sqlite(run: Command, sqlite_url: str) -> None:
    done = run("db", "revision", "-m", "too soon", database_url=sqlite_url)
    assert done.code == 1
    assert "written against PostgreSQL" in done.complaint


def test_a_revision_is_written_and_told(
    run: Command, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "versions"
    shutil.copytree(revision.OUR_FOLDER, folder, ignore=shutil.ignore_patterns("__*"))
    monkeypatch.setattr(revision, "OUR_FOLDER", folder)
    done = run("db", "revision", "-m", "By hand", "--empty", database_url=postgresql_url)
    assert done.code == 0
    assert f"Written: {folder}/" in done.out.replace("\n", "")
    assert next(folder.glob("*_by_hand.py")).read_text().startswith('"""By hand.')
