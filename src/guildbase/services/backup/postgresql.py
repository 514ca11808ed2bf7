"""A PostgreSQL database as the stream that pg_dump makes, and back in one transaction."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from sqlalchemy import URL

from guildbase.core.errors import ConfigurationError, Conflict, GuildbaseError
from guildbase.database.connections.address import for_blocking_driver
from guildbase.database.connections.failures import unavailable
from guildbase.services.backup.sqlite import PIECE, Progress

if TYPE_CHECKING:
    import psycopg

# libpq's variables: a password on a command line could be read by everybody on the machine.
_VARIABLES = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}  # fmt: skip
PATIENCE = 5.0  # seconds to wait for a lock
_TABLES = """
SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
_CLEAR = """
DO $clear$
DECLARE found record;
BEGIN
  FOR found IN
    SELECT format('DROP SCHEMA IF EXISTS %I CASCADE', n.nspname) AS command FROM pg_catalog.pg_namespace n
    WHERE n.nspname NOT IN ('public', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = n.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('DROP %s IF EXISTS public.%I CASCADE',
                  CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                                 WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname)
    FROM pg_catalog.pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT c.relispartition
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid
                      AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i')))
    UNION ALL
    SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', t.typname) FROM pg_catalog.pg_type t
    WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
    UNION ALL
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE found.command;
  END LOOP;
END $clear$;
"""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the database is, and the programs to use."""

    url: URL
    programs: Path | None

    def connect(self, database: str | None = None) -> psycopg.Connection[Any]:
        """Return a connection; raise DatabaseUnavailable if there is none to be had."""
        import psycopg

        words = self._words | ({"dbname": database} if database else {})
        try:
            return psycopg.connect(**words, connect_timeout=10, autocommit=True)
        except psycopg.Error as error:
            raise unavailable(self.url, error) from error

    def program(self, name: str) -> str:
        """Return the path of one of PostgreSQL's programs."""
        found = shutil.which(name, path=str(self.programs) if self.programs else None)
        if found is None:
            raise ConfigurationError(
                f"The program {name} is not {f'in {self.programs}' if self.programs else 'on the PATH'}.",
                hint="Install PostgreSQL's client programs, or name their folder in GUILDBASE_POSTGRESQL_PROGRAMS.",
            )
        return found

    @property
    def environment(self) -> dict[str, str]:
        """The variables that tell the programs where to connect."""
        words = self._words
        named = {variable: str(words[word]) for word, variable in _VARIABLES.items() if word in words}
        # A service would be preferred to all of these, and lead to another server.
        inherited = {name: value for name, value in os.environ.items() if name != "PGSERVICE"}
        return inherited | named | {"PGAPPNAME": "guildbase backup"}

    @property
    def _words(self) -> dict[str, Any]:
        """The words of the address in libpq's spelling, several hosts included."""
        found = for_blocking_driver(self.url)
        return dict(found.get_dialect()().create_connect_args(found)[1])


@contextmanager
def snapshot(server: Server, progress: Progress) -> Iterator[tuple[dict[str, int], list[str], Iterator[bytes]]]:
    """Give row counts, revisions and the dump, all of one moment."""
    pg_dump = server.program("pg_dump")
    with server.connect() as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        # This transaction waits for the dump, and counting may be slow.
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.execute("SET LOCAL statement_timeout = 0")
        name = str(connection.execute("SELECT pg_catalog.pg_export_snapshot()").fetchall()[0][0])
        progress("counting", 0, None)
        tables = count_rows(connection)
        arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}"]
        yield tables, read_revisions(connection), _dumped(server, [pg_dump, *arguments], progress)


def is_empty(server: Server) -> bool:
    """Tell whether the database has no table."""
    with server.connect() as connection:
        return connection.execute(_TABLES).fetchone() is None


