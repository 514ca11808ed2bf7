"""`guildbase db audit|errors|usage`: what was done, what went wrong, and how much is used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

if TYPE_CHECKING:
    from guildbase.platform.telemetry.models import AuditEntry, ErrorEvent
    from guildbase.platform.telemetry.queries import UsageCount
    from guildbase.services.container import BotServices

Limit = Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document a line.")]


def audit(
    guild: Annotated[int | None, typer.Option(metavar="ID", help="Only of this server.")] = None,
    actor: Annotated[int | None, typer.Option(metavar="ID", help="Only what this person did.")] = None,
    target: Annotated[int | None, typer.Option(metavar="ID", help="Only what was done to this one.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action, such as moderation.warn.")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="Only of the last days.")] = None,
    limit: Limit = 50,
    json: AsJson = False,
) -> None:
    """List who changed what, newest first."""
    from guildbase.cli.services import with_services

    async def work(services: BotServices) -> Sequence[AuditEntry]:
        from guildbase.core.ports import SYSTEM
        from guildbase.platform.telemetry.controller import AuditController
        from guildbase.platform.telemetry.queries import AuditFilter

        since = datetime.now(UTC) - timedelta(days=days) if days else None
        only = AuditFilter(actor_id=actor, action=action, target_id=target, since=since)
        return await services.get(AuditController).entries(SYSTEM, guild, only, limit=limit)

    found = with_services(work)
    for entry in found:
        who = entry.actor_name if entry.actor_id is None else f"{entry.actor_name} ({entry.actor_id})"
        target_text = f" on {entry.target_type} {entry.target_id}" if entry.target_id else ""
        reason = f": {entry.reason}" if entry.reason else ""
        line = (
            f"{entry.created_at:%Y-%m-%d %H:%M:%S}  {entry.guild_id or '-'}  {who}  {entry.action}{target_text}{reason}"
        )
        typer.echo(_document(entry) if json else line)
    if not found and not json:
        typer.echo("No entry fits.")


def errors(
    error_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="The id that somebody was told.")] = None,
    guild: Annotated[int | None, typer.Option(metavar="ID", help="Only of this server.")] = None,
    limit: Limit = 20,
    json: AsJson = False,
) -> None:
    """List unexpected errors, newest first; with an id show that one and where it came from."""
    from guildbase.cli.services import with_services
    from guildbase.core.errors import NotFound

    async def work(services: BotServices) -> Sequence[ErrorEvent]:
        from guildbase.core.ports import SYSTEM
        from guildbase.platform.telemetry.controller import ErrorController

        return await services.get(ErrorController).errors(SYSTEM, error_id=error_id, guild_id=guild, limit=limit)

    found = with_services(work)
    if error_id is not None and not found:
        raise NotFound(f"No error {error_id} is stored.", hint="The log may still have it; look there for the id.")
    for event in found:
        line = (
            f"{event.created_at:%Y-%m-%d %H:%M:%S}  {event.error_id}  {event.kind} {event.place}"
            f"  {event.count} x  {event.error_type}: {event.message}"
        )
        typer.echo(_document(event) if json else line)
        if error_id is not None and not json:
            typer.echo(event.traceback)
    if not found and not json:
        typer.echo("No error is stored.")


def usage(
    guild: Annotated[int | None, typer.Option(metavar="ID", help="Only in this server.")] = None,
    days: Annotated[int, typer.Option(min=1, help="How many days (UTC), today included.")] = 7,
    json: AsJson = False,
) -> None:
    """List how often each command was used on each day, and how often it failed."""
    from guildbase.cli.services import with_services

    async def work(services: BotServices) -> list[UsageCount]:
        from guildbase.core.ports import SYSTEM
        from guildbase.platform.telemetry.controller import UsageController

        today = datetime.now(UTC).date()
        return await services.get(UsageController).usage(SYSTEM, guild, today - timedelta(days=days - 1), today)

    found = with_services(work)
    for one in found:
        line = f"{one.day}  {one.command}  {one.used} x" + (f", {one.failed} failed" if one.failed else "")
        typer.echo(orjson.dumps(one).decode() if json else line)
    if not found and not json:
        typer.echo("No command was used.")


def _document(row: AuditEntry | ErrorEvent) -> str:
    """Return the row as JSON, ids as text, because JavaScript rounds numbers as large as Discord's ids."""
    values: dict[str, Any] = row.model_dump()
    texts = {name: str(value) for name, value in values.items() if name.endswith("_id") and value is not None}
    return orjson.dumps(values | texts).decode()
