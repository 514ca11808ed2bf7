"""The last things that happened in the world, numbered, with who may see each: for prompts and live pages."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import takewhile

from guildbase.simulator.errors import Json
from guildbase.simulator.world.state import Event, World

_KEPT = 1000
_SHOWN = frozenset((
    "MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK", "MESSAGE_REACTION_ADD",
    "MESSAGE_REACTION_REMOVE", "GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE",
    "GUILD_BAN_ADD", "GUILD_BAN_REMOVE", "TYPING_START", "CHANNEL_CREATE", "CHANNEL_UPDATE",
    "CHANNEL_DELETE", "GUILD_CREATE", "GUILD_DELETE",
))  # fmt: skip


@dataclass(slots=True, frozen=True)
class Happening:
    """One entry; `audience` lists the only users who see it, None stands for all who see its place."""

    number: int
    event: str
    guild_id: int | None
    channel_id: int | None
    audience: tuple[int, ...] | None
    data: Json


class Feed:
    """Keeps recent happenings and lets readers wait for more."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: deque[Happening] = deque(maxlen=_KEPT)
        self._number = 0
        world.subscribe(self._note)

    @property
    def number(self) -> int:
        """The number of the latest happening."""
        return self._number

    def _note(self, event: Event) -> None:
        if event.name in _SHOWN:
            self._number += 1
            audience = self._audience(event)
            entry = Happening(self._number, event.name, event.guild_id, event.channel_id, audience, event.data)
            self._kept.append(entry)

    def _audience(self, event: Event) -> tuple[int, ...] | None:
        if event.visible_to is not None:
            return (event.visible_to,)
        channel = self._world.channels.get(event.channel_id or 0)
        if channel is not None and channel.recipient_id is not None:
            return (channel.recipient_id, self._world.bot.id)
        return None

    def after(self, number: int, viewer_id: int | None) -> list[Happening]:
        """Return what came after the number, for everyone or as far as one user may see it."""
        # Who waits asks again after every change, so nothing that is old may be looked at.
        new = [*takewhile(lambda it: it.number > number, reversed(self._kept))][::-1]
        return new if viewer_id is None else [it for it in new if self._sees(it, viewer_id)]

    def _sees(self, entry: Happening, viewer_id: int) -> bool:
        if entry.audience is not None:
            return viewer_id in entry.audience
        place_id = entry.channel_id
        if place_id is None and entry.event.startswith("CHANNEL_"):
            place_id = int(entry.data["id"])
        if place_id is not None:
            # Of a channel that is gone nobody can be told any more who saw it.
            channel = self._world.channels.get(place_id)
            return channel is not None and self._world.can_view(channel, viewer_id)
        guild = self._world.guilds.get(entry.guild_id or 0)
        return guild is not None and viewer_id in guild.members

    async def wait(self, number: int, viewer_id: int | None, timeout: float) -> list[Happening]:
        """Return what came after the number, waiting for something to come."""
        return await self._world.watch.until(lambda: self.after(number, viewer_id) or None, timeout) or []
