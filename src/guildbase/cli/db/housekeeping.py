"""`guildbase db housekeeping`: does the periodic jobs now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import orjson
import typer

if TYPE_CHECKING:
    from guildbase.services.container import BotServices
    from guildbase.services.due_work.attempts import Outcome


def housekeeping(
    job: Annotated[list[str] | None, typer.Option("--job", metavar="NAME", help="Only this job; repeatable.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Do the periodic jobs now, due or not; a running bot or API does them by itself. Exit code 1 if one failed."""
    from guildbase.cli.services import with_services

    async def work(services: BotServices) -> list[Outcome]:
        from guildbase.services.due_work.recurring import Jobs

        return await Jobs(services).run_now(job or ())

    outcomes = with_services(work, is_alone=True)
    if as_json:
        # Names of tables are a kind of text of their own, which is no key of JSON without being asked for.
        typer.echo(orjson.dumps(outcomes, option=orjson.OPT_NON_STR_KEYS))
    else:
        for outcome in outcomes:
            typer.echo(f"{outcome.kind}: {_told(outcome)}")
    if any(outcome.error for outcome in outcomes):
        raise typer.Exit(1)


def _told(outcome: Outcome) -> str:
    if outcome.ending == "lost":
        return "another process is at it"
    if outcome.error is not None:
        return f"failed ({outcome.error}); the log above tells more"
    done = ", ".join(f"{name} {count}" for name, count in (outcome.result or {}).items())
    return f"{done or 'done'} ({outcome.seconds:.1f} s)"
