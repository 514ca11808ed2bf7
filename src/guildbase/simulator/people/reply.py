"""What people see: messages, and the bot's reply to a command. Both stay live, so a later edit shows in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from guildbase.simulator.errors import Json
from guildbase.simulator.people.errors import NothingHeard
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.world.entities import Attachment, CallbackType, Interaction, Message

Matching: TypeAlias = "str | Callable[[SeenMessage], bool] | None"


class SeenMessage:
    """A message as a person sees it."""

    def __init__(self, scene: Scene, message: Message) -> None:
        self._scene = scene
        self._message = message
        self._seen_edits = message.edits

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.text!r}>"

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
        return "\n".join(_lines(self._message))

    def matches(self, matching: Matching) -> bool:
        """Tell whether the text contains a string, or a function of this message is true."""
        if matching is None:
            return True
        return matching in self.text if isinstance(matching, str) else matching(self)

    async def edited(self, *, matching: Matching = None, timeout: float = 5.0) -> SeenMessage:
        """Wait for an edit that was not seen yet and return this message; raise NothingHeard."""

        def look() -> SeenMessage | None:
            return self if self._message.edits > self._seen_edits and self.matches(matching) else None

        if await self._scene.world.watch.until(look, timeout) is None:
            raise NothingHeard(f"no edit{such_as(matching)} within {timeout:g} s; the message says {self.text!r}")
        self._seen_edits = self._message.edits
        return self

    async def vanishes(self, *, timeout: float = 5.0) -> None:
        """Wait until the message has been deleted; raise NothingHeard."""
        if await self._scene.world.watch.until(lambda: self.deleted or None, timeout) is None:
            raise NothingHeard(f"the message {self.text!r} was not deleted within {timeout:g} s")


class Reply:
    """The bot's answer to an interaction. A form that it opened has no text, but a `modal`."""

    def __init__(self, scene: Scene, interaction: Interaction) -> None:
        self._scene = scene
        self.interaction = interaction
        self._followups_seen = 0
        original = scene.world.messages[interaction.channel_id].get(interaction.original_id or 0)
        self.message = None if original is None else SeenMessage(scene, original)

    def __repr__(self) -> str:
        return f"<Reply {self.text!r}>"

    @property
    def text(self) -> str:
        """Everything there is to read in the answer."""
        return "" if self.message is None else self.message.text

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
    def modal(self) -> Json | None:
        """The form the bot opened instead of answering with a message."""
        return self.interaction.callback_data if self.interaction.callback == CallbackType.MODAL else None

    @property
    def followups(self) -> list[SeenMessage]:
        """What the bot added so far, apart from what was deleted."""
        kept = self._scene.world.messages[self.interaction.channel_id]
        return [SeenMessage(self._scene, kept[it]) for it in self.interaction.followup_ids if it in kept]

    async def edited(self, *, matching: Matching = None, timeout: float = 5.0) -> Reply:
        """Wait for an edit of the answer that was not seen yet; raise NothingHeard."""
        if self.message is None:
            raise NothingHeard("the bot's answer is no message, so it cannot be edited")
        await self.message.edited(matching=matching, timeout=timeout)
        return self

    async def followed_up(self, *, matching: Matching = None, timeout: float = 5.0) -> SeenMessage:
        """Return the next follow-up that was not seen yet; raise NothingHeard."""

        def look() -> tuple[int, SeenMessage] | None:
            for number, one in enumerate(self.followups[self._followups_seen :], self._followups_seen + 1):
                if one.matches(matching):
                    return number, one
            return None

        found = await self._scene.world.watch.until(look, timeout)
        if found is None:
            raise NothingHeard(f"no follow-up{such_as(matching)} within {timeout:g} s")
        self._followups_seen, message = found
        return message


def such_as(matching: Matching) -> str:
    """Return words for what was waited for, to follow "a message" in an error."""
    return f" with {matching!r}" if isinstance(matching, str) else "" if matching is None else " that matches"


def _lines(message: Message) -> Iterator[str]:
    if message.content:
        yield message.content
    for embed in message.embeds:
        parts = [(embed.get("author") or {}).get("name"), embed.get("title"), embed.get("description")]
        for field in embed.get("fields") or []:
            parts += [field["name"], field["value"]]
        parts.append((embed.get("footer") or {}).get("text"))
        yield from (it for it in parts if it)
    yield from _component_texts(message.components)


def _component_texts(components: list[Json]) -> Iterator[str]:
    for component in components:
        if component.get("content"):
            yield component["content"]
        yield from _component_texts(component.get("components") or [])
