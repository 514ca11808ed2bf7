"""`guildbase db seed` fills an empty database, and leaves real guilds alone."""

from __future__ import annotations

import json

from sqlalchemy import create_engine, text

from guildbase.database.connections.address import for_blocking_driver, parse_url
from tests.cli.conftest import Command
from tests.local_features import LocalFeatures

FEW = ("db", "seed", "--guilds", "3", "--members", "50", "--messages", "4000")


def _rows(url: str, table: str) -> int:
    engine = create_engine(for_blocking_driver(parse_url(url)))
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608 - a test's name.
    engine.dispose()
    return int(found)


def test_it_says_what_was_stored(run: Command, database_url: str) -> None:
    done = run(*FEW, database_url=database_url)
    assert done.code == 0, done.err
    assert "member                         50\n" in done.out
    assert "rows in" in done.out
    assert _rows(database_url, "member") == 50
    assert _rows(database_url, "guild") == 3


def test_programs_get_json(run: Command, database_url: str) -> None:
    told = json.loads(run(*FEW, "--json", database_url=database_url).out)
    assert told["rows"]["member"] == 50
    assert told["rows"]["moderation_case"] == _rows(database_url, "moderation_case")
    assert told["rows_per_second"] > 0


def test_guilds_that_are_there_are_not_mixed_up_with_made_up_ones(run: Command, database_url: str) -> None:
    assert run(*FEW, database_url=database_url).code == 0
    again = run(*FEW, database_url=database_url)
    assert (again.code, "Use another --seed" in again.complaint) == (1, True)
    other = run(*FEW, "--seed", "2", database_url=database_url)
    assert (other.code, "which may be real ones" in other.complaint) == (1, True)
    assert _rows(database_url, "guild") == 3
    assert run(*FEW, "--seed", "2", "--force", database_url=database_url).code == 0
    assert _rows(database_url, "guild") == 6


def test_production_is_refused(run: Command, sqlite_url: str) -> None:
    production = {"environment": "production", "api_key": "a-key-of-our-own", "database_url": sqlite_url}
    done = run(*FEW, **production)
    assert (done.code, "This is production" in done.complaint) == (1, True)
    assert _rows(sqlite_url, "guild") == 0
    assert run(*FEW, "--force", **production).code == 0


def test_a_database_without_tables_says_what_to_run(run: Command, empty_database_url: str) -> None:
    done = run(*FEW, database_url=empty_database_url)
    assert (done.code, "guildbase db upgrade" in done.complaint) == (1, True)


def test_a_feature_that_fails_leaves_nothing_behind(run: Command, database_url: str, features: LocalFeatures) -> None:
    broken = "def seed(world):\n    raise GuildbaseError('The seeds are rotten.')\n    yield\n"
    features.write("rotten", "requires=('moderation',)", seeds=broken)
    done = run(*FEW, database_url=database_url, features_dir=str(features.folder))
    assert (done.code, "The seeds are rotten" in done.complaint) == (1, True)
    assert _rows(database_url, "guild") == 0
    assert _rows(database_url, "moderation_case") == 0
