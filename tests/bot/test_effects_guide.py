"""What the guide to effects shows is code that works, on the bot and on the local Discord."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.effects import effects_in
from guildbase.bot.places import APART, AT_ONCE, PER_GUILD
from guildbase.bot.traffic import MOST_INVALID
from guildbase.cli.app import app
from guildbase.core.ports import SYSTEM
from guildbase.core.settings import Settings
from guildbase.services.outbox import EffectState, Outbox
from guildbase.simulator import ScriptedGuild

GUIDE = (Path(__file__).parents[2] / "docs/guides/effects.md").read_text()
TAKEN_FOR_GRANTED = """
from guildbase.bot.effects import EffectRun, effect
from guildbase.core.ports import Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox, Priority
"""


async def test_the_announcement_of_the_guide_is_sent(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    names: dict[str, Any] = {}
    for block in (TAKEN_FOR_GRANTED, *re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)):
        exec(block, names)  # noqa: S102 - the guide is ours.
    module = type("effects", (), {"send": names["send"]})
    [handler] = effects_in(module)  # type: ignore[arg-type]
    guildbase_bot.executor.handlers[handler.kind] = handler
    controller, channel = names["Announcer"](guildbase_bot.services), guild.find_channel("general")
    effect_id = await controller.announce(SYSTEM, guild.id, channel.id, "We open at eight.")
    assert await guildbase_bot.services.get(Outbox).outcome(effect_id, timeout=10) is EffectState.DONE
    await guild.member("reader").hears(matching="We open at eight.")


def test_the_figures_and_commands_of_the_guide_are_those_of_the_code() -> None:
    text, settings = " ".join(GUIDE.split()), Settings()
    assert f"({settings.discord_requests_per_second}) a second" in text
    assert f"`GUILDBASE_LEASE_TTL` ({settings.lease_ttl:g}) seconds" in text
    assert f"{AT_ONCE} effects run at a time, and {APART} more" in text
    assert f"at most about {PER_GUILD}" in text
    assert f"After {MOST_INVALID:,} only moderation" in text
    for command in ("list", "retry"):
        assert f"guildbase outbox {command}" in GUIDE
        assert CliRunner().invoke(app, ["outbox", command, "--help"]).exit_code == 0
