"""`guildbase db`: everything about the database. Each command imports what it needs only when it runs."""

from __future__ import annotations

import typer

from guildbase.cli.db import docs, housekeeping, logs, models, orphans, schema, seed

app = typer.Typer(help="The database: its schema, its state, its rows.", no_args_is_help=True)

app.command()(schema.upgrade)
app.command(context_settings={"ignore_unknown_options": True})(schema.downgrade)  # "-1" is no option.
app.command()(schema.current)
app.command()(schema.history)
app.command()(models.revision)
app.command()(models.check)
app.command()(docs.docs)
app.command()(logs.audit)
app.command()(logs.errors)
app.command()(logs.usage)
app.command()(housekeeping.housekeeping)
app.command()(orphans.orphans)
app.command()(seed.seed)
