"""A guild in which things come and go at random: whatever is left must never trip over what is gone."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest

from guildbase.simulator import Simulator
from guildbase.simulator.world import guilds, invites, members, voice
from guildbase.simulator.world.entities import ChannelType
from tests.simulator.conftest import calling

_STEPS = 800
_SEEN_IN_GUILD = (
    "audit-logs", "channels", "roles", "members?limit=100", "invites", "webhooks", "threads/active", "bans",
    "scheduled-events", "onboarding", "messages/search?content=hi",
)  # fmt: skip
_SEEN_IN_CHANNEL = ("messages", "messages/pins", "invites", "webhooks", "threads/archived/public", "thread-members")
Step = tuple[str, str, Any]


class Life:
    """Chooses what happens next."""

    def __init__(self, sim: Simulator, seed: int) -> None:
        self.sim = sim
        self.world = sim.world
        self.guild = sim.guild("Random life").guild
        self.people = [sim.guild("Random life").member(f"person_{number}").user for number in range(6)]
        self.chance = random.Random(seed)  # noqa: S311 - the same seed must lead to the same life.

    def pick(self, ids: Iterable[int]) -> int:
        """Return one of the ids, or one that nothing has."""
        return self.chance.choice(list(ids) or [5])

    def request(self) -> Step:
        """Return a request about things of which some are gone or never fitted."""
        place, user, role = self.pick([*self.guild.channels, *self.guild.threads]), self.person(), self._role()
        message = self.pick(self.world.messages.get(place, {}))
        in_guild, at = f"/guilds/{self.guild.id}", f"/channels/{place}"
        one = f"{at}/messages/{message}"
        kind = self.chance.choice([0, 0, 2, 4, 5, 13, 15])
        event = {"name": "e", "privacy_level": 2, "entity_type": 2, "scheduled_start_time": "2090-01-01T00:00:00Z"}
        poll = {"question": {"text": "q"}, "answers": [{"poll_media": {"text": "a"}}]}
        steps: list[Step] = [
            ("POST", f"{in_guild}/channels", {"name": "c", "type": kind}),
            ("PATCH", at, {"name": "x", "parent_id": str(self.pick(self.guild.channels))}),
            ("DELETE", at, None),
            ("POST", f"{at}/messages", {"content": f"hi <@{user}> <@&{role}>"}),
            ("POST", f"{at}/messages", {"content": "re", "message_reference": {"message_id": str(message)}}),
            ("POST", f"{at}/messages", {"poll": poll}),
            ("PATCH", one, {"content": "edited"}),
            ("DELETE", one, None),
            ("PUT", f"{at}/messages/pins/{message}", None),
            ("PUT", f"{one}/reactions/👍/@me", None),
            ("POST", f"{one}/threads", {"name": "t"}),
            ("POST", f"{one}/crosspost", None),
            ("POST", f"{at}/threads", {"name": "t", "type": 11, "message": {"content": "x"}}),
            ("PUT", f"{at}/thread-members/{user}", None),
            ("DELETE", f"{at}/thread-members/{user}", None),
            ("POST", f"{at}/webhooks", {"name": "h"}),
            ("POST", f"{at}/followers", {"webhook_channel_id": str(self.pick(self.guild.channels))}),
            ("POST", f"{at}/invites", {"max_uses": 1, "unique": True}),
            ("PUT", f"{at}/permissions/{role}", {"type": 0, "deny": "1024"}),
            ("POST", "/stage-instances", {"channel_id": str(place), "topic": "x"}),
            ("POST", f"{in_guild}/scheduled-events", event | {"channel_id": str(place)}),
            ("POST", f"{in_guild}/roles", {"name": "r"}),
            ("DELETE", f"{in_guild}/roles/{role}", None),
            ("PUT", f"{in_guild}/members/{user}/roles/{role}", None),
            ("DELETE", f"{in_guild}/members/{user}", None),
            ("PUT", f"{in_guild}/bans/{user}", {"delete_message_seconds": 60}),
            ("DELETE", f"{in_guild}/bans/{user}", None),
            ("PATCH", in_guild, {"system_channel_id": str(place)}),
            ("PUT", f"{in_guild}/onboarding", {"default_channel_ids": [str(place)]}),
            ("GET", f"{in_guild}/{self.chance.choice(_SEEN_IN_GUILD)}", None),
            ("GET", f"{at}/{self.chance.choice(_SEEN_IN_CHANNEL)}", None),
        ]
        for hook in list(self.world.webhooks.values())[:3]:
            thread = f"?thread_id={place}" if self.chance.random() < 0.5 else ""
            steps.append(("POST", f"/webhooks/{hook.id}/{hook.token}{thread}", {"content": "w"}))
            steps.append(("PATCH", f"/webhooks/{hook.id}", {"channel_id": str(place)}))
        return self.chance.choice(steps)

    def happen(self) -> None:
        """Let something happen that no request does."""
        self.chance.choice([self._comes, self._speaks, self._time_passes, self._bot_returns])()

    def person(self) -> int:
        """Return someone who is or was here."""
        return self.chance.choice(self.people).id

    def _role(self) -> int:
        return self.pick(self.guild.roles)

    def _comes(self) -> None:
        user = self.chance.choice(self.people)
        if user.id not in self.guild.members and user.id not in self.guild.bans:
            if (code := next(iter(self.world.invites), None)) is None:
                members.join(self.world, self.guild, user)
            else:
                invites.use(self.world, code, user)

    def _speaks(self) -> None:
        rooms = [it.id for it in self.guild.channels.values() if it.type in (ChannelType.VOICE, ChannelType.STAGE)]
        user_id = self.person()
        if rooms and user_id in self.guild.members:
            voice.move(self.world, self.guild, user_id, self.chance.choice(rooms))

    def _time_passes(self) -> None:
        self.sim.advance(hours=self.chance.choice([1, 30]))

    def _bot_returns(self) -> None:
        guilds.bot_leaves(self.world, self.guild)
        guilds.bot_joins(self.world, self.guild)


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_trips_over_what_is_gone(seed: int) -> None:
    async with Simulator() as sim, calling(sim) as call:
        life = Life(sim, seed)
        statuses: set[int] = set()
        for step in range(_STEPS):
            method, path, body = life.request()
            status, answer, _ = await call(method, path, body)
            assert sim.stats.crashes == 0, (step, method, path, body, answer)
            statuses.add(status)
            if step % 20 == 0:
                life.happen()
        assert {200, 204, 400, 404} <= statuses
