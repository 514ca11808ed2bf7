"""`guildbase keys`: makes encryption keys, tells which are in use, and replaces old ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guildbase.core.crypto import KEYS_SETTING, new_key
from guildbase.core.errors import GuildbaseError
from guildbase.core.settings import Settings, load_settings

if TYPE_CHECKING:
    from sqlalchemy import Table

    from guildbase.database.manager import DatabaseManager
    from guildbase.database.upkeep.key_rotation import KeyUse, Outcome, Progress

app = typer.Typer(help="The keys of encrypted columns and backups.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
LONG = 3600.0  # seconds that one statement over a whole table may take


@app.command()
def new(
    number: Annotated[int | None, typer.Option(min=1, help="Its number; by default the next one.")] = None,
) -> None:
    """Print a new key, to be put into the settings."""
    ids = load_settings().keyring().ids
    chosen = number or max(ids, default=0) + 1
    if chosen in ids:
        raise GuildbaseError(f"There is a key {chosen} already.", hint="Each key has a number of its own.")
    typer.echo(f"{chosen}:{new_key()}")
    rest = "the older ones behind it, then `guildbase keys rotate`." if ids else "and keep a copy apart from backups."
    typer.echo(f"Put it first in {KEYS_SETTING}, {rest}", err=True)


@app.command(name="list")
def list_keys(json: AsJson = False) -> None:
    """Tell which keys there are and how much each of them encrypted."""
    settings = load_settings()
    uses = _with_database(settings, _uses)
    in_backups = _keys_of_backups(settings)
    ids = settings.keyring().ids
    rows = [
        {
            "key": key_id,
            "state": "encrypts" if ids[:1] == [key_id] else "decrypts" if key_id in ids else "missing",
            "values": sum(use.values for use in uses if use.key_id == key_id),
            "columns": {use.column: use.values for use in uses if use.key_id == key_id},
            "backups": in_backups.count(key_id),
        }
        for key_id in dict.fromkeys([*ids, *(use.key_id for use in uses), *in_backups])
    ]
    if json:
        _print_json(rows)
        return
    if not rows:
        typer.echo("There is no key, and nothing is encrypted. Make one with: guildbase keys new")
    for row in rows:
        used = f"{row['values']} values, {row['backups']} backups" if row["values"] or row["backups"] else "unused"
        typer.echo(f"key {row['key']}: {row['state']}, {used}")


@app.command()
def rotate(json: AsJson = False) -> None:
    """Encrypt everything anew that older keys encrypted; safe while the bot runs, and to interrupt."""
    from guildbase.database.upkeep.key_rotation import key_uses
    from guildbase.database.upkeep.key_rotation import rotate as rotate_values
    from guildbase.services.encryption_keys import forget_keys, noted_keys, require_keys

    async def work(database: DatabaseManager, tables: list[Table]) -> tuple[Outcome, list[KeyUse], list[int]]:
        # Without a key to encrypt with nothing may change.
        usable = {database.keyring.primary, *database.keyring.ids}
        lost = set(await noted_keys(database)) - usable
        # A key that is lost but encrypts nothing must not keep the bot from starting for ever.
        await forget_keys(database, lost - {use.key_id for use in await key_uses(database, tables)})
        await require_keys(database)
        with _progress("encrypting anew", json) as progress:
            outcome = await rotate_values(database, tables, progress)
        uses = await key_uses(database, tables)
        unused = set(await noted_keys(database)) - {use.key_id for use in uses} - {database.keyring.primary}
        await forget_keys(database, unused)
        return outcome, uses, sorted(unused)

    settings = load_settings()
    primary = settings.keyring().primary
    outcome, uses, unused = _with_database(settings, work)
    left = sum(use.values for use in uses if use.key_id != primary)
    if json:
        _print_json({"key": primary, **_as_dict(outcome), "left": left, "unused": unused})
    else:
        typer.echo(f"Values encrypted anew with key {primary}: {outcome.values}. With older keys still: {left}.")
        for key_id in unused:
            typer.echo(f"No value uses key {key_id} any more. Keep it as long as you keep a backup that it encrypted.")
    if left:
        hint = "Put the missing key back." if outcome.unreadable else "A process writes with an old key: restart it."
        raise GuildbaseError(f"{left} values still need an older key.{_places(outcome)}", hint=hint)


@app.command()
def check(json: AsJson = False) -> None:
    """Decrypt every value and say which cannot be read; nothing is changed."""
    from guildbase.database.upkeep.key_rotation import check_values
    from guildbase.services.encryption_keys import require_keys

    async def work(database: DatabaseManager, tables: list[Table]) -> Outcome:
        await require_keys(database)
        with _progress("decrypting", json) as progress:
            return await check_values(database, tables, progress)

    outcome = _with_database(load_settings(), work)
    if json:
        _print_json(_as_dict(outcome))
    else:
        typer.echo(f"Values that can be read: {outcome.values}.")
    if outcome.unreadable:
        raise GuildbaseError(
            f"Values that cannot be read: {outcome.unreadable}.{_places(outcome)}",
            hint="Put the missing key back, or restore the changed rows from a backup.",
        )


async def _uses(database: DatabaseManager, tables: list[Table]) -> list[KeyUse]:
    from guildbase.database.upkeep.key_rotation import key_uses

    return await key_uses(database, tables)


def _with_database(settings: Settings, work: Callable[[DatabaseManager, list[Table]], Awaitable[Any]]) -> Any:
    """Run on a database at the newest revision, with the tables of all features."""
    from guildbase.core.registry import FeatureRegistry
    from guildbase.database.manager import DatabaseManager
    from guildbase.database.schema.revision import require_head
    from guildbase.services.tables import all_tables

    registry = FeatureRegistry.discover(settings.features_dir)

    async def run() -> Any:
        database = DatabaseManager.from_settings(settings, statement_timeout=LONG)
        try:
            await require_head(database, registry)
            return await work(database, all_tables(registry))
        finally:
            await database.close()

    return asyncio.run(run())


def _keys_of_backups(settings: Settings) -> list[int]:
    from guildbase.services.backup.folder import list_backups

    found = (backup.manifest for backup in list_backups(settings.backup_dir))
    return [manifest.key_id for manifest in found if manifest is not None and manifest.key_id is not None]


@contextmanager
def _progress(title: str, is_quiet: bool) -> Iterator[Progress]:
    """Show how many values are done, on the terminal of a person alone."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    hidden = is_quiet or not console.is_terminal
    with Bar("{task.description}", "{task.completed}", console=console, disable=hidden) as bar:
        tasks: dict[str, Any] = {}

        def advance(column: str, count: int) -> None:
            if column not in tasks:
                tasks[column] = bar.add_task(f"{title} {column}", total=None)
            bar.advance(tasks[column], count)

        yield advance


def _as_dict(outcome: Outcome) -> dict[str, Any]:
    return {"values": outcome.values, "unreadable": outcome.unreadable, "places": outcome.places}


def _places(outcome: Outcome) -> str:
    return "".join(f" {place}" for place in outcome.places)


def _print_json(value: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(value).decode())
