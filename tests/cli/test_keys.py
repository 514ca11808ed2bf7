"""`guildbase keys` from the first key to the removal of an old one, and a bot that will not start with a wrong one."""

from __future__ import annotations

import asyncio
import json

import pytest
from sqlalchemy import text

from guildbase.core.crypto import Keyring, parse_keys
from guildbase.database.manager import DatabaseManager
from guildbase.services.encryption_keys import noted_keys, require_keys
from tests.cli.conftest import Command
from tests.cli.strongroom import GUILD, fill_strongroom, write_strongroom
from tests.local_features import LocalFeatures

OLD = f"1:{'A' * 43}="
NEW = f"2:{'B' * 42}A="
WRONG = f"1:{'C' * 42}A="


async def note_keys(database_url: str, keys: str) -> None:
    """Start as a process with these keys does."""
    manager = DatabaseManager(database_url, keyring=Keyring(parse_keys(keys)))
    await require_keys(manager)
    await manager.close()


def test_a_new_key_is_one_line_with_the_next_number(run: Command) -> None:
    first = run("keys", "new")
    assert first.code == 0
    assert list(parse_keys(first.out)) == [1]
    assert first.out.count("\n") == 1
    assert "GUILDBASE_ENCRYPTION_KEYS" in first.err
    second = run("keys", "new", encryption_keys=f"7:{'A' * 43}=,1:{'B' * 42}A=")
    assert list(parse_keys(second.out)) == [8]
    assert "rotate" in second.err
    assert list(parse_keys(run("keys", "new", "--number", "3").out)) == [3]
    taken = run("keys", "new", "--number", "7")
    assert (taken.code, taken.out) == (1, "")
    assert "There is a key 7 already" in taken.complaint


def test_a_malformed_key_is_one_line_and_never_shown(run: Command, sqlite_url: str) -> None:
    done = run("keys", "list", database_url=sqlite_url, encryption_keys="1:c2hvcnQ=")
    assert done.code == 2
    assert "GUILDBASE_ENCRYPTION_KEYS: key 1 has 5 bytes instead of 32" in done.complaint
    assert "c2hvcnQ" not in done.complaint


def test_without_keys_the_commands_say_what_to_do(run: Command, sqlite_url: str) -> None:
    assert "guildbase keys new" in run("keys", "list", database_url=sqlite_url).out
    done = run("keys", "rotate")
    assert done.code == 2
    assert "There is no key to encrypt with. Run `guildbase keys new`" in done.complaint
    assert run("keys", "check").out == "Values that can be read: 0.\n"


def test_a_database_that_is_behind_says_so(run: Command, empty_sqlite_url: str) -> None:
    done = run("keys", "list", database_url=empty_sqlite_url)
    assert done.code == 1
    assert "guildbase db upgrade" in done.complaint


async def test_a_key_is_replaced_from_beginning_to_end(
    run_process: Command, database_url: str, features: LocalFeatures
) -> None:
    settings = {"database_url": database_url, "features_dir": write_strongroom(features)}

    async def keys(*arguments: str, code: int = 0, **more: str) -> object:
        done = await asyncio.to_thread(run_process, "keys", *arguments, "--json", **settings, **more)
        assert done.code == code, done.err
        return json.loads(done.out)

    await fill_strongroom(database_url, OLD)
    await note_keys(database_url, OLD)
    assert await keys("list", encryption_keys=f"{NEW},{OLD}") == [
        {"key": 2, "state": "encrypts", "values": 0, "columns": {}, "backups": 0},
        {"key": 1, "state": "decrypts", "values": 5, "columns": {"vault.word": 5}, "backups": 0},
    ]
    assert await keys("rotate", encryption_keys=f"{NEW},{OLD}") == {
        "key": 2, "values": 5, "unreadable": 0, "places": [], "left": 0, "unused": [1]
    }  # fmt: skip
    assert await keys("check", encryption_keys=NEW) == {"values": 5, "unreadable": 0, "places": []}
    manager = DatabaseManager(database_url)
    assert list(await noted_keys(manager)) == [2]
    await manager.close()


async def test_regression_a_lost_key_that_encrypts_nothing_can_be_forgotten(
    run_process: Command, database_url: str, features: LocalFeatures
) -> None:
    settings = {"database_url": database_url, "features_dir": write_strongroom(features)}
    await fill_strongroom(database_url, OLD, rows=0)
    await note_keys(database_url, OLD)
    done = await asyncio.to_thread(run_process, "keys", "rotate", encryption_keys="", **settings)
    assert (done.code, "There is no key to encrypt with." in done.complaint) == (2, True)
    manager = DatabaseManager(database_url)
    assert list(await noted_keys(manager)) == [1]
    done = await asyncio.to_thread(run_process, "keys", "rotate", encryption_keys=NEW, **settings)
    assert done.out == "Values encrypted anew with key 2: 0. With older keys still: 0.\n"
    assert list(await noted_keys(manager)) == [2]
    await manager.close()
    await fill_strongroom(database_url, NEW)
    done = await asyncio.to_thread(run_process, "keys", "rotate", encryption_keys=f"3:{'D' * 42}A=", **settings)
    assert (done.code, "encrypted with key 2, which is not in" in done.complaint) == (2, True)


async def test_values_that_cannot_be_read_end_in_one_line_and_stay(
    run_process: Command, sqlite_url: str, features: LocalFeatures
) -> None:
    settings = {"database_url": sqlite_url, "features_dir": write_strongroom(features)}
    await fill_strongroom(sqlite_url, OLD)
    for command in ("check", "rotate"):
        done = await asyncio.to_thread(run_process, "keys", command, encryption_keys=NEW, **settings)
        assert done.code == 1
        assert f"vault.word of guild_id={GUILD}, vault_id=1: Key 1 is not among the encryption keys." in done.complaint
        assert "Put the missing key back" in done.complaint
    done = await asyncio.to_thread(run_process, "keys", "list", encryption_keys=NEW, **settings)
    assert done.out == "key 2: encrypts, unused\nkey 1: missing, 5 values, 0 backups\n"
    done = await asyncio.to_thread(run_process, "keys", "rotate", encryption_keys=f"{NEW},{OLD}", **settings)
    assert done.out == "Values encrypted anew with key 2: 5. With older keys still: 0.\n"


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        (WRONG, "Key 1 in GUILDBASE_ENCRYPTION_KEYS is not the key 1 that this database was encrypted with"),
        (NEW, "encrypted with key 1, which is not in GUILDBASE_ENCRYPTION_KEYS"),
        ("", "encrypted with key 1, which is not in GUILDBASE_ENCRYPTION_KEYS"),
    ],
    ids=["wrong", "other", "none"],
)
def test_nothing_starts_with_a_wrong_or_missing_key(run: Command, database_url: str, keys: str, complaint: str) -> None:
    asyncio.run(note_keys(database_url, OLD))
    for command in (("api",), ("keys", "check")):
        done = run(*command, database_url=database_url, encryption_keys=keys)
        assert done.code == 2
        assert complaint in done.complaint


async def test_the_keys_are_noted_once_and_a_second_process_may_be_quicker(database: DatabaseManager) -> None:
    url = database.url.render_as_string(hide_password=False)
    await note_keys(url, OLD)
    before = await noted_keys(database)
    await asyncio.gather(*(note_keys(url, f"{NEW},{OLD}") for _ in range(3)))
    after = await noted_keys(database)
    assert list(after) == [1, 2]
    assert after[1] == before[1]
    async with database.read_session() as session:
        assert (await session.execute(text("SELECT count(*) FROM encryption_key"))).scalar_one() == 2
