"""A transcript as plain text, one line a message, for a mail or a search by eye."""

from __future__ import annotations

from collections.abc import Iterator

from guildbase.core.i18n import _
from guildbase.features.tickets.transcripts.records import Conversation, Said


def to_text(it: Conversation) -> str:
    """Return the whole conversation; what goes on over several lines is indented."""
    return "\n".join((*_head(it), "", *(_line(said) for said in it.messages), ""))


def _head(it: Conversation) -> Iterator[str]:
    yield _("Ticket #{number}", number=it.number)
    yield f"{it.category} · {it.opener_name} · {it.opened_at:%Y-%m-%d %H:%M} UTC"
    if it.subject:
        yield it.subject
    for question, answer in it.answers.items():
        yield f"{question} {_indented(answer)}"
    if it.note:
        yield it.note


def _line(said: Said) -> str:
    words = [said.content, *(f"[{file.name}]" for file in said.files)]
    for quoted in said.quotes:
        words += [quoted.title, quoted.text, *(f"{name}: {value}" for name, value in quoted.fields)]
    told = _indented("\n".join(word for word in words if word))
    return f"[{said.said_at:%Y-%m-%d %H:%M:%S}] {said.author_name or said.author_id}: {told}"


def _indented(text: str) -> str:
    # What people write must not look like the line of another message.
    return "\n    ".join(text.splitlines())
