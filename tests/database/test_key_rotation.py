"""Rotation: every value ends under the new key, at any moment all of them can be read, and nobody's write is lost."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import LargeBinary, column, delete, insert, select, table, text, type_coerce, update

from guildbase.core.crypto import Keyring
from guildbase.database.encryption import Secret, equals, sealed_rows
from guildbase.database.manager import DatabaseManager
from guildbase.database.upkeep import key_rotation
from guildbase.database.upkeep.key_rotation import BATCH, KeyUse, check_values, key_uses, rotate
from tests.database.vault import KEYS, Locker, Vault, VaultBase, opened

TABLES = list(VaultBase.metadata.sorted_tables)
NEW = {9: b"9" * 32}
ROWS = BATCH * 2 + 7


def nothing(_column: str, _count: int) -> None:
    """Show no progress."""


async def fill(manager: DatabaseManager, rows: int = ROWS) -> None:
    """Add rows of one guild, every third without a note."""
    made = [
        {"guild_id": 42, "vault_id": n, "label": "", "word": f"word {n}", "note": f"note {n}" if n % 3 else None}
        for n in range(1, rows + 1)
    ]
    async with manager.transaction() as work:
        await work.session.execute(insert(Vault), list(sealed_rows(Vault, made, manager.keyring)))
        work.session.add(Locker(word=Secret("locked")))


@pytest.fixture
async def old(empty_database_url: str) -> AsyncIterator[DatabaseManager]:
    """A filled database whose process knows the old keys alone."""
    async with opened(empty_database_url, Keyring(KEYS)) as manager:
        await fill(manager)
        yield manager


@pytest.fixture
async def both(old: DatabaseManager, empty_database_url: str) -> AsyncIterator[DatabaseManager]:
    """The same database in a process that has the new key too."""
    manager = DatabaseManager(empty_database_url, keyring=Keyring({**NEW, **KEYS}))
    yield manager
    await manager.close()


async def words(manager: DatabaseManager) -> dict[int, str]:
    async with manager.read_session() as session:
        return {row.vault_id: row.word.get_secret_value() for row in await session.scalars(select(Vault))}


async def values_by_key(manager: DatabaseManager) -> Counter[int]:
    counts: Counter[int] = Counter()
    for use in await key_uses(manager, TABLES):
        counts[use.key_id] += use.values
    return counts


async def test_uses_are_counted_by_column_and_key(old: DatabaseManager) -> None:
    notes = ROWS - ROWS // 3
    assert await key_uses(old, TABLES) == [
        KeyUse("locker.word", 7, 1), KeyUse("vault.note", 7, notes), KeyUse("vault.word", 7, ROWS)
    ]  # fmt: skip


async def test_afterwards_the_new_key_alone_reads_everything(
    old: DatabaseManager, both: DatabaseManager, empty_database_url: str
) -> None:
    before = await words(old)
    seen: Counter[str] = Counter()

    def count(name: str, number: int) -> None:
        seen[name] += number

    outcome = await rotate(both, TABLES, count)
    assert (outcome.values, outcome.unreadable) == (2 * ROWS - ROWS // 3 + 1, 0)
    assert seen == {"vault.word": ROWS, "vault.note": ROWS - ROWS // 3, "locker.word": 1}
    assert set(await values_by_key(both)) == {9}
    alone = DatabaseManager(empty_database_url, keyring=Keyring(NEW))
    assert await words(alone) == before
    assert (await check_values(alone, TABLES, nothing)).values == outcome.values
    async with alone.read_session() as session:
        found = await session.scalars(select(Vault).where(equals(Vault.word, "word 5", alone.keyring)))
        assert [row.vault_id for row in found] == [5]
    await alone.close()
    assert (await rotate(both, TABLES, nothing)).values == 0


async def test_rotation_leaves_the_time_of_the_last_change_alone(old: DatabaseManager, both: DatabaseManager) -> None:
    changed = text("SELECT vault_id, updated_at FROM vault ORDER BY 1")
    async with old.read_session() as session:
        before = (await session.execute(changed)).all()
    await rotate(both, TABLES, nothing)
    async with old.read_session() as session:
        assert (await session.execute(changed)).all() == before


async def test_a_value_written_during_the_rotation_is_not_overwritten(
    old: DatabaseManager, both: DatabaseManager
) -> None:
    # An old process writes between the reading of a batch and its writing, and after its writing too.
    written: dict[int, str] = {}

    async def write() -> None:
        for n in (1, 2, BATCH, BATCH + 1, ROWS, 3):
            async with old.transaction() as work:
                row = await work.session.get(Vault, (42, n))
                assert row is not None
                row.word = Secret(f"changed {n}")
            written[n] = f"changed {n}"
            await asyncio.sleep(0)

    writer = asyncio.create_task(write())
    while not writer.done():
        await rotate(both, TABLES, nothing)
        assert len(await words(both)) == ROWS
    await writer
    await rotate(both, TABLES, nothing)
    after = await words(both)
    assert {n: after[n] for n in written} == written
    assert set(await values_by_key(both)) == {9}


async def test_values_that_cannot_be_read_stay_and_are_named(old: DatabaseManager, both: DatabaseManager) -> None:
    raw = table("vault", column("vault_id"), column("word", LargeBinary))
    async with old.transaction() as work:
        await work.session.execute(update(raw).where(raw.c.vault_id <= 7).values(word=b"\x01\0\0\0\x07" + b"x" * 40))
    for outcome in (await rotate(both, TABLES, nothing), await check_values(both, TABLES, nothing)):
        assert outcome.unreadable == 7
        assert len(outcome.places) == 5
        assert outcome.places[0].startswith("vault.word of guild_id=42, vault_id=1: A value that key 7 encrypted")
    assert (await values_by_key(both))[7] == 7
    async with both.read_session() as session:
        kept = await session.execute(select(type_coerce(Vault.__table__.c.word, LargeBinary)).order_by("vault_id"))
        assert bytes(kept.scalars().first() or b"").endswith(b"x" * 40)


async def test_without_the_old_key_nothing_is_touched(old: DatabaseManager, empty_database_url: str) -> None:
    alone = DatabaseManager(empty_database_url, keyring=Keyring(NEW))
    outcome = await rotate(alone, TABLES, nothing)
    await alone.close()
    assert outcome.values == 0
    assert outcome.unreadable == (await check_values(old, TABLES, nothing)).values
    assert "Key 7 is not among the encryption keys" in outcome.places[0]


async def test_an_empty_table_has_nothing_to_do(old: DatabaseManager, both: DatabaseManager) -> None:
    async with old.transaction() as work:
        await work.session.execute(delete(Vault))
        await work.session.execute(delete(Locker))
    assert (await rotate(both, TABLES, nothing)).values == 0
    assert await key_uses(both, TABLES) == []


KILLED = """
import asyncio, os, signal, sys
from guildbase.core.crypto import Keyring
from guildbase.database.upkeep.key_rotation import rotate
from guildbase.database.manager import DatabaseManager
from tests.database.test_key_rotation import NEW, TABLES
from tests.database.vault import KEYS
batches = 0
def die(column, count):
    global batches
    batches += 1
    if batches == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(rotate(DatabaseManager(sys.argv[1], keyring=Keyring({**NEW, **KEYS})), TABLES, die))
"""


async def test_a_killed_rotation_goes_on_where_it_was(
    old: DatabaseManager, both: DatabaseManager, empty_database_url: str
) -> None:
    before = await words(old)
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, empty_database_url, "3"], check=False
    )
    assert killed.returncode == -9
    done = (await values_by_key(both))[9]
    assert 0 < done < ROWS
    assert await words(both) == before
    outcome = await rotate(both, TABLES, nothing)
    assert outcome.values == 2 * ROWS - ROWS // 3 + 1 - done
    assert await words(both) == before


async def test_rotation_ends_even_if_somebody_writes_with_an_old_key_all_the_time(
    old: DatabaseManager, both: DatabaseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_rotation, "MAX_PASSES", 1)
    assert (await rotate(both, TABLES, nothing)).values == 2 * ROWS - ROWS // 3 + 1
