"""The reminder of the guide, written as it stands there and tried by the guide's own test."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.clock import MovableClock
from guildbase.testing.plugin import StartGuildbase

GUIDE = Path(__file__).parents[2] / "docs/guides/due-work.md"
MANIFEST = """
from guildbase.core.feature import Feature

feature = Feature(name="reminders", summary="Reminds people.", intents=("guilds", "guild_messages"))
"""


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
async def guildbase_bot(start_guildbase: StartGuildbase, tmp_path: Path) -> GuildbaseBot:
    """A bot with the feature of the guide."""
    folder = tmp_path / "features"
    (folder / "reminders").mkdir(parents=True)
    for name, source in zip(("__init__", "controller", "jobs", "effects", "cog"), (MANIFEST, *blocks()), strict=False):
        (folder / f"reminders/{name}.py").write_text(source)
    return (await start_guildbase(features_dir=folder)).bot


async def test_the_guides_reminder_comes_when_it_is_due(
    guildbase_due_work: None, guild: ScriptedGuild, member: Person, clock: MovableClock
) -> None:
    declared: dict[str, Any] = {}
    exec(compile(blocks()[-1], GUIDE.name, "exec", dont_inherit=True), declared)  # noqa: S102
    the_test: Callable[..., Awaitable[None]] = declared["test_a_reminder_comes_when_it_is_due"]
    await the_test(guildbase_due_work, guild, member, clock)
    posted = [message.text for message in guild.messages("general")]
    assert posted.count("Feed the cat") == 1
