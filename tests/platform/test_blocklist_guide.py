"""The code in the guide of block-lists does what the guide says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from guildbase.bot.client import GuildbaseBot
from guildbase.core.feature import MessageHandler
from guildbase.platform.guilds.controller import GuildController
from guildbase.simulator import Person, ScriptedGuild

GUIDE = (Path(__file__).parents[2] / "docs/guides/blocklists.md").read_text(encoding="utf-8")


async def test_the_examples_of_the_guide_work(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    standing, handler = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    owner = guild.owner
    await owner.slash("blocklist trust", user=member)
    seen: dict[int, Any] = {}
    for person in (owner, member):
        names: dict[str, Any] = {
            "services": guildbase_bot.services,
            "user_id": person.id,
            "snapshot": await guildbase_bot.services.get(GuildController).load(guild.id),
        }
        exec(standing, names)  # noqa: S102
        seen[person.id] = names["standing"]
    assert seen[owner.id] is None
    assert seen[member.id].is_trusted
    assert eval(handler, {"MessageHandler": MessageHandler}).sees_blocked  # noqa: S307
