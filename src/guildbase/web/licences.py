"""Gathers the licences of the packages that the dashboard's pages are made of."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

LICENCES = "THIRD-PARTY-LICENSES.txt"
"""Name of the file beside the pages."""
_FILES = ("LICENSE*", "LICENCE*", "license*", "COPYING*", "OFL*")
_LINE = "-" * 80


def licences(place: Path) -> str:
    """Return the names, versions and licences of all packages that are not for the build alone; equal texts once."""
    packages = json.loads((place / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    by_text: defaultdict[str, list[str]] = defaultdict(list)
    for path, about in sorted(packages.items()):
        if path and not about.get("dev") and (folder := place / path).is_dir():
            name = path.rpartition("node_modules/")[2]
            by_text[_text(folder)].append(f"{name} {about['version']} ({about.get('license', 'see below')})")
    head = "The pages of the dashboard are made of, and with, these packages."
    parts = ["\n".join([_LINE, *names, "", text.strip()]) for text, names in by_text.items()]
    return "\n\n".join([head, *parts]) + "\n"


def _text(folder: Path) -> str:
    files = sorted({path for pattern in _FILES for path in folder.glob(pattern) if path.is_file()})
    return "\n\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
