"""The address of a database: one spelling in the settings, and the driver that each use of it needs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from guildbase.core.errors import ConfigurationError

DRIVERS = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
BLOCKING_DRIVERS = {"postgresql": "postgresql+psycopg", "sqlite": "sqlite"}


def parse_url(url: str) -> URL:
    """Return the URL with our asynchronous driver; raise ConfigurationError for what we cannot use."""
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):  # The second is what a port that is no number gives.
        raise ConfigurationError(
            "GUILDBASE_DATABASE_URL is no database URL.",
            hint="Write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
        ) from None
    backend = parsed.get_backend_name()
    if backend not in DRIVERS:
        raise ConfigurationError(f"{backend} is not supported.", hint="Use PostgreSQL or SQLite.")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigurationError("A SQLite database in memory would be lost.", hint="Name a file: sqlite:///FILE.")
    if "password" in parsed.query:  # There nobody would hide it from messages.
        parsed = parsed.set(password=str(parsed.query["password"])).difference_update_query(["password"])
    return _renamed(parsed, "sslmode", "ssl").set(drivername=DRIVERS[backend])  # libpq's name, common in URLs.


def for_blocking_driver(url: URL) -> URL:
    """Return the same address for the driver of scripts, which waits where the other one awaits."""
    return _renamed(url, "ssl", "sslmode").set(drivername=BLOCKING_DRIVERS[url.get_backend_name()])


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite database, or None for a server."""
    parsed = parse_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def _renamed(url: URL, old: str, new: str) -> URL:
    if old not in url.query:
        return url
    return url.update_query_dict({new: url.query[old]}).difference_update_query([old])
