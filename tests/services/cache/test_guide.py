"""The guide's code runs, and its settings are those that there are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from guildbase.core.ports import Caller
from guildbase.core.settings import Settings
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices

GUIDE = Path(__file__).parents[3] / "docs/guides/caching.md"
TEXT = GUIDE.read_text(encoding="utf-8")


async def test_the_guides_controller_keeps_and_forgets(services: BotServices) -> None:
    [block] = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names: dict[str, Any] = {"__name__": "guide"}
    exec(compile(block, str(GUIDE), "exec", dont_inherit=True), names)  # noqa: S102 - our own guide.
    controller, badge, caller = names["BadgeController"](services), names["Badge"], Caller(1, 7)
    assert await controller.badges(caller, 7) == (badge("helper", 0),)
    controller.names = ("unseen",)
    assert await controller.badges(caller, 7) == (badge("helper", 0),)
    await controller.rename(caller, 7, "new")
    assert await controller.badges(caller, 7) == (badge("new", 0),)
    assert await controller.badges(Caller(1, 8), 7) == ()
    assert services.get(CacheService).stats().hits == 1


def test_the_guide_names_each_setting_with_its_default() -> None:
    told = dict(re.findall(r"\| `GUILDBASE_(\w+)` \| (\d+) s \|", TEXT))
    assert set(told) == {"CACHE_LOCAL_TTL", "GUILD_CONFIG_TTL", "USER_CASES_TTL"}
    for name, default in told.items():
        assert Settings.model_fields[name.lower()].default == int(default)
