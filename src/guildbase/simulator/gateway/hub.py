"""All sessions, and the way of an event from the world to those that may hear of it."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from guildbase.core.snowflake import shard_of
from guildbase.simulator import payloads
from guildbase.simulator.gateway import intents
from guildbase.simulator.gateway.audience import bot_perceives
from guildbase.simulator.gateway.connection import Connection
from guildbase.simulator.gateway.intents import Intent
from guildbase.simulator.gateway.session import Session
from guildbase.simulator.gateway.settings import GatewaySettings
from guildbase.simulator.gateway.starts import Starts
from guildbase.simulator.world import presences
from guildbase.simulator.world.entities import Guild, Member
from guildbase.simulator.world.state import Event, World

# As plain numbers, since these are asked for every event and the arithmetic of flags is slow.
_MESSAGE_CONTENT = int(Intent.MESSAGE_CONTENT)
_WITH_ALL_MEMBERS = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES


class Hub:
    """Keeps the sessions and passes events on, each encoded once whatever the number of sessions."""

    def __init__(self, world: World, settings: GatewaySettings) -> None:
        self._world = world
        self._settings = settings
        self._sessions: dict[str, Session] = {}
        self._by_shard: dict[int, dict[int, list[Session]]] = {}
        self._last_requests: dict[int, float] = {}
        self.starts = Starts(world.clock, settings)
        world.subscribe(self.publish)

    def sessions(self, shard: int | None = None) -> Iterator[Session]:
        """Yield the sessions that have a socket, of one shard or of all."""
        for session in list(self._sessions.values()):
            if session.connected and shard in (None, session.shard[0]):
                yield session

    def cut_all(self) -> None:
        """Break every socket off."""
        for session in self._sessions.values():
            if session.connection is not None:
                session.connection.cut()

    def listener_of(self, guild_id: int | None) -> Session | None:
        """Return the connected session that hears of the guild."""
        return next((it for it in self.sessions() if it.hears_of(guild_id)), None)

    def guilds_of(self, session: Session) -> list[Guild]:
        """Return the guilds the bot is in that belong to the session's shard."""
        bot_id = self._world.bot.id
        return [it for it in self._world.guilds.values() if bot_id in it.members and session.hears_of(it.id)]

    def start_limit(self) -> dict[str, int]:
        """Return the session_start_limit object of GET /gateway/bot."""
        return self.starts.limit()

    def wait_for_all_members(self, guild: Guild) -> float:
        """Count a request for all members of the guild; return the seconds still to wait if it comes too soon."""
        now = self._world.clock.time()
        wait = self._last_requests.get(guild.id, 0.0) + self._settings.request_all_interval - now
        if wait <= 0:
            self._last_requests[guild.id] = now
        return max(0.0, wait)

    def open(self, session: Session) -> None:
        """Add a new session; those that the same shard left behind will not come back."""
        self._drop_expired()
        for old in list(self._sessions.values()):
            if not old.connected and old.shard == session.shard:
                self.forget(old)
        self._sessions[session.id] = session
        number, count = session.shard
        self._by_shard.setdefault(count, {}).setdefault(number, []).append(session)

    def attach(self, session: Session, connection: Connection) -> None:
        """Give the session a socket; the bot is seen to be online with the presence it chose."""
        session.attach(connection)
        self.show_bot(session)

    def show_bot(self, session: Session) -> None:
        """Let the bot be seen as the session wishes."""
        seen = session.presence
        presences.change(self._world, self._world.bot, seen.status, seen.activities, client=seen.client)

    def detach(self, session: Session, connection: Connection) -> None:
        """Take note that a socket is gone; without any the bot is offline."""
        session.detach(connection, self._world.clock.time())
        if not any(self.sessions()):
            presences.change(self._world, self._world.bot, "offline")

    def silence(self, session: Session) -> None:
        """Make a zombie of the session's socket."""
        session.silence(self._world.clock.time())

    def find(self, session_id: str) -> Session | None:
        """Return the session if it can still be resumed."""
        self._drop_expired()
        found = self._sessions.get(session_id)
        return None if found is not None and found.unsent else found

    def forget(self, session: Session) -> None:
        """End the session; it cannot be resumed."""
        if self._sessions.pop(session.id, None) is not None:
            number, count = session.shard
            shards = self._by_shard[count]
            shards[number].remove(session)
            # Every number of shards that is known is looked at for each event.
            if not any(shards.values()):
                del self._by_shard[count]

    def forget_all(self) -> None:
        """End every session."""
        self._sessions.clear()
        self._by_shard.clear()

    def _drop_expired(self) -> None:
        limit = self._world.clock.time() - self._settings.session_seconds
        for session in list(self._sessions.values()):
            if not session.connected and session.detached_at < limit:
                self.forget(session)

    def publish(self, event: Event) -> None:
        """Pass the event on to every session that hears of its guild and has the intents for it."""
        listeners = self._listeners(event.guild_id)
        if not listeners or not bot_perceives(self._world, event):
            return
        if event.name == "GUILD_CREATE" and event.guild_id is not None:
            for session in listeners:
                self.send_guild(session, self._world.guilds[event.guild_id], is_new="unavailable" not in event.data)
            return
        bot_id = str(self._world.bot.id)
        body = orjson.dumps(event.data)
        for session in listeners:
            if intents.allow(session.intents, event, bot_id):
                reads = session.intents & _MESSAGE_CONTENT
                hidden = None if reads else intents.without_content(event.name, event.data, bot_id)
                session.dispatch(event.name, body if hidden is None else orjson.dumps(hidden))

    def _listeners(self, guild_id: int | None) -> list[Session]:
        """Return the sessions that hear of the guild; bots with different numbers of shards may run at once."""
        found: list[Session] = []
        for count, shards in self._by_shard.items():
            mine = shards.get(0 if guild_id is None else shard_of(guild_id, count), ())
            found += [it for it in mine if guild_id not in it.unsent]
        return found

    def send_guild(self, session: Session, guild: Guild, *, is_new: bool = False) -> None:
        """Send GUILD_CREATE with the members and presences this session is entitled to."""
        if session.intents & Intent.GUILDS and guild.id not in self._world.outages:
            payload = payloads.guild_create(self._world, guild, self._members_for(session, guild))
            if is_new:
                # Libraries know a guild that the bot has just joined by this: it was never unavailable.
                del payload["unavailable"]
            if session.intents & Intent.GUILD_PRESENCES:
                payload["presences"] = presences.of_guild(self._world, guild)
            session.dispatch("GUILD_CREATE", orjson.dumps(payload))

    def _members_for(self, session: Session, guild: Guild) -> list[Member]:
        small = len(guild.members) < session.large_threshold
        if small and session.intents & _WITH_ALL_MEMBERS == _WITH_ALL_MEMBERS:
            return list(guild.members.values())
        there = set(guild.voice_states)
        if session.intents & Intent.GUILD_PRESENCES:
            there |= {it for it in self._world.presences if it in guild.members}
        return [guild.members.peek(it) for it in sorted(there | {self._world.bot.id})]
