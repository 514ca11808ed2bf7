"""`guildbase admin`: developers who sign in to the dashboard without Discord, on their own machine alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from guildbase.platform.accounts.controller import LoginController

T = TypeVar("T")

app = typer.Typer(help="Developers who sign in without Discord, never in production.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="What the developer signs in as.")]


@app.command("add")
def add_admin(
    name: Name,
    user_id: Annotated[int, typer.Option("--user-id", help="Id of the account on Discord that they are taken for.")],
) -> None:
    """Let a developer sign in, and print the token for it, which is shown this once."""
    typer.echo(_run(lambda login: login.add_admin(name, user_id)))


@app.command("remove")
def remove_admin(name: Name) -> None:
    """Let a developer sign in no more, and end their logins."""
    _run(lambda login: login.remove_admin(name))
    typer.echo(f"{name} can sign in no more.")


def _run(work: Callable[[LoginController], Awaitable[T]]) -> T:
    from guildbase.cli.services import with_services
    from guildbase.platform.accounts.controller import LoginController
    from guildbase.services.container import BotServices

    async def run(services: BotServices) -> T:
        return await work(services.get(LoginController))

    return with_services(run)
