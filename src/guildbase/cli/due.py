"""`guildbase due`: what is due when, what failed, and what an operator does about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from guildbase.core.ports import SYSTEM

if TYPE_CHECKING:
    from guildbase.services.container import BotServices
    from guildbase.services.due_work import DueItem, DueWork

app = typer.Typer(help="Timed work: what waits, what failed, and trying it again.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ID", help="The number that `guildbase due list` shows.")]


@app.command("list")
def list_items(
    state: Annotated[
        str | None, typer.Option(help="Only this state: pending, running, done, failed or cancelled.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as telemetry.retention.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document a line.")] = False,
) -> None:
    """List timed work, what is due first on top."""
    from guildbase.cli.services import with_services

    async def work(services: BotServices) -> Sequence[DueItem]:
        from guildbase.core.errors import InvalidInput
        from guildbase.services.due_work import DueState, DueWork

        if state is not None and state not in tuple(DueState):
            raise InvalidInput(f"There is no state {state}.", hint=f"There are: {', '.join(DueState)}.")
        only = DueState(state) if state is not None else None
        return await services.get(DueWork).items(SYSTEM, state=only, kind=kind, limit=limit)

    found = with_services(work)
    for item in found:
        typer.echo(_document(item) if json else _line(item))
    if not found and not json:
        typer.echo("No work fits.")


@app.command()
def retry(work_id: Number) -> None:
    """Have failed work tried again at once."""
    _change(lambda due: due.retry(SYSTEM, work_id))
    typer.echo(f"Work {work_id} is tried again.")


@app.command()
def cancel(work_id: Number) -> None:
    """Do this work no longer, or put failed work aside."""
    _change(lambda due: due.cancel_item(SYSTEM, work_id))
    typer.echo(f"Work {work_id} is cancelled.")


def _change(action: Callable[[DueWork], Awaitable[None]]) -> None:
    from guildbase.cli.services import with_services

    async def work(services: BotServices) -> None:
        from guildbase.services.due_work import DueWork

        await action(services.get(DueWork))

    with_services(work)


def _line(item: DueItem) -> str:
    about = f"  server {item.guild_id}" if item.guild_id else ""
    error = f"  attempt {item.attempts}: {item.error}" if item.error else ""
    return f"{item.work_id}  {item.due_at:%Y-%m-%d %H:%M:%S}  {item.state}  {item.kind}{about}{error}"


def _document(item: DueItem) -> bytes:
    # The payload may hold what people wrote, which the list of what waits need not show.
    return orjson.dumps(item.model_dump(mode="json", exclude={"payload"}))
