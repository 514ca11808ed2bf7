"""Threads and posts in forums, as people start, join and leave them."""

from __future__ import annotations

from typing import cast

from guildbase.simulator.errors import Json
from guildbase.simulator.people.actor import Actor
from guildbase.simulator.people.seen import SeenMessage
from guildbase.simulator.world.entities import Channel

_PUBLIC, _PRIVATE = 11, 12


class ThreadUser(Actor):
    """Someone who talks in threads."""

    async def starts_thread(
        self,
        name: str,
        *,
        on: SeenMessage | None = None,
        in_channel: str | Channel | None = None,
        saying: str | None = None,
        private: bool = False,
        **fields: object,
    ) -> Channel:
        """Start a thread on a message or in a channel; in a forum `saying` is the post's first message.

        Further fields are those of the API.
        """
        self._member()
        body: Json = {"name": name, **fields}
        if on is not None:
            path = f"/channels/{on.channel_id}/messages/{on.id}/threads"
        else:
            path = f"/channels/{self._channel(in_channel).id}/threads"
            body |= (
                {"message": {"content": saying}} if saying is not None else {"type": _PRIVATE if private else _PUBLIC}
            )
        made = cast("Json", await self.does("POST", path, body))
        return self._scene.world.channels[int(made["id"])]

    async def joins_thread(self, thread: str | Channel) -> None:
        """Become a member of a thread."""
        await self.does("PUT", f"/channels/{self._channel(thread).id}/thread-members/@me")

    async def leaves_thread(self, thread: str | Channel) -> None:
        """Stop being a member of a thread."""
        await self.does("DELETE", f"/channels/{self._channel(thread).id}/thread-members/@me")
