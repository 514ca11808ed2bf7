"""A database knows the keys that it was encrypted with, until they are forgotten."""

from __future__ import annotations

import pytest

from guildbase.core.crypto import Keyring, MissingKey
from guildbase.database.manager import DatabaseManager
from guildbase.services.encryption_keys import forget_keys, noted_keys, require_keys, verify_keys

OLD, NEW = {1: b"1" * 32}, {2: b"2" * 32}


async def test_a_key_that_was_forgotten_may_be_missing(database_url: str) -> None:
    for keys in (OLD, NEW | OLD):
        process = DatabaseManager(database_url, keyring=Keyring(keys))
        await require_keys(process)
        await process.close()
    alone = DatabaseManager(database_url, keyring=Keyring(NEW))
    with pytest.raises(MissingKey, match="encrypted with key 1"):
        await verify_keys(alone)
    await forget_keys(alone, {1})
    assert await verify_keys(alone) == list(await noted_keys(alone)) == [2]
    await alone.close()
