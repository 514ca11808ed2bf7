"""`guildbase db upgrade|downgrade|current|history`: brings the schema up, down, and tells where it is."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guildbase.cli.confirm import confirm
from guildbase.core.settings import Settings, load_settings

if TYPE_CHECKING:
    from guildbase.core.registry import FeatureRegistry

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def upgrade(
    revision: Annotated[str, typer.Argument(help="Where to go: a revision, or heads for the newest.")] = "heads",
    backup: Annotated[bool, typer.Option(help="Copy a SQLite file before.")] = True,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the statements for our revisions and change nothing.")
    ] = False,
    statement_timeout: Annotated[float, typer.Option(min=1, help="Seconds a statement may take (PostgreSQL).")] = 300,
) -> None:
    """Bring the database to the newest revision, of Guildbase and of every feature."""
    from guildbase.database.connections.process_lock import single_process
    from guildbase.database.schema import migrate

    settings = load_settings()
    url, registry = settings.database_url, _registry(settings)
    found = _applied(url)
    if sql:
        typer.echo(migrate.upgrade_sql(url, _ours(found) or "base", None if revision == "heads" else revision))
        return
    with single_process(url):
        if backup and (copy := _copied(url, found, registry)) is not None:
            typer.echo(f"A copy of the database from before is in {copy}")
        patience = migrate.Patience(statement_timeout=statement_timeout)
        migrate.upgrade(url, revision, registry=registry, patience=patience, tell=typer.echo)
    _tell(url)


def downgrade(
    revision: Annotated[
        str, typer.Argument(help="Where to go: a revision, -1 for one step, base, or FEATURE@-1, FEATURE@base.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; tables and rows may be dropped.")] = False,
) -> None:
    """Take the database back; what newer revisions added is dropped with its rows."""
    from guildbase.database.connections.process_lock import single_process
    from guildbase.database.schema import migrate

    settings = load_settings()
    url = settings.database_url
    if not yes:
        confirm(f"Going back to {revision} drops what later revisions added, with its rows. Go on?")
    with single_process(url):
        migrate.downgrade(url, revision, registry=_registry(settings), tell=typer.echo)
    _tell(url)


def current(as_json: Json = False) -> None:
    """Tell which revision the database has and which is the newest, for Guildbase and for every feature."""
    from guildbase.database.schema.revision import absent, branches, feature_of

    settings = load_settings()
    found, present = _applied(settings.database_url), branches(_registry(settings))
    newest = {branch.feature: branch.head for branch in present}
    has = {feature_of(name) or "": name for name in found}
    if as_json:
        lines = [{"feature": name, "database": has.get(name), "newest": newest.get(name)} for name in {**newest, **has}]
        typer.echo(json.dumps(lines))
        return
    typer.echo(f"database: {has.get('') or 'none'}")
    typer.echo(f"newest:   {newest['']}")
    for branch in present[1:]:
        typer.echo(f"{branch.feature}: {has.get(branch.feature, 'none')}, newest {branch.head}")
    for name in absent(found, present):
        typer.echo(f"{feature_of(name)}: {name}, but the feature is not installed; its tables stay as they are")


def history(as_json: Json = False) -> None:
    """List the revisions of Guildbase and of every feature; those that the database has are marked."""
    from dataclasses import asdict

    from guildbase.database.schema.history import history as steps

    settings = load_settings()
    found = list(steps(settings.database_url, _applied(settings.database_url), _registry(settings)))
    if as_json:
        typer.echo(json.dumps([asdict(step) for step in found]))
        return
    for step in found:
        typer.echo(f"{'x' if step.is_applied else ' '} {step.revision}  {step.message}")


def _registry(settings: Settings) -> FeatureRegistry:
    from guildbase.core.registry import FeatureRegistry

    return FeatureRegistry.discover(settings.features_dir)


def _tell(url: str) -> None:
    found = _applied(url)
    others = "".join(f", {name}" for name in found if name != _ours(found))
    typer.echo(f"The database is at revision {_ours(found) or 'none'}{others}.")


def _ours(applied: list[str]) -> str | None:
    from guildbase.database.schema.revision import feature_of

    return next((name for name in applied if feature_of(name) is None), None)


def _copied(url: str, found: list[str], registry: FeatureRegistry) -> Path | None:
    """Copy a SQLite file that is about to change."""
    from guildbase.core.clock import utcnow
    from guildbase.database.connections.address import sqlite_file
    from guildbase.database.schema.revision import branches, refuse_newer
    from guildbase.database.schema.safety_copy import copy_before_upgrade

    file, present = sqlite_file(url), branches(registry)
    refuse_newer(found, present)
    if file is None or not found or all(branch.head in found for branch in present):
        return None
    return copy_before_upgrade(file, _ours(found) or "none", utcnow())


def _applied(url: str) -> list[str]:
    from guildbase.database.connections.address import sqlite_file
    from guildbase.database.manager import DatabaseManager
    from guildbase.database.schema.revision import applied

    file = sqlite_file(url)
    if file is not None and not file.exists():
        return []  # Opening it would make an empty one.

    async def read() -> list[str]:
        database = DatabaseManager(url)
        try:
            return await applied(database)
        finally:
            await database.close()

    return asyncio.run(read())
