"""Admins see and change settings by `/config`, of a feature that knows nothing of it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.registry import LOCAL_PACKAGE
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import NotAllowed, Person, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.strange_feature import SETTINGS, write_strange

pytestmark = pytest.mark.usefixtures("unhurried")

HOSTILE = "@everyone <@&1> **bold** `code` [link](https://example.com) {0.__class__} \\ ‮"

TYPED: list[tuple[str, str, object]] = [
    ("is_on", "off", False),
    ("is_on", "yes", True),
    ("mood", "LOUD", "loud"),
    ("colours", "red, blue", ["red", "blue"]),
    ("colour", "blurple", 0x5865F2),
    ("wait", "1h 30m", "1h 30m"),
    ("zone", "europe/berlin", "Europe/Berlin"),
    ("words", "one, two words", ["one", "two words"]),
    ("table", '{"a": 1}', {"a": 1}),
    ("greeting", "none", "none"),
    ("role", "none", None),
    ("words", "nothing", []),
]
"""Key, what is typed, and the value as JSON."""
WRONG = [
    ("strangr", "limit", "7", "No feature called 'strangr' has settings. Do you mean `strange`?"),
    ("strange", "limits", "7", "strange has no setting 'limits'. Do you mean `limit`?"),
    ("strange", "limit", "51", "limit: it must be 50 or less"),
    ("strange", "wait", "soon", "not a duration (an example: 1d 2h 30m)"),
    ("strange", "role", "No Such Role", "not a role id"),
    ("strange", "table", "{", "`table` takes JSON, and this is none."),
    ("strange", "colours", "red, pink", "colours.1: it must be one of 'red', 'green', 'blue'"),
    ("strange", "greeting", "x" * 4001, "greeting: it has at most 3900 characters"),
    ("strange", "greeting", "a\0b", "greeting"),
]
"""Feature, key, what is typed, and what the answer says."""


@pytest.fixture
def features_dir(tmp_path: Path) -> Path:
    return write_strange(tmp_path / "features")


@pytest.fixture
async def strange_bot(start_guildbase: StartGuildbase, features_dir: Path) -> GuildbaseBot:
    return (await start_guildbase(features_dir=features_dir)).bot


@pytest.fixture
def admin(guild: ScriptedGuild, strange_bot: GuildbaseBot) -> Person:
    return guild.member("ada", roles=["Admin"])


def rewrite(folder: Path, settings: str) -> None:
    """Give the feature other settings, for a bot that starts in a new process."""
    for name in [name for name in sys.modules if name.partition(".")[0] == LOCAL_PACKAGE]:
        del sys.modules[name]
    written = write_strange(folder, settings)
    # Bytecode counts as current for a source of the same size and the same second.
    for cache in written.rglob("__pycache__"):
        shutil.rmtree(cache)


async def value_of(bot: GuildbaseBot, guild: ScriptedGuild, key: str, feature: str = "strange") -> object:
    current = await bot.services.get(ConfigurationController).current(guild.id, feature)
    return current.settings.model_dump(mode="json")[key]


async def test_what_is_set_is_told_shown_and_marked(guild: ScriptedGuild, admin: Person) -> None:
    told = await admin.slash("config set", feature="strange", setting="limit", value="7", reason="busy days")
    assert told.ephemeral
    assert told.text.splitlines() == [
        "Saved as version 1 of strange.",
        "`limit`: default → 7",
        "To take it back: `/config rollback strange 0`.",
    ]
    assert (await admin.slash("config set", feature="strange", setting="limit", value="7")).text == (
        "It is so already: nothing was changed."
    )
    shown = (await admin.slash("config show", feature="strange")).text
    assert "`limit`: 7\n-# How often it speaks." in shown
    assert "`mood`: calm (default)" in shown
    everything = (await admin.slash("config show")).text
    assert "**strange**: 1 set, version 1" in everything
    assert "**guilds**: nothing set yet" in everything
    assert "prefix, log channels" in everything


async def test_text_is_read_by_the_kind_of_the_setting(
    guild: ScriptedGuild, strange_bot: GuildbaseBot, admin: Person
) -> None:
    for key, typed, stored in TYPED:
        await admin.slash("config set", feature="strange", setting=key, value=typed)
        assert await value_of(strange_bot, guild, key) == stored


async def test_roles_channels_and_people_are_named_or_mentioned(
    guild: ScriptedGuild, strange_bot: GuildbaseBot, admin: Person
) -> None:
    role, first, second = guild.role("Senior Staff"), guild.channel("first"), guild.channel("second")
    for typed in ("Senior Staff", "@senior staff", f"<@&{role.id}>", str(role.id)):
        await admin.slash("config reset", feature="strange", setting="role")
        told = await admin.slash("config set", feature="strange", setting="role", value=typed)
        assert "It is so already" in told.text or f"<@&{role.id}>" in told.text
        assert await value_of(strange_bot, guild, "role") == str(role.id)
    await admin.slash("config set", feature="strange", setting="channels", value=f"#first <#{second.id}>")
    assert await value_of(strange_bot, guild, "channels") == [str(first.id), str(second.id)]
    told = await admin.slash("config set", feature="strange", setting="friend", value=f"<@{admin.id}>")
    assert f"`friend`: default → <@{admin.id}>" in told.text


async def test_what_is_wrong_is_explained_and_nothing_is_stored(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    for feature, key, typed, told in WRONG:
        answer = await admin.slash("config set", feature=feature, setting=key, value=typed)
        assert told in answer.text
    assert (await strange_bot.services.get(ConfigurationController).current(guild.id, "strange")).version == 0


async def test_hostile_text_is_plain_text_wherever_it_is_shown(discord: Simulator, admin: Person) -> None:
    reason = HOSTILE[:80]
    told = await admin.slash("config set", feature="strange", setting="greeting", value=HOSTILE, reason=reason)
    shown = await admin.slash("config show", feature="strange")
    history = await admin.slash("config history", feature="strange")
    for reply in (told, shown, history):
        assert r"\*\*bold\*\*" in reply.text
        assert r"\<\@&1\>" in reply.text or r"\<\@&1>" in reply.text
        assert "{0.\\_\\_class\\_\\_}" in reply.text
        message = discord.world.message(reply.shown.channel_id, reply.shown.id)
        assert not message.mentions


async def test_values_are_suggested_while_one_types(guild: ScriptedGuild, admin: Person) -> None:
    role = guild.role("Greeters")
    assert [it.value for it in await admin.completes("config set", feature="stra")] == ["strange"]
    names = [it.name for it in await admin.completes("config set", feature="strange", setting="col")]
    assert names == ["colours: What it likes.", "colour: Its colour."]
    picked: dict[str, Any] = {"feature": "strange"}
    moods = await admin.completes("config set", **picked, setting="mood", value="")
    assert [it.value for it in moods] == ["calm", "loud"]
    switches = await admin.completes("config set", **picked, setting="is_on", value="o")
    assert {it.value for it in switches} == {"on", "off"}
    roles = await admin.completes("config set", **picked, setting="role", value="@greet")
    assert [(it.name, it.value) for it in roles] == [("@Greeters", str(role.id))]
    assert "nothing" in [it.value for it in await admin.completes("config set", **picked, setting="role", value="")]
    assert await admin.completes("config set", feature="nothing", setting="role", value="") == []
    assert await admin.completes("config set", feature="nothing", setting="") == []
    assert await admin.completes("config rollback", feature="nothing", version="") == []
    assert await admin.completes("config set", **picked, setting="nothing", value="") == []
    await admin.slash("config set", **picked, setting="limit", value="9")
    assert [it.value for it in await admin.completes("config rollback", **picked, version="")] == [1, 0]


async def test_channels_that_one_cannot_see_are_not_suggested(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    guild.channel("staff-rules")
    hidden = guild.channel("staff-only")
    secret = [{"id": str(guild.id), "type": 0, "deny": "1024", "allow": "0"}]
    await guild.owner.changes_channel(hidden, permission_overwrites=secret)
    manager = guild.member("bob", roles=["Managers"])
    await guild.owner.changes_role("Managers", permissions=str(1 << 5))

    async def names(person: Person) -> set[str]:
        found = await person.completes("config set", feature="strange", setting="channels", value="#staff")
        return {it.name for it in found}

    assert await names(manager) == {"#staff-rules"}
    assert await names(admin) == {"#staff-rules", "#staff-only"}


async def test_settings_get_their_defaults_again_once_that_is_confirmed(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    for key, value in (("limit", "9"), ("greeting", "Hi")):
        await admin.slash("config set", feature="strange", setting=key, value=value)
    question = await admin.slash("config reset", feature="strange", setting="limit", reason="too much")
    assert "`limit`: 9 → default" in question.text
    assert "greeting" not in question.text
    await question.click("Cancel")
    assert await value_of(strange_bot, guild, "limit") == 9
    question = await admin.slash("config reset", feature="strange")
    assert "Saved as version 3 of strange." in (await question.click("Reset")).text
    assert await value_of(strange_bot, guild, "greeting") == "Hello"
    assert "no setting 'limits'" in (await admin.slash("config reset", feature="strange", setting="limits")).text
    for setting in ("", "limit"):
        told = await admin.slash("config reset", feature="strange", setting=setting)
        assert told.text == "Nothing of that is set, so the defaults hold already. `/config show` lists what is set."
        assert not told.components


async def test_the_history_tells_all_and_leads_back(
    strange_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    for number in range(1, 8):
        await admin.slash("config set", feature="strange", setting="limit", value=str(number), reason=f"try {number}")
    history = await admin.slash("config history", feature="strange")
    assert "**#7** set" in history.text
    assert "ada: try 7" in history.text
    assert "`limit`: 6 → 7" in history.text
    assert "#2" not in history.text
    older = await history.click("Older")
    assert "**#2** set" in older.text
    assert "`limit`: default → 1" in older.text
    assert "**#7**" in (await older.click("Newer")).text
    question = await (await older.click("Older")).select("Version 2")
    assert "`limit`: 7 → 2" in question.text
    assert "Saved as version 8 of strange." in (await question.click("Roll back")).text
    assert await value_of(strange_bot, guild, "limit") == 2
    assert "**#8** rollback" in (await admin.slash("config history", feature="strange")).text


async def test_versions_are_compared_and_rolled_back_by_number(guild: ScriptedGuild, admin: Person) -> None:
    for number in (4, 5):
        await admin.slash("config set", feature="strange", setting="limit", value=str(number))
    assert "`limit`: 4 → 5" in (await admin.slash("config diff", feature="strange", from_=1, to=2)).text
    assert "There is no difference." in (await admin.slash("config diff", feature="strange", from_=2, to=2)).text
    assert "no version 9" in (await admin.slash("config diff", feature="strange", from_=1, to=9)).text
    question = await admin.slash("config rollback", feature="strange", version=1, reason="was better")
    await admin.slash("config set", feature="strange", setting="limit", value="6")
    outrun = await question.click("Roll back")
    assert "ada changed the settings of strange meanwhile." in outrun.text
    question = await admin.slash("config rollback", feature="strange", version=0)
    assert "`limit`: 6 → default" in question.text
    assert "Saved as version 4" in (await question.click("Roll back")).text


async def test_a_role_that_vanished_is_told_with_its_cure(guild: ScriptedGuild, admin: Person) -> None:
    role = guild.role("Greeters")
    await admin.slash("config set", feature="strange", setting="role", value="Greeters")
    await guild.owner.deletes_role(role)
    shown = await admin.slash("config show", feature="strange")
    assert f"⚠ This is no longer in the server: `{role.id}`. Set another, or reset it." in shown.text


async def test_what_no_longer_fits_is_told_with_its_cure(
    start_guildbase: StartGuildbase, features_dir: Path, guild: ScriptedGuild
) -> None:
    admin = guild.member("ada", roles=["Admin"])
    running = await start_guildbase(features_dir=features_dir)
    await admin.slash("config set", feature="strange", setting="limit", value="50")
    await running.stop()
    rewrite(features_dir, SETTINGS.replace("le=50", "le=10"))
    await start_guildbase(features_dir=features_dir)
    shown = await admin.slash("config show", feature="strange")
    assert "`limit`: 3 (default)" in shown.text
    assert "⚠ What was stored as `limit` does not count: it must be 10 or less." in shown.text
    assert "limit" in [it.value for it in await admin.completes("config reset", feature="strange", setting="limit")]


async def test_settings_of_a_newer_bot_are_told_and_not_overwritten(
    start_guildbase: StartGuildbase, features_dir: Path, guild: ScriptedGuild
) -> None:
    admin = guild.member("ada", roles=["Admin"])
    rewrite(features_dir, f"{SETTINGS}    shape = 2\n")
    running = await start_guildbase(features_dir=features_dir)
    await admin.slash("config set", feature="strange", setting="limit", value="9")
    await running.stop()
    rewrite(features_dir, SETTINGS)
    await start_guildbase(features_dir=features_dir)
    shown = await admin.slash("config show", feature="strange")
    assert "⚠ These settings were stored by a newer version of the bot." in shown.text
    assert "`limit`: 9" in shown.text
    assert "**strange**: 1 set, version 1 ⚠" in (await admin.slash("config show")).text
    refused = await admin.slash("config set", feature="strange", setting="limit", value="8")
    assert "Update the bot, or reset all settings of the feature." in refused.text


async def test_nobody_sees_or_changes_settings_without_the_right(
    strange_bot: GuildbaseBot, member: Person, moderator: Person
) -> None:
    with pytest.raises(NotAllowed, match="MANAGE_GUILD"):
        await member.slash("config show")
    for line in (
        "show",
        "show strange",
        "set strange limit 7",
        "history strange",
        "edit strange",
        "features",
        "export",
    ):
        await member.says(f"!config {line}")
        answer = await member.hears()
        assert "limit" not in answer.text
        assert "ermission" in answer.text or "Manage Server" in answer.text


async def test_text_commands_do_the_same(guild: ScriptedGuild, strange_bot: GuildbaseBot, admin: Person) -> None:
    await admin.says("!config set strange greeting 'two words' for the fun of it")
    assert "Saved as version 1" in (await admin.hears()).text
    await admin.says("!config")
    assert "`/config edit` guides you" in (await admin.hears()).text
