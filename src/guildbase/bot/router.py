"""One way for all messages: handlers run in order until one deals with the message.

One listener per cog would cost a task each for every message; a chain costs a function call. Each
handler has its own error boundary and its own clock.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import discord
import structlog

from guildbase.bot.blocks import refusal
from guildbase.bot.command_limits import run_counted
from guildbase.bot.languages import language_of
from guildbase.core.i18n import speaking
from guildbase.core.logging import correlation
from guildbase.core.ports import GuildSnapshot, GuildSnapshots
from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

log = structlog.get_logger(__name__)

COMMANDS_ORDER = 900

ControllerT = TypeVar("ControllerT", bound=BaseController)


@dataclass(slots=True)
class IncomingMessage:
    """A message by a person, as all its handlers see it. It is made for each one, and freezing it would cost time."""

    bot: GuildbaseBot
    message: discord.Message
    guild: GuildSnapshot | None
    """None in a direct message."""
    is_edit: bool = False

    def controller(self, kind: type[ControllerT]) -> ControllerT:
        """Return the controller of the type."""
        return self.bot.services.get(kind)

    @property
    def content(self) -> str:
        """The text; empty where Discord grants no Message Content intent."""
        return self.message.content


HandleMessage: TypeAlias = Callable[[IncomingMessage], Awaitable[bool]]
Applies: TypeAlias = Callable[[GuildSnapshot], bool]


@dataclass(slots=True)
class Route:
    """One registered handler and what it has cost so far."""

    name: str
    handle: HandleMessage
    order: int
    edits: bool = False
    sees_blocked: bool = False
    applies: Applies | None = None
    calls: int = 0
    seconds: float = 0.0
    errors: int = 0


class _Wanted:
    """The handlers that a server has use for; kept with its snapshot."""

    __slots__ = ("of", "routes")

    def __init__(self, of: tuple[Route, ...], snapshot: GuildSnapshot) -> None:
        self.of = of
        self.routes = tuple(route for route in of if route.applies is None or route.applies(snapshot))


class MessageRouter:
    """Passes every message of a person through the handlers."""

    def __init__(self, bot: GuildbaseBot, snapshots: GuildSnapshots) -> None:
        self._bot = bot
        self._snapshots = snapshots
        self.routes: tuple[Route, ...] = ()

    def add(
        self,
        name: str,
        handle: HandleMessage,
        *,
        order: int,
        edits: bool = False,
        sees_blocked: bool = False,
        applies: Applies | None = None,
    ) -> None:
        """Register a handler; one of the same name is replaced."""
        others = [route for route in self.routes if route.name != name]
        added = Route(name, handle, order, edits, sees_blocked, applies)
        self.routes = tuple(sorted([*others, added], key=lambda route: route.order))

    def remove(self, name: str) -> None:
        """Forget the handler of this name."""
        self.routes = tuple(route for route in self.routes if route.name != name)

    async def route(self, message: discord.Message, *, is_edit: bool = False) -> None:
        """Let the handlers see the message, in order, until one says that it is dealt with."""
        if message.author.bot or message.webhook_id is not None:
            return
        snapshot = None
        if message.guild is not None:
            snapshot = self._snapshots.peek(message.guild.id) or await self._snapshots.load(message.guild.id)
        incoming = IncomingMessage(self._bot, message, snapshot, is_edit)
        is_blocked = refusal(self._bot, message.author.id, message.guild, snapshot) is not None
        for route in self._wanted(snapshot):
            if (is_edit and not route.edits) or (is_blocked and not route.sees_blocked):
                continue
            started = time.perf_counter()
            try:
                is_handled = await route.handle(incoming)
            except Exception as error:
                route.errors += 1
                guild_id = message.guild.id if message.guild else None
                self._bot.report(error, "message", route.name, guild_id=guild_id, user_id=message.author.id)
                log.exception("message_handler_failed", handler=route.name, message_id=message.id)
                is_handled = False
            route.calls += 1
            route.seconds += time.perf_counter() - started
            if is_handled:
                return

    def _wanted(self, snapshot: GuildSnapshot | None) -> tuple[Route, ...]:
        if snapshot is None:
            return tuple(route for route in self.routes if route.applies is None)
        wanted = snapshot.parts.get(_Wanted)
        # A feature that is loaded, reloaded or taken away makes all of it anew.
        if wanted is None or wanted.of is not self.routes:
            wanted = snapshot.parts[_Wanted] = _Wanted(self.routes, snapshot)
        return wanted.routes


async def run_text_command(incoming: IncomingMessage) -> bool:
    """Run the text command in the message, if its guild's prefix or a mention of the bot opens it."""
    bot, content = incoming.bot, incoming.content
    prefix = incoming.guild.prefix if incoming.guild else bot.default_prefix
    # Nearly all messages are no commands; only one that opens with a mention is compared with the bot's own.
    is_mention = content.startswith("<@") and content.startswith(bot.mention_prefixes)
    if not is_mention and not content.startswith(prefix):
        return False
    ctx = await bot.get_context(incoming.message)
    if ctx.command is None:
        return False
    language = await language_of(bot.services, ctx.author.id, ctx.guild.id if ctx.guild else None)
    with correlation(str(incoming.message.id)), speaking(language):
        await run_counted(bot, ctx)
    return True
