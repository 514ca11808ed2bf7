"""An admin defines settings in Discord, without knowing JSON Schema or with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.platform.configuration.controller.custom import CustomSettingController
from guildbase.simulator import NotAllowed, Person, ScriptedGuild

HOSTILE = "@everyone <@&1> **bold** `code` [link](https://example.com) {0.__class__}"


@pytest.fixture
def admin(guild: ScriptedGuild, guildbase_bot: GuildbaseBot) -> Person:
    return guild.member("ada", roles=["Admin"])


async def value(bot: GuildbaseBot, guild: ScriptedGuild, name: str) -> object:
    return (await bot.services.get(CustomSettingController).get(guild.id, name)).value


async def test_a_setting_is_defined_by_a_kind_set_shown_and_taken_back(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    assert "This server has none." in (await admin.slash("custom show")).text
    told = await admin.slash("custom define", name="theme", kind="text", reason="We want colours")
    assert told.ephemeral
    assert told.text == "`theme` is defined (version 1). `/custom set theme` gives it a value."
    told = await admin.slash("custom set", name="theme", value="dark")
    assert told.text == "`theme` is set (version 2). `/custom rollback theme 1` takes it back."
    await admin.slash("custom set", name="theme", value="light", reason="It is day")
    shown = (await admin.slash("custom show", name="theme")).text
    assert "light" in shown
    assert "It is day" in shown
    assert "ada" in shown
    assert "again what it was at version 2" in (await admin.slash("custom rollback", name="theme", version=2)).text
    assert await value(guildbase_bot, guild, "theme") == "dark"
    gone = await admin.slash("custom delete", name="theme")
    assert gone.text == "`theme` is gone. `/custom rollback theme 4` brings it back."
    await admin.slash("custom rollback", name="theme", version=4)
    assert "theme" in (await admin.slash("custom show")).text
    assert await value(guildbase_bot, guild, "theme") == "dark"


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("text", "5", "5"),
        ("text", '"quoted"', "quoted"),
        ("whole number", "5", 5),
        ("Number", "1.5", 1.5),
        ("yes or no", "yes", True),
        ("yes or no", "false", False),
        ("role", "<@&1128754567890123457>", "1128754567890123457"),
        ("channel", "1128754567890123457", "1128754567890123457"),
        ("list of texts", '["a", "b"]', ["a", "b"]),
        ("list of texts", "a, b c", ["a", "b c"]),
        ("yes or no", "on", True),
        ("anything", '{"a": [1]}', {"a": [1]}),
        ('{"enum": ["a", 1]}', "1", 1),
    ],
)
async def test_what_is_typed_becomes_what_the_schema_wants(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person, kind: str, typed: str, stored: object
) -> None:
    await admin.slash("custom define", name="it", kind=kind)
    await admin.slash("custom set", name="it", value=typed)
    found = await value(guildbase_bot, guild, "it")
    assert (found, type(found)) == (stored, type(stored))


async def test_regression_channels_and_roles_are_named_as_they_are_seen_one_or_many(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, admin: Person
) -> None:
    general, other, role = guild.find_channel("general"), guild.find_channel("mod-log"), guild.role("Readers")
    for kind, typed, stored in (
        ("channel", "#general", str(general.id)),
        ("role", "@Readers", str(role.id)),
        ("list of channels", "#general, mod-log", [str(general.id), str(other.id)]),
        ("list of channels", f"<#{general.id}> <#{other.id}>", [str(general.id), str(other.id)]),
    ):
        await admin.slash("custom define", name="it", kind=kind)
        await admin.slash("custom set", name="it", value=typed)
        assert await value(guildbase_bot, guild, "it") == stored
        shown = (await admin.slash("custom show")).text
        assert (f"<@&{role.id}>" if kind == "role" else f"<#{general.id}>") in shown
        await admin.slash("custom delete", name="it")
    await admin.slash("custom define", name="it", kind="list of channels")
    assert "value.0: " in (await admin.slash("custom set", name="it", value="#nowhere")).text


async def test_a_long_schema_comes_as_a_file_and_what_is_wrong_is_told(admin: Person) -> None:
    schema = json.dumps({"type": "object", "properties": {"size": {"type": "integer", "maximum": 9}}})
    await admin.slash("custom define", name="box", schema=("schema.json", schema.encode()))
    refused = await admin.slash("custom set", name="box", value='{"size": 10}')
    assert refused.ephemeral
    assert "value.size: it is greater than the maximum of 9" in refused.text
    cases: list[tuple[dict[str, Any], str]] = [
        ({"kind": "txt"}, "There is no kind 'txt'."),
        ({"kind": ""}, "There are: text, number"),
        ({"kind": '{"$ref": "http://127.0.0.1/"}'}, "it leads to nothing in"),
        ({"kind": "{"}, "This is no JSON"),
        ({"schema": ("schema.json", b" " * 20_000)}, "too large"),
    ]
    for wrong, told in cases:
        assert told in (await admin.slash("custom define", name="box", **wrong)).text
    assert "no setting 'boxes' of its own. Do you mean `box`?" in (await admin.slash("custom show", name="boxes")).text


async def test_names_and_kinds_are_suggested(admin: Person) -> None:
    await admin.slash("custom define", name="theme", kind="text")
    await admin.slash("custom define", name="size", kind="number")
    assert [it.value for it in await admin.completes("custom set", name="th")] == ["theme"]
    assert "role" in [it.value for it in await admin.completes("custom define", name="x", kind="ro")]


async def test_values_of_strangers_are_plain_text(admin: Person) -> None:
    await admin.slash("custom define", name="words", kind="text")
    await admin.slash("custom set", name="words", value=HOSTILE, reason=HOSTILE)
    shown = await admin.slash("custom show", name="words")
    for live in ("<@&1>", "**bold**", "`code`", "[link]("):
        assert live not in shown.text
    assert shown.text.count("{0.") >= 2


async def test_only_who_manages_the_server_is_offered_the_commands(guildbase_bot: GuildbaseBot, member: Person) -> None:
    with pytest.raises(NotAllowed):
        await member.slash("custom show")
