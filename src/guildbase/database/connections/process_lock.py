"""One process for one SQLite file: two would lock each other out and miss each other's in-memory messages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.connections.address import parse_url

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; there the second process is not noticed.
    fcntl = None  # type: ignore[assignment]


@contextmanager
def single_process(url: str) -> Iterator[None]:
    """Hold the SQLite file for this process; other databases need no such thing.

    Raises:
        DatabaseUnavailable: another process holds it; its number is in the message.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite" or fcntl is None:
        yield
        return
    path = Path(f"{Path(str(parsed.database)).resolve()}.lock")
    try:
        handle = path.open("a+")
    except OSError as error:
        raise DatabaseUnavailable(
            f"{parsed.database} cannot be opened: {error.strerror}.", hint="Check that its folder exists."
        ) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise DatabaseUnavailable(
                f"Process {handle.read().strip() or 'unknown'} already uses {parsed.database}.",
                hint="Stop it first, or use PostgreSQL to run several processes.",
            ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
