"""Asks before something is lost for good."""

from __future__ import annotations

import sys

import typer

from guildbase.core.errors import InvalidInput


def confirm(question: str) -> None:
    """Go on only if the answer is yes.

    Raises:
        InvalidInput: there is nobody to ask.
        typer.Abort: the answer is no.
    """
    try:
        is_wanted = typer.confirm(question)
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        typer.echo()
        raise InvalidInput("Nobody answered, so nothing was done.", hint="Say --yes where nobody can.") from None
    if not is_wanted:
        raise typer.Abort
