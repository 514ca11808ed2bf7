"""The guide's models are models that work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from guildbase.platform.configuration import rules
from guildbase.platform.configuration.schemas import schema_of

GUIDE = Path(__file__).parents[3] / "docs/guides/settings.md"


def test_the_guides_models_can_be_set_and_upgraded() -> None:
    namespace: dict[str, Any] = {"__name__": __name__, "Any": Any}
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    for block in blocks:
        if "class " in block:
            exec(compile(block, GUIDE, "exec", dont_inherit=True), namespace)  # noqa: S102
    welcome = namespace["WelcomeSettings"]
    kinds = {key: it["x-kind"] for key, it in schema_of(welcome)["properties"].items()}
    assert kinds == {"channel": "channel", "text": "text", "style": "choice", "pause": "duration", "roles": "role"}
    assert rules.wanted_settings(welcome, {"pause": "2h"}).pause.total_seconds() == 7200
    assert rules.read(namespace["RenamedSettings"], {"message": "Hi"}, 1).settings.text == "Hi"
