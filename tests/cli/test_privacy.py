"""`guildbase privacy` says what it will do, asks before it erases, and tells programs in JSON."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from guildbase.cli.services import LONG, with_services
from guildbase.core.ports import SYSTEM
from guildbase.core.settings import load_settings
from guildbase.database.connections.process_lock import single_process
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.users.models import User
from guildbase.services.container import BotServices
from guildbase.testing.factories import Factory
from tests.cli.conftest import Command
from tests.cli.strongroom import write_strongroom
from tests.factories import new_id
from tests.local_features import LocalFeatures


@pytest.fixture
async def person_id(database_url: str) -> int:
    """A person with a case and a row of their own."""
    database, person = DatabaseManager(database_url), new_id()
    async with database.transaction(SYSTEM) as work:
        make = Factory(work.session).make
        await make(User, user_id=person)
        await make(ModerationCase, target_id=person, reason="Spam")
    await database.close()
    return person


def test_an_export_is_written_where_it_is_told(run: Command, database_url: str, person_id: int) -> None:
    done = run("privacy", "export", "--user", str(person_id), database_url=database_url)
    assert (done.code, done.out) == (0, f"export-user-{person_id}.zip: 2 rows from 2 tables.\n")
    with zipfile.ZipFile(f"export-user-{person_id}.zip") as archive:
        assert "json/moderation_case.json" in archive.namelist()
    done = run(
        "privacy", "export", "--user", str(person_id), "--output", "mine.zip", "--json", database_url=database_url
    )
    said = json.loads(done.out)
    assert (said["file"], said["tables"]["discord_user"]) == ("mine.zip", 1)
    done = run("privacy", "export", "--guild", str(new_id()), "--output", "none.zip", database_url=database_url)
    assert "nothing is kept" in done.out


def test_a_dry_run_counts_and_no_means_no(
    run: Command, database_url: str, person_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = ("--user", str(person_id))
    done = run("privacy", "erase", *user, "--dry-run", database_url=database_url)
    assert done.code == 0
    assert "1  discord_user: deleted" in done.out
    said = json.loads(run("privacy", "erase", *user, "--dry-run", "--json", database_url=database_url).out)
    assert said["moderation_case: pseudonymised by target_id"] == 1
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    done = run("privacy", "erase", *user, database_url=database_url)
    assert done.code == 1
    assert f"Erase the user {person_id} for good?" in done.out
    assert json.loads(run("privacy", "erase", *user, "--dry-run", "--json", database_url=database_url).out) == said
    assert run("privacy", "erasures", database_url=database_url).out == ""


def test_an_erasure_is_done_listed_and_remembered(
    run: Command, database_url: str, person_id: int, tmp_path: Path
) -> None:
    settings = {"database_url": database_url, "erasure_list_file": str(tmp_path / "list")}
    done = run("privacy", "erase", "--user", str(person_id), "--yes", **settings)
    assert done.code == 0, done.err
    assert "is finished" in done.out
    assert "1  discord_user: deleted" in done.out
    assert str(person_id) not in done.out
    assert (tmp_path / "list").exists()
    [listed] = json.loads(run("privacy", "erasures", "--json", **settings).out)
    assert listed["finished_at"]
    assert "finished" in run("privacy", "erasures", **settings).out
    assert "Nothing is kept" in run("privacy", "erase", "--user", str(person_id), "--dry-run", **settings).out
    assert "Erased again: 0." in run("privacy", "reapply", **settings).out
    assert json.loads(run("privacy", "reapply", "--json", **settings).out) == {"erased_again": 0}
    assert run("privacy", "erase", "--resume", **settings).out == "No erasure was open.\n"


def test_what_was_cut_off_is_shown_and_resumed(run: Command, database_url: str, person_id: int, tmp_path: Path) -> None:
    missing = {"database_url": database_url, "erasure_list_file": str(tmp_path / "missing" / "list")}
    done = run("privacy", "erase", "--user", str(person_id), "--yes", **missing)
    assert done.code == 2
    assert "list of erasures" in done.complaint
    assert "open" in run("privacy", "erasures", **missing).out
    assert "--resume" in run("privacy", "erasures", **missing).out
    (tmp_path / "missing").mkdir()
    [done_now] = json.loads(run("privacy", "erase", "--resume", "--json", **missing).out)
    assert done_now["rows"]["discord_user: deleted"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--user", "1128754567890123457", "--guild", "1128754567890123457"),
        ("--user", "5"),
        ("--resume", "--user", "5"),
    ],
)
def test_a_wrong_question_is_told_and_changes_nothing(
    run: Command, sqlite_url: str, arguments: tuple[str, ...]
) -> None:
    done = run("privacy", "erase", "--yes", *arguments, database_url=sqlite_url)
    assert done.code == 1
    assert done.complaint
    assert run("privacy", "erasures", database_url=sqlite_url).out == ""


def test_a_file_that_is_not_there_is_not_made(run: Command, tmp_path: Path) -> None:
    done = run("privacy", "erasures", database_url=f"sqlite:///{tmp_path}/none.db")
    assert done.code == 1
    assert "There is no file" in done.complaint
    assert not (tmp_path / "none.db").exists()


def test_nothing_is_erased_from_a_file_that_the_bot_uses(run: Command, sqlite_url: str) -> None:
    with single_process(sqlite_url):
        done = run("privacy", "erase", "--user", str(new_id()), "--yes", database_url=sqlite_url)
        assert done.code == 1
        assert "already uses" in done.complaint
        assert run("privacy", "erasures", database_url=sqlite_url).code == 0


def test_regression_tables_of_a_feature_that_are_not_there_yet_are_told(
    run_process: Command, sqlite_url: str, features: LocalFeatures
) -> None:
    features_dir = write_strongroom(features)
    migrations = features.folder / "strongroom" / "migrations"
    migrations.mkdir()
    (migrations / "strongroom_0001_vault.py").write_text("")
    done = run_process("privacy", "export", "--user", "1128754567890123457", database_url=sqlite_url,
                       features_dir=features_dir)  # fmt: skip
    assert done.code == 1
    assert "feature strongroom needs strongroom_0001. Run: guildbase db upgrade" in done.complaint


def test_regression_a_long_statement_of_a_command_is_not_cut_off(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUILDBASE_DATABASE_URL", database_url)

    async def statement_timeout(services: BotServices) -> float:
        return services.get(DatabaseManager).options.statement_timeout

    assert with_services(statement_timeout) == load_settings().database_statement_timeout
    assert with_services(statement_timeout, is_long=True) == LONG


def test_the_statement_tells_of_every_table(run: Command, sqlite_url: str) -> None:
    done = run("privacy", "statement", database_url=sqlite_url)
    assert done.code == 0
    assert done.out.startswith("# What is kept about people\n")
    for told in ("## `moderation_case`", "`target_id`: a person's id", "`command_sync`", "`audit_retention_days`"):
        assert told in done.out
