"""Features and commands are switched off and on by `/config disable` and `/config enable`."""

from __future__ import annotations

from pathlib import Path

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from tests.strange_feature import write_strange

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture
async def strange_bot(start_guildbase: StartGuildbase, tmp_path: Path) -> GuildbaseBot:
    return (await start_guildbase(features_dir=write_strange(tmp_path / "features"))).bot


@pytest.fixture
def admin(guild: ScriptedGuild, strange_bot: GuildbaseBot) -> Person:
    return guild.member("ada", roles=["Admin"])


async def test_a_feature_that_is_off_answers_why_until_it_is_on_again(admin: Person, member: Person) -> None:
    assert (await member.slash("stranger greet")).text == "hello"
    told = await admin.slash("config disable", name="strange", reason="Too *loud*")
    assert told.text == "strange is off here. `/config enable strange` switches it on again."
    refused = await member.slash("stranger greet")
    assert refused.ephemeral
    assert r"Too" in refused.text
    listed = await admin.slash("config features")
    assert r"⚫ **strange**: off: Too \*loud\*" in listed.text
    assert "🟢 **moderation**" in listed.text
    assert "stranger" not in (await member.slash("help")).text
    assert [it.value for it in await admin.completes("config enable", name="")] == ["strange"]
    assert (await admin.slash("config enable", name="strange")).text == "strange is on here."
    assert (await admin.slash("config enable", name="strange")).text == "strange was on already."
    assert (await member.slash("stranger greet")).text == "hello"


async def test_a_command_is_off_with_all_that_is_in_it(admin: Person, member: Person) -> None:
    for name in ("/stranger", "stranger greet"):
        switch = f"/{name.removeprefix('/')}"
        assert f"{switch} is off here." in (await admin.slash("config disable", name=name, reason="Resting")).text
        assert "Resting" in (await member.slash("stranger greet")).text
        assert f"⚫ `{switch}`: off: Resting" in (await admin.slash("config features")).text
        await admin.slash("config enable", name=switch)
        assert (await member.slash("stranger greet")).text == "hello"


async def test_what_helps_when_something_is_off_stays_on(admin: Person) -> None:
    for name in ("configuration", "/config", "/config set", "status", "/help"):
        assert "cannot be switched off" in (await admin.slash("config disable", name=name)).text
    assert "⚫" not in (await admin.slash("config features")).text


async def test_names_are_suggested_and_slips_are_told(admin: Person) -> None:
    names = [it.value for it in await admin.completes("config disable", name="stran")]
    assert names == ["strange", "/stranger", "/stranger greet"]
    told = (await admin.slash("config disable", name="strangee")).text
    assert "neither a feature nor a command called 'strangee'" in told
    assert "`strange`" in told
