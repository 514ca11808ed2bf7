"""The guide's code works as it stands there, and its limits are those of the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from guildbase.core.untrusted_json import DEEPEST
from guildbase.platform.configuration import custom_schema
from guildbase.platform.configuration.controller.custom import MOST
from guildbase.platform.guilds.rules import MANAGE_GUILD
from guildbase.services.container import BotServices
from tests.factories import member

GUIDE = (Path(__file__).parents[3] / "docs/guides/export-and-import.md").read_text(encoding="utf-8")


async def test_the_code_of_the_guide_runs(services: BotServices, guild_id: int) -> None:
    caller = member(guild_id, permissions=MANAGE_GUILD)
    for block in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        code = compile(block, "export-and-import.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        await eval(code, {"services": services, "guild_id": guild_id, "caller": caller})  # noqa: S307


def test_the_limits_of_the_guide_are_those_of_the_code() -> None:
    assert f"up to {MOST}, each of {custom_schema.MAX_BYTES // 1024} KB" in GUIDE
    assert f"{custom_schema.DEEPEST} levels, and {custom_schema.MOST_WORK} checks" in GUIDE
    assert f"more than {DEEPEST} levels" in GUIDE
    assert all(f"`{name}`" in GUIDE for name in custom_schema.FORMATS)
