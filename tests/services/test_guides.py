"""The code of the guides about services runs as it stands there."""

from __future__ import annotations

import ast
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from guildbase.core.ports import Caller
from guildbase.services.container import BotServices
from tests.factories import new_id

GUIDES = Path(__file__).parents[2] / "docs/guides"


@pytest.mark.parametrize(("guide", "blocks"), [("messages.md", 4), ("controllers.md", 3)])
async def test_the_guides_code_runs(services: BotServices, guide: str, blocks: int) -> None:
    text = (GUIDES / guide).read_text(encoding="utf-8")
    found = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(found) == blocks
    caller = Caller(user_id=new_id(), name="Reader")
    names: dict[str, Any] = {
        "__name__": __name__,
        "services": services,
        "caller": caller,
        "guild_id": new_id(),
        "other_guild_id": new_id(),
    }
    for block in found:
        code = compile(block, guide, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        result = eval(code, names)  # noqa: S307
        if inspect.isawaitable(result):
            await result
    for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
        json.loads(block)
