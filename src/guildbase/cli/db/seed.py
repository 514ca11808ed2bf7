"""`guildbase db seed`: fills a database with a made-up history, to develop and to measure with."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from guildbase.core.registry import FeatureRegistry
    from guildbase.core.settings import Settings
    from guildbase.services.seeding import SeedWorld

STATEMENT_TIMEOUT = 600.0  # seconds; the statistics of a large database take a while.


def seed(
    guilds: Annotated[int, typer.Option(min=1, max=100_000, help="Guilds to make.")] = 10,
    members: Annotated[int, typer.Option(min=0, max=100_000_000, help="Memberships in all guilds together.")] = 1000,
    messages: Annotated[
        int, typer.Option(min=0, help="Messages that people wrote. They are not stored: about 1 in 200 makes a case.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(min=0, max=1_000_000, help="The same one makes the same rows.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Even if there are guilds, or in production.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was stored as JSON.")] = False,
) -> None:
    """Fill the database with made-up guilds, people and cases: all of it, or nothing if anything goes wrong."""
    from guildbase.cli.processes import run, settings_with_logging
    from guildbase.core.errors import InvalidInput
    from guildbase.core.settings import Environment
    from guildbase.database.connections.process_lock import single_process
    from guildbase.services.seeding import SeedWorld

    settings = settings_with_logging()
    if settings.environment is Environment.PRODUCTION and not force:
        raise InvalidInput("This is production.", hint="Use --force if made-up guilds are really wanted here.")
    world = SeedWorld(guilds, members, messages, seed)
    started = time.perf_counter()
    with single_process(settings.database_url):
        stored = run(_seed(settings, world, force=force, with_bar=not json))
    _tell(stored, time.perf_counter() - started, as_json=json)


async def _seed(settings: Settings, world: SeedWorld, *, force: bool, with_bar: bool) -> dict[str, int]:
    """Store everything in one transaction, and return the number of rows by table."""
    from sqlalchemy import text

    from guildbase.core.registry import FeatureRegistry
    from guildbase.database.manager import DatabaseManager
    from guildbase.database.schema.revision import require_head

    registry = FeatureRegistry.discover(settings.features_dir)
    database = DatabaseManager.from_settings(settings, statement_timeout=STATEMENT_TIMEOUT)
    stored: dict[str, int] = {}
    try:
        await require_head(database, registry)
        async with database.transaction() as work:
            await _require_room(work.session, world, force=force)
            with ExitStack() as stack:
                bar = _Bar(stack) if with_bar else None
                async for table, rows, expected in store(work.session, registry, world):
                    stored[table] = stored.get(table, 0) + rows
                    if bar is not None:
                        bar.advance(table, rows, expected)
        async with database.statement() as connection:
            # Without statistics of the new rows a database reads large tables in the wrong way.
            await connection.execute(text("ANALYZE"))
    finally:
        await database.close()
    return stored


async def store(
    session: AsyncSession, registry: FeatureRegistry, world: SeedWorld
) -> AsyncIterator[tuple[str, int, int]]:
    """Store the rows of every feature, and yield for each batch its table, its rows and the table's rows in the end."""
    from guildbase.database.rows.copying import copy_rows

    for _, module in registry.modules("seeds"):
        for made in module.seed(world):
            table = made.model.__table__
            async for rows in copy_rows(session, table, made.columns, made.rows):
                yield str(table.name), rows, made.count


async def _require_room(session: AsyncSession, world: SeedWorld, *, force: bool) -> None:
    """Refuse a database in which made-up guilds would stand among real ones."""
    from sqlmodel import col

    from guildbase.core.errors import InvalidInput
    from guildbase.platform.guilds.models import Guild

    # The first guild depends on nothing but the seed.
    if await Guild.get_by_id(session, world.guilds[0].guild_id) is not None:
        raise InvalidInput(f"The guilds of seed {world.seed} are in this database.", hint="Use another --seed.")
    guild = await Guild.get_multi(session, order_by=(col(Guild.guild_id),), limit=1)
    if guild and not force:
        raise InvalidInput(
            "The database has guilds, which may be real ones.", hint="Use an empty database, or --force to add to it."
        )


def _tell(stored: dict[str, int], seconds: float, *, as_json: bool) -> None:
    total = sum(stored.values())
    speed = round(total / seconds)
    if as_json:
        import orjson

        typer.echo(orjson.dumps({"rows": stored, "seconds": round(seconds, 3), "rows_per_second": speed}))
        return
    for table, rows in stored.items():
        typer.echo(f"{table:<20} {rows:>12,}")
    typer.echo(f"{total:,} rows in {seconds:.1f} s, {speed:,} a second.")


class _Bar:
    """A line of progress for each table."""

    def __init__(self, stack: ExitStack) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        name = TextColumn("{task.description}")
        columns: list[Any] = [name, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
        # What is printed in the end goes to standard output, so progress must not.
        console = Console(stderr=True)
        shown = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._progress = stack.enter_context(shown)
        self._tasks: dict[str, Any] = {}

    def advance(self, table: str, rows: int, expected: int) -> None:
        if table not in self._tasks:
            self._tasks[table] = self._progress.add_task(table, total=expected)
        self._progress.advance(self._tasks[table], rows)
