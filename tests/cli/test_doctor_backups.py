"""What `guildbase doctor` says of keys and backups."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from guildbase.core import clock
from guildbase.core.crypto import Keyring
from guildbase.database.manager import DatabaseManager
from guildbase.services.encryption_keys import noted_keys, require_keys
from tests.cli.conftest import Command
from tests.services.backup.conftest import KEYS


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> dict[str, str]:
    return {"database_url": sqlite_url, "backup_dir": str(tmp_path / "backups"), "encryption_keys": KEYS}


def finding(run: Command, check: str, **settings: str) -> dict[str, Any]:
    found = json.loads(run("doctor", "--json", **settings).out)
    return next(entry for entry in found if entry["check"] == check)


def test_the_keys_are_counted_and_not_shown(run: Command, settings: dict[str, str]) -> None:
    found = finding(run, "keys", **settings)
    assert (found["is_ok"], found["found"]) == (True, "key 2 encrypts, 2 in all")
    assert "guildbase keys new" in finding(run, "keys", encryption_keys="")["found"]


def test_a_wrong_key_is_found_and_nothing_is_written(run: Command, settings: dict[str, str]) -> None:
    manager = DatabaseManager(settings["database_url"], keyring=Keyring({2: b"x" * 32}))
    asyncio.run(require_keys(manager))
    before = asyncio.run(noted_keys(manager))
    found = finding(run, "keys", **settings)
    assert not found["is_ok"]
    assert "Key 2 in GUILDBASE_ENCRYPTION_KEYS is not the key 2" in found["found"]
    assert "right one" in found["mend"]
    assert asyncio.run(noted_keys(manager)) == before
    asyncio.run(manager.close())


def test_the_age_of_backup_and_drill_counts_in_production(
    run: Command, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = finding(run, "backups", **settings)
    assert (found["is_ok"], found["found"]) == (True, "newest backup: none, last good drill: none")
    production = {"environment": "production", "api_key": "our-own-secret"}
    found = finding(run, "backups", **production)
    assert not found["is_ok"]
    assert "guildbase backup drill" in found["mend"]
    run("backup", "create")
    assert not finding(run, "backups")["is_ok"]
    run("backup", "drill")
    found = finding(run, "backups")
    assert found["is_ok"]
    assert found["found"].count("ago") == 2
    monkeypatch.setattr(clock, "ahead", timedelta(days=8))
    found = finding(run, "backups")
    assert (found["is_ok"], "8 d" in found["found"]) == (False, True)
