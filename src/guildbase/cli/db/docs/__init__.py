"""`guildbase db docs`: describes all tables, those of your own features too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from guildbase.core.registry import FeatureRegistry

PAGE, DIAGRAM = "schema.md", "schema.svg"


def docs(
    output: Annotated[Path, typer.Option(help="Folder to write schema.md and schema.svg to.")] = Path("docs/reference"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 if they are out of date.")] = False,
    features_dir: Annotated[Path | None, typer.Option(help="Folder of your own features.")] = None,
) -> None:
    """Write a page of all tables, columns, indexes and enums, and a diagram, from the models."""
    from guildbase.cli.processes import settings_with_logging
    from guildbase.core.errors import ConfigurationError
    from guildbase.core.registry import FeatureRegistry

    registry = FeatureRegistry.discover(features_dir or settings_with_logging().features_dir)
    if registry.broken:
        reasons = "; ".join(f"{package}: {reason}" for package, reason in registry.broken.items())
        raise ConfigurationError(f"Features are broken: {reasons}.", hint="Mend or remove them.")
    files = {output / name: text for name, text in schema_files(registry).items()}
    stale = [path for path, text in files.items() if not path.is_file() or path.read_text() != text]
    if check:
        for path in stale:
            typer.echo(f"{path} is out of date. Run: guildbase db docs --output {output}")
        raise typer.Exit(1 if stale else 0)
    output.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        path.write_text(text)
        typer.echo(f"{path} {'written' if path in stale else 'is up to date'}")


def schema_files(registry: FeatureRegistry) -> dict[str, str]:
    """Return name and text of both files."""
    from guildbase.cli.db.docs.facts import describe
    from guildbase.cli.db.docs.page import page
    from guildbase.cli.db.docs.picture import picture

    tables = describe(registry)
    return {PAGE: page(tables, DIAGRAM), DIAGRAM: picture(tables)}
