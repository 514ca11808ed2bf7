"""`python -m guildbase.simulator`: a local Discord with a seeded world."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from guildbase.simulator.serve import SimulatorError, WorldFileError, serve


def main() -> int:
    """Read the arguments, serve, and return the exit status."""
    parser = argparse.ArgumentParser(prog="guildbase.simulator", description="Run a local Discord.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3400, help="0 takes any free port")
    parser.add_argument("--guilds", type=int, default=2)
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--shards", type=int, default=2, help="how many shards bots are told to use")
    parser.add_argument("--tls", action="store_true", help="listen by TLS, with a certificate for discord.com")
    parser.add_argument("--tls-dir", type=Path, metavar="DIR", help="where to put the CA file that bots must trust")
    parser.add_argument("--json", action="store_true", help="print one line of JSON that tells where everything is")
    parser.add_argument(
        "--world", type=Path, metavar="FILE", help="load the world from it, and save it there at the end"
    )
    parser.add_argument(
        "--redirect-uri",
        action="append",
        default=[],
        dest="redirect_uris",
        metavar="URI",
        help="where OAuth2 may send people back to; may be given several times",
    )
    wanted = parser.parse_args()
    try:
        asyncio.run(serve(**vars(wanted)))
    except (SimulatorError, WorldFileError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
