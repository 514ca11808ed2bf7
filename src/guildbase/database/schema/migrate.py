"""Runs the packaged migrations and those of features. Blocking: call from a plain thread, not from the event loop."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError

from guildbase.core.errors import GuildbaseError, InvalidInput
from guildbase.core.registry import FeatureRegistry
from guildbase.database.connections.address import parse_url
from guildbase.database.connections.failures import BUSY_STATES, TOO_SLOW_STATE, is_connection_error, unavailable
from guildbase.database.schema.revision import Branch, absent, branches, current, feature_of, head, require_head

__all__ = [
    "MigrationFailed",
    "Patience",
    "alembic_config",
    "current",
    "downgrade",
    "head",
    "require_head",
    "told",
    "upgrade",
    "upgrade_sql",
]


class MigrationFailed(GuildbaseError):
    """A revision could not be applied; nothing of it is left behind."""

    code = "migration_failed"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a migration waits on PostgreSQL: all that come after a waiting one wait too, so it gives up early."""

    lock_timeout: float = 4.0  # seconds
    statement_timeout: float = 300.0  # seconds
    attempts: int = 5
    pause: float = 2.0  # seconds between two attempts, in which everybody else works


def alembic_config(
    url: str,
    metadata: MetaData | None = None,
    registry: FeatureRegistry | None = None,
    *,
    patience: Patience | None = None,
    toml: str | None = None,
) -> Config:
    """Return Alembic's configuration for our revisions and those of the features in the registry.

    `metadata` is needed to compare models; `toml` names a pyproject.toml with hooks for new revisions.
    """
    present = branches(registry)
    config = Config(toml_file=toml)
    config.set_main_option("script_location", "guildbase:database/migrations")
    config.set_main_option("path_separator", "newline")
    folders = "\n".join(str(branch.folder) for branch in present)
    config.set_main_option("version_locations", folders.replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes |= {
        "url": parse_url(url),
        "metadata": metadata,
        "branches": present,
        "patience": patience or Patience(),
    }
    return config


def upgrade(
    url: str,
    target: str = "heads",
    *,
    registry: FeatureRegistry | None = None,
    patience: Patience | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Bring the database to the newest revision of every line, or to one revision; a failed one leaves nothing behind.

    `tell` hears why it waits.

    Raises:
        DatabaseUnavailable: the database is locked, was migrated by a newer version, or cannot be reached.
        MigrationFailed: a statement of a revision was refused.
        InvalidInput: there is no such revision.
    """
    patience = patience or Patience()
    config = alembic_config(url, registry=registry, patience=patience)
    _require_lines_apart(config)
    # Ours first: what features add may lean on all of it.
    newest = [branch.head for branch in config.attributes["branches"]]
    for revision in newest if target in ("head", "heads") else [target]:
        _run(partial(command.upgrade, config, revision), url, patience, tell)


def downgrade(
    url: str,
    target: str,
    *,
    registry: FeatureRegistry | None = None,
    patience: Patience | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Take the database back to a revision.

    `-1` is one step of ours and `NAME@-1` one of a feature's; `NAME@base` removes a feature's tables and `base` all.
    """
    patience = patience or Patience()
    config = alembic_config(url, registry=registry, patience=patience)
    found = _read(config)
    for revision in _way_down(target, found, config.attributes["branches"]):
        _run(partial(command.downgrade, config, revision), url, patience, tell)


def upgrade_sql(url: str, start: str = "base", end: str | None = None) -> str:
    """Return the statements that bring a database of this kind from one of our revisions to another."""
    text = io.StringIO()
    config = alembic_config(url)
    config.output_buffer = text
    told(partial(command.upgrade, config, f"{start}:{end or head()}", sql=True), url)
    return text.getvalue()


def _require_lines_apart(config: Config) -> None:
    """Refuse what Alembic would store as one row for two lines: without the feature, ours would seem to be gone."""
    if len(config.attributes["branches"]) == 1:
        return
    for script in ScriptDirectory.from_config(config).walk_revisions():
        if script.dependencies:
            raise InvalidInput(
                f"Revision {script.revision} has depends_on, which lines of features cannot have.",
                hint="Leave it None: Guildbase's own revisions always come first.",
            )


def _read(config: Config) -> list[str]:
    from guildbase.database.migrations.connection import migrating
    from guildbase.database.schema.revision import read_revisions

    with migrating(config.attributes["url"], config.attributes["patience"]) as connection:
        return read_revisions(connection)


def _way_down(target: str, found: list[str], present: list[Branch]) -> list[str]:
    """Return the targets for Alembic, in order."""
    feature, _, step = target.rpartition("@")
    branch = next((branch for branch in present if branch.feature == feature), None)
    if branch is None:
        raise InvalidInput(f"There is no feature {feature} with tables.", hint="`guildbase db current` lists them.")
    if re.fullmatch(r"-\d+", step):
        step = _steps_back(branch, int(step), found)
    if step == "base" and not feature:
        _require_all_present(found, present)
        return [f"{other.feature}@base" for other in present if other.feature and _has(other, found)] + ["base"]
    return [f"{feature}@base" if step == "base" else step]


def _steps_back(branch: Branch, steps: int, found: list[str]) -> str:
    place = next((place for place, name in enumerate(branch.revisions) if name in found), -1)
    if place + steps < -1:
        raise InvalidInput(f"There are not {-steps} steps back.", hint="`base` goes back to the empty database.")
    return "base" if place + steps == -1 else branch.revisions[place + steps]


def _require_all_present(found: list[str], present: list[Branch]) -> None:
    if names := [str(feature_of(revision)) for revision in absent(found, present)]:
        raise InvalidInput(
            f"Features that are not installed have tables here: {', '.join(names)}.",
            hint="Install their packages to take the tables down, or go to a revision such as 0001.",
        )


def _has(branch: Branch, found: list[str]) -> bool:
    return any(revision in found for revision in branch.revisions)


def _run(action: Callable[[], Any], url: str, patience: Patience, tell: Callable[[str], None]) -> None:
    """Run it, again and again while somebody holds a lock; each revision leaves nothing unless it comes to its end."""
    attempt = 1
    while True:
        try:
            return told(action, url)
        except DBAPIError as error:
            if attempt == patience.attempts:
                hint = f"Gave up after {attempt} attempts, with nothing half done. End the transaction with the lock."
                raise unavailable(parse_url(url), error, hint=hint) from error
        tell(f"Somebody holds a lock; next attempt in {patience.pause:g} s ({attempt} of {patience.attempts}).")
        time.sleep(patience.pause)
        attempt += 1


def told(action: Callable[[], Any], url: str) -> None:
    """Run it; of database errors only that a lock was not free in time comes through as it is."""
    try:
        action()
    except CommandError as error:
        reason, hint = str(error).removesuffix("."), "`guildbase db current` tells where the database is."
        raise InvalidInput(f"Migration: {reason}.", hint=hint) from None
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state in BUSY_STATES:
            raise
        if state == TOO_SLOW_STATE:
            hint = "Give it more time with --statement-timeout, at an hour when little is written."
            raise unavailable(parse_url(url), error, hint=hint) from error
        reason = str(error.orig).partition("\n")[0].removesuffix(".")
        if not is_connection_error(error) or "no such" in reason:
            raise MigrationFailed(
                f"The migration failed: {reason}.", hint="Nothing of the failed revision is left behind."
            ) from error
        raise unavailable(parse_url(url), error) from error
