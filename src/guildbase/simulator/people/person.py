"""One person in one guild: what they write, use, read and do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from guildbase.simulator.people import commands
from guildbase.simulator.people.errors import NotAllowed, NothingHeard
from guildbase.simulator.people.reply import Matching, Reply, SeenMessage, such_as
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.permissions import Permission, names
from guildbase.simulator.world import channels, members, messages
from guildbase.simulator.world.entities import Channel, Member, User
from guildbase.simulator.world.messages import Draft

if TYPE_CHECKING:
    from guildbase.simulator.people.guild import ScriptedGuild


class Person:
    """A member of a guild who follows a script."""

    def __init__(self, scene: Scene, guild: ScriptedGuild, user: User) -> None:
        self._scene = scene
        self._heard: dict[int, int] = {}
        self._place: int | None = None
        self._dms_read = 0
        self.guild = guild
        self.user = user

    def __repr__(self) -> str:
        return f"<Person {self.name} in {self.guild.name}>"

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The user's name."""
        return self.user.username

    @property
    def mention(self) -> str:
        """The text that mentions the person."""
        return f"<@{self.id}>"

    @property
    def membership(self) -> Member | None:
        """The person's membership; None after leaving, a kick or a ban."""
        return self.guild.guild.members.get(self.id)

    @property
    def is_banned(self) -> bool:
        """Whether the guild has banned the person."""
        return self.id in self.guild.guild.bans

    @property
    def nickname(self) -> str | None:
        """The person's nickname in the guild."""
        return self._member().nick

    @property
    def timed_out_until(self) -> datetime | None:
        """The end of the person's time-out, if there is one."""
        return self._member().timed_out_until

    @property
    def roles(self) -> list[str]:
        """The names of the person's roles."""
        return [self.guild.guild.roles[it].name for it in self._member().roles]

    async def says(
        self,
        content: str,
        *,
        channel: str | Channel | None = None,
        reply_to: SeenMessage | None = None,
        at_once: bool = False,
    ) -> SeenMessage:
        """Write into a channel (the guild's first text channel unless named) once the bot is connected.

        With `at_once` it is written whether the bot is connected or not, so that it has to catch up.
        """
        place = self._may(Permission.SEND_MESSAGES, channel)
        if not at_once:
            await self._scene.bot_connected(place.guild_id)
        draft = Draft(content, reply_to=None if reply_to is None else reply_to.id)
        message = messages.send(self._scene.world, place, self.user, draft)
        self._heard[place.id] = message.id
        self._place = place.id
        return SeenMessage(self._scene, message)

    async def hears(
        self,
        *,
        timeout: float = 5.0,
        in_channel: str | Channel | None = None,
        matching: Matching = None,
    ) -> SeenMessage:
        """Return the bot's next message in a channel that this person has not heard yet.

        The channel is the one the person last wrote in unless named; what came before the person's own last
        message counts as heard, and so do answers to the person's own commands.
        """
        place = self._channel(in_channel if in_channel is not None else self._place)
        found = await self._scene.world.watch.until(lambda: self._unheard(place, matching), timeout)
        if found is None:
            last = [it.text for it in self.guild.messages(place)[-3:]]
            raise NothingHeard(
                f"{self.name} heard nothing{such_as(matching)} from the bot in #{place.name} within {timeout:g} s;"
                f" the last messages there: {last}"
            )
        self._heard[place.id] = found.id
        return found

    def _unheard(self, place: Channel, matching: Matching) -> SeenMessage | None:
        world, after = self._scene.world, self._heard.get(place.id, 0)
        for message in world.messages[place.id].values():
            own = message.interaction is not None and message.interaction.user_id == self.id
            if message.id > after and message.author_id == world.bot.id and not own and message.visible_to is None:
                seen = SeenMessage(self._scene, message)
                if seen.matches(matching):
                    return seen
        return None

    async def slash(
        self,
        command: str,
        /,
        *,
        in_channel: str | Channel | None = None,
        within: float = 15.0,
        force: bool = False,
        **options: object,
    ) -> Reply:
        """Use a slash command ("case view" is a sub-command) and return the bot's answer.

        `within` is how many seconds a deferred answer may take; `force` uses the command even if the person's
        client would not show it.
        """
        place = self._channel(in_channel if in_channel is not None else self._place)
        self._member()
        return await commands.use_command(self._scene, self.user, place, command, options, within=within, force=force)

    async def clicks(
        self, message: SeenMessage | Reply, custom_id: str, *, values: list[str] | None = None, within: float = 15.0
    ) -> Reply:
        """Press a button or choose from a menu, by its custom id."""
        target = self._scene.world.message(*_address(message))
        return await commands.use_component(self._scene, self.user, target, custom_id, values, within=within)

    async def submits(self, form: Reply, *, within: float = 15.0, **values: str) -> Reply:
        """Fill in the form that the bot opened; values are named by the custom ids of its fields."""
        return await commands.submit_form(self._scene, self.user, form, values, within=within)

    async def reacts(self, message: SeenMessage, emoji: str) -> None:
        """React to a message."""
        self._may(Permission.ADD_REACTIONS, message.channel_id)
        target = self._scene.world.message(message.channel_id, message.id)
        messages.react(self._scene.world, target, emoji, self.id)

    async def unreacts(self, message: SeenMessage, emoji: str) -> None:
        """Take a reaction back."""
        target = self._scene.world.message(message.channel_id, message.id)
        messages.unreact(self._scene.world, target, emoji, self.id)

    async def edits(self, message: SeenMessage, content: str) -> None:
        """Change what the person wrote."""
        if message.author_id != self.id:
            raise NotAllowed(f"{self.name} cannot edit someone else's message")
        target = self._scene.world.message(message.channel_id, message.id)
        messages.edit(self._scene.world, target, {"content": content})

    async def deletes(self, message: SeenMessage) -> None:
        """Delete the person's own message, or another's with Manage Messages."""
        if message.author_id != self.id:
            self._may(Permission.MANAGE_MESSAGES, message.channel_id)
        messages.delete(self._scene.world, self._scene.world.message(message.channel_id, message.id))

    async def leaves(self) -> None:
        """Leave the guild."""
        self._member()
        members.remove(self._scene.world, self.guild.guild, self.id)

    async def joins(self) -> None:
        """Enter the guild (again)."""
        if self.is_banned:
            raise NotAllowed(f"{self.name} is banned from {self.guild.name}")
        if self.membership is None:
            members.join(self._scene.world, self.guild.guild, self.user)

    @property
    def dms(self) -> list[SeenMessage]:
        """All direct messages the bot has sent to the person."""
        world = self._scene.world
        channel_id = world.dm_channels.get(self.id)
        sent = [] if channel_id is None else world.messages[channel_id].values()
        return [SeenMessage(self._scene, it) for it in sent if it.author_id == world.bot.id]

    async def receives_dm(self, *, timeout: float = 5.0, matching: Matching = None) -> SeenMessage:
        """Return the bot's next direct message that the person has not read yet."""

        def look() -> SeenMessage | None:
            unread = (it for it in self.dms if it.id > self._dms_read)
            return next((it for it in unread if it.matches(matching)), None)

        found = await self._scene.world.watch.until(look, timeout)
        if found is None:
            raise NothingHeard(
                f"{self.name} got no direct message{such_as(matching)} within {timeout:g} s;"
                f" all so far: {[it.text for it in self.dms]}"
            )
        self._dms_read = found.id
        return found

    async def sends_dm(self, content: str) -> SeenMessage:
        """Write to the bot in private."""
        await self._scene.bot_connected(None)
        place = channels.dm_with(self._scene.world, self.user)
        return SeenMessage(self._scene, messages.send(self._scene.world, place, self.user, Draft(content)))

    def closes_dms(self) -> None:
        """Stop taking direct messages."""
        self.user.dms_open = False

    def opens_dms(self) -> None:
        """Take direct messages again."""
        self.user.dms_open = True

    def _member(self) -> Member:
        member = self.membership
        if member is None:
            raise NotAllowed(f"{self.name} is not a member of {self.guild.name}")
        return member

    def _channel(self, wanted: str | int | Channel | None) -> Channel:
        return self.guild.find_channel(wanted)

    def _may(self, needed: Permission, where: str | int | Channel | None) -> Channel:
        self._member()
        place = self._channel(where)
        bits = self._scene.world.permissions_of(self.guild.guild, self.id, place)
        if not bits & needed:
            raise NotAllowed(f"{self.name} lacks {', '.join(names(needed))} in #{place.name}")
        return place


def _address(message: SeenMessage | Reply) -> tuple[int, int]:
    if isinstance(message, Reply):
        if message.message is None:
            raise NotAllowed("the bot's answer is no message, so it has no buttons")
        message = message.message
    return message.channel_id, message.id
