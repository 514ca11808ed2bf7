"""What a scenario of the journey has at hand: the bot, a guild of its own, and ways to wait for what it hears."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import discord

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.people.person import Person

Done = TypeVar("Done")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6364f8cf500f000386018"
    "05a347d6b0000000049454e44ae426082"
)
MP3 = b"ID3\x04" + bytes(64)


@dataclass
class Journey:
    """One stage of the journey."""

    sim: Simulator
    bot: Any
    home: ScriptedGuild
    guild: discord.Guild

    @property
    def channel(self) -> discord.TextChannel:
        """The guild's first text channel."""
        return self.guild.text_channels[0]

    @property
    def person(self) -> Person:
        """A scripted member."""
        return self.home.member("traveller")

    @property
    def member(self) -> discord.Member:
        """The same member as discord.py sees it."""
        found = self.guild.get_member(self.person.id)
        assert found is not None
        return found

    @classmethod
    async def starts(cls, sim: Simulator, bot: Any, name: str) -> Journey:
        """Found a guild and wait until the bot knows it and its scripted member."""
        home = sim.guild(name)
        one = cls(sim, bot, home, await bot.until(lambda: bot.get_guild(home.id)))
        wanted = one.person.id
        await bot.until(lambda: one.guild.get_member(wanted))
        return one

    async def hears(self, event: str, deed: Awaitable[Done] | Callable[[], Done]) -> tuple[Done, Any]:
        """Do something and return its result with what discord.py then dispatches under that name."""
        async with asyncio.TaskGroup() as both:
            heard = both.create_task(self.bot.wait_for(event, timeout=5))
            # The task must run once before anything happens that it waits for.
            await asyncio.sleep(0)
            result: Any = deed() if callable(deed) else await deed
        return result, heard.result()

    async def told(self, event: str, deed: Awaitable[Done] | Callable[[], Done]) -> Done:
        """Do something after which that gateway event must come, and return its result."""
        before = len(self.bot.events(event))
        result: Any = deed() if callable(deed) else await deed
        await self.bot.until(lambda: len(self.bot.events(event)) > before)
        return result  # type: ignore[no-any-return]


Play = Callable[[Journey], Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """A stage of the journey by name."""

    name: str
    play: Play


SCENARIOS: list[Scenario] = []


def scenario(play: Play) -> Play:
    """Register a stage of the journey."""
    SCENARIOS.append(Scenario(f"{play.__module__.rpartition('.')[2]}-{play.__name__}", play))
    return play


async def collected(items: Any) -> list[Any]:
    """Return all items of an asynchronous iterator."""
    return [it async for it in items]


async def played(one: Scenario, journey: Journey) -> str:
    """Play a scenario; return what went wrong, or nothing."""
    try:
        async with asyncio.timeout(20):
            await one.play(journey)
    except Exception as raised:
        module = f"{one.name.partition('-')[0]}.py"
        scene = [it for it in traceback.extract_tb(raised.__traceback__) if it.filename.endswith(module)][-1]
        error: BaseException = raised
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        return f"{one.name}: line {scene.lineno}: {scene.line}: {type(error).__name__}: {error}"
    return ""
