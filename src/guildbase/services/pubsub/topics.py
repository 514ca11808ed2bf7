"""What messages are about: a topic has a name and one type of message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from guildbase.services.documents import from_document, from_text, to_document, to_text

MessageT = TypeVar("MessageT")


@dataclass(frozen=True, slots=True)
class Topic(Generic[MessageT]):
    """A name and the frozen dataclass of its messages, which hold ids and not rows."""

    name: str
    message: type[MessageT]

    def encode(self, message: MessageT, sender: str) -> str:
        """Return the message as it travels, with the id of the process that sends it.

        Raises:
            BadMessage: it is too large.
        """
        return to_text({"from": sender, "message": to_document(self.message, message)})

    def decode(self, payload: bytes, *, unless_from: str) -> MessageT | None:
        """Return the message, or None if that process sent it.

        Raises:
            BadMessage: somebody sent what is no message of this topic.
        """
        document = from_text(payload)
        if document.get("from") == unless_from:
            return None
        return from_document(self.message, document.get("message"))
