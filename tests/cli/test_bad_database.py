"""A database that cannot be one is told in one line, and looking at it changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from guildbase.cli import app as cli
from guildbase.core.errors import GuildbaseError
from guildbase.database.connections.process_lock import single_process


def complaint(*arguments: str) -> str:
    ended = CliRunner().invoke(cli.app, arguments)
    assert isinstance(ended.exception, GuildbaseError), ended.exception
    return ended.exception.text


@pytest.mark.parametrize("command", [("db", "current"), ("db", "upgrade")])
def test_regression_a_file_that_is_no_database_is_said_to_be_none(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "notes.db"
    file.write_text("These are notes and no database at all. " * 100)
    monkeypatch.setenv("GUILDBASE_DATABASE_URL", f"sqlite:///{file}")
    assert "file is not a database" in complaint(*command)
    assert file.read_text().startswith("These are notes")


def test_regression_an_option_that_the_driver_does_not_know_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBASE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x?colour=blue")
    told = complaint("db", "current")
    assert "colour" in told
    assert "Remove the option" in told


def test_regression_one_step_back_is_no_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUILDBASE_DATABASE_URL", f"sqlite:///{tmp_path / 'a.db'}")
    runner = CliRunner()
    assert runner.invoke(cli.app, ["db", "upgrade", "0001"]).exit_code == 0
    ended = runner.invoke(cli.app, ["db", "downgrade", "-1", "--yes"])
    assert ended.exit_code == 0, ended.output
    assert "at revision none" in ended.output


def test_regression_looking_makes_no_empty_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "absent.db"
    monkeypatch.setenv("GUILDBASE_DATABASE_URL", f"sqlite:///{file}")
    runner = CliRunner()
    assert "database: none" in runner.invoke(cli.app, ["db", "current"]).output
    assert "guildbase db upgrade" in " ".join(runner.invoke(cli.app, ["doctor"]).output.split())
    assert not file.exists()


def test_regression_a_link_to_the_file_is_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "real.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    with (
        single_process(f"sqlite:///{tmp_path / 'real.db'}"),
        pytest.raises(GuildbaseError, match="already uses"),
        single_process(f"sqlite:///{tmp_path / 'link.db'}"),
    ):
        pass
