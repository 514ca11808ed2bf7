"""Which revisions the database has and which ones this version needs.

A bot or API process asks this once at its start. It is a few rows and lists of file names, so Alembic, a
tenth of the bot's import time, stays with the commands that migrate.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager

OUR_FOLDER = Path(__file__).parents[1] / "migrations" / "versions"
_OF_A_FEATURE = re.compile(r"([a-z][a-z0-9_]{1,39})_\d{4}")


@dataclass(frozen=True, slots=True)
class Branch:
    """One line of revisions: ours, or that of a feature that brings its own tables."""

    feature: str
    """Name of the feature, empty for ours."""
    folder: Path
    revisions: Sequence[str]
    """Oldest first."""

    @property
    def head(self) -> str:
        """The newest revision."""
        return self.revisions[-1]


def branches(registry: FeatureRegistry | None = None) -> list[Branch]:
    """Return our line of revisions and then those of the features that have one."""
    found = [Branch("", OUR_FOLDER, _numbered(OUR_FOLDER, r"\d{4}"))]
    for name, package in [] if registry is None else [(f.name, f.package) for f in registry.features.values()]:
        folder = Path(next(iter(importlib.import_module(package).__path__))) / "migrations"
        if revisions := _numbered(folder, rf"{name}_\d{{4}}"):
            found.append(Branch(name, folder, revisions))
    return found


def known() -> list[str]:
    """Return our own revisions, oldest first."""
    return list(branches()[0].revisions)


def head() -> str:
    """Return the newest of our own revisions."""
    return known()[-1]


def feature_of(revision: str) -> str | None:
    """Return the name of the feature that the revision belongs to, or None if it is one of ours."""
    found = _OF_A_FEATURE.fullmatch(revision)
    return found[1] if found else None


def absent(revisions: Iterable[str], present: Sequence[Branch]) -> list[str]:
    """Return those of the revisions that belong to features which are not installed; their tables are left alone."""
    names = {branch.feature for branch in present}
    return [revision for revision in revisions if (name := feature_of(revision)) is not None and name not in names]


def read_revisions(connection: Connection) -> list[str]:
    """Return the newest revision of every line that the database has."""
    if not inspect(connection).has_table("alembic_version"):
        return []
    return sorted(connection.scalars(text("SELECT version_num FROM alembic_version")))


async def applied(database: DatabaseManager) -> list[str]:
    """Return the newest revision of every line that the database has, those of absent features included."""
    async with database.read_session(fresh=True) as session:
        return await (await session.connection()).run_sync(read_revisions)


async def current(database: DatabaseManager) -> str | None:
    """Return which of our revisions the database has, or None for an empty one."""
    ours = [revision for revision in await applied(database) if feature_of(revision) is None]
    return ours[0] if ours else None


async def require_head(database: DatabaseManager, registry: FeatureRegistry | None = None) -> None:
    """Return when the database is at the newest revision of Guildbase and of every feature.

    Raises:
        DatabaseUnavailable: it is behind, ahead or unreachable; the hint says what to run.
    """
    present = branches(registry)
    revisions = await applied(database)
    refuse_newer(revisions, present)
    for branch in present:
        if branch.head in revisions:
            continue
        revision = next((found for found in revisions if found in branch.revisions), "none")
        whose = f"feature {branch.feature}" if branch.feature else "this version"
        raise DatabaseUnavailable(
            f"The database is at revision {revision}, {whose} needs {branch.head}.", hint="Run: guildbase db upgrade"
        )


def refuse_newer(revisions: Iterable[str], present: Sequence[Branch]) -> None:
    """Raise DatabaseUnavailable if a newer version than this one has migrated the database."""
    ours = {revision for branch in present for revision in branch.revisions} | {*absent(revisions, present)}
    for revision in revisions:
        if revision not in ours:
            feature = feature_of(revision)
            whose = "Guildbase" if feature is None else f"the package with the feature {feature}"
            raise DatabaseUnavailable(
                f"The database is at revision {revision}, which this version does not know.",
                hint=f"Install the version of {whose} that migrated it, or a newer one.",
            )


def _numbered(folder: Path, pattern: str) -> list[str]:
    """Return the revisions in the folder: each file's name begins with its own."""
    names = (re.match(rf"({pattern})_.*\.py$", path.name) for path in folder.glob("*.py"))
    return sorted(found[1] for found in names if found)
