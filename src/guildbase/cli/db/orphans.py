"""`guildbase db orphans`: finds rows that nothing holds any more, and on request deletes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guildbase.cli.services import with_services

if TYPE_CHECKING:
    from guildbase.database.upkeep.orphans import Orphans
    from guildbase.services.container import BotServices


def orphans(
    delete: Annotated[bool, typer.Option("--delete", help="Delete them for good.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Find rows whose parent is gone, and people whom nothing refers to; tell how many, and a few of each."""

    async def look(services: BotServices) -> tuple[list[Orphans], dict[str, int]]:
        from guildbase.core.registry import FeatureRegistry
        from guildbase.database.manager import DatabaseManager
        from guildbase.database.upkeep.orphans import delete_orphans, find_orphans
        from guildbase.services.tables import all_tables

        database, tables = services.get(DatabaseManager), all_tables(services.get(FeatureRegistry))
        found = await find_orphans(database, tables)
        return found, await delete_orphans(database, tables) if delete else {}

    found, gone = with_services(look, is_alone=delete)
    if as_json:
        typer.echo(json.dumps({"found": [_document(one) for one in found], "deleted": gone}))
    elif not found:
        typer.echo("No row is an orphan.")
    else:
        _show(found)
        typer.echo(_outcome(gone) if delete else "Nothing was changed; --delete removes them. Make a backup before.")


def _show(found: Sequence[Orphans]) -> None:
    for one in found:
        why = f"the {one.missing} is gone" if one.missing else "nothing refers to them"
        keys = ", ".join("/".join(map(str, key)) for key in one.examples)
        typer.echo(f"{one.table}: {one.count} rows, {why} (such as {keys})")


def _document(one: Orphans) -> dict[str, Any]:
    """Return it for programs, keys as text, because JavaScript rounds numbers as large as Discord's ids."""
    return asdict(one) | {"examples": [[str(part) for part in key] for key in one.examples]}


def _outcome(gone: dict[str, int]) -> str:
    return "Deleted " + ", ".join(f"{count} of {table}" for table, count in gone.items()) + "."
