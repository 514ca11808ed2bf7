from __future__ import annotations

import json
import sqlite3

from tests.cli.conftest import Command

GONE = 1 << 60


def _plant(url: str) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as file:  # Foreign keys are off, unless they are asked for.
        file.execute("INSERT INTO guild_counter (guild_id, kind, value) VALUES (?, 'case', 3)", (GONE,))
    file.close()


def test_a_sound_database_is_told_so(run: Command, database_url: str) -> None:
    done = run("db", "orphans", database_url=database_url)
    assert (done.code, done.out) == (0, "No row is an orphan.\n")
    done = run("db", "orphans", "--json", database_url=database_url)
    assert json.loads(done.out) == {"found": [], "deleted": {}}


def test_orphans_are_told_and_deleted_only_on_request(run: Command, sqlite_url: str) -> None:
    _plant(sqlite_url)
    for _ in range(2):
        done = run("db", "orphans", database_url=sqlite_url)
        assert done.code == 0
        assert f"guild_counter: 1 rows, the guild is gone (such as {GONE}/case)" in done.out
        assert "Nothing was changed" in done.out
    done = run("db", "orphans", "--delete", database_url=sqlite_url)
    assert "Deleted 1 of guild_counter." in done.out
    assert run("db", "orphans", database_url=sqlite_url).out == "No row is an orphan.\n"


def test_regression_programs_get_json_with_ids_as_text(run: Command, sqlite_url: str) -> None:
    _plant(sqlite_url)
    told = json.loads(run("db", "orphans", "--delete", "--json", database_url=sqlite_url).out)
    example = {"table": "guild_counter", "missing": "guild", "count": 1, "examples": [[str(GONE), "case"]]}
    assert told == {"found": [example], "deleted": {"guild_counter": 1}}
