from __future__ import annotations

import re
from pathlib import Path

from guildbase.core.settings import Settings

GUIDE = Path(__file__).parents[2] / "docs/guides/connections.md"


def test_the_guide_names_each_setting_of_connections_with_its_default() -> None:
    rows = re.findall(r"\| `GUILDBASE_(DATABASE_\w+)` \| (\S+?)(?: s)? \|", GUIDE.read_text(encoding="utf-8"))
    told = {name.lower(): default for name, default in rows}
    fields = {name: field.default for name, field in Settings.model_fields.items() if name.startswith("database_")}
    del fields["database_url"]
    assert told == {name: "[]" if default == () else str(default).lower() for name, default in fields.items()}
