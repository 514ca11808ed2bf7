"""A PgBouncer in transaction mode, in front of a server of our own."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from guildbase.testing.postgresql import PostgresProcess

CONFIGURATION = """
[databases]
postgres = host=127.0.0.1 port={server_port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
"""


class PgBouncer:
    """Ends with `stop`; its clients share three connections to the server."""

    def __init__(self, program: str, server: PostgresProcess) -> None:
        with tempfile.TemporaryDirectory(prefix="guildbase-pgbouncer-") as folder:
            Path(folder).chmod(0o755)
            self.port = _free_port()
            file = Path(folder) / "pgbouncer.ini"
            file.write_text(CONFIGURATION.format(server_port=server.port, port=self.port))
            self._process = subprocess.Popen([program, "--quiet", file], **_identity())
            self._wait_until_ready()

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + 20
        while True:
            assert self._process.poll() is None
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                assert time.monotonic() < end
                time.sleep(0.02)
            else:
                return


def _identity() -> dict[str, Any]:
    """PgBouncer refuses root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
