"""`guildbase backup`: makes, shows, verifies and restores backups, and proves in drills that they can be restored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guildbase.cli.confirm import confirm
from guildbase.core.clock import human_duration, utcnow
from guildbase.core.settings import Settings, load_settings

if TYPE_CHECKING:
    from guildbase.core.registry import FeatureRegistry
    from guildbase.services.backup.folder import Backup
    from guildbase.services.backup.sqlite import Progress

app = typer.Typer(help="Backups: make, verify, restore, and rehearse it.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Name = Annotated[str | None, typer.Argument(help="Name or path of a backup; by default the newest one.")]


@app.command()
def create(
    plain: Annotated[bool, typer.Option("--plain", help="Do not encrypt: whoever has the file can read it.")] = False,
    keep: Annotated[int | None, typer.Option(min=1, help="Then remove all but so many of the newest.")] = None,
    json: AsJson = False,
) -> None:
    """Back up the database, while the bot runs."""
    from guildbase.services.backup.create import create as create_backup
    from guildbase.services.backup.folder import keep_newest

    settings = load_settings()
    with _progress(json) as progress:
        made = create_backup(settings, progress, is_plain=plain)
    removed = [] if keep is None else keep_newest(settings.backup_dir, keep, made.path)
    if json:
        _print_json(_facts(made) | {"removed": [path.name for path in removed]})
        return
    assert made.manifest is not None  # noqa: S101 - we wrote it.
    typer.echo(f"{made.path}: {made.manifest.rows} rows of {len(made.manifest.tables)} tables, {_size(made.size)}.")
    for path in removed:
        typer.echo(f"Removed: {path.name}")
    typer.echo("Copy it to another machine, and rehearse it: guildbase backup drill")


@app.command(name="list")
def list_all(json: AsJson = False) -> None:
    """Show the backups, the newest first."""
    from guildbase.services.backup.folder import list_backups

    settings = load_settings()
    backups = list_backups(settings.backup_dir)
    if json:
        _print_json([_facts(backup) for backup in backups])
        return
    if not backups:
        typer.echo(f"There is no backup in {settings.backup_dir}. Make one: guildbase backup create")
    for backup in backups:
        typer.echo(f"{backup.path.name}  {_size(backup.size):>10}  {_described(backup)}")


@app.command()
def verify(name: Name = None, json: AsJson = False) -> None:
    """Read every byte of a backup and say whether it is whole and unchanged; needs its key, and no database."""
    from guildbase.services.backup.folder import find_backup
    from guildbase.services.backup.restore import fingerprint
    from guildbase.services.backup.restore import verify as verify_backup

    settings = load_settings()
    path = find_backup(settings.backup_dir, name)
    with _progress(json) as progress:
        manifest = verify_backup(path, settings.keyring(), progress)
    if json:
        _print_json({"backup": path.name, "rows": manifest.rows, "sha256": fingerprint(path)})
    else:
        typer.echo(f"{path.name} is whole: {manifest.rows} rows of {len(manifest.tables)} tables.")


@app.command()
def restore(
    name: Name = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace what is in the database.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --replace: do not ask.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="With --replace: do not encrypt the backup of what was there.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Restore a backup into the empty database of the settings; stop the bot before."""
    from guildbase.core.registry import FeatureRegistry
    from guildbase.database.schema import migrate
    from guildbase.services.backup.create import create as create_backup
    from guildbase.services.backup.drill import decrypt_all
    from guildbase.services.backup.folder import find_backup
    from guildbase.services.backup.restore import is_empty
    from guildbase.services.backup.restore import restore as restore_backup

    settings = load_settings()
    registry = FeatureRegistry.discover(settings.features_dir)
    path = find_backup(settings.backup_dir, name)
    saved: Backup | None = None
    with _progress(json) as progress:
        if replace and not is_empty(settings):
            if not yes:
                confirm("Everything in the database will be replaced; a backup of it is made. Go on?")
            saved = create_backup(settings, progress, is_plain=plain)
        manifest = restore_backup(path, settings, registry, progress, replace=replace)
        migrate.upgrade(settings.database_url, registry=registry)
        # Before anything that may fail, since from here on a bot may be started on it.
        erased = asyncio.run(_erase_again(settings, registry))
        values = asyncio.run(decrypt_all(settings, registry, progress))
    if json:
        facts = {"backup": path.name, "rows": manifest.rows, "values": values, "erased_again": erased}
        _print_json(facts | {"saved": saved.path.name if saved else None})
        return
    typer.echo(f"Restored from {path.name}: {manifest.rows} rows of {len(manifest.tables)} tables.")
    typer.echo(f"Encrypted values that can be read: {values}. People and guilds erased again: {erased}.")
    if saved:
        typer.echo(f"What was there before is in {saved.path.name}.")


@app.command()
def drill(name: Name = None, json: AsJson = False) -> None:
    """Restore a backup into a database made for that, decrypt and count everything in it, and drop it."""
    from guildbase.core.registry import FeatureRegistry
    from guildbase.services.backup.drill import drill as run_drill
    from guildbase.services.backup.folder import find_backup, note_drill

    settings = load_settings()
    registry = FeatureRegistry.discover(settings.features_dir)
    path = find_backup(settings.backup_dir, name)
    with _progress(json) as progress:
        done = run_drill(path, settings, registry, progress)
    note_drill(settings.backup_dir, asdict(done))
    if json:
        _print_json(asdict(done))
        return
    typer.echo(f"{done.backup} can be restored: {done.rows} rows of {done.tables} tables in {done.seconds:.1f} s.")
    typer.echo(f"Encrypted values that were decrypted: {done.values}.")


async def _erase_again(settings: Settings, registry: FeatureRegistry) -> int:
    """Erase again whom the backup brought back."""
    from guildbase.platform.privacy.jobs import reapply_erasures
    from guildbase.services.assembly import assemble

    services = assemble(settings, registry)
    try:
        return await reapply_erasures(services)
    finally:
        await services.close()


@contextmanager
def _progress(is_quiet: bool) -> Iterator[Progress]:
    """Show the steps on the terminal of a person, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, disable=is_quiet or not console.is_terminal) as bar:
        tasks: dict[str, Any] = {}

        def show(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)

        yield show


def _facts(backup: Backup) -> dict[str, Any]:
    found = backup.manifest
    facts: dict[str, Any] = {"name": backup.path.name, "bytes": backup.size, "problem": backup.problem or None}
    if found is not None:
        facts |= {
            "created_at": found.created_at, "version": found.version, "backend": found.backend, "rows": found.rows,
            "revisions": found.revisions, "tables": found.tables, "key": found.key_id,
        }  # fmt: skip
    return facts


def _described(backup: Backup) -> str:
    found = backup.manifest
    if found is None:
        return f"unreadable: {backup.problem}"
    age = human_duration((utcnow() - found.created_at).total_seconds())
    key = "not encrypted" if found.key_id is None else f"key {found.key_id}"
    return f"{age} old, {found.backend}, {found.rows} rows, {key}"


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB" if count >= 100_000 else f"{count} bytes"


def _print_json(value: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(value).decode())
