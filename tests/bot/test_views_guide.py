"""The guide's example of buttons, menus and forms works as the guide says."""

from __future__ import annotations

import re
from pathlib import Path

from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures

GUIDE = (Path(__file__).parents[2] / "docs/guides/views.md").read_text(encoding="utf-8")


async def test_the_example_of_the_guide_works(
    start_guildbase: StartGuildbase, features: LocalFeatures, guild: ScriptedGuild, member: Person
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    features.write("badges", cog=code)
    await start_guildbase(features_dir=features.folder)
    badge = await member.slash("badge")
    form = (await badge.click("Name it")).modal
    assert form is not None
    assert (await form.submit(name="Admin")).text == "That name is taken. Take another."
    form = (await badge.click("Name it")).modal
    assert form is not None
    assert (await form.submit(name="Ada")).text == "A badge for Ada"
    assert (await badge.select(guild.role("Greeters"))).text == "member is in Greeters"
    question = await member.slash("burn")
    assert (await question.click("Burn them")).text == "They are ashes."
