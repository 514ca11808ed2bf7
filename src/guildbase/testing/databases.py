"""Databases for tests on one PostgreSQL server: templates migrated once a run, and clones of them.

The server is the one in TEST_DATABASE_URL, or else one that is started when the first test asks for it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from guildbase.testing.postgresql import START_TIMEOUT, NoServer, PostgresProcess

_UNDECIDED = 50.0  # milliseconds between two looks for the first wish of a worker.


class Databases:
    """The databases of one test run, in all its processes; their names begin alike so that all can be dropped."""

    def __init__(self, admin_url: str, run: str) -> None:
        self.admin_url = admin_url
        self.run = run
        self._prefix = f"guildbase_{run}"

    def template(self, key: str, migrate: Callable[[str], None]) -> str:
        """Return the name of the template for the key; the first process that asks makes it by `migrate(url)`."""
        name = f"{self._prefix}_template_{key}"
        with _connected(self.admin_url) as connection:
            # Two processes that ask at once must not both migrate.
            connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                # One that could not be migrated is still there; the next to ask shall hear the reason too.
                connection.execute(f"DROP DATABASE IF EXISTS {name}_half WITH (FORCE)")
                connection.execute(f"CREATE DATABASE {name}_half")
                migrate(self.address(f"{name}_half"))
                connection.execute(f"ALTER DATABASE {name}_half RENAME TO {name}")
        return name

    def create(self, template: str | None = None) -> str:
        """Make a database, empty or cloned from a template, and return its address."""
        name = f"{self._prefix}_{secrets.token_hex(6)}"
        copied = f" TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
        with _connected(self.admin_url) as connection:
            connection.execute(f"CREATE DATABASE {name}{copied}")
        return self.address(name)

    def drop(self, address: str) -> None:
        """Remove a database and cut its connections."""
        from sqlalchemy import make_url

        with _connected(self.admin_url) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {make_url(address).database} WITH (FORCE)")

    def drop_all(self) -> None:
        """Remove every database of this run."""
        with _connected(self.admin_url) as connection:
            found = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            for (name,) in connection.execute(found, [self._prefix]).fetchall():
                connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def address(self, database: str) -> str:
        """Return the address of a database on this server."""
        from sqlalchemy import make_url

        return make_url(self.admin_url).set(database=database).render_as_string(hide_password=False)


class SharedServer:
    """Starts the server when the first test of any process of the run asks for it, and not before.

    The workers of xdist come and go, so the server belongs to the controller. It is asked by a file in a folder
    that both know and answers by another one. The thread that starts the server also lives until the end,
    because Linux ends a child with the thread that started it.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="guildbase-tests-"))
        self._run = secrets.token_hex(4)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._process: PostgresProcess | None = None
        self._databases: Databases | None = None

    def serve_workers(self) -> None:
        """Answer the workers of this test run, in the background."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="postgresql-for-workers", daemon=True)
            self._thread.start()

    def databases(self) -> Databases:
        """Return the databases of this run, starting the server at the first call; or raise NoServer."""
        if self._databases is None:
            address = os.environ.get("TEST_DATABASE_URL", "")
            if not address:
                self._process = PostgresProcess()
                address = self._process.url
            _require_answer(address)
            self._databases = Databases(address, self._run)
        return self._databases

    def stop(self) -> None:
        """Stop the server if it is ours; on another one, remove what was made."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        if self._process is not None:
            self._process.stop()
        elif self._databases is not None:
            self._databases.drop_all()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _serve(self) -> None:
        while not (self.folder / "wanted").exists():
            if self._ended.wait(_UNDECIDED / 1000):
                return
        try:
            answer = {"address": self.databases().admin_url, "run": self._run}
        except Exception as error:
            answer = {"refused": str(error)}
        _write(self.folder / "answer", answer)
        self._ended.wait()


def ask_controller(folder: Path) -> Databases:
    """Return the databases of this run in a worker of xdist; or raise NoServer."""
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
    return Databases(said["address"], said["run"])


def _require_answer(admin_url: str) -> None:
    import psycopg

    try:
        with _connected(admin_url):
            return
    except psycopg.Error as error:
        raise NoServer(f"TEST_DATABASE_URL: {str(error).strip()}") from error


def _connected(admin_url: str) -> Any:
    """Return a connection outside transactions, as creating and dropping databases demands; it closes at the end."""
    import psycopg
    from sqlalchemy import make_url

    address = make_url(admin_url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write all at once, so that a reader never sees half."""
    half = path.with_suffix(".half")
    half.write_text(json.dumps(content))
    half.rename(path)
