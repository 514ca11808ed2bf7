"""Makes the files that are derived from code, or checks that they are up to date (`--check`)."""

from __future__ import annotations

import sys
from pathlib import Path

from guildbase.cli.db.docs import schema_files
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import env_example
from guildbase.platform.configuration.settings_page import settings_page
from guildbase.services.data_statement import data_statement
from tools import openapi, simulator_coverage
from tools.texts import catalogue_files

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"


def generated() -> dict[Path, str | bytes]:
    """Return every derived file with what it should hold."""
    return {
        ROOT / ".env.example": env_example(),
        ROOT / "docs" / "reference" / "simulator-coverage.md": simulator_coverage.page(),
        **{REFERENCE / name: text for name, text in schema_files(FeatureRegistry.discover()).items()},
        ROOT / "docs" / "reference" / "data-statement.md": data_statement(FeatureRegistry.discover()),
        REFERENCE / "settings.md": settings_page(FeatureRegistry.discover()),
        openapi.PATH: openapi.document(),
        **catalogue_files(),
    }


def main() -> int:
    """Write the files; with `--check` write nothing and return 1 if one is out of date."""
    wanted = {path: held.encode() if isinstance(held, str) else held for path, held in generated().items()}
    stale = [path for path, held in wanted.items() if not path.exists() or path.read_bytes() != held]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date. Run: make generate")
        return 1 if stale else 0
    for path, held in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(held)
        print(f"{path.relative_to(ROOT)} {'written' if path in stale else 'is up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
