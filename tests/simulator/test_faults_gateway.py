from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from guildbase.simulator import GatewaySettings, ImpossibleFault, ScriptedGuild, Simulator
from tests.simulator.sockets import FAST, dialled, identify


class Scene:
    """A bot of its own that notes what it hears, since gateway faults would disturb the shared one."""

    def __init__(self, sim: Simulator, bot: Any, guild: ScriptedGuild) -> None:
        self.sim = sim
        self.bot = bot
        self.guild = guild
        self.ada = guild.member("ada")
        self.heard: list[str] = []
        bot.add_listener(self._hear, "on_message")

    async def _hear(self, message: discord.Message) -> None:
        self.heard.append(message.content)

    async def say(self, *texts: str) -> None:
        for text in texts:
            await self.ada.says(text)

    async def hears(self, *texts: str) -> None:
        await self.bot.until(lambda: len(self.heard) >= len(texts))
        assert self.heard == list(texts)


@pytest.fixture
async def scene(run: Any) -> AsyncIterator[Scene]:
    async with Simulator(gateway=FAST) as sim:
        guild = sim.guild("A")
        async with run.connected(sim, run.Bot(enable_debug_events=True)) as bot:
            yield Scene(sim, bot, guild)


async def test_a_lost_event_never_comes(scene: Scene) -> None:
    with scene.sim.faults.gateway("lose", "MESSAGE_CREATE", times=1) as fault:
        await scene.say("lost", "heard")
        await scene.hears("heard")
    assert fault.hits == 1
    assert scene.sim.stats.faults == {"MESSAGE_CREATE: lose": 1}


async def test_a_doubled_event_comes_twice(scene: Scene) -> None:
    with scene.sim.faults.gateway("duplicate", "MESSAGE_*"):
        await scene.say("echo")
        await scene.hears("echo", "echo")


async def test_events_change_places(scene: Scene) -> None:
    with scene.sim.faults.gateway("reorder", "MESSAGE_CREATE", times=1):
        await scene.say("first", "second")
        await scene.hears("second", "first")
    with scene.sim.faults.gateway("reorder", "MESSAGE_CREATE", times=1):
        await scene.say("third")
    # Nothing stays held back at the end.
    await scene.hears("second", "first", "third")


async def test_an_event_is_late_by_the_simulators_clock(scene: Scene) -> None:
    with scene.sim.faults.gateway("delay", "MESSAGE_CREATE", late=60, times=1):
        await scene.say("late", "in time")
        await scene.hears("in time")
        scene.sim.advance(60)
        await scene.hears("in time", "late")


async def test_a_fault_of_another_shard_or_event_does_nothing(scene: Scene) -> None:
    with scene.sim.faults.gateway("lose", shard=1), scene.sim.faults.gateway("lose", "TYPING_START"):
        await scene.say("heard")
        await scene.hears("heard")


async def test_slow_acknowledgements(scene: Scene) -> None:
    def acks() -> int:
        return sum(it["op"] == 11 for it in scene.bot.raw)

    await scene.bot.until(acks)
    before = acks()
    with scene.sim.faults.gateway("slow acks", late=30, times=1) as fault:
        scene.sim.request_heartbeats()
        assert await scene.sim.world.watch.until(lambda: fault.hits or None, 3)
        assert acks() == before
        scene.sim.advance(30)
        await scene.bot.until(lambda: acks() == before + 1)


async def test_a_zombie_is_noticed_by_missing_acknowledgements(run: Any) -> None:
    settings = GatewaySettings(identify_interval=0.0, heartbeat_interval=0.2)
    async with Simulator(gateway=settings) as sim:
        guild = sim.guild("A")
        async with run.connected(sim, run.Bot(enable_debug_events=True, heartbeat_timeout=0.5)) as bot:
            scene = Scene(sim, bot, guild)
            assert sim.silence_gateway() == 1
            assert sim.silence_gateway() == 0
            await scene.say("said into the void")
            await bot.until(lambda: scene.heard, timeout=10)
            assert scene.heard == ["said into the void"]
            assert (sim.stats.identifies, sim.stats.resumes) == (1, 1)


async def test_nobody_at_the_door(run: Any) -> None:
    async with Simulator(gateway=FAST) as sim:
        with sim.faults.gateway("refuse", times=1) as fault:
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                async with dialled(sim):
                    pass
            assert (caught.value.status, fault.hits) == (503, 1)
            async with dialled(sim) as client:
                await client.send(2, identify(sim))
                await client.event("READY")


def test_faults_that_make_no_sense_are_refused(sim: Simulator) -> None:
    with pytest.raises(ImpossibleFault, match="how many seconds"):
        sim.faults.gateway("delay")
