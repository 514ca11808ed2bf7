"""The state of the simulated Discord, how to look things up in it, and the one door through which events leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from guildbase.core.snowflake import SnowflakeMaker
from guildbase.simulator import permissions
from guildbase.simulator.errors import Json, unknown
from guildbase.simulator.world.clock import Clock
from guildbase.simulator.world.contents import Contents
from guildbase.simulator.world.entities import (
    Application,
    Channel,
    ChannelType,
    Guild,
    Member,
    Message,
    User,
)
from guildbase.simulator.world.nonces import Nonces
from guildbase.simulator.world.watch import Watch

# As a plain number: this is asked for every event, and the arithmetic of flags is slow.
_VIEW_CHANNEL = int(permissions.Permission.VIEW_CHANNEL)
_A_YEAR_AND_A_BIT = int(timedelta(days=400).total_seconds() * 1000) << 22


@dataclass(slots=True, frozen=True)
class Event:
    """Something that happened: a gateway event, its payload, and who it concerns.

    With a `channel_id` only those who can view the channel hear of it; with `visible_to` only that person does
    and no bot.
    """

    name: str
    data: Json
    guild_id: int | None = None
    channel_id: int | None = None
    visible_to: int | None = None


class World(Contents):
    """The living world. Changes are made by the functions of the sibling modules, never from outside.

    What is set here and not in the contents belongs to the running program and is not saved.
    """

    def __init__(self, application: Application, bot: User) -> None:
        super().__init__(application, bot)
        self.users[bot.id] = bot
        self.actor = bot
        """Who does what is being done now: the bot, except while a scripted person acts by hand."""
        self.recommended_shards = 1
        self.answer_within = 3.0
        self.cdn_url = ""
        self.watch = Watch()
        self.clock = Clock()
        self.new_id = SnowflakeMaker(self.clock.time)
        self.nonces = Nonces(self.clock)
        self._listeners: list[Callable[[Event], None]] = []

    def old_id(self) -> int:
        """Return an id of an object made more than a year ago, so that scripted accounts do not look fresh."""
        return self.new_id() - _A_YEAR_AND_A_BIT

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with every event, in order, at the moment it happens."""
        self._listeners.append(listener)

    def emit(self, event: Event) -> None:
        """Tell everyone who listens, then wake everyone who waits for a change."""
        for listener in self._listeners:
            listener(event)
        self.watch.changed()

    def user(self, user_id: int) -> User:
        """Return the user, or raise Unknown User."""
        return self.users.get(user_id) or _missing("User")

    def guild(self, guild_id: int) -> Guild:
        """Return the guild, or raise Unknown Guild."""
        return self.guilds.get(guild_id) or _missing("Guild")

    def channel(self, channel_id: int) -> Channel:
        """Return the channel, or raise Unknown Channel."""
        return self.channels.get(channel_id) or _missing("Channel")

    def member(self, guild: Guild, user_id: int) -> Member:
        """Return the member, or raise Unknown Member."""
        return guild.members.get(user_id) or _missing("Member")

    def message(self, channel_id: int, message_id: int) -> Message:
        """Return the message, ephemeral or not, or raise Unknown Message."""
        return self.messages.get(channel_id, {}).get(message_id) or _missing("Message")

    def guild_of(self, channel: Channel) -> Guild | None:
        """Return the guild the channel is in; None for a direct conversation."""
        return None if channel.guild_id is None else self.guilds[channel.guild_id]

    def permissions_of(self, guild: Guild, user_id: int, channel: Channel | None = None) -> int:
        """Return the user's permission bits in the guild or in one of its channels or threads; 0 for a stranger.

        A thread has the overwrites of its channel, and a private one is open only to its members and those who
        manage threads.
        """
        member = guild.members.get(user_id)
        if member is None:
            return 0
        bits = permissions.base_permissions(
            guild.roles[guild.id].permissions,
            (guild.roles[role_id].permissions for role_id in member.roles),
            owner=guild.owner_id == user_id,
        )
        if channel is not None:
            thread, place = channel.thread, self.place_of(channel)
            bits = permissions.channel_permissions(
                bits,
                place.overwrites,
                guild_id=guild.id,
                role_ids=member.roles,
                user_id=user_id,
                in_thread=thread is not None,
            )
            if channel.type in (ChannelType.VOICE, ChannelType.STAGE):
                bits = permissions.spoken(bits)
            if thread is not None and channel.type == ChannelType.PRIVATE_THREAD and user_id not in thread.members:
                bits = bits if bits & permissions.Permission.MANAGE_THREADS else 0
        return permissions.while_timed_out(bits) if self.is_timed_out(member) else bits

    def place_of(self, channel: Channel) -> Channel:
        """Return the channel a thread belongs to; any other channel is its own place."""
        return channel if channel.thread is None else self.channels.get(channel.parent_id or 0, channel)

    def is_timed_out(self, member: Member) -> bool:
        """Tell whether a time-out is running for the member now."""
        return member.timed_out_until is not None and member.timed_out_until > self.clock.now()

    def can_view(self, channel: Channel, user_id: int) -> bool:
        """Tell whether the user sees the channel; a direct conversation is seen by its two sides."""
        guild = self.guild_of(channel)
        if guild is None:
            return user_id in (channel.recipient_id, self.bot.id)
        return bool(self.permissions_of(guild, user_id, channel) & _VIEW_CHANNEL)

    def rank(self, guild: Guild, user_id: int) -> int:
        """Return the position of the user's highest role in the guild."""
        member = guild.members.get(user_id)
        if member is None:
            return -1
        return max((guild.roles[role_id].position for role_id in member.roles), default=0)

    def outranks(self, guild: Guild, actor_id: int, target_id: int) -> bool:
        """Tell whether the actor stands above the target in the guild's hierarchy."""
        return permissions.outranks(
            self.rank(guild, actor_id),
            self.rank(guild, target_id),
            actor_owns=guild.owner_id == actor_id,
            target_owns=guild.owner_id == target_id,
        )


def _missing(what: str) -> NoReturn:
    raise unknown(what)
