"""The PostgreSQL server that all tests of a run share."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import URL, make_url

from guildbase.database.migrate import upgrade
from guildbase.testing.postgresql import START_TIMEOUT, NoServer, PostgresProcess


class TestDatabases:
    """A server with a template database that our own migrations made, once a test run."""

    __test__ = False

    def __init__(self) -> None:
        self._process: PostgresProcess | None = None
        self.admin_url = os.environ.get("TEST_DATABASE_URL", "")
        self.template = f"guildbase_template_{secrets.token_hex(4)}"
        if not self.admin_url:
            self._process = PostgresProcess()
            self.admin_url = self._process.url
        try:
            asyncio.run(administer(self.admin_url, f"CREATE DATABASE {self.template}"))
            upgrade(database_address(self.admin_url, self.template))
        except BaseException as error:
            if self._process is not None:
                self._process.stop()
            if isinstance(error, OSError | asyncpg.PostgresError):
                raise NoServer(f"{make_url(self.admin_url).host} refused: {error}") from error
            raise

    def stop(self) -> None:
        """Remove what was made; a server of our own is removed altogether."""
        if self._process is not None:
            self._process.stop()
        else:
            asyncio.run(administer(self.admin_url, f"DROP DATABASE IF EXISTS {self.template} WITH (FORCE)"))


class OnDemand:
    """Starts the server when the first test of any xdist worker asks for it, and not before.

    Workers come and go, so the server belongs to the controller. It is asked by a file in a folder that
    both know and answers by another one. The thread that starts the server also lives until the end,
    because Linux ends a child with the thread that started it.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="guildbase-tests-"))
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._databases: TestDatabases | None = None

    def serve_workers(self) -> None:
        """Answer the workers of this test run, in the background."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="postgresql-for-workers", daemon=True)
            self._thread.start()

    def start(self) -> tuple[str, str]:
        """Return the server's address and the template's name, starting it at the first call."""
        if self._databases is None:
            self._databases = TestDatabases()
        return self._databases.admin_url, self._databases.template

    def stop(self) -> None:
        """Stop whatever was started."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        if self._databases is not None:
            self._databases.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _serve(self) -> None:
        while not (self.folder / "wanted").exists():
            if self._ended.wait(0.05):
                return
        try:
            answer = self.start()
        except Exception as error:
            _write(self.folder / "answer", {"refused": str(error)})
        else:
            _write(self.folder / "answer", {"started": answer})
        self._ended.wait()


def ask_controller(folder: Path) -> tuple[str, str]:
    """Return what `OnDemand.start` returns, from an xdist worker."""
    (folder / "wanted").touch()
    answer = folder / "answer"
    end = time.monotonic() + START_TIMEOUT + 30
    while not answer.exists():
        if time.monotonic() > end:
            raise NoServer("the controller did not answer")
        time.sleep(0.02)
    said = json.loads(answer.read_text())
    if "refused" in said:
        raise NoServer(said["refused"])
    address, template = said["started"]
    return address, template


def database_address(admin_url: str, database: str) -> str:
    """Return the address of another database on the same server."""
    return make_url(admin_url).set(database=database).render_as_string(hide_password=False)


async def administer(admin_url: str, *statements: str) -> None:
    """Run statements, each outside a transaction, as creating and dropping databases demands."""
    address: URL = make_url(admin_url).set(drivername="postgresql")
    connection = await asyncpg.connect(address.render_as_string(hide_password=False))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write all at once, so that a reader never sees half."""
    half = path.with_suffix(".half")
    half.write_text(json.dumps(content))
    half.rename(path)
