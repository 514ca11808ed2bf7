"""The code of the guides about people and languages runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from guildbase.core.ports import SYSTEM
from guildbase.platform.users.controller import UserController
from guildbase.platform.users.records import Preferences
from guildbase.services.container import BotServices
from tests.factories import new_id

GUIDES = Path(__file__).parents[2] / "docs/guides"


def _run(guide: str) -> dict[str, Any]:
    found = re.findall(r"```python\n(.*?)```", (GUIDES / guide).read_text(encoding="utf-8"), re.DOTALL)
    assert len(found) == 1
    names: dict[str, Any] = {"__name__": __name__}
    exec(compile(found[0], guide, "exec", dont_inherit=True), names)  # noqa: S102
    return names


def test_the_guide_to_languages_says_what_comes_out() -> None:
    assert _run("languages.md")["told"](1, 1, "open") == "There is no case #1 here. 1 server open"


async def test_the_guide_to_people_reads_and_changes_preferences(services: BotServices) -> None:
    names, users, user_id = _run("people.md"), services.get(UserController), new_id()
    assert await names["remind"](users, user_id)
    await names["move"](users, user_id)
    assert await users.preferences(user_id) == Preferences("Europe/Berlin", "de", True)
    await users.change_preferences(SYSTEM, user_id, {"wants_dms": False})
    assert not await names["remind"](users, user_id)
