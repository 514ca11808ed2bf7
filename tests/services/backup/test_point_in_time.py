"""The guide's way back to the second before a mistake, run as it stands there."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest

from guildbase.testing.postgresql import NoServer, PostgresProcess
from tests.waiting import until

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "backups.md"
ROWS = 20_000


def blocks(language: str) -> list[str]:
    """Return the guide's code under its last heading."""
    section = GUIDE.read_text().partition("## Back to the second before")[2]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def settings_of_the_guide(archive: Path) -> dict[str, str]:
    lines = (line.partition(" = ") for line in blocks("ini")[0].splitlines())
    return {name: value.strip("'").replace("/var/lib/guildbase/wal", str(archive)) for name, _, value in lines}


@pytest.fixture
def server() -> Iterator[PostgresProcess]:
    """A server with the guide's settings; its log goes to a folder beside its data."""
    try:
        made = PostgresProcess({"fsync": "off", "autovacuum": "off"})
    except NoServer as reason:
        pytest.skip(f"no PostgreSQL: {reason}")
    made.halt()
    archive = made.folder / "wal"
    run_as_server(made, f"mkdir {archive}")
    made._settings |= settings_of_the_guide(archive)
    made.start()
    yield made
    made.stop()


def run_as_server(server: PostgresProcess, script: str, **variables: str) -> None:
    """Run a block of the guide."""
    common: dict[str, Any] = server._common()
    connection = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres"}
    path = f"{server.programs}:{os.defpath}"
    environment = {**common.pop("env"), **connection, **variables, "PATH": path}
    done = subprocess.run(["/bin/bash", "-ec", script], env=environment, capture_output=True, text=True, **common)
    assert done.returncode == 0, done.stderr


def verify(base: Path) -> int:
    """Compare every file of a base backup with its manifest, as pg_verifybackup does; return how many there are."""
    files = json.loads((base / "backup_manifest").read_bytes())["Files"]
    for file in files:
        content = (base / file["Path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file["Checksum"], file["Path"]
    return len(files)


def without_broken_program(server: PostgresProcess, script: str) -> str:
    """Leave out pg_verifybackup where it cannot even tell its version, as the one of the wheel with PostgreSQL 18.4."""
    try:
        server.run("pg_verifybackup", "--version")
    except RuntimeError:
        return re.sub(r"^pg_verifybackup .*\n", "", script, flags=re.MULTILINE)
    return script


async def execute(server: PostgresProcess, statement: str) -> Any:
    connection = await asyncpg.connect(server.url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_deleted_rows_come_back_and_the_deletion_does_not(server: PostgresProcess) -> None:
    base, restored, archive = (server.folder / name for name in ("base", "restored", "wal"))
    make_base, go_back = blocks("sh")
    make_base = without_broken_program(server, make_base)
    await execute(server, "CREATE TABLE note AS SELECT n, md5(n::text) AS words FROM generate_series(1, 10000) n")
    await asyncio.to_thread(run_as_server, server, make_base, BASE=str(base))
    assert verify(base) > 500
    # What was written after the base backup is in the log alone.
    await execute(server, "INSERT INTO note SELECT n, md5(n::text) FROM generate_series(10001, 20000) n")
    fingerprint = "SELECT md5(string_agg(words, ',' ORDER BY n)) FROM note"
    before = await execute(server, fingerprint)
    moment = await execute(server, "SELECT clock_timestamp()::text")
    await execute(server, "DELETE FROM note")
    variables = {"BASE": str(base), "RESTORED": str(restored), "ARCHIVE": str(archive), "MOMENT": moment}
    last = await execute(server, "SELECT pg_walfile_name(pg_current_wal_lsn())")
    await asyncio.to_thread(run_as_server, server, go_back, **variables)
    await until((archive / last).exists, timeout=30)
    server.halt()
    begun = time.monotonic()
    # Not in a thread, with whose end the server would end.
    again = PostgresProcess({"fsync": "off"}, data=restored)

    async def has_recovered() -> bool:
        return await execute(again, "SELECT pg_is_in_recovery()") is False

    try:
        await until(has_recovered, timeout=30)
        assert await execute(again, "SELECT count(*) FROM note") == ROWS
        assert await execute(again, fingerprint) == before
        assert time.monotonic() - begun < 30
    finally:
        again.stop()
    server.start()
    assert await execute(server, "SELECT count(*) FROM note") == 0
