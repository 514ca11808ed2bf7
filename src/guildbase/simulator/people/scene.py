"""What all scripted people share: the world, the gateway's sessions, and how to wait for the bot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.session import Session
from guildbase.simulator.people.errors import NotConnected, WrongLoop
from guildbase.simulator.stats import Stats
from guildbase.simulator.world import guilds
from guildbase.simulator.world.entities import User
from guildbase.simulator.world.state import World

PATIENCE = 5.0
"""Seconds in which people hear of what the bot does."""
_WRONG_LOOP = """\
the script runs in another event loop than the simulator, so nothing would ever be heard.
With pytest-asyncio give fixtures and tests the same loop, for example in your pytest configuration:
    asyncio_default_fixture_loop_scope = "function"
    asyncio_default_test_loop_scope = "function"
"""


@dataclass(slots=True, frozen=True)
class Scene:
    """Where scripted people act."""

    world: World
    hub: Hub
    stats: Stats = field(default_factory=Stats)

    def account(self, name: str) -> User:
        """Return the account of that user name, opening it on first need."""
        known = self.world.users.named(name)
        if known is None or known.bot:
            known = guilds.create_user(self.world, name, global_name=name.replace("_", " ").title())
        return known

    def check_loop(self) -> None:
        """Raise WrongLoop unless the simulator runs in the present event loop."""
        if self.world.clock.loop not in (None, asyncio.get_running_loop()):
            raise WrongLoop(_WRONG_LOOP)

    def patience(self, timeout: float | None) -> float:
        """Return for how many seconds to wait for the bot, where nothing is said at least as long as for an answer."""
        return max(PATIENCE, self.world.answer_within) if timeout is None else timeout

    async def bot_connected(self, guild_id: int | None, *, timeout: float | None = None) -> Session:
        """Return the session that hears of the guild, waiting a little for the bot to connect."""
        self.check_loop()
        timeout = self.patience(timeout)
        session = await self.world.watch.until(lambda: self.hub.listener_of(guild_id), timeout)
        if session is None:
            where = "direct messages" if guild_id is None else self.world.guilds[guild_id].name
            raise NotConnected(f"no bot listens to {where}, not even after {timeout:g} s: is it running?")
        return session
