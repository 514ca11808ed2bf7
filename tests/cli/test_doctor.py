"""`guildbase doctor` finds what is wrong and says how to mend it."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from guildbase.cli.doctor import STACK
from guildbase.simulator import Simulator
from guildbase.simulator.world.entities import ApplicationFlag
from guildbase.testing.valkey import ValkeyProcess
from tests.cli.conftest import Command, discord_settings
from tests.local_features import LocalFeatures

CHECKS = [
    "versions",
    "settings",
    "features",
    "database",
    "migrations",
    "redis",
    "keys",
    "backups",
    "token",
    "sign-in",
    "api port",
    "health port",
]


def findings(run: Command, code: int, **variables: str) -> dict[str, dict[str, Any]]:
    """Return what doctor finds, by check."""
    done = run("doctor", "--json", **variables)
    assert (done.code, done.err) == (code, ""), done.err
    return {found["check"]: found for found in json.loads(done.out)}


def wrong(found: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, finding in found.items() if not finding["is_ok"]]


def test_when_all_is_well(run: Command, sqlite_url: str, far_side: Simulator) -> None:
    found = findings(run, 0, database_url=sqlite_url, **discord_settings(far_side))
    assert list(found) == CHECKS
    assert wrong(found) == []
    assert found["token"]["found"] == "Guildbase: text and slash commands, 1000 starts left today"
    assert "moderation" in found["features"]["found"]
    assert " answers in " in found["database"]["found"]
    assert all(name in found["versions"]["found"] for name in STACK)


def test_a_replica_that_cannot_be_read_is_told(run: Command, postgresql_url: str, far_side: Simulator) -> None:
    # The server itself follows nobody, so it is no replica.
    replicas = {"database_replica_urls": json.dumps([postgresql_url])}
    found = findings(run, 0, database_url=postgresql_url, **replicas, **discord_settings(far_side))
    assert found["database"]["found"].endswith(" is unusable")


def test_a_process_without_redis_is_well(run: Command, sqlite_url: str, far_side: Simulator) -> None:
    found = findings(run, 0, database_url=sqlite_url, **discord_settings(far_side))
    assert found["redis"]["found"] == "not used; several processes need one"


def test_a_redis_that_answers_is_told_with_its_version(
    run: Command, sqlite_url: str, far_side: Simulator, guildbase_redis_url: str
) -> None:
    found = findings(run, 0, database_url=sqlite_url, redis_url=guildbase_redis_url, **discord_settings(far_side))
    assert re.fullmatch(r"(valkey|redis) \d+\.\d+\.\d+ answers in \d+ ms", found["redis"]["found"])


@pytest.mark.parametrize("port", ["1", "wrong"])
def test_a_redis_that_cannot_be_used_is_told_without_its_password(
    run: Command, sqlite_url: str, far_side: Simulator, port: str
) -> None:
    url = f"redis://:very-secret@127.0.0.1:{port}/0"
    found = findings(run, 1, database_url=sqlite_url, redis_url=url, **discord_settings(far_side))
    assert wrong(found) == ["redis"]
    assert "GUILDBASE_REDIS_URL" in found["redis"]["found"] + found["redis"]["mend"]
    assert "very-secret" not in json.dumps(found)


def test_a_redis_that_asks_for_a_password_is_told(run: Command, sqlite_url: str, far_side: Simulator) -> None:
    server = ValkeyProcess("--requirepass", "right")
    try:
        variables = {"database_url": sqlite_url, **discord_settings(far_side)}
        for url in (server.url, server.url.replace("//", "//:guessed@")):
            found = findings(run, 1, redis_url=url, **variables)
            assert wrong(found) == ["redis"]
            assert "guessed" not in json.dumps(found)
        assert wrong(findings(run, 0, redis_url=server.url.replace("//", "//:right@"), **variables)) == []
    finally:
        server.stop()


def test_a_redis_that_will_refuse_writes_is_told(run: Command, sqlite_url: str, far_side: Simulator) -> None:
    server = ValkeyProcess("--maxmemory", "50mb", "--maxmemory-policy", "noeviction")
    try:
        found = findings(run, 1, database_url=sqlite_url, redis_url=server.url, **discord_settings(far_side))
        assert "allkeys-lru" in found["redis"]["mend"]
    finally:
        server.stop()


def test_for_people_it_is_a_table(run: Command, sqlite_url: str, far_side: Simulator) -> None:
    done = run("doctor", database_url=sqlite_url, **discord_settings(far_side))
    assert done.code == 0
    assert "Guildbase doctor" in done.out
    assert done.out.count(" ok ") == len(CHECKS)
    assert "wrong" not in done.out


@pytest.fixture
def url_without_tables(empty_sqlite_url: str) -> str:
    """A database file that is there, but that nothing has been migrated into."""
    Path(empty_sqlite_url.removeprefix("sqlite:///")).touch()
    return empty_sqlite_url


def test_a_wrong_thing_in_the_table_has_its_remedy(run: Command, url_without_tables: str, far_side: Simulator) -> None:
    done = run("doctor", database_url=url_without_tables, **discord_settings(far_side))
    assert done.code == 1
    assert done.out.count(" wrong ") == 1
    assert "guildbase db" in done.out


def test_settings_that_are_malformed_end_the_examination(run: Command) -> None:
    found = findings(run, 1, api_port="eighty")
    assert list(found) == ["versions", "settings"]
    assert "GUILDBASE_API_PORT" in found["settings"]["found"]
    assert ".env" in found["settings"]["mend"]


def test_a_database_file_that_is_not_there_is_not_made(
    run: Command, empty_sqlite_url: str, far_side: Simulator
) -> None:
    found = findings(run, 1, database_url=empty_sqlite_url, **discord_settings(far_side))
    assert wrong(found) == ["database", "migrations"]
    assert found["database"]["mend"] == "Run: guildbase db upgrade"
    assert not Path(empty_sqlite_url.removeprefix("sqlite:///")).exists()


def test_a_database_behind_on_migrations(run: Command, url_without_tables: str, far_side: Simulator) -> None:
    found = findings(run, 1, database_url=url_without_tables, **discord_settings(far_side))
    assert wrong(found) == ["migrations"]
    assert found["migrations"]["mend"] == "Run: guildbase db upgrade"


def test_a_database_that_is_not_there(run: Command, far_side: Simulator) -> None:
    found = findings(run, 1, database_url="postgresql://u:hunter2@127.0.0.1:9/x", **discord_settings(far_side))
    assert wrong(found) == ["database", "migrations"]
    assert "GUILDBASE_DATABASE_URL" in found["database"]["mend"]
    assert "hunter2" not in json.dumps(found)


def test_a_missing_token(run: Command, sqlite_url: str) -> None:
    found = findings(run, 1, database_url=sqlite_url)
    assert wrong(found) == ["token"]
    assert "GUILDBASE_DISCORD_TOKEN" in found["token"]["mend"]


def test_logins_in_clear_text_are_no_production(run: Command, sqlite_url: str) -> None:
    own = {"environment": "production", "api_key": "a-key-of-our-own", "public_url": "http://bot.example.com"}
    oauth = {"oauth_client_id": "1573944712912437919", "oauth_client_secret": "secret"}
    found = findings(run, 1, database_url=sqlite_url, **own, **oauth)
    assert not found["sign-in"]["is_ok"]
    assert "GUILDBASE_PUBLIC_URL" in found["sign-in"]["mend"]


def test_a_wrong_token(run: Command, sqlite_url: str, far_side: Simulator) -> None:
    settings = discord_settings(far_side) | {"discord_token": "wrong"}
    found = findings(run, 1, database_url=sqlite_url, **settings)
    assert wrong(found) == ["token"]
    assert found["token"]["found"] == "Discord refuses the token."


def test_an_unreachable_discord(run: Command, sqlite_url: str) -> None:
    found = findings(run, 1, database_url=sqlite_url, discord_token="x", discord_api_url="http://127.0.0.1:9")
    assert wrong(found) == ["token"]
    assert "network" in found["token"]["mend"]


def test_text_commands_without_the_intent_are_pointed_out(run: Command, sqlite_url: str, far_side: Simulator) -> None:
    far_side.world.application.flags = ApplicationFlag(0)
    found = findings(run, 0, database_url=sqlite_url, **discord_settings(far_side))
    assert "slash commands (no Message Content intent)" in found["token"]["found"]


def test_a_broken_feature(run: Command, sqlite_url: str, far_side: Simulator, features: LocalFeatures) -> None:
    (features.write("torn") / "__init__.py").write_text("raise RuntimeError('torn [apart]')\n")
    settings = {"database_url": sqlite_url, "features_dir": str(features.folder), **discord_settings(far_side)}
    done = run("doctor", "--json", **settings)
    assert done.code == 1
    found = {finding["check"]: finding for finding in json.loads(done.out)}
    assert wrong(found) == ["features"]
    assert "guildbase_local.torn: RuntimeError: torn [apart]" in found["features"]["found"]
    assert run("doctor").code == 1


@pytest.mark.parametrize("which", ["api", "health"])
def test_a_taken_port(run: Command, sqlite_url: str, far_side: Simulator, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        settings = {"database_url": sqlite_url, f"{which}_port": port, **discord_settings(far_side)}
        found = findings(run, 1, **settings)
    assert wrong(found) == [f"{which} port"]
    assert f"GUILDBASE_{which.upper()}_PORT" in found[f"{which} port"]["mend"]
