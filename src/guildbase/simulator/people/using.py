"""Using the bot: its commands, buttons and menus."""

from __future__ import annotations

from guildbase.simulator.people import commands
from guildbase.simulator.people.actor import Actor
from guildbase.simulator.people.commands import Choice
from guildbase.simulator.people.errors import NotAllowed
from guildbase.simulator.people.reply import Reply
from guildbase.simulator.people.seen import SeenMessage
from guildbase.simulator.world import channels
from guildbase.simulator.world.entities import Channel, Message


class CommandUser(Actor):
    """Someone who uses the bot."""

    async def slash(
        self,
        command: str,
        /,
        *,
        in_channel: str | Channel | None = None,
        privately: bool = False,
        within: float = 15.0,
        force: bool = False,
        **options: object,
    ) -> Reply:
        """Use a slash command ("case view" is a sub-command) and return the bot's answer.

        Options of every type are plain values: people, channels and roles go by object, name or id, files by
        path or (name, bytes). `privately` is in the direct conversation with the bot, `within` is how many
        seconds a deferred answer may take; `force` uses the command even if the person's client would not
        show it. An option of one of these names, or one that Python keeps for itself, takes an underscore
        at its end: `force_=True`, `from_="here"`.
        """
        place = self._where(in_channel, privately=privately)
        return await commands.use_command(self._scene, self.user, place, command, options, within=within, force=force)

    async def completes(
        self,
        command: str,
        /,
        *,
        in_channel: str | Channel | None = None,
        privately: bool = False,
        within: float = 15.0,
        **options: object,
    ) -> list[Choice]:
        """Return what the bot suggests for the last of the options, of which the person has typed this much."""
        place = self._where(in_channel, privately=privately)
        return await commands.complete(self._scene, self.user, place, command, options, within=within)

    async def uses(
        self, menu: str, /, *, on: SeenMessage | Reply | Actor, within: float = 15.0, force: bool = False
    ) -> Reply:
        """Use a command from the context menu of a message or of a person."""
        self._member()
        if isinstance(on, Actor):
            place = self._where(None, privately=False)
            return await commands.use_menu(self._scene, self.user, place, menu, on.user, within=within, force=force)
        target = self._message(on)
        place = self._scene.world.channels[target.channel_id]
        return await commands.use_menu(self._scene, self.user, place, menu, target, within=within, force=force)

    async def clicks(self, message: SeenMessage | Reply, button: str, *, within: float = 15.0) -> Reply:
        """Press the button of this label or custom id."""
        return await commands.click(self._scene, self.user, self._message(message), button, within=within)

    async def selects(
        self, message: SeenMessage | Reply, *values: object, menu: str | None = None, within: float = 15.0
    ) -> Reply:
        """Choose from a menu: labels or values of its options, or people, roles and channels.

        The menu goes by custom id or placeholder; without a name it is the message's only one.
        """
        return await commands.select(self._scene, self.user, self._message(message), values, menu, within=within)

    def _where(self, in_channel: str | Channel | None, *, privately: bool) -> Channel:
        if privately:
            return channels.dm_with(self._scene.world, self.user)
        self._member()
        place = self._channel(in_channel if in_channel is not None else self._place)
        if not self._scene.world.can_view(place, self.id):
            raise NotAllowed(f"{self.name} cannot see #{place.name}")
        return place

    def _message(self, message: SeenMessage | Reply) -> Message:
        shown = message.shown if isinstance(message, Reply) else message
        return self._scene.world.message(shown.channel_id, shown.id)
