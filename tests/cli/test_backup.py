"""`guildbase backup` as an operator uses it."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from guildbase.core import clock
from guildbase.core.crypto import Keyring
from guildbase.database.manager import DatabaseManager
from guildbase.services.encryption_keys import require_keys
from tests.cli.conftest import Command
from tests.cli.strongroom import GUILD, fill_strongroom, write_strongroom
from tests.local_features import LocalFeatures
from tests.services.backup.conftest import KEYS, programs

pytestmark = pytest.mark.usefixtures("one_drill_at_a_time")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> dict[str, str]:
    """Settings of a migrated database, and a folder for backups."""
    found = {"database_url": database_url, "backup_dir": str(tmp_path / "backups"), "encryption_keys": KEYS}
    return found | {"erasure_list_file": str(tmp_path / "erasures"), "postgresql_programs": str(programs() or "")}


def made(settings: dict[str, str]) -> list[Path]:
    return sorted(Path(settings["backup_dir"]).glob("*.backup"))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-500] ^= 1
    path.write_bytes(content)


def test_from_the_first_backup_to_the_drill(run: Command, settings: dict[str, str]) -> None:
    assert "There is no backup in" in run("backup", "list", **settings).out
    done = run("backup", "create")
    assert (done.code, done.err) == (0, "")
    (path,) = made(settings)
    assert str(path) in done.out
    assert "guildbase backup drill" in done.out
    assert " s old" in run("backup", "list").out
    assert "key 2" in run("backup", "list").out
    assert run("backup", "verify").out.startswith(f"{path.name} is whole: ")
    done = run("backup", "drill", path.name)
    assert (done.code, done.err) == (0, "")
    assert f"{path.name} can be restored" in done.out
    listed = json.loads(run("backup", "list", "--json").out)
    assert [(backup["name"], backup["key"], backup["problem"]) for backup in listed] == [(path.name, 2, None)]
    keys = json.loads(run("keys", "list", "--json").out)
    assert [(key["key"], key["backups"]) for key in keys] == [(2, 1), (1, 0)]


def test_all_of_it_for_programs(run: Command, settings: dict[str, str]) -> None:
    first = json.loads(run("backup", "create", "--json", **settings).out)
    second = json.loads(run("backup", "create", "--json", "--keep", "1").out)
    assert second["removed"] == [first["name"]]
    assert [path.name for path in made(settings)] == [second["name"]]
    verified = json.loads(run("backup", "verify", "--json").out)
    assert (verified["backup"], verified["rows"]) == (second["name"], second["rows"])
    assert len(verified["sha256"]) == 64
    drilled = json.loads(run("backup", "drill", "--json").out)
    assert (drilled["backup"], drilled["rows"]) == (second["name"], second["rows"])
    done = run("backup", "create", "--keep", "1")
    assert f"Removed: {second['name']}" in done.out


def test_a_damaged_backup_is_one_line(run: Command, settings: dict[str, str]) -> None:
    run("backup", "create", **settings)
    flip(made(settings)[0])
    for command in ("verify", "drill"):
        done = run("backup", command)
        assert done.code == 1
        assert "The backup is damaged" in done.complaint
    (Path(settings["backup_dir"]) / "zzz.backup").write_text("Dear reader")
    done = run("backup", "list")
    assert done.out.startswith("zzz.backup")
    assert "unreadable: zzz.backup is no backup of Guildbase." in done.out


def test_without_a_key_one_must_ask_for_a_plain_backup(run: Command, settings: dict[str, str]) -> None:
    done = run("backup", "create", **settings | {"encryption_keys": ""})
    assert done.code == 2
    assert "--plain" in done.complaint
    assert made(settings) == []
    assert run("backup", "create", "--plain").code == 0
    assert "not encrypted" in run("backup", "list").out


def test_a_lost_key_is_one_line(run: Command, settings: dict[str, str]) -> None:
    run("backup", "create", **settings)
    done = run("backup", "verify", encryption_keys="")
    assert done.code == 2
    assert "Key 2 is not among the encryption keys" in done.complaint


async def plant(database_url: str, statement: str) -> None:
    manager = DatabaseManager(database_url)
    async with manager.transaction() as work:
        await work.session.execute(text(statement))
    await manager.close()


async def count(database_url: str, table: str) -> int:
    manager = DatabaseManager(database_url)
    async with manager.read_session() as session:
        found = int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608 - ours.
    await manager.close()
    return found


PERSON = "1128754567890123457"
ADD_PERSON = "INSERT INTO discord_user (user_id) VALUES (1128754567890123457)"


def test_replacing_asks_and_keeps_what_was_there(
    run: Command, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = settings["database_url"]
    run("backup", "create", **settings)
    (first,) = made(settings)
    asyncio.run(plant(url, "INSERT INTO command_sync (application_id, tree_hash) VALUES (11, 'x')"))
    done = run("backup", "restore", first.name)
    assert done.code == 1
    assert "The database is not empty. Restore into an empty one, or say --replace" in done.complaint
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run("backup", "restore", first.name, "--replace").code == 1
    assert asyncio.run(count(url, "command_sync")) == 1
    done = run("backup", "restore", first.name, "--replace", "--yes")
    assert done.code == 0, done.err
    assert asyncio.run(count(url, "command_sync")) == 0
    (saved,) = [path for path in made(settings) if path != first]
    assert f"What was there before is in {saved.name}" in done.out
    facts = json.loads(run("backup", "restore", saved.name, "--replace", "--yes", "--json").out)
    assert facts["backup"] == saved.name
    assert facts["saved"] is not None
    assert asyncio.run(count(url, "command_sync")) == 1


def test_into_an_empty_database(run: Command, settings: dict[str, str], empty_database_url: str) -> None:
    run("backup", "create", **settings)
    done = run("backup", "restore", database_url=empty_database_url)
    assert done.code == 0, done.err
    assert "Encrypted values that can be read: 0. People and guilds erased again: 0." in done.out
    assert run("db", "current").code == 0


async def test_the_drill_decrypts_every_value(
    run_process: Command, settings: dict[str, str], features: LocalFeatures
) -> None:
    settings = settings | {"features_dir": write_strongroom(features)}

    async def drill(**more: str) -> Any:
        return await asyncio.to_thread(run_process, "backup", "drill", "--json", **settings | more)

    await fill_strongroom(settings["database_url"], KEYS)
    await asyncio.to_thread(run_process, "backup", "create", **settings)
    assert json.loads((await drill()).out)["values"] == 5
    await plant(settings["database_url"], "UPDATE vault SET word = (SELECT word FROM vault WHERE vault_id = 1)")
    await asyncio.to_thread(run_process, "backup", "create", **settings)
    done = await drill()
    assert done.code == 1
    assert f"4 encrypted values cannot be read: vault.word of guild_id={GUILD}, vault_id=2" in done.complaint


def test_who_was_erased_since_the_backup_is_erased_again(
    run: Command, settings: dict[str, str], empty_database_url: str
) -> None:
    asyncio.run(plant(settings["database_url"], ADD_PERSON))
    run("backup", "create", **settings)
    erased = run("privacy", "erase", "--user", PERSON, "--yes")
    assert erased.code == 0, erased.err + erased.out
    done = run("backup", "restore", database_url=empty_database_url)
    assert done.code == 0, done.err
    assert "erased again: 1." in done.out
    assert asyncio.run(count(empty_database_url, "discord_user")) == 0


def test_regression_the_erased_are_erased_again_even_if_a_key_of_the_rows_is_lost(
    run: Command, settings: dict[str, str], empty_database_url: str
) -> None:
    async def encrypt_with_a_key_that_will_be_lost() -> None:
        manager = DatabaseManager(settings["database_url"], keyring=Keyring({5: b"5" * 32}))
        await require_keys(manager)
        await manager.close()

    asyncio.run(encrypt_with_a_key_that_will_be_lost())
    asyncio.run(plant(settings["database_url"], ADD_PERSON))
    run("backup", "create", **settings)
    assert run("privacy", "erase", "--user", PERSON, "--yes").code == 0
    done = run("backup", "restore", database_url=empty_database_url)
    assert done.code == 2
    assert "encrypted with key 5" in done.complaint
    assert asyncio.run(count(empty_database_url, "discord_user")) == 0


def test_regression_the_new_backup_is_kept_though_the_clock_was_set_back(
    run: Command, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "ahead", timedelta(days=400))
    from_the_future = json.loads(run("backup", "create", "--json", **settings).out)
    monkeypatch.setattr(clock, "ahead", timedelta(0))
    new = json.loads(run("backup", "create", "--json", "--keep", "1").out)
    assert new["removed"] == [from_the_future["name"]]
    assert [path.name for path in made(settings)] == [new["name"]]


def test_a_restored_sqlite_file_is_one_file_that_works(run: Command, sqlite_url: str, tmp_path: Path) -> None:
    settings = {"database_url": sqlite_url, "backup_dir": str(tmp_path / "backups"), "encryption_keys": KEYS}
    run("backup", "create", **settings)
    target = tmp_path / "new.db"
    assert run("backup", "restore", database_url=f"sqlite:///{target}").code == 0
    with sqlite3.connect(target) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
