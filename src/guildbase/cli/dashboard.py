"""`guildbase dashboard`: builds the dashboard anew, with pages of your own in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The pages of the dashboard.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Keep `build` a command of its own, as there is no other."""


@app.command()
def build(
    plugins: Annotated[
        Path | None,
        typer.Option(help="Folder of plugins, each with a plugin.ts.", exists=True, file_okay=False, resolve_path=True),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the pages.", file_okay=False)] = Path("dashboard-build"),
    work: Annotated[
        Path | None, typer.Option(help="Folder to work in, which keeps what was installed.", file_okay=False)
    ] = None,
) -> None:
    """Build the dashboard with your plugins into a folder; GUILDBASE_DASHBOARD_DIR then names it."""
    from guildbase.core.errors import GuildbaseError
    from guildbase.web.building import build as build_pages
    from guildbase.web.node import BuildFailed
    from guildbase.web.places import cache, sources

    target = out.resolve()
    try:
        is_new = build_pages(sources(), target, plugins=plugins, work=work or cache(), tell=typer.echo)
    except BuildFailed as failed:
        raise GuildbaseError(str(failed)) from None
    typer.echo(f"{'The dashboard is in' if is_new else 'Nothing has changed since the last build in'} {target}.")
    typer.echo(f"Use it with GUILDBASE_DASHBOARD_DIR={target}")
