"""`guildbase privacy`: hands over and erases what is kept about a person or a server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import orjson
import typer

from guildbase.cli.confirm import confirm
from guildbase.core.errors import InvalidInput
from guildbase.core.settings import load_settings

if TYPE_CHECKING:
    from guildbase.platform.privacy.controller import PrivacyController, Progress
    from guildbase.platform.privacy.models import ErasureRequest, ErasureScope
    from guildbase.services.container import BotServices

T = TypeVar("T")

app = typer.Typer(help="What is kept about a person or a server: hand it over, erase it.", no_args_is_help=True)
User = Annotated[int | None, typer.Option("--user", metavar="ID", help="Id of the person.")]
Guild = Annotated[int | None, typer.Option("--guild", metavar="ID", help="Id of the server.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command()
def export(
    user: User = None,
    guild: Guild = None,
    output: Annotated[Path | None, typer.Option(help="The zip file; by default in this folder.")] = None,
    json: AsJson = False,
) -> None:
    """Write all that is kept about the person or the server into a zip of JSON and CSV files."""
    scope, subject_id = _subject(user, guild)
    path = output or Path(f"export-{scope}-{subject_id}.zip")
    manifest = _run(lambda controller: controller.request_export(_system(), scope, subject_id, path))
    if json:
        _print_json({"file": str(path), "rows": manifest.rows, "tables": manifest.tables})
    elif manifest.rows:
        typer.echo(f"{path}: {manifest.rows} rows from {len(manifest.tables)} tables.")
    else:
        typer.echo(f"{path}: nothing is kept about the {scope} {subject_id}.")


@app.command()
def erase(
    user: User = None,
    guild: Guild = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be treated.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; what is erased is gone for good.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with erasures that were cut off.")] = False,
    json: AsJson = False,
) -> None:
    """Erase a person or a server from all tables, and remember it for backups that are restored later."""
    if resume:
        if (user, guild, dry_run) != (None, None, False):
            raise InvalidInput("--resume takes no other choice.", hint="It goes on with every open erasure.")
        _show_erased(_finish(json), json)
        return
    scope, subject_id = _subject(user, guild)
    if dry_run or not yes:
        plan = _run(lambda controller: controller.plan(_system(), scope, subject_id))
        if dry_run and json:
            _print_json(plan)
        else:
            _show_counts(plan)
        if dry_run:
            return
        confirm(f"Erase the {scope} {subject_id} for good?")

    key = _run(lambda controller: controller.request_erasure(_system(), scope, subject_id), is_alone=True)
    _show_erased(_finish(json, key), json)


@app.command()
def erasures(json: AsJson = False) -> None:
    """List the erasures: when, how many rows, and those that are not finished."""
    found = _run(lambda controller: controller.erasures())
    if json:
        _print_json([_erased(request) for request in found])
        return
    for request in found:
        state = f"finished {request.finished_at:%Y-%m-%d %H:%M}" if request.finished_at else "open"
        rows = sum(request.treated.values())
        typer.echo(f"{request.request_key} {request.scope} {request.requested_at:%Y-%m-%d %H:%M} {state}, {rows} rows")
    if any(request.finished_at is None for request in found):
        typer.echo("The running bot finishes what is open, or: guildbase privacy erase --resume")


@app.command()
def reapply(json: AsJson = False) -> None:
    """After a backup was restored: erase again whom it brought back, by the list of erasures."""
    again = _run(lambda controller: controller.reapply(), is_alone=True)
    if json:
        _print_json({"erased_again": again})
    else:
        typer.echo(f"Erased again: {again}. The database now knows every erasure of the list.")


@app.command()
def statement() -> None:
    """Print, in Markdown, what every table of the installed features holds about people and what becomes of it."""
    from guildbase.core.registry import FeatureRegistry
    from guildbase.services.data_statement import data_statement

    typer.echo(data_statement(FeatureRegistry.discover(load_settings().features_dir)), nl=False)


def _subject(user: int | None, guild: int | None) -> tuple[ErasureScope, int]:
    from guildbase.platform.privacy.models import ErasureScope

    if (user is None) == (guild is None):
        raise InvalidInput("Whose data?", hint="Give either --user ID or --guild ID.")
    return (ErasureScope.USER, user) if user is not None else (ErasureScope.GUILD, guild or 0)


def _system() -> Any:
    from guildbase.core.ports import SYSTEM

    return SYSTEM


def _finish(is_quiet: bool, *keys: UUID) -> list[ErasureRequest]:
    with _progress(is_quiet) as progress:
        return _run(lambda controller: controller.finish(*keys, progress=progress), is_alone=True)


def _run(work: Callable[[PrivacyController], Awaitable[T]], *, is_alone: bool = False) -> T:
    """Run on a database at the newest revision; `is_alone` keeps other processes from a SQLite file."""
    from guildbase.cli.services import with_services

    async def run(services: BotServices) -> T:
        from guildbase.platform.privacy.controller import PrivacyController

        return await work(services.get(PrivacyController))

    return with_services(run, is_alone=is_alone, is_long=True)


@contextmanager
def _progress(is_quiet: bool) -> Iterator[Progress]:
    """Show which table the work is at, on a terminal and on standard error."""
    from rich.console import Console

    console = Console(stderr=True, quiet=is_quiet)
    with console.status("erasing") as status:
        total = 0

        def show(step: str, rows: int) -> None:
            nonlocal total
            total += rows
            status.update(f"{total} rows, at {step}")

        yield show


def _show_counts(counts: dict[str, int]) -> None:
    for step, rows in counts.items():
        typer.echo(f"{rows:>8}  {step}")
    if not counts:
        typer.echo("Nothing is kept, so there is nothing to erase.")


def _show_erased(done: list[ErasureRequest], json: bool) -> None:
    if json:
        _print_json([_erased(request) for request in done])
        return
    for request in done:
        _show_counts(request.treated)
        typer.echo(f"Erasure {request.request_key} is finished.")
    if not done:
        typer.echo("No erasure was open.")


def _erased(request: ErasureRequest) -> dict[str, Any]:
    return {
        "erasure": str(request.request_key),
        "scope": str(request.scope),
        "requested_at": request.requested_at,
        "finished_at": request.finished_at,
        "rows": request.treated,
    }


def _print_json(value: Any) -> None:
    typer.echo(orjson.dumps(value).decode())
