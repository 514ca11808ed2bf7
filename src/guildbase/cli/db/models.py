"""`guildbase db revision|check`: writes what the models say as a revision, and tells where a database differs."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from guildbase.core.settings import load_settings


def revision(
    message: Annotated[str, typer.Option("--message", "-m", help="What it does, in a few words.")],
    feature: Annotated[str, typer.Option(help="A feature of yours that it belongs to.")] = "",
    empty: Annotated[bool, typer.Option("--empty", help="Write one to be filled by hand.")] = False,
) -> None:
    """Write the next revision: what the models say and the database does not have yet. Read it before you keep it."""
    from guildbase.core.registry import FeatureRegistry
    from guildbase.database.connections.address import sqlite_file
    from guildbase.database.schema.authoring import write_revision
    from guildbase.services.tables import compared_metadata

    settings = load_settings()
    registry = FeatureRegistry.discover(settings.features_dir)
    metadata = compared_metadata(registry)
    path = write_revision(settings.database_url, message, metadata, registry, feature=feature, is_empty=empty)
    typer.echo(f"Written: {path}")
    if "FIXME" in path.read_text():
        typer.echo("Say for every FIXME in it which label its rows get; until then it refuses to run.")
    if sqlite_file(settings.database_url) is not None:
        typer.echo("It was made against SQLite. Try it on PostgreSQL too, where enums are types of their own.")


def check(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False) -> None:
    """Tell what differs between the database and the models; exit code 1 if anything does."""
    from guildbase.core.registry import FeatureRegistry
    from guildbase.database.connections.address import sqlite_file
    from guildbase.database.schema.drift import drift
    from guildbase.services.tables import compared_metadata

    settings = load_settings()
    file = sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        differences = [f"there is no file {file}"]  # Opening it would make an empty one.
    else:
        registry = FeatureRegistry.discover(settings.features_dir)
        differences = drift(settings.database_url, compared_metadata(registry), registry)
    if as_json:
        typer.echo(json.dumps({"differences": differences}))
    elif differences:
        typer.echo("\n".join(["The database is not what the models say:", *(f"- {text}" for text in differences)]))
        typer.echo("Run: guildbase db upgrade. If it is at the newest revision, somebody changed it by hand.")
    else:
        typer.echo("The database is what the models say.")
    raise typer.Exit(1 if differences else 0)