def restore(server: Server, payload: Iterator[bytes], tables: dict[str, int], *, clear: bool) -> None:
    """Load the dump and compare the counts in one transaction; whatever goes wrong, the database is as it was."""
    script = ["BEGIN;", f"SET lock_timeout = '{PATIENCE}s';", _CLEAR if clear else ""]
    command = [server.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]
    with tempfile.TemporaryFile() as said:
        psql = subprocess.Popen(  # noqa: S603 - the operator's own program.
            command, env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        )
        sink = cast("IO[bytes]", psql.stdin)
        problem: BaseException | None = None
        try:
            with suppress(BrokenPipeError):  # psql ended at an error, which it has told.
                sink.write("\n".join(script).encode())
                for piece in _as_script(server, payload):
                    sink.write(piece)
                # Only here is it certain that the backup was whole. Without these last words nothing is committed.
                sink.write(("\n".join(_checks(tables)) + "\nCOMMIT;\n").encode())
        except BaseException as error:
            problem = error
            psql.kill()
        with suppress(BrokenPipeError):
            sink.close()
        code = psql.wait()
        if problem is not None:
            raise problem
        if code != 0:
            raise Conflict(f"The database refused the backup: {_reason(said)}.", hint="It is as it was before.")


def count_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Return the number of rows of each table; tables outside the schema `public` have its name before theirs."""
    counts = {}
    for schema, table in connection.execute(_TABLES).fetchall():
        found = connection.execute(f"SELECT count(*) FROM {_quoted(schema)}.{_quoted(table)}".encode()).fetchall()  # noqa: S608 - names of the database's own, quoted.
        counts[table if schema == "public" else f"{schema}.{table}"] = int(found[0][0])
    return counts


def read_revisions(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the newest revision of every line of migrations."""
    if connection.execute("SELECT to_regclass('public.alembic_version')").fetchall()[0][0] is None:
        return []
    return sorted(str(row[0]) for row in connection.execute("SELECT version_num FROM public.alembic_version"))


def _dumped(server: Server, command: list[str], progress: Progress) -> Iterator[bytes]:
    done = 0
    for piece in _output(command, server.environment):
        done += len(piece)
        progress("writing", done, None)
        yield piece


def _as_script(server: Server, payload: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the dump as SQL."""
    command = [server.program("pg_restore"), "--no-owner", "--no-privileges", "--exit-on-error", "-f", "-"]
    yield from _output(command, server.environment, payload)


def _output(command: list[str], environment: dict[str, str], feed: Iterator[bytes] | None = None) -> Iterator[bytes]:
    """Yield what the program prints; raise GuildbaseError with its words if it fails."""
    failed: list[BaseException] = []
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - the operator's own program.
            command, env=environment, stdout=subprocess.PIPE, stderr=said,
            stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
        )  # fmt: skip
        feeder = None
        if feed is not None:
            feeder = threading.Thread(target=_feed, args=(process, feed, failed), daemon=True)
            feeder.start()
        try:
            with cast("IO[bytes]", process.stdout) as output:
                while piece := output.read(PIECE):
                    yield piece
        finally:
            if feeder is not None:
                feeder.join()
            code = process.wait()
        if failed:
            raise failed[0]
        if code != 0:
            raise GuildbaseError(f"{Path(command[0]).name} failed: {_reason(said)}.", hint="Nothing was changed.")


def _feed(process: subprocess.Popen[bytes], feed: Iterator[bytes], failed: list[BaseException]) -> None:
    sink = cast("IO[bytes]", process.stdin)
    try:
        # A broken pipe means that the program ended at an error, which it has told.
        with suppress(BrokenPipeError):
            for piece in feed:
                sink.write(piece)
    except BaseException as error:
        failed.append(error)
        process.kill()
    finally:
        with suppress(BrokenPipeError):
            sink.close()


def _checks(tables: dict[str, int]) -> Iterator[str]:
    for name, count in tables.items():
        schema, _, table = name.rpartition(".")
        full = f"{_quoted(schema or 'public')}.{_quoted(table)}"
        yield (
            f"DO $check$ DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM {full}; IF n <> {count} THEN "  # noqa: S608 - quoted above.
            f"RAISE EXCEPTION '% rows were restored instead of {count}', n; END IF; END $check$;"
        )


def _reason(said: IO[bytes]) -> str:
    """Return the most telling line of what a program said."""
    said.seek(0)
    lines = [line.strip() for line in said.read().decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["it said nothing"])[0].rstrip(".")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
