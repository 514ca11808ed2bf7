"""What all scripted people share: the world, the gateway's sessions, and how to wait for the bot."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.session import Session
from guildbase.simulator.people.errors import NotConnected
from guildbase.simulator.world import guilds
from guildbase.simulator.world.entities import User
from guildbase.simulator.world.state import World


@dataclass(slots=True, frozen=True)
class Scene:
    """Where scripted people act."""

    world: World
    hub: Hub

    def account(self, name: str) -> User:
        """Return the account of that user name, opening it on first need."""
        known = next((it for it in self.world.users.values() if it.username == name and not it.bot), None)
        return known or guilds.create_user(self.world, name, global_name=name.replace("_", " ").title())

    async def bot_connected(self, guild_id: int | None, *, timeout: float = 5.0) -> Session:
        """Return the session that hears of the guild, waiting a little for the bot to connect."""
        session = await self.world.watch.until(lambda: self.hub.listener_of(guild_id), timeout)
        if session is None:
            where = "for direct messages" if guild_id is None else f"for guild {guild_id}"
            raise NotConnected(f"no gateway session {where} after {timeout:g} s: is the bot running?")
        return session
