"""The bot's answer to what a person used: a command, a button, a menu, a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guildbase.simulator.errors import Json
from guildbase.simulator.people.errors import NotAllowed, NothingHeard
from guildbase.simulator.people.form import Form
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.people.seen import Matching, SeenMessage, Text, such_as
from guildbase.simulator.people.situation import explained
from guildbase.simulator.world.entities import CallbackType, Interaction

if TYPE_CHECKING:
    from guildbase.simulator.people.person import Person


class Reply:
    """The answer with its follow-ups. A form that the bot opened has no text, but a `modal`."""

    def __init__(self, scene: Scene, interaction: Interaction, *, seen_edits: int | None = None) -> None:
        self._scene = scene
        self.interaction = interaction
        self._followups_seen = 0
        self._user = scene.world.users[interaction.user_id]
        original = scene.world.messages[interaction.channel_id].get(interaction.original_id or 0)
        self.message = None if original is None else SeenMessage(scene, original, self._user, seen_edits=seen_edits)

    def __repr__(self) -> str:
        if self.modal is not None:
            return f"<Reply {self.modal!r}>"
        return (
            "<Reply without a message>" if self.message is None else repr(self.message).replace("SeenMessage", "Reply")
        )

    def __str__(self) -> str:
        return repr(self) if self.message is None else str(self.message)

    @property
    def text(self) -> str:
        """Everything there is to read in the answer."""
        if self.message is not None:
            return self.message.text
        nothing = Text("")
        nothing.source = self
        return nothing

    @property
    def content(self) -> str:
        """The answer's plain content."""
        return "" if self.message is None else self.message.content

    @property
    def embeds(self) -> list[Json]:
        """The answer's embeds."""
        return [] if self.message is None else self.message.embeds

    @property
    def components(self) -> list[Json]:
        """The answer's buttons, menus and layout."""
        return [] if self.message is None else self.message.components

    @property
    def ephemeral(self) -> bool:
        """Whether only the person who asked sees the answer."""
        return self.interaction.ephemeral

    @property
    def message_id(self) -> int | None:
        """The id of the answer."""
        return None if self.message is None else self.message.id

    @property
    def modal(self) -> Form | None:
        """The form the bot opened instead of answering with a message."""
        return Form(self._scene, self.interaction) if self.interaction.callback == CallbackType.MODAL else None

    @property
    def followups(self) -> list[SeenMessage]:
        """What the bot added so far, apart from what was deleted."""
        kept = self._scene.world.messages[self.interaction.channel_id]
        return [SeenMessage(self._scene, kept[it], self._user) for it in self.interaction.followup_ids if it in kept]

    async def click(self, button: str, *, by: Person | None = None, within: float = 15.0) -> Reply:
        """Press the button of this label or custom id, as the person who asked unless named."""
        return await self.shown.click(button, by=by, within=within)

    async def select(
        self, *values: object, menu: str | None = None, by: Person | None = None, within: float = 15.0
    ) -> Reply:
        """Choose from a menu: labels or values of its options, or people, roles and channels."""
        return await self.shown.select(*values, menu=menu, by=by, within=within)

    @property
    def shown(self) -> SeenMessage:
        """The answer's message; raise NotAllowed if the answer is none."""
        if self.message is None:
            raise NotAllowed("the bot's answer is no message, so it has no buttons")
        return self.message

    async def edited(self, *, matching: Matching = None, timeout: float | None = None) -> Reply:
        """Wait until the answer was edited and matches, as `SeenMessage.edited` does; raise NothingHeard."""
        if self.message is None:
            raise NothingHeard("the bot's answer is no message, so it cannot be edited")
        await self.message.edited(matching=matching, timeout=timeout)
        return self

    async def followed_up(self, *, matching: Matching = None, timeout: float | None = None) -> SeenMessage:
        """Return the next follow-up that was not seen yet; raise NothingHeard."""
        timeout = self._scene.patience(timeout)

        def look() -> tuple[int, SeenMessage] | None:
            for number, one in enumerate(self.followups[self._followups_seen :], self._followups_seen + 1):
                if one.matches(matching):
                    return number, one
            return None

        found = await self._scene.world.watch.until(look, timeout)
        if found is None:
            place = self._scene.world.channels.get(self.interaction.channel_id)
            problem = f"no follow-up{such_as(matching)} to {self.interaction.name} within {timeout:g} s"
            raise NothingHeard(explained(self._scene, problem, place))
        self._followups_seen, message = found
        return message
