"""Builds the dashboard of this checkout if its sources changed (`make dashboard`), or checks it (`check`)."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from guildbase.web.building import build, install_packages, run
from guildbase.web.node import BuildFailed, require_node

SOURCES = Path(__file__).parent.parent / "dashboard"
OUT = SOURCES / "out"


def bring_up_to_date() -> None:
    """Build what is served from a checkout, if it is not made of today's sources."""
    began = time.monotonic()
    if build(SOURCES, OUT, tell=lambda text: print(text, flush=True)):
        print(f"The dashboard is built ({time.monotonic() - began:.0f} s).")


def check() -> None:
    """Check the client, the types and the style of the dashboard, and run its unit tests."""
    node = require_node()
    install_packages(SOURCES, node, print)
    schema = SOURCES / "src" / "client" / "schema.d.ts"
    before = schema.read_text(encoding="utf-8")
    run(node, SOURCES, node.npm_command("run", "client"))
    if schema.read_text(encoding="utf-8") != before:
        raise BuildFailed("dashboard/src/client/schema.d.ts was out of date, and is made anew. Commit it.")
    for script in ("plugins", "typecheck", "lint", "test"):
        print(f"npm run {script} …", flush=True)
        run(node, SOURCES, node.npm_command("run", script))


def main() -> int:
    """Return 0 if all went well."""
    try:
        check() if sys.argv[1:] == ["check"] else bring_up_to_date()
    except BuildFailed as failed:
        print(failed)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
