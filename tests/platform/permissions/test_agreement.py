"""What `explain` says is what happens: random rules, people and places, through real commands on the local Discord."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.platform.permissions.controller import PermissionController
from guildbase.platform.permissions.models import Access, Scope, Subject
from guildbase.platform.permissions.rules import NewRule
from guildbase.simulator import Person, ScriptedGuild
from guildbase.simulator.world.entities import Channel, ChannelType
from tests.factories import set_general

ROUNDS, USES = 20, 8
COMMANDS = ("ping", "cases", "case view", "help")
TARGETS = (
    *((Scope.COMMAND, name) for name in ("ping", "cases", "case view", "case")),
    (Scope.MODULE, "moderation"),
    (Scope.MODULE, "status"),
    (Scope.EVERYTHING, ""),
)


@dataclass
class Town:
    """A server with all that rules can be about."""

    guild: ScriptedGuild
    people: list[Person]
    channels: list[Channel]
    subjects: list[tuple[Subject, int]]


@pytest.fixture
async def town(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> Town:
    category = await guild.owner.creates_channel("Rooms", ChannelType.CATEGORY)
    room = await guild.owner.creates_channel("room", parent_id=str(category.id))
    thread = await guild.owner.starts_thread("corner", in_channel=room)
    people = [
        guild.member("plain"),
        guild.member("vip", roles=["VIP"]),
        guild.member("both", roles=["VIP", "Helper"]),
        guild.member("moderator", roles=["Moderator"]),
        guild.owner,
    ]
    await set_general(guildbase_bot.services, guild.id, level_3_role=guild.role("Helper").id)
    subjects = [(Subject.MEMBER, person.id) for person in people]
    subjects += [(Subject.ROLE, guild.role(name).id) for name in ("VIP", "Helper", "Moderator")]
    subjects += [(Subject.CHANNEL, it.id) for it in (thread, room, guild.channel("general"))]
    subjects += [(Subject.CATEGORY, category.id), (Subject.GUILD, guild.id)]
    return Town(guild, people, [thread, room, guild.channel("general")], subjects)


def outcome_of(answer: str) -> tuple[str, int | None]:
    """Return what an answer means: the outcome, and the number of the rule that it names."""
    if answer.startswith("Rule #"):
        return "refused", int(answer.removeprefix("Rule #").split()[0])
    if " takes Timeout Members, or permission level 3." in answer:
        return "refused", None
    if answer.startswith("I do not listen"):
        return "ignored", None
    return "allowed", None


@pytest.mark.parametrize("seed", [1, 2])
async def test_explain_says_what_happens(
    guildbase_bot: GuildbaseBot, guildbase_api: httpx.AsyncClient, town: Town, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing is secret here.
    controller = guildbase_bot.services.get(PermissionController)
    seen: set[tuple[str, str]] = set()
    for _ in range(ROUNDS):
        await change_rules(controller, town, chance)
        for _ in range(USES):
            person, channel = chance.choice(town.people), chance.choice(town.channels)
            command = chance.choice(COMMANDS)
            wanted = {"member": str(person.id), "channel": str(channel.id), "command": command}
            reply = await guildbase_api.get(f"/guilds/{town.guild.id}/permissions/explain", params=wanted)
            told = reply.json()
            options: dict[str, Any] = {"number": 1} if command == "case view" else {}
            answer = await person.slash(command, in_channel=channel, force=True, **options)
            outcome, number = outcome_of(answer.text)
            assert outcome == told["outcome"], (told, answer.text)
            if number is not None:
                assert number == told["rule_number"], (told, answer.text)
            weights = [rule["weight"] for rule in told["rules"]]
            assert weights.count("decides") == (told["decided_by"] == "rule"), told
            seen.add((told["outcome"], told["decided_by"]))
    everything = {("allowed", "owner"), ("allowed", "rule"), ("refused", "rule"), ("ignored", "rule")}
    assert seen > everything, seen


async def change_rules(controller: PermissionController, town: Town, chance: random.Random) -> None:
    """Make some rules, change some, and remove some."""
    for _ in range(4):
        subject, scope = chance.choice(town.subjects), chance.choice(TARGETS)
        await controller.set(SYSTEM, town.guild.id, NewRule(*subject, *scope, chance.choice(list(Access))))
    there = await controller.list_rules(SYSTEM, town.guild.id, limit=200)
    if len(there) > 8:
        for row in chance.sample(there, 3):
            await controller.remove(SYSTEM, town.guild.id, row.number)
