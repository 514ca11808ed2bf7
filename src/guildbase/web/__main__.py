"""Brings the pages of a checkout up to date: `python -m guildbase.web [FOLDER]`; an installed package has its own."""

from __future__ import annotations

import sys
from pathlib import Path

from guildbase.web.building import build
from guildbase.web.node import BuildFailed
from guildbase.web.places import CHECKOUT


def main() -> int:
    """Return 0 if the pages are there in the end; each line of the output says what is being done."""
    sources = Path(sys.argv[1]) if sys.argv[1:] else CHECKOUT
    try:
        build(sources, sources / "out", tell=lambda text: print(text, flush=True))
    except BuildFailed as failed:
        print(failed, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
