"""`guildbase outbox`: promised effects, which of them failed, and trying those again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from guildbase.core.ports import SYSTEM

if TYPE_CHECKING:
    from guildbase.services.container import BotServices
    from guildbase.services.outbox import OutboxEffect

app = typer.Typer(
    help="What was promised on Discord: what waits, what failed, and trying it again.", no_args_is_help=True
)


@app.command("list")
def list_effects(
    state: Annotated[str | None, typer.Option(help="Only this state: pending, running, done or failed.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as moderation.tell_target.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document a line.")] = False,
) -> None:
    """List promised effects, the latest on top."""
    from guildbase.cli.services import with_services

    async def work(services: BotServices) -> Sequence[OutboxEffect]:
        from guildbase.core.errors import InvalidInput
        from guildbase.services.outbox import EffectState
        from guildbase.services.outbox.controller import OutboxController

        if state is not None and state not in tuple(EffectState):
            raise InvalidInput(f"There is no state {state}.", hint=f"There are: {', '.join(EffectState)}.")
        only = EffectState(state) if state is not None else None
        return await services.get(OutboxController).effects(SYSTEM, state=only, kind=kind, limit=limit)

    found = with_services(work)
    for effect in found:
        typer.echo(_document(effect) if json else _line(effect))
    if not found and not json:
        typer.echo("No effect fits.")


@app.command()
def retry(
    effect_ids: Annotated[list[int], typer.Argument(metavar="ID...", help="What `guildbase outbox list` shows.")],
) -> None:
    """Have failed effects tried again at once."""
    from guildbase.cli.services import with_services

    async def work(services: BotServices) -> None:
        from guildbase.services.outbox.controller import OutboxController

        for effect_id in effect_ids:
            await services.get(OutboxController).retry(SYSTEM, effect_id)
            typer.echo(f"Effect {effect_id} is tried again.")

    with_services(work)


def _line(effect: OutboxEffect) -> str:
    about = f"  server {effect.guild_id}" if effect.guild_id else ""
    error = f"  attempt {effect.attempts}: {effect.error}" if effect.error else ""
    return f"{effect.effect_id}  {effect.due_at:%Y-%m-%d %H:%M:%S}  {effect.state}  {effect.kind}{about}{error}"


def _document(effect: OutboxEffect) -> str:
    # What was promised may be about a person, and is for the feature that promised it.
    shown = effect.model_dump(mode="json", exclude={"payload", "worker", "lease_until"})
    return orjson.dumps(shown).decode()
