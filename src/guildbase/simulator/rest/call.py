"""One request to the API as a handler sees it: ids from the path, a checked body, files, and permission checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from multidict import MultiMapping

from guildbase.core.snowflake import read_snowflake
from guildbase.simulator import permissions
from guildbase.simulator.errors import (
    DiscordError,
    Json,
    invalid_form,
    missing_access,
    missing_permissions,
)
from guildbase.simulator.rest.forms import Form, read_form
from guildbase.simulator.world.entities import Attachment, Channel, Grant, Guild, Image, User
from guildbase.simulator.world.state import World

if TYPE_CHECKING:
    from guildbase.simulator.gateway.hub import Hub

# Python takes other digits than these for numbers too.
_NUMBER = re.compile(r"-?[0-9]{1,18}")
FormT = TypeVar("FormT", bound=Form)
Answer = Json | list[Json] | Image | None


@dataclass(slots=True)
class Call:
    """A request that has passed authorization and limits."""

    world: World
    hub: Hub
    gateway_url: str
    path: Mapping[str, str]
    query: MultiMapping[str]
    body: object = None
    files: dict[int, Attachment] = field(default_factory=dict)
    reason: str | None = None
    actor: User | None = None
    grant: Grant | None = None
    authorization: str = ""
    is_form: bool = False

    @property
    def bot(self) -> User:
        """The caller: the bot, or the scripted person who does by hand what a bot does by request."""
        return self.actor or self.world.bot

    def id(self, name: str) -> int:
        """Return an id from the path; `@me` is the caller."""
        return self.bot.id if self.path[name] == "@me" else snowflake(name, self.path[name])

    def number(self, name: str, default: int, *, low: int, high: int) -> int:
        """Return a whole number from the query that must lie between `low` and `high`."""
        text = self.query.get(name, "")
        value = int(text) if _NUMBER.fullmatch(text) else default
        if not low <= value <= high:
            message = f"int value should be between {low} and {high}."
            raise invalid_form((name,), "NUMBER_TYPE_RANGE", message)
        return value

    def snowflake_in_query(self, name: str) -> int | None:
        """Return an id from the query, if it is there."""
        text = self.query.get(name)
        return None if text is None else snowflake(name, text)

    def form(self, kind: type[FormT]) -> FormT:
        """Return the body, checked; raise Invalid Form Body with the paths of wrong fields."""
        return read_form(kind, self.body)

    def flag(self, name: str) -> bool:
        """Tell whether a query switch is on."""
        return self.query.get(name, "").lower() in ("1", "true")

    def guild(self, *needed: permissions.Permission) -> Guild:
        """Return the guild of the path in which the bot holds the permissions."""
        guild = self.world.guild(self.id("guild_id"))
        self.require(guild, None, *needed)
        return guild

    def channel(self, *needed: permissions.Permission) -> Channel:
        """Return the channel of the path, which the bot can see and where it holds the permissions."""
        channel = self.world.channel(self.id("channel_id"))
        guild = self.world.guild_of(channel)
        if guild is not None:
            self.require(guild, channel, *needed)
        elif not self.world.can_view(channel, self.bot.id):
            raise missing_access(f"{self.bot.username} has no part in this conversation")
        return channel

    def guild_channel(self, *needed: permissions.Permission) -> tuple[Guild, Channel]:
        """Return the channel of the path with its guild; a direct conversation is refused."""
        channel = self.channel(*needed)
        guild = self.world.guild_of(channel)
        if guild is None:
            raise DiscordError(400, 50024, "Cannot execute action on this channel type")
        return guild, channel

    def require(self, guild: Guild, channel: Channel | None, *needed: permissions.Permission) -> None:
        """Raise Missing Access or Missing Permissions unless the bot may do this here."""
        if self.bot.id not in guild.members:
            raise missing_access(f"{self.bot.username} is not in {guild.name}")
        held = self.world.permissions_of(guild, self.bot.id, channel)
        where = guild.name if channel is None else f"#{channel.name}"
        if channel is not None and not held & permissions.Permission.VIEW_CHANNEL:
            raise missing_access(f"{self.bot.username} cannot see {where}")
        if lacking := [it for it in needed if not held & it]:
            listed = ", ".join(name for it in lacking for name in permissions.names(it))
            raise missing_permissions(f"{self.bot.username} lacks {listed} in {where}")

    def require_rank_over(self, guild: Guild, user_id: int) -> None:
        """Raise Missing Permissions unless the bot stands above the member."""
        if not self.world.outranks(guild, self.bot.id, user_id):
            target = self.world.users.peek(user_id).username
            raise missing_permissions(f"{target} stands as high as {self.bot.username} or owns the server")


def snowflake(name: str, text: str) -> int:
    """Return the text as an id, or raise the error Discord has for text that is none."""
    found = read_snowflake(text)
    if found is None:
        raise invalid_form((name,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
    return found
