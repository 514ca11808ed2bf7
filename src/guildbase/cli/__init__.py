"""The `guildbase` command."""

import sys
from itertools import takewhile

from guildbase.core.errors import ConfigurationError, GuildbaseError


def main() -> None:
    """Run the command line; an expected error is one line and exit code 1 (2 for settings)."""
    arguments = sys.argv[1:]
    try:
        _run(arguments)
    except GuildbaseError as error:
        # Options of the whole command stand before its name.
        if "--debug" in takewhile(lambda argument: argument.startswith("-"), arguments):
            raise
        print(f"guildbase: {error.text}", file=sys.stderr)
        sys.exit(2 if isinstance(error, ConfigurationError) else 1)
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> None:
    from guildbase.cli.processes import PARTS, serve_parts

    # What reads options is 2 MB and a twentieth of a start, so a process that runs for months goes without.
    if len(arguments) == 1 and arguments[0] in PARTS:
        serve_parts(arguments[0])
    else:
        from guildbase.cli.app import app

        app()
