"""Talking: what a person writes and reads, in channels and in private."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from guildbase.simulator.errors import Json
from guildbase.simulator.people.actor import Actor
from guildbase.simulator.people.errors import NotAllowed, NothingHeard
from guildbase.simulator.people.files import File
from guildbase.simulator.people.requests import by_hand
from guildbase.simulator.people.seen import Matching, SeenMessage, such_as
from guildbase.simulator.people.situation import explained
from guildbase.simulator.people.writing import write
from guildbase.simulator.permissions import Permission
from guildbase.simulator.world import channels, polls
from guildbase.simulator.world.entities import Channel, Message


class Speaker(Actor):
    """Someone who writes and reads."""

    async def says(
        self,
        content: str = "",
        *,
        channel: str | Channel | None = None,
        reply_to: SeenMessage | None = None,
        files: Iterable[File] = (),
        stickers: Iterable[int] = (),
        at_once: bool = False,
    ) -> SeenMessage:
        """Write into a channel or thread (the guild's first text channel unless named) once the bot is connected.

        Files are paths or (name, bytes), stickers are ids. With `at_once` it is written whether the bot is
        connected or not, so that it has to catch up.
        """
        place = self._may(Permission.SEND_MESSAGES, channel)
        if not at_once:
            await self._scene.bot_connected(place.guild_id)
        body: Json = {"content": content}
        if reply_to is not None:
            body["message_reference"] = {"message_id": str(reply_to.id)}
        if ids := [str(it) for it in stickers]:
            body["sticker_ids"] = ids
        message = write(self._scene, self.user, place, body, files)
        self._heard[place.id] = message.id
        self._place = place.id
        return self._seen(message)

    async def hears(
        self,
        *,
        timeout: float | None = None,
        in_channel: str | Channel | None = None,
        matching: Matching = None,
    ) -> SeenMessage:
        """Return the bot's next message in a channel that this person has not heard yet.

        The channel is the one the person last wrote in unless named; what came before the person's own last
        message counts as heard, and so do answers to the person's own commands.
        """
        place = self._channel(in_channel if in_channel is not None else self._place)
        timeout = self._scene.patience(timeout)
        found = await self._scene.world.watch.until(lambda: self._unheard(place, matching), timeout)
        if found is None:
            problem = f"{self.name} heard nothing{such_as(matching)} from the bot in #{place.name} within {timeout:g} s"
            raise NothingHeard(explained(self._scene, problem, place))
        self._heard[place.id] = found.id
        return found

    def _unheard(self, place: Channel, matching: Matching) -> SeenMessage | None:
        world, after = self._scene.world, self._heard.get(place.id, 0)
        for message in world.messages[place.id].values():
            own = message.interaction is not None and message.interaction.user_id == self.id
            if message.id > after and message.author_id == world.bot.id and not own and message.visible_to is None:
                seen = self._seen(message)
                if seen.matches(matching):
                    return seen
        return None

    async def types(self, *, channel: str | Channel | None = None) -> None:
        """Be shown as typing."""
        place = self._may(Permission.SEND_MESSAGES, channel)
        await self._scene.bot_connected(place.guild_id)
        await self.does("POST", f"/channels/{place.id}/typing")

    async def reacts(self, message: SeenMessage, emoji: str) -> None:
        """React to a message; an emoji of the server is written `name:id`."""
        if self._scene.world.channels[message.channel_id].guild_id is not None:
            self._may(Permission.ADD_REACTIONS, message.channel_id)
        await self.does("PUT", f"{_path(message)}/reactions/{quote(emoji, safe='')}/@me")

    async def unreacts(self, message: SeenMessage, emoji: str) -> None:
        """Take a reaction back."""
        await self.does("DELETE", f"{_path(message)}/reactions/{quote(emoji, safe='')}/@me")

    async def votes(self, message: SeenMessage, *answers: str | int) -> None:
        """Vote in a message's poll for answers by text or number; without answers the vote is taken back."""
        world = self._scene.world
        with by_hand(self._scene, self.user):
            target = world.message(message.channel_id, message.id)
            known = {it.text: it.id for it in polls.poll_of(target).answers}
            wanted = [it if isinstance(it, int) else known.get(it, 0) for it in answers]
            polls.vote(world, target, self.user, wanted)

    async def edits(self, message: SeenMessage, content: str) -> None:
        """Change what the person wrote."""
        if message.author_id != self.id:
            raise NotAllowed(f"{self.name} cannot edit someone else's message")
        await self.does("PATCH", _path(message), {"content": content})

    async def deletes(self, message: SeenMessage) -> None:
        """Delete the person's own message, or another's with Manage Messages."""
        if message.author_id != self.id:
            self._may(Permission.MANAGE_MESSAGES, message.channel_id)
        await self.does("DELETE", _path(message))

    @property
    def dms(self) -> list[SeenMessage]:
        """All direct messages the bot has sent to the person."""
        world = self._scene.world
        channel_id = world.dm_channels.get(self.id)
        sent = [] if channel_id is None else world.messages[channel_id].values()
        return [self._seen(it) for it in sent if it.author_id == world.bot.id]

    async def receives_dm(self, *, timeout: float | None = None, matching: Matching = None) -> SeenMessage:
        """Return the bot's next direct message that the person has not read yet."""
        timeout = self._scene.patience(timeout)

        def look() -> SeenMessage | None:
            unread = (it for it in self.dms if it.id > self._dms_read)
            return next((it for it in unread if it.matches(matching)), None)

        world = self._scene.world
        found = await world.watch.until(look, timeout)
        if found is None:
            problem = f"{self.name} got no direct message{such_as(matching)} within {timeout:g} s"
            raise NothingHeard(explained(self._scene, problem, channels.dm_with(world, self.user)))
        self._dms_read = found.id
        return found

    async def sends_dm(self, content: str = "", *, files: Iterable[File] = ()) -> SeenMessage:
        """Write to the bot in private."""
        await self._scene.bot_connected(None)
        place = channels.dm_with(self._scene.world, self.user)
        return self._seen(write(self._scene, self.user, place, {"content": content}, files))

    def closes_dms(self) -> None:
        """Stop taking direct messages."""
        self.user.dms_open = False

    def opens_dms(self) -> None:
        """Take direct messages again."""
        self.user.dms_open = True

    def sets_language(self, locale: str) -> None:
        """Set the client to another language: Discord's name of it, such as `de`."""
        self.user.locale = locale

    def _seen(self, message: Message) -> SeenMessage:
        return SeenMessage(self._scene, message, self.user)


def _path(message: SeenMessage) -> str:
    return f"/channels/{message.channel_id}/messages/{message.id}"
