"""Writes the OpenAPI document of all built-in features, which the dashboard's client is generated from."""

from __future__ import annotations

import json
from pathlib import Path

from guildbase.api.app import create_app
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble

PATH = Path(__file__).parent.parent / "dashboard" / "openapi.json"


def document() -> str:
    """Return the document with sorted keys; nothing is connected for it."""
    services = assemble(Settings(database_url="sqlite:///never-opened.db"), FeatureRegistry.discover())
    return json.dumps(create_app(services).openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(document())
