"""Any discord.py bot on the local Discord: started fast, watched over, and stopped."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

import discord
from aiohttp import ClientError
from discord.ext import commands

from guildbase.simulator import Simulator

READY_WITHIN = 20.0  # seconds
# The stock bot is ready so long after the last server it was told of; here they all come at once.
_LAST_GUILD_SECONDS = 0.02
_ENDLESS_SETUP = """\
setup_hook did not end within {:g} s. It runs before the bot connects, so it must not wait for the bot to be
ready (wait_until_ready, wait_for): do that in a task or in on_ready."""
_UNHANDLED = ("Ignoring exception", "Unhandled exception")
BotT = TypeVar("BotT", bound=discord.Client)


class RunBot(Protocol):
    """How `run_bot` is called."""

    async def __call__(self, bot: BotT) -> BotT:
        """Start the bot and return it when it is ready and knows all its servers.

        What `setup_hook` raises, and what ends the connection, is raised here.
        """
        ...


class BotDied(RuntimeError):
    """The bot did not get ready, or its connection broke for good."""


class Bots:
    """The bots of one test."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._running: list[tuple[discord.Client, asyncio.Task[None]]] = []
        self._ready: set[asyncio.Task[None]] = set()

    async def run(self, bot: BotT) -> BotT:
        """Start the bot and return it when it is ready and knows all its servers."""
        self._simulator.scene.check_loop()
        _hasten(bot)
        await self._log_in(bot)
        task = asyncio.create_task(bot.connect(), name="bot")
        self._running.append((bot, task))
        await self._until_ready(bot, task)
        self._ready.add(task)
        return bot

    async def _log_in(self, bot: discord.Client) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN) as limit:
                await bot.login(self._simulator.token)
        except BaseException as error:
            await bot.close()
            if isinstance(error, TimeoutError) and limit.expired():
                raise BotDied(_ENDLESS_SETUP.format(READY_WITHIN)) from None
            raise

    async def _until_ready(self, bot: discord.Client, task: asyncio.Task[None]) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN):
                while not task.done() and not (bot.is_ready() and self._knows_its_guilds(bot)):
                    await asyncio.wait([task], timeout=0.005)
        except TimeoutError:
            raise BotDied(f"the bot did not get ready within {READY_WITHIN:g} s") from None
        if task.done():
            # A connection that cannot be made raises why.
            task.result()
            raise BotDied("the bot closed itself before it was ready")

    def _knows_its_guilds(self, bot: discord.Client) -> bool:
        world = self._simulator.world
        expected = sum(world.bot.id in it.members for it in world.guilds.values())
        return sum(not it.unavailable for it in bot.guilds) >= expected

    async def stop(self) -> None:
        """Close all bots."""
        died: list[BaseException] = []
        for bot, task in reversed(self._running):
            # What ended a bot before it was ready has been raised by `run`.
            died += _what_ended(task) if task in self._ready else []
            await bot.close()
            await asyncio.wait([task])
        if died:
            raise BotDied("the connection of the bot broke during the test") from died[0]


def _what_ended(task: asyncio.Task[None]) -> list[BaseException]:
    error = task.exception() if task.done() and not task.cancelled() else None
    return [] if error is None else [error]


@contextmanager
def noted(errors: list[Exception], simulator: Simulator) -> Iterator[Notes]:
    """Put into the list what bots failed to handle, which discord.py only writes into the log."""
    notes = Notes(errors, simulator)
    log = logging.getLogger("discord")
    log.addHandler(notes)
    try:
        yield notes
    finally:
        log.removeHandler(notes)


class Notes(logging.Handler):
    """Takes note of what the bots raise."""

    closing = False
    """Whether the bots are being stopped: what they were just asking Discord for is cut off then."""

    def __init__(self, errors: list[Exception], simulator: Simulator) -> None:
        super().__init__(logging.ERROR)
        self._errors = errors
        self._simulator = simulator

    def emit(self, record: logging.LogRecord) -> None:
        """Note what a handler raised; a lost connection is nobody's fault, and an unknown command is a person's."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, Exception) or isinstance(error, commands.CommandNotFound):
            return
        if str(record.msg).startswith(_UNHANDLED) and not (self.closing and _is_cut_off(error)):
            self._errors.append(error)
            self._simulator.stats.failed_interactions |= _interactions_in(record.exc_info)
            self._simulator.stats.bot_errors.append(f"{type(error).__name__}: {error}")
            self._simulator.world.watch.changed()


def _is_cut_off(error: BaseException | None) -> bool:
    """Tell whether the error comes of the bot's HTTP session being closed; commands wrap what they raise."""
    if isinstance(error, RuntimeError) and str(error) == "Session is closed":
        return True
    return isinstance(error, ClientError) or (error is not None and _is_cut_off(error.__cause__))


def _interactions_in(raised: object) -> set[int]:
    """Return what was being answered when the error was raised, as the functions on its way know."""
    trace = raised[2] if isinstance(raised, tuple) else None
    return {
        value.id
        for frame, _ in traceback.walk_tb(trace)
        for value in frame.f_locals.values()
        if isinstance(value, discord.Interaction)
    }


def _hasten(bot: discord.Client) -> None:
    """Leave out the waits that only spare the real Discord: before an IDENTIFY, and after the last server."""
    bot._connection.guild_ready_timeout = _LAST_GUILD_SECONDS  # noqa: SLF001
    if type(bot).before_identify_hook is discord.Client.before_identify_hook:
        bot.before_identify_hook = _at_once  # type: ignore[method-assign]


async def _at_once(shard_id: int | None, *, initial: bool = False) -> None:
    """Identify without a pause."""
