"""`guildbase guild`: takes a server's whole configuration out as a file, and in again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from guildbase.cli.confirm import confirm
from guildbase.core.errors import InvalidInput
from guildbase.core.ports import SYSTEM

if TYPE_CHECKING:
    from guildbase.platform.configuration.controller.transfer import Imported, TransferController
    from guildbase.platform.configuration.import_plan import Change, Directory, ImportPlan
    from guildbase.services.container import BotServices

T = TypeVar("T")

app = typer.Typer(help="A server's configuration: out as a file, and in again.", no_args_is_help=True)
GuildId = Annotated[int, typer.Argument(metavar="GUILD", help="Id of the server.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

ANSWER_WITHIN = 3.0
"""Seconds that the bot may take to be reached."""
LONGEST_VALUE = 100


@app.command("export")
def export_guild(
    guild_id: GuildId,
    out: Annotated[Path | None, typer.Option(help="The file to write; without it the export is printed.")] = None,
) -> None:
    """Write all that is configured in a server: settings, permissions, access, block-lists."""

    async def export(transfer: TransferController, directory: Directory | None) -> dict[str, Any]:
        return await transfer.export(SYSTEM, guild_id, directory)

    from guildbase.platform.configuration.export_document import export_text

    text = export_text(_run(guild_id, export))
    if out is None:
        typer.echo(text.decode(), nl=False)
        return
    try:
        out.write_bytes(text)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror}.", hint="Name another file.") from None
    typer.echo(f"{out}: {len(text)} bytes.")


@app.command("import")
def import_guild(
    guild_id: GuildId,
    file: Annotated[Path, typer.Argument(help="What `guildbase guild export` wrote, of this server or another.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    leave_out: Annotated[bool, typer.Option("--leave-out", help="Import without what cannot be taken in.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Annotated[str, typer.Option(help="Why; it stands in the history.")] = "",
    json: AsJson = False,
) -> None:
    """Make a server's configuration what the file says: all of it, or nothing."""
    document = _read(file)

    async def plan(transfer: TransferController, directory: Directory | None) -> ImportPlan:
        return await transfer.plan(SYSTEM, guild_id, document, directory, leave_out=leave_out)

    planned = _run(guild_id, plan)
    if json and dry_run:
        _print_json(_plan_document(planned))
    elif not json:
        _show(planned)
    if dry_run:
        return
    if not (yes or json or planned.is_refused):
        confirm(f"Change the server {guild_id}?")

    async def apply(transfer: TransferController, directory: Directory | None) -> Imported:
        return await transfer.apply(
            SYSTEM, guild_id, document, directory, leave_out=leave_out, fingerprint=planned.fingerprint, reason=reason
        )

    done = _run(guild_id, apply)
    if json:
        _print_json({"changes": done.changes, "left_out": done.left_out})
    else:
        typer.echo(f"Imported: {done.changes} changes. `/config history` takes each back.")


@app.command("settings")
def settings() -> None:
    """Print, in Markdown, all that a server may set of the installed features."""
    from guildbase.core.registry import FeatureRegistry
    from guildbase.core.settings import load_settings
    from guildbase.platform.configuration.settings_page import settings_page

    typer.echo(settings_page(FeatureRegistry.discover(load_settings().features_dir)), nl=False)


def _read(file: Path) -> Any:
    from guildbase.platform.configuration.export_document import MAX_BYTES, read_export

    try:
        with file.open("rb") as opened:
            return read_export(opened.read(MAX_BYTES + 1))
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.", hint="Name a file with an export.") from None


def _run(guild_id: int, work: Callable[[TransferController, Directory | None], Awaitable[T]]) -> T:
    from guildbase.cli.services import with_services

    async def run(services: BotServices) -> T:
        from guildbase.platform.configuration.controller.transfer import TransferController

        transfer = services.get(TransferController)
        await _reach_the_bot(services)
        return await work(transfer, await transfer.directory(SYSTEM, guild_id))

    return with_services(run)


async def _reach_the_bot(services: BotServices) -> None:
    """Listen for the bot's answer, which tells the names of roles and channels; without Redis there is none."""
    from guildbase.services.pubsub import PubSub
    from guildbase.services.pubsub.requests import Requests

    services.get(Requests)
    pubsub = services.get(PubSub)
    if not pubsub.is_shared:
        return
    await services.start()
    for _ in range(int(ANSWER_WITHIN * 20)):
        if pubsub.is_live:
            return
        await asyncio.sleep(0.05)


def _show(plan: ImportPlan) -> None:
    for change in plan.changes:
        typer.echo(_line(change))
    for replaced in plan.replaced:
        typer.echo(f"  {replaced.refers} {replaced.named.name}: {replaced.old} is {replaced.new} here")
    for place, reason in plan.obstacles.items():
        typer.echo(f"! {place}: {reason}{'; left out' if plan.leaves_out else ''}")
    if not plan.changes:
        typer.echo("The server is so already.")


def _line(change: Change) -> str:
    before, after = _short(change.before), _short(change.after)
    return {
        "added": f"+ {change.path} = {after}",
        "removed": f"- {change.path} (was {before})",
        "changed": f"~ {change.path}: {before} -> {after}",
    }[change.kind]


def _short(value: Any) -> str:
    import orjson

    text = orjson.dumps(value).decode()
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _plan_document(plan: ImportPlan) -> dict[str, Any]:
    return {
        "fingerprint": plan.fingerprint,
        "is_refused": plan.is_refused,
        "left_out": dict(plan.obstacles),
        "changes": [{"path": it.path, "kind": it.kind, "before": it.before, "after": it.after} for it in plan.changes],
        "replaced": [
            {"kind": it.refers, "name": it.named.name, "old_id": str(it.old), "new_id": str(it.new)}
            for it in plan.replaced
        ],
    }


def _print_json(value: Any) -> None:
    import orjson

    typer.echo(orjson.dumps(value).decode())
