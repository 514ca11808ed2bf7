"""Scripted people talk to the real bot, which runs the feature; nothing is mocked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import httpx
import pytest

from guildbase.simulator import NothingHeard, Person, ScriptedGuild
from hello_cog import rules

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.usefixtures("guildbase_bot")
async def test_the_command_greets(member: Person) -> None:
    reply = await member.slash("hello")
    assert (reply.text, reply.ephemeral) == ("Hello, Member!", True)
    assert (await member.slash("hello", name="*Ada*")).text == r"Hello, \*Ada\*!"


@pytest.mark.usefixtures("guildbase_bot")
async def test_who_says_hello_is_greeted_back_once(member: Person, moderator: Person) -> None:
    await member.says("Hello!")
    assert (await member.hears()).text == "Hello, Member!"

    await member.says("hello again")
    await member.says("hello")
    with pytest.raises(NothingHeard):
        await member.hears(timeout=0.3)

    await moderator.says("hi")
    assert (await moderator.hears()).text == "Hello, Moderator!"


async def test_a_server_sets_how_it_greets(
    guildbase_api: httpx.AsyncClient, guild: ScriptedGuild, member: Person
) -> None:
    settings = f"/guilds/{guild.id}/config/hello"
    changed = await guildbase_api.patch(settings, json={"changes": {"greeting": "Ahoy", "cooldown": "1h"}})
    assert changed.json()["changed"] == ["cooldown", "greeting"]
    assert (await member.slash("hello")).text == "Ahoy, Member!"
    await member.says("hello")
    assert (await member.hears()).text == "Ahoy, Member!"

    refused = await guildbase_api.patch(settings, json={"changes": {"cooldown": "soon"}})
    assert (refused.status_code, list(refused.json()["problems"])) == (422, ["cooldown"])
    await guildbase_api.delete(settings)
    assert (await member.slash("hello")).text == "Hello, Member!"


async def test_only_who_manages_the_server_sees_the_count(
    guildbase_api: httpx.AsyncClient, guild: ScriptedGuild, member: Person
) -> None:
    await member.slash("hello")
    assert (await guild.owner.slash("greetings")).text == "Greetings here since I started: 1."
    assert (await guildbase_api.get(f"/guilds/{guild.id}/hello")).json() == {"count": 1}

    refused = await member.slash("greetings", force=True)
    assert "Manage Server" in refused.text


def test_what_is_a_greeting() -> None:
    cases = (str.lower, str.upper, str.title)
    for word, case, before, after in product(rules.GREETINGS, cases, ("", " "), ("", " ", "!", "!!", ".")):
        assert rules.is_greeting(before + case(word) + after)


@pytest.mark.parametrize("text", ["", "!", "!hello", "hello there", "othello", "hi?", "he y"])
def test_what_is_none(text: str) -> None:
    assert not rules.is_greeting(text)


@pytest.mark.parametrize(("seconds", "is_resting"), [(0, True), (29.999, True), (30, False), (31, False)])
def test_how_long_a_person_rests(seconds: float, is_resting: bool) -> None:
    until = rules.rests_until(NOON, timedelta(seconds=30))
    assert rules.is_resting(until, NOON + timedelta(seconds=seconds)) is is_resting
