"""A full disk refuses writes in clear words, keeps what was acknowledged, and is forgotten once there is space."""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.testing.postgresql import DURABLE, NoServer, PostgresProcess
from tests.database.zoo import Keeper, opened
from tests.factories import new_id
from tests.waiting import until

ONE_CONNECTION = ConnectionOptions(pool_size=1, pool_overflow=0)
ROOM = 5_000_000  # bytes left at the start


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 400 MB in memory, where the server's own user may go too."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    with tempfile.TemporaryDirectory(prefix="guildbase-disk-") as folder:
        Path(folder).chmod(0o755)
        mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "guildbase-test", folder]
        mounted = subprocess.run(mount, check=False, capture_output=True, text=True)
        if mounted.returncode:
            pytest.skip(f"a small disk cannot be mounted: {mounted.stderr.strip()}")
        yield Path(folder)
        subprocess.run(["/bin/umount", "--lazy", folder], check=True)


@pytest.fixture
def cramped_server(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresProcess]:
    """A server whose data lie on the small disk, with little room left."""
    monkeypatch.setenv("TEST_PG_DATA", str(small_disk))
    try:
        server = PostgresProcess({**DURABLE, "max_wal_size": "32MB", "restart_after_crash": "off"})
    except NoServer as reason:
        pytest.skip(f"no PostgreSQL of our own: {reason}")
    yield server
    server.stop()


async def _add_until_refused(zoo: DatabaseManager, stored: list[int]) -> DatabaseUnavailable:
    async def add(work: UnitOfWork) -> int:
        notes = {"secret": secrets.token_hex(50_000)}
        return (await Keeper.create(work.session, keeper_id=new_id(), name="Kim", notes=notes)).keeper_id

    try:
        while True:
            stored.append(await zoo.run(add))
    except DatabaseUnavailable as refused:
        return refused


async def _stored(zoo: DatabaseManager) -> set[int]:
    async with zoo.read_session() as session:
        return set((await session.execute(select(col(Keeper.keeper_id)))).scalars())


async def test_sqlite_on_a_full_disk(empty_sqlite_url: str) -> None:
    async with opened(empty_sqlite_url, ONE_CONNECTION) as zoo:
        acknowledged: list[int] = []
        await _set(zoo, "max_page_count = 1000")
        refused = await _add_until_refused(zoo, acknowledged)
        assert "database or disk is full" in refused.message
        assert "Free some space" in refused.hint
        assert acknowledged
        assert await _stored(zoo) == set(acknowledged)
        await _set(zoo, "max_page_count = 1000000")
        async with zoo.transaction() as work:
            acknowledged.append((await Keeper.create(work.session, keeper_id=new_id(), name="Lee")).keeper_id)
        assert await _stored(zoo) == set(acknowledged)
        async with zoo.read_session() as session:
            assert (await session.execute(text("PRAGMA integrity_check"))).scalar_one() == "ok"


async def _set(zoo: DatabaseManager, pragma: str) -> None:
    async with zoo.statement() as connection:
        await connection.execute(text(f"PRAGMA {pragma}"))


@pytest.fixture
async def cramped(cramped_server: PostgresProcess) -> AsyncIterator[DatabaseManager]:
    async with opened(cramped_server.url) as manager:
        yield manager


async def test_postgresql_on_a_full_disk(
    cramped: DatabaseManager, cramped_server: PostgresProcess, small_disk: Path
) -> None:
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk)
    ballast.write_bytes(b"\0" * (free.f_bavail * free.f_frsize - ROOM))
    acknowledged: list[int] = []
    refused = await _add_until_refused(cramped, acknowledged)
    assert acknowledged
    ballast.unlink()
    assert refused.status == 503

    async def writes_again() -> bool:
        # Without room for its log the server ends itself; whoever watches over it starts it again.
        if cramped_server._running().poll() is not None:
            cramped_server.start()
        try:
            async with cramped.transaction() as work:
                acknowledged.append((await Keeper.create(work.session, keeper_id=new_id(), name="Lee")).keeper_id)
        except DatabaseUnavailable:
            return False
        return True

    await until(writes_again)
    assert await _stored(cramped) >= set(acknowledged)
