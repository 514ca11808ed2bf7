"""A message as people see it. It stays live, so a later edit shows in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.people.drawing import brief, drawn, readable
from guildbase.simulator.people.errors import NotAllowed, NothingHeard
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.people.situation import explained
from guildbase.simulator.world.entities import Attachment, Message, User

if TYPE_CHECKING:
    from guildbase.simulator.people.person import Person
    from guildbase.simulator.people.reply import Reply

Matching: TypeAlias = "str | Callable[[SeenMessage], bool] | None"


class Text(str):
    """What there is to read in a message, which it remembers for when an assertion about it fails."""

    source: object = None

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        # A copy is mere text: the message hangs on the whole world.
        return str, (str(self),)


class SeenMessage:
    """A message in a channel; `viewer` is who saw it, if it is known."""

    def __init__(
        self, scene: Scene, message: Message, viewer: User | None = None, *, seen_edits: int | None = None
    ) -> None:
        self._scene = scene
        self._message = message
        self._viewer = viewer
        self._seen_edits = message.edits if seen_edits is None else seen_edits

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {brief(self._scene.world, self._message)}>"

    def __str__(self) -> str:
        return drawn(self._scene.world, self._message)

    @property
    def id(self) -> int:
        """The message's id."""
        return self._message.id

    @property
    def channel_id(self) -> int:
        """Where it is."""
        return self._message.channel_id

    @property
    def author_id(self) -> int:
        """Who wrote it."""
        return self._message.author_id

    @property
    def author_name(self) -> str:
        """The name of who wrote it: a user name, or what a webhook called itself."""
        return str(payloads.author(self._scene.world, self._message)["username"])

    @property
    def content(self) -> str:
        """Its plain content."""
        return self._message.content

    @property
    def embeds(self) -> list[Json]:
        """Its embeds."""
        return self._message.embeds

    @property
    def components(self) -> list[Json]:
        """Its buttons, menus and layout."""
        return self._message.components

    @property
    def attachments(self) -> list[Attachment]:
        """Its files with their bytes."""
        return self._message.attachments

    @property
    def reactions(self) -> dict[str, list[int]]:
        """Who reacted, by emoji."""
        return self._message.reactions

    @property
    def reply_to(self) -> int | None:
        """The id of the message it replies to."""
        return self._message.reply_to

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self._message.visible_to is not None

    @property
    def edits(self) -> int:
        """How often it was edited."""
        return self._message.edits

    @property
    def deleted(self) -> bool:
        """Whether it has been deleted."""
        return self._message.deleted

    @property
    def text(self) -> str:
        """Everything there is to read: content, embeds and text components, a line each."""
        text = Text("\n".join(readable(self._message)))
        text.source = self
        return text

    def matches(self, matching: Matching) -> bool:
        """Tell whether the text contains a string, or a function of this message is true."""
        if matching is None:
            return True
        if isinstance(matching, str):
            return matching in "\n".join(readable(self._message))
        return matching(self)

    async def click(self, button: str, *, by: Person | None = None, within: float = 15.0) -> Reply:
        """Press the button of this label or custom id, as whoever saw the message unless named."""
        # What follows is a reply, and replies are made of messages.
        from guildbase.simulator.people import commands

        return await commands.click(self._scene, self._user(by), self._message, button, within=within)

    async def select(
        self, *values: object, menu: str | None = None, by: Person | None = None, within: float = 15.0
    ) -> Reply:
        """Choose from a menu: labels or values of its options, or people, roles and channels."""
        from guildbase.simulator.people import commands

        return await commands.select(self._scene, self._user(by), self._message, values, menu, within=within)

    def _user(self, by: Person | None) -> User:
        user = self._viewer if by is None else by.user
        if user is None:
            raise NotAllowed("many see this message: say who does it (by=person)")
        return user

    async def edited(self, *, matching: Matching = None, timeout: float | None = None) -> SeenMessage:
        """Wait until the message was edited and matches, and return it; raise NothingHeard.

        Without `matching`, any edit that was not seen yet will do.
        """
        seen, timeout = self._seen_edits if matching is None else 0, self._scene.patience(timeout)

        def look() -> SeenMessage | None:
            return self if self._message.edits > seen and self.matches(matching) else None

        if await self._scene.world.watch.until(look, timeout) is None:
            raise self._missed(f"no edit{such_as(matching)} within {timeout:g} s; the message says {self.text!r}")
        self._seen_edits = self._message.edits
        return self

    async def vanishes(self, *, timeout: float | None = None) -> None:
        """Wait until the message has been deleted; raise NothingHeard."""
        timeout = self._scene.patience(timeout)
        if await self._scene.world.watch.until(lambda: self.deleted or None, timeout) is None:
            raise self._missed(f"the message {self.text!r} was not deleted within {timeout:g} s")

    def _missed(self, problem: str) -> NothingHeard:
        return NothingHeard(explained(self._scene, problem, self._scene.world.channels.get(self.channel_id)))


def such_as(matching: Matching) -> str:
    """Return words for what was waited for, to follow "a message" in an error."""
    return f" with {matching!r}" if isinstance(matching, str) else "" if matching is None else " that matches"
