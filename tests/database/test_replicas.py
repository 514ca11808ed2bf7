"""Reads on streaming replicas: real ones, copied from a running server."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import ProgrammingError

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.connections import replicas
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.manager import DatabaseManager
from guildbase.database.secret import Secret
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.database.upkeep.key_rotation import check_values, key_uses
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.database import DatabaseService
from guildbase.services.encryption_keys import EncryptionKey, noted_keys, require_keys
from guildbase.services.outbox import EffectState, Outbox, OutboxEffect
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub import PubSub
from guildbase.testing.postgresql import DURABLE, PostgresProcess
from tests.database.vault import KEYS, Locker, VaultBase
from tests.database.zoo import Keeper, opened
from tests.factories import new_id
from tests.waiting import until

log = logging.getLogger(__name__)

LAG = 0.3


def _copy(server: PostgresProcess, name: str) -> PostgresProcess:
    """Return a running replica of the server."""
    data = server.folder / name
    address = ("-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres")
    server.run("pg_basebackup", *address, "-D", data, "-R", "--checkpoint=fast", "--no-sync")
    # A replica that looks for its primary seldom would make a long test.
    return PostgresProcess({**DURABLE, "wal_retrieve_retry_interval": "50ms"}, data=data)


@pytest.fixture(scope="module")
def copies(own_server: PostgresProcess) -> Iterator[list[PostgresProcess]]:
    servers = [_copy(own_server, "first"), _copy(own_server, "second")]
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replicas, "BETWEEN_CHECKS", 0.02)


@pytest.fixture
async def zoo(own_server: PostgresProcess, copies: list[PostgresProcess]) -> AsyncIterator[DatabaseManager]:
    urls = tuple(server.url for server in copies)
    async with opened(own_server.url, ConnectionOptions(replica_urls=urls, replica_max_lag=LAG)) as manager:
        await until(lambda: _all_used(manager, copies))
        yield manager


async def _port(zoo: DatabaseManager, *, fresh: bool = False) -> int:
    async with zoo.read_session(fresh=fresh) as session:
        return int((await session.execute(text("SHOW port"))).scalar_one())


async def _all_used(zoo: DatabaseManager, copies: list[PostgresProcess]) -> bool:
    return {await _port(zoo) for _ in range(6)} == {server.port for server in copies}


async def _add(work: UnitOfWork) -> int:
    return (await Keeper.create(work.session, keeper_id=new_id(), name="Kim")).keeper_id


async def test_reads_take_the_replicas_in_turns_and_fresh_ones_the_primary(
    zoo: DatabaseManager, own_server: PostgresProcess, copies: list[PostgresProcess]
) -> None:
    assert Counter([await _port(zoo) for _ in range(10)]) == {server.port: 5 for server in copies}
    key = await zoo.run(_add)
    async with zoo.read_session(fresh=True) as session:
        assert await Keeper.get_by_id(session, key) is not None
    assert await _port(zoo, fresh=True) == own_server.port
    with pytest.raises(RuntimeError, match="A read session stores nothing"):
        async with zoo.read_session() as session:
            await session.execute(insert(Keeper).values(keeper_id=new_id(), name="Lee"))


async def test_a_primary_that_idles_does_not_make_its_replicas_look_late(
    zoo: DatabaseManager, copies: list[PostgresProcess]
) -> None:
    ports = {server.port for server in copies}
    await zoo.run(_add)
    await until(lambda: _all_used(zoo, copies))
    start = asyncio.get_running_loop().time()
    while asyncio.get_running_loop().time() - start < 3 * LAG:
        assert await _port(zoo) in ports
        await asyncio.sleep(0.02)


async def test_a_replica_that_is_too_far_behind_is_left_out_until_it_has_caught_up(
    zoo: DatabaseManager, own_server: PostgresProcess, copies: list[PostgresProcess]
) -> None:
    async def all_on_primary() -> bool:
        return await _port(zoo) == own_server.port

    await _call_on(copies, "pg_wal_replay_pause()")
    await zoo.run(_add)
    await until(all_on_primary)
    lags = (await zoo.health()).replica_lags
    assert all(lag is not None and lag > LAG for lag in lags.values())
    assert all("postgres@127.0.0.1" in address for address in lags)
    async with opened(own_server.url, zoo.options) as newcomer:
        # It never saw them up to date, so it cannot know how far they are behind.
        assert await _port(newcomer) == own_server.port
        assert set((await newcomer.health()).replica_lags.values()) == {None}
    await _call_on(copies, "pg_wal_replay_resume()")
    await until(lambda: _all_used(zoo, copies))
    assert set((await zoo.health()).replica_lags.values()) == {0.0}


async def _call_on(servers: list[PostgresProcess], call: str) -> None:
    for server in servers:
        manager = DatabaseManager(server.url)
        async with manager.statement() as connection:
            await connection.execute(text(f"SELECT {call}"))
        await manager.close()


async def test_regression_a_controller_sees_its_own_writes_unless_it_may_lag(
    own_server: PostgresProcess, zoo: DatabaseManager
) -> None:
    services = BotServices()
    services.add(DatabaseService, zoo)
    controller = BaseController(services)

    async def port(**how: bool) -> int:
        async with controller.reading(**how) as session:
            return int((await session.execute(text("SELECT current_setting('port')::int"))).scalar_one())

    assert await port() == own_server.port
    assert await port(may_lag=True) != own_server.port


async def test_regression_keys_and_values_are_looked_up_where_they_are_written(
    own_server: PostgresProcess, copies: list[PostgresProcess], zoo: DatabaseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = list(VaultBase.metadata.sorted_tables)
    # No check, so the replicas are used although they stand still.
    monkeypatch.setattr(replicas, "BETWEEN_CHECKS", 3600.0)
    zoo.keyring._keys.update(KEYS)
    async with zoo.engine.begin() as connection:
        await connection.run_sync(VaultBase.metadata.create_all)
        await connection.run_sync(EncryptionKey.metadata.tables["encryption_key"].create)
    await _call_on(copies, "pg_wal_replay_pause()")
    try:
        async with zoo.transaction() as work:
            work.session.add(Locker(word=Secret("new")))
        await require_keys(zoo)
        assert list(await noted_keys(zoo)) == zoo.keyring.ids[:1]
        assert [use.values for use in await key_uses(zoo, tables)] == [1]
        assert (await check_values(zoo, tables, lambda _column, _count: None)).values == 1
    finally:
        await _call_on(copies, "pg_wal_replay_resume()")
        async with zoo.engine.begin() as connection:
            await connection.run_sync(VaultBase.metadata.drop_all)
            await connection.execute(text("DROP TABLE encryption_key"))


async def test_regression_a_promised_effect_is_claimed_and_its_end_seen_before_the_replicas_know_of_it(
    copies: list[PostgresProcess], zoo: DatabaseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "BETWEEN_CHECKS", 3600.0)
    outbox, table = Outbox(zoo, PubSub(ProcessIdentity())), OutboxEffect.metadata.tables["outbox_effect"]
    async with zoo.engine.begin() as connection:
        await connection.run_sync(table.create)
    await _call_on(copies, "pg_wal_replay_pause()")
    try:
        async with zoo.transaction() as work:
            effect_id = await outbox.promise(work, "test.kind", {}, guild_id=None)
        [effect] = await outbox.claim("w")
        assert effect.id == effect_id
        assert await outbox.done(effect)
        assert await outbox.outcome(effect_id, timeout=5) is EffectState.DONE
    finally:
        await _call_on(copies, "pg_wal_replay_resume()")
        async with zoo.engine.begin() as connection:
            await connection.run_sync(table.drop)
            await connection.execute(text("DROP TYPE IF EXISTS effect_state"))


async def test_a_replica_that_ended_fails_no_reader_that_begins_later(
    zoo: DatabaseManager,
    own_server: PostgresProcess,
    copies: list[PostgresProcess],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Not even one that begins before the next check.
    monkeypatch.setattr(replicas, "BETWEEN_CHECKS", 3600.0)
    await asyncio.to_thread(copies[0].halt)
    seen = Counter([await _port(zoo) for _ in range(10)])
    assert set(seen) <= {copies[1].port, own_server.port}
    await asyncio.to_thread(copies[1].halt)
    assert [await _port(zoo) for _ in range(4)] == [own_server.port] * 4
    assert set((await zoo.health()).replica_lags.values()) == {None}
    for server in copies:
        server.start()
    monkeypatch.setattr(replicas, "BETWEEN_CHECKS", 0.02)
    await until(lambda: _all_used(zoo, copies))


async def test_a_replica_that_fails_a_reader_is_left_out_until_the_next_check(
    zoo: DatabaseManager, copies: list[PostgresProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "BETWEEN_CHECKS", 3600.0)
    with pytest.raises(DatabaseUnavailable):
        async with zoo.read_session() as session:
            failed = int((await session.execute(text("SHOW port"))).scalar_one())
            ours = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await _call_on(
                [server for server in copies if server.port == failed], f"pg_terminate_backend({ours}, 5000)"
            )
            await session.execute(text("SELECT 1"))
    assert {await _port(zoo) for _ in range(4)} == {server.port for server in copies} - {failed}
    with pytest.raises(ProgrammingError):
        async with zoo.read_session() as session:
            await session.execute(text("SELECT nonsense"))
    assert failed not in {await _port(zoo) for _ in range(4)}


async def test_without_the_primary_replicas_still_answer_and_writes_are_refused(
    zoo: DatabaseManager, own_server: PostgresProcess, copies: list[PostgresProcess]
) -> None:
    own_server.halt()
    try:
        with pytest.raises(DatabaseUnavailable):
            await zoo.run(_add)
        assert {await _port(zoo) for _ in range(4)} == {server.port for server in copies}
        with pytest.raises(DatabaseUnavailable):
            await zoo.ping()
    finally:
        own_server.start()
    await zoo.run(_add)


async def test_after_a_failover_the_process_finds_the_new_primary_and_misses_nothing(
    own_server: PostgresProcess,
) -> None:
    primary = PostgresProcess(DURABLE)
    replica = _copy(primary, "standby")
    hosts = "&".join(f"host=127.0.0.1:{server.port}" for server in (primary, replica))
    acknowledged: list[int] = []
    loop = asyncio.get_running_loop()

    async def write_on(zoo: DatabaseManager) -> None:
        while True:
            try:
                acknowledged.append(await zoo.run(_add))
            except DatabaseUnavailable:
                await asyncio.sleep(0.01)

    async with opened(f"postgresql://postgres@/postgres?{hosts}&target_session_attrs=primary") as zoo:
        # A commit waits for the replica, so what was acknowledged is there too.
        for change in ("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"):
            async with zoo.statement() as connection:
                await connection.execute(text(change))
        async with asyncio.TaskGroup() as group:
            writers = [group.create_task(write_on(zoo)) for _ in range(4)]
            await until(lambda: len(acknowledged) > 50)
            primary.kill()
            killed, before = loop.time(), len(acknowledged)
            replica.run("pg_ctl", "promote", "-D", replica.data)
            await until(lambda: len(acknowledged) > before + 50)
            log.info("writing again %.2f s after the end of the primary", loop.time() - killed)
            for writer in writers:
                writer.cancel()
        async with zoo.read_session() as session:
            stored = set((await session.execute(text("SELECT keeper_id FROM keeper"))).scalars())
        assert set(acknowledged) <= stored
    replica.stop()
    primary.stop()
