"""All sessions, and the way of an event from the world to those that may hear of it."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from guildbase.simulator import payloads
from guildbase.simulator.gateway import intents
from guildbase.simulator.gateway.intents import Intent
from guildbase.simulator.gateway.session import Session
from guildbase.simulator.permissions import Permission
from guildbase.simulator.world.entities import Guild, Member
from guildbase.simulator.world.state import Event, World

_WITH_ALL_MEMBERS = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES
STARTS_PER_DAY = 1000


class Hub:
    """Keeps the sessions and passes events on, each encoded once whatever the number of sessions."""

    def __init__(self, world: World, *, max_concurrency: int, identify_interval: float, session_seconds: float) -> None:
        self._world = world
        self._max_concurrency = max_concurrency
        self._identify_interval = identify_interval
        self._session_seconds = session_seconds
        self._sessions: dict[str, Session] = {}
        self._last_start: dict[int, float] = {}
        self._starts = 0
        world.subscribe(self.publish)

    def sessions(self, shard: int | None = None) -> Iterator[Session]:
        """Yield the sessions that have a socket, of one shard or of all."""
        for session in list(self._sessions.values()):
            if session.connected and shard in (None, session.shard[0]):
                yield session

    def listener_of(self, guild_id: int | None) -> Session | None:
        """Return the connected session that hears of the guild."""
        return next((it for it in self.sessions() if it.hears_of(guild_id)), None)

    def may_start(self, shard_id: int) -> bool:
        """Tell whether the shard may identify now, and count the start if so."""
        bucket = shard_id % self._max_concurrency
        now = self._world.clock.time()
        too_early = now - self._last_start.get(bucket, 0.0) < self._identify_interval
        if too_early or self._starts >= STARTS_PER_DAY:
            return False
        self._last_start[bucket] = now
        self._starts += 1
        return True

    def start_limit(self) -> dict[str, int]:
        """Return the session_start_limit object of GET /gateway/bot."""
        return {
            "total": STARTS_PER_DAY,
            "remaining": STARTS_PER_DAY - self._starts,
            "reset_after": 86_400_000,
            "max_concurrency": self._max_concurrency,
        }

    def open(self, session: Session) -> None:
        """Add a new session; those that the same shard left behind will not come back."""
        self._drop_expired()
        for old in list(self._sessions.values()):
            if not old.connected and old.shard == session.shard:
                self.forget(old)
        self._sessions[session.id] = session

    def find(self, session_id: str) -> Session | None:
        """Return the session if it can still be resumed."""
        self._drop_expired()
        return self._sessions.get(session_id)

    def forget(self, session: Session) -> None:
        """End the session; it cannot be resumed."""
        self._sessions.pop(session.id, None)

    def _drop_expired(self) -> None:
        limit = self._world.clock.time() - self._session_seconds
        for session in list(self._sessions.values()):
            if not session.connected and session.detached_at < limit:
                self.forget(session)

    def publish(self, event: Event) -> None:
        """Pass the event on to every session that hears of its guild and has the intents for it."""
        listeners = [it for it in self._sessions.values() if it.hears_of(event.guild_id)]
        if not listeners or not self._bot_perceives(event):
            return
        if event.name == "GUILD_CREATE" and event.guild_id is not None:
            for session in listeners:
                self.send_guild(session, self._world.guilds[event.guild_id])
            return
        needed = intents.needed_for(event.name, in_guild=event.guild_id is not None)
        bot_id = str(self._world.bot.id)
        if event.name == "GUILD_MEMBER_UPDATE" and event.data["user"]["id"] == bot_id:
            needed = 0  # A bot always hears of its own membership.
        body = orjson.dumps(event.data)
        hidden = intents.without_content(event.name, event.data, bot_id)
        blank = body if hidden is None else orjson.dumps(hidden)
        for session in listeners:
            if session.intents & needed == needed:
                reads = session.intents & Intent.MESSAGE_CONTENT
                session.dispatch(event.name, body if reads else blank)

    def _bot_perceives(self, event: Event) -> bool:
        """Tell whether the bot is where the event happens and may see it."""
        if event.visible_to is not None:
            return False
        if event.guild_id is None or event.name == "GUILD_DELETE":
            return True
        guild = self._world.guilds[event.guild_id]
        if self._world.bot.id not in guild.members:
            return False
        if event.name == "GUILD_AUDIT_LOG_ENTRY_CREATE":
            bits = self._world.permissions_of(guild, self._world.bot.id)
            return bool(bits & Permission.VIEW_AUDIT_LOG)
        channel = None if event.channel_id is None else guild.channels.get(event.channel_id)
        return channel is None or self._world.can_view(channel, self._world.bot.id)

    def send_guild(self, session: Session, guild: Guild) -> None:
        """Send GUILD_CREATE with the members this session is entitled to."""
        if session.intents & Intent.GUILDS:
            members = self._members_for(session, guild)
            payload = payloads.guild_create(self._world, guild, members)
            session.dispatch("GUILD_CREATE", orjson.dumps(payload))

    def _members_for(self, session: Session, guild: Guild) -> list[Member]:
        small = len(guild.members) < session.large_threshold
        if small and session.intents & _WITH_ALL_MEMBERS == _WITH_ALL_MEMBERS:
            return list(guild.members.values())
        bot_id = self._world.bot.id
        return [it for it in guild.members.values() if it.user_id == bot_id or it.voice_channel_id]
