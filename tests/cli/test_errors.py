"""Whatever an operator gets wrong is one clear line that says what to do, with an exit code that is not 0."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from guildbase.cli import app
from guildbase.core.errors import ConfigurationError, DatabaseUnavailable
from guildbase.database.connections.process_lock import single_process
from guildbase.simulator import Simulator
from guildbase.simulator.world.entities import ApplicationFlag
from tests.cli.conftest import Command, discord_settings
from tests.local_features import LocalFeatures


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("command", ["bot", "up"])
def test_a_missing_token(run: Command, sqlite_url: str, command: str) -> None:
    done = run(command, database_url=sqlite_url)
    assert done.code == 2
    assert done.complaint.startswith("No Discord token is set. Put GUILDBASE_DISCORD_TOKEN into .env")
    assert "guildbase demo" in done.complaint


@pytest.mark.parametrize("command", ["bot", "up"])
def test_a_wrong_token(run: Command, sqlite_url: str, far_side: Simulator, command: str) -> None:
    settings = discord_settings(far_side) | {"discord_token": "MTIz.not-the-token"}
    done = run(command, database_url=sqlite_url, **settings)
    assert done.code == 2
    assert done.complaint.startswith("Discord refuses the token.")
    assert "not-the-token" not in done.err


def test_an_unreachable_discord(run: Command, sqlite_url: str) -> None:
    done = run("bot", database_url=sqlite_url, discord_token="x", discord_api_url="http://127.0.0.1:9")
    assert done.code == 1
    assert done.complaint.startswith("Discord does not answer at http://127.0.0.1:9/applications/@me")


@pytest.mark.parametrize("command", ["api", "up"])
def test_a_taken_port_of_the_api(
    run: Command, sqlite_url: str, far_side: Simulator, taken_port: int, command: str
) -> None:
    done = run(command, database_url=sqlite_url, api_port=str(taken_port), **discord_settings(far_side))
    assert done.code == 2
    assert done.complaint.startswith(f"The API cannot listen on 127.0.0.1:{taken_port}: ")
    assert "GUILDBASE_API_PORT" in done.complaint


@pytest.mark.parametrize("command", ["bot", "up"])
def test_a_taken_port_of_the_health_server(
    run: Command, sqlite_url: str, far_side: Simulator, taken_port: int, command: str
) -> None:
    done = run(command, database_url=sqlite_url, health_port=str(taken_port), **discord_settings(far_side))
    assert done.code == 2
    assert done.complaint.startswith(f"The health server cannot listen on 127.0.0.1:{taken_port}: ")
    assert "GUILDBASE_HEALTH_PORT" in done.complaint


def test_a_taken_port_of_the_simulator(run: Command, taken_port: int) -> None:
    done = run("sim", "--port", str(taken_port))
    assert done.code == 2
    assert done.complaint.startswith(f"The simulator: port {taken_port} is taken")


@pytest.mark.parametrize("command", [("bot",), ("api",), ("up",), ("db", "upgrade"), ("db", "current")])
def test_a_database_server_that_is_not_there(run: Command, command: tuple[str, ...]) -> None:
    done = run(*command, database_url="postgresql://guildbase:hunter2@127.0.0.1:9/guildbase", discord_token="x")
    assert done.code == 1
    assert done.complaint.startswith("The database postgresql+asyncpg://guildbase:***@127.0.0.1:9/guildbase cannot")
    assert "GUILDBASE_DATABASE_URL" in done.complaint
    assert "hunter2" not in done.err


@pytest.mark.parametrize("command", ["bot", "api", "up"])
def test_a_database_without_tables(run: Command, empty_sqlite_url: str, command: str) -> None:
    done = run(command, database_url=empty_sqlite_url, discord_token="x")
    assert done.code == 1
    assert done.complaint.startswith("The database is at revision none, this version needs ")
    assert done.complaint.endswith("Run: guildbase db upgrade")


@pytest.mark.parametrize("command", [("api",), ("db", "upgrade")])
def test_a_database_in_a_folder_that_is_not_there(run: Command, command: tuple[str, ...]) -> None:
    done = run(*command, database_url="sqlite:////nowhere/at/all.db")
    assert done.code == 1
    assert "/nowhere/at/all.db" in done.complaint


@pytest.mark.parametrize(
    "command", [("bot",), ("api",), ("up",), ("db", "upgrade"), ("db", "downgrade", "base", "--yes")]
)
def test_a_second_process_on_one_sqlite_file(run: Command, sqlite_url: str, command: tuple[str, ...]) -> None:
    with single_process(sqlite_url):
        done = run(*command, database_url=sqlite_url, discord_token="x")
    assert done.code == 1
    assert "already uses" in done.complaint
    assert "PostgreSQL" in done.complaint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_port", "eighty"),
        ("health_port", "70000"),
        ("shard_count", "0"),
        ("owner_ids", "12, 13"),
        ("log_level", "LOUD"),
        ("environment", "staging"),
        ("database_url", "mysql://localhost/guildbase"),
        ("default_prefix", ""),
    ],
)
@pytest.mark.parametrize("command", ["up", "db"])
def test_a_malformed_setting_is_named_and_not_shown(run: Command, name: str, value: str, command: str) -> None:
    done = run(*(["db", "current"] if command == "db" else [command]), **{name: value})
    assert done.code == 2
    assert f"GUILDBASE_{name.upper()}" in done.complaint
    assert "mysql://localhost" not in done.err


def test_all_malformed_settings_are_named_at_once(run: Command) -> None:
    done = run("up", api_port="eighty", log_level="LOUD")
    assert "GUILDBASE_API_PORT" in done.complaint
    assert "GUILDBASE_LOG_LEVEL" in done.complaint


def test_a_default_key_in_production(run: Command, sqlite_url: str) -> None:
    done = run("api", database_url=sqlite_url, environment="production")
    assert done.code == 2
    assert "GUILDBASE_API_KEY must be your own secret in production" in done.complaint


@pytest.mark.parametrize("url", ["sqlite:///:memory:", "sqlite://", "postgresql://host:port/name"])
def test_a_database_url_that_cannot_work(run: Command, url: str) -> None:
    done = run("api", database_url=url)
    assert done.code == 2
    assert done.complaint


def test_a_features_folder_that_is_not_there(run: Command, sqlite_url: str) -> None:
    done = run("api", database_url=sqlite_url, features_dir="nowhere")
    assert done.code == 2
    assert done.complaint.startswith("GUILDBASE_FEATURES_DIR: nowhere is not a folder.")


def test_an_intent_that_a_feature_needs_and_discord_refuses(
    run: Command, sqlite_url: str, far_side: Simulator, features: LocalFeatures
) -> None:
    far_side.world.application.flags = ApplicationFlag(0)
    features.write("welcome", intents=("members",))
    settings = {"database_url": sqlite_url, "features_dir": str(features.folder), "log_level": "ERROR"}
    done = run("bot", **settings, **discord_settings(far_side))
    assert done.code == 2
    assert "privileged intents members" in done.complaint


@pytest.mark.parametrize(
    "arguments", [("fly",), ("sim", "--port", "70000"), ("sim", "--guilds", "0"), ("db", "sidegrade")]
)
def test_a_mistyped_command_is_explained(run: Command, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "Usage: " in done.err


def test_with_debug_the_traceback_is_shown(run_process: Command, run: Command, sqlite_url: str) -> None:
    done = run_process("--debug", "bot", database_url=sqlite_url)
    assert done.code == 1
    assert "Traceback" in done.err
    assert "ConfigurationError: No Discord token is set." in done.err


def test_without_debug_the_same_process_says_one_line(run_process: Command, sqlite_url: str) -> None:
    done = run_process("bot", database_url=sqlite_url)
    assert (done.code, done.out) == (2, "")
    assert done.complaint.startswith("No Discord token is set.")


def test_ctrl_c_ends_quietly(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "app", interrupted)
    done = run()
    assert (done.code, done.out, done.err) == (130, "", "")


def test_an_error_is_configuration_or_not_by_its_exit_code(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, code in ((ConfigurationError("Wrong."), 2), (DatabaseUnavailable("Away."), 1)):

        def failing(error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(app, "app", failing)
        assert run().code == code
