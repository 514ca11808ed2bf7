"""The commands and their options; each imports what it needs only when it runs, so `--help` is quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import guildbase
from guildbase.cli import admin, backup, dashboard, db, due, guild, keys, outbox, privacy
from guildbase.cli.processes import run, serve_parts
from guildbase.core.errors import ConfigurationError

app = typer.Typer(
    name="guildbase",
    help="The base a Discord bot is built on. Start with: guildbase demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(db.app, name="db")
app.add_typer(privacy.app, name="privacy")
app.add_typer(guild.app, name="guild")
app.add_typer(backup.app, name="backup")
app.add_typer(keys.app, name="keys")
app.add_typer(admin.app, name="admin")
app.add_typer(due.app, name="due")
app.add_typer(outbox.app, name="outbox")
app.add_typer(dashboard.app, name="dashboard")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(guildbase.__version__)
        raise typer.Exit


@app.callback()
def options(
    _debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    _show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that all commands share."""


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="No prompt; run until Ctrl-C.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Play the scripted story, then exit 0 or 1.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --check: print the steps as JSON.")] = False,
    browser: Annotated[bool, typer.Option(help="Open the chat page, if there is a screen.")] = True,
) -> None:
    """Run a local Discord with the bot in it, and talk to it. Needs no token and no network."""
    from guildbase.cli.demo import run_demo

    raise typer.Exit(run(run_demo(headless=headless, check=check, as_json=json, browser=browser)))


UntilStdinCloses = Annotated[
    bool, typer.Option("--until-stdin-closes", hidden=True, help="Stop when the parent process is gone.")
]


@app.command()
def up(until_stdin_closes: UntilStdinCloses = False) -> None:
    """Run bot and API in one process."""
    serve_parts("up", until_stdin_closes=until_stdin_closes)


@app.command()
def bot(until_stdin_closes: UntilStdinCloses = False) -> None:
    """Run the bot."""
    serve_parts("bot", until_stdin_closes=until_stdin_closes)


@app.command()
def api(until_stdin_closes: UntilStdinCloses = False) -> None:
    """Run the HTTP API."""
    serve_parts("api", until_stdin_closes=until_stdin_closes)


@app.command()
def sim(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")] = 3400,
    guilds: Annotated[int, typer.Option(min=1, max=10_000, help="Servers to make.")] = 2,
    members: Annotated[int, typer.Option(min=1, max=10_000, help="People to make in each.")] = 8,
    shards: Annotated[int, typer.Option(min=1, max=1000, help="Shards that bots are told to use.")] = 2,
    tls: Annotated[bool, typer.Option("--tls", help="Listen by TLS, with a certificate for discord.com.")] = False,
    tls_dir: Annotated[Path | None, typer.Option(help="Where to put the CA file that bots must trust.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON line for programs.")] = False,
    world: Annotated[Path | None, typer.Option(help="File to load the world from and save it to at the end.")] = None,
    redirect_uri: Annotated[list[str] | None, typer.Option(help="Where OAuth2 may send people back to.")] = None,
) -> None:
    """Run the local Discord alone, for any bot."""
    from guildbase.simulator.serve import SimulatorError, WorldFileError, serve

    try:
        run(
            serve(
                host=host,
                port=port,
                guilds=guilds,
                members=members,
                json=json,
                world=world,
                shards=shards,
                tls=tls,
                tls_dir=tls_dir,
                redirect_uris=redirect_uri or [],
            )
        )
    except (SimulatorError, WorldFileError) as error:
        raise ConfigurationError(f"The simulator: {error}.") from error


@app.command()
def doctor(json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False) -> None:
    """Check token, database, migrations and versions, and say how to mend what is wrong."""
    from guildbase.cli.doctor import run_doctor

    raise typer.Exit(run(run_doctor(as_json=json)))
