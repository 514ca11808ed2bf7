"""Puts the dashboard into the wheel: its built pages, and the sources for who builds it with plugins.

GUILDBASE_DASHBOARD=skip leaves both out, for machines that serve the API alone.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "src"))

from guildbase.web.building import build, is_current, source_files  # noqa: E402 - it is what is being built.
from guildbase.web.node import WHEEL, find_node  # noqa: E402

SOURCES = ROOT / "dashboard"
OUT = SOURCES / "out"


class DashboardHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the dashboard with the wheel, unless it is there already."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the pages and the sources to what goes into the wheel."""
        if not _is_wanted(version):
            return
        if not _is_there():
            build(SOURCES, OUT, tell=lambda text: self.app.display_info(text))
        if self.target_name == "wheel":
            included = build_data["force_include"]
            included[str(OUT)] = "guildbase/web/static"
            for path in source_files(SOURCES):
                included[str(path)] = f"guildbase/web/sources/{path.relative_to(SOURCES).as_posix()}"

    def dependencies(self) -> list[str]:
        """Ask for a Node.js from PyPI where one is needed and there is none."""
        return [] if not _is_wanted("standard") or _is_there() or find_node() else [WHEEL]


def _is_wanted(version: str) -> bool:
    # An editable installation serves what `make dashboard` builds.
    return version != "editable" and os.environ.get("GUILDBASE_DASHBOARD") != "skip"


def _is_there() -> bool:
    return (OUT / "index.html").exists() and is_current(SOURCES, OUT)
