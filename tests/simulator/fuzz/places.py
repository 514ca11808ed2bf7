"""Where requests can go: sets of path parameters that belong together, grown by what the requests create."""

from __future__ import annotations

import itertools
import re
from random import Random
from typing import Any

from guildbase.simulator import Simulator
from guildbase.simulator.world import channels, interactions, messages
from guildbase.simulator.world.entities import CallbackType, InteractionType
from guildbase.simulator.world.messages import Draft
from tests.simulator.oracle import Operation, Oracle

Place = dict[str, str]
_ODD = ("0", "5", "-1", "x", "%F0%9F%98%80", "9" * 40, "@me", "%00", "%ff", "1" * 19, "²", "null")
_numbers = itertools.count(1)


class Places:
    """Knows a fresh guild, and everything that earlier requests made."""

    def __init__(self, sim: Simulator, judge: Oracle, random: Random) -> None:
        self._sim = sim
        self._random = random
        self._known: list[Place] = []
        self._base: Place = {}
        self.ids: list[str] = ["1"]
        self._made_by = _creations(judge)

    def found(self) -> None:
        """Make a new guild with something of everything in it, and prefer it from now on."""
        sim, world = self._sim, self._sim.world
        guild = sim.guild(f"Fuzzed {next(_numbers)}")
        member, role, text = guild.member("fuzzed"), guild.role("Helper"), guild.channel("general")
        others = [channels.create(world, guild.guild, f"kind-{kind}", kind) for kind in (2, 4, 5, 13, 15)]
        place = self._random.choice([text, text, text, *others])
        message = messages.send(world, text, self._random.choice([world.bot, member.user]), Draft("hello"))
        self._base = {
            "guild_id": str(guild.id),
            "channel_id": str(place.id),
            "message_id": str(message.id),
            "user_id": str(self._random.choice([member.id, world.bot.id, guild.owner.id])),
            "role_id": str(role.id),
            "overwrite_id": str(self._random.choice([guild.id, member.id, role.id])),
            "application_id": str(sim.application_id),
            "emoji_name": "⭐",
            "answer_id": "1",
            **self._interaction(member, text, message),
        }
        made = [guild.id, member.id, role.id, text.id, message.id, world.bot.id, *(it.id for it in others)]
        self.ids[:] = [*self.ids[-20:], *map(str, made)]

    def _interaction(self, member: Any, channel: Any, message: Any) -> Place:
        world = self._sim.world
        data = {"id": str(world.new_id()), "name": "fuzz", "type": 1}
        started = interactions.start(world, InteractionType.COMMAND, member.user, channel, data, name="/fuzz")
        if self._random.random() < 0.5:
            interactions.acknowledge(world, started, CallbackType.DEFERRED_MESSAGE, {}, flags=0)
        application = str(self._sim.application_id)
        return {
            "interaction_id": str(started.id),
            "interaction_token": started.token,
            "webhook_id": application,
            "webhook_token": started.token,
        }

    def path(self, operation: Operation) -> tuple[str, Place]:
        """Return a path for the operation, mostly to something that exists."""
        names = re.findall(r"{(\w+)}", operation.template)
        fitting = [it for it in self._known if set(names) <= set(it)]
        place = self._base
        if fitting and (self._random.random() < 0.6 or not set(names) <= set(place)):
            place = self._random.choice(fitting[-5:])
        chosen = {name: place.get(name, self._random.choice(self.ids)) for name in names}
        if names and self._random.random() < 0.12:
            chosen[self._random.choice(names)] = self._random.choice((*_ODD, *self.ids))
        return operation.template.format_map(chosen), place | chosen

    def learn(self, operation: Operation, place: Place, body: Any) -> None:
        """Remember what a successful request made."""
        if not isinstance(body, dict) or (name := self._made_by.get(operation.id)) is None:
            return
        made = {name: str(body.get("code" if name == "code" else "id", "0"))}
        if name == "webhook_id":
            made["webhook_token"] = str(body.get("token"))
        self._known.append(place | made)
        self.ids.append(made[name] if made[name].isdigit() else "1")


def _creations(judge: Oracle) -> dict[str, str]:
    """Return for each operation that creates something the parameter by which that is reached afterwards."""
    after = {}
    for one in judge.operations.values():
        collection, _, last = one.template.rpartition("/")
        if last.startswith("{"):
            after[collection] = last[1:-1]
    known = {
        it.id: after[it.template] for it in judge.operations.values() if it.method == "POST" and it.template in after
    }
    elsewhere = {
        "create_webhook": "webhook_id",
        "create_channel_invite": "code",
        "create_guild_channel": "channel_id",
        "create_thread": "channel_id",
        "create_thread_from_message": "channel_id",
    }
    return known | elsewhere
