"""Where the dashboard's sources and pages lie: in an installed package, or in a checkout."""

from __future__ import annotations

import os
from pathlib import Path

from guildbase.web.node import BuildFailed

_HERE = Path(__file__).parent
PACKAGED_PAGES = _HERE / "static"
PACKAGED_SOURCES = _HERE / "sources"
CHECKOUT = _HERE.parent.parent.parent / "dashboard"


def sources() -> Path:
    """Return the folder of the sources.

    Raises:
        BuildFailed: this installation came without them.
    """
    for place in (PACKAGED_SOURCES, CHECKOUT):
        if (place / "package-lock.json").exists():
            return place
    raise BuildFailed("This installation has no sources of the dashboard. Install the package from PyPI, or clone it.")


def pages() -> tuple[Path, ...]:
    """Return where built pages may lie, the installed ones first."""
    return (PACKAGED_PAGES, CHECKOUT / "out")


def cache() -> Path:
    """Return the folder in which a build works, and which keeps the packages that it needs."""
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
    return Path(base) / "guildbase" / "dashboard"
