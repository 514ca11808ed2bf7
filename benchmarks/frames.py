"""The gateway traffic of the dispatch benchmark, encoded beforehand and the same for every case.

The payloads are those of our simulator, which follow Discord's documents, so a frame here has the size
and the keys of a real one: an author with a member, roles, mentions.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from guildbase.simulator import Simulator, payloads
from guildbase.simulator.seed import seed
from guildbase.simulator.world.entities import ChannelType, Message

GUILDS = 300
MEMBERS = 20
MESSAGES = 4000
PREFIX = "!"
COMMAND = "noop"
MENTION_SHARE = 0.10
COMMAND_SHARE = 0.05
SEED = 20_250_101

_PHRASES = ("has anybody", "seen the", "new level", "of that", "game", "or music", "tonight", "lol", "servers", "code")


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one Discord sends: the guilds at the start, then messages."""

    bot: dict[str, Any]
    guilds: list[dict[str, Any]]
    talk: list[str] = field(repr=False)
    """Messages of people to each other; a tenth of them mention somebody."""
    mixed: list[str] = field(repr=False)
    """The same, with every twentieth a text command."""
    commands: int
    """How many of the mixed messages are commands."""


def make_traffic() -> Traffic:
    """Return the traffic; it is the same at every call, whatever the machine."""
    sim = Simulator()
    seed(sim, GUILDS, MEMBERS)
    world = sim.world
    guilds = list(world.guilds.values())
    chance = random.Random(SEED)

    def frames(contents: Iterator[str]) -> Iterator[str]:
        for number, content in enumerate(contents, 1):
            guild = chance.choice(guilds)
            people = [user_id for user_id in guild.members if user_id != world.bot.id]
            channel = next(it for it in guild.channels.values() if it.type == ChannelType.TEXT)
            mentions = [chance.choice(people)] if chance.random() < MENTION_SHARE else []
            text = content + "".join(f" <@{user_id}>" for user_id in mentions)
            message = Message(world.new_id(), channel.id, chance.choice(people), text, mentions=mentions)
            data = payloads.message_event(world, message)
            yield orjson.dumps({"op": 0, "t": "MESSAGE_CREATE", "s": number, "d": data}).decode()

    def talk() -> str:
        return " ".join(chance.choices(_PHRASES, k=7))

    mixed = [f"{PREFIX}{COMMAND}" if chance.random() < COMMAND_SHARE else talk() for _ in range(MESSAGES)]
    return Traffic(
        bot=payloads.current_user(world.bot),
        guilds=[payloads.guild_create(world, it, [it.members[world.bot.id]]) for it in guilds],
        talk=list(frames(talk() for _ in range(MESSAGES))),
        mixed=list(frames(iter(mixed))),
        commands=sum(text.startswith(PREFIX) for text in mixed),
    )
