"""A transcript as one HTML page that looks like a chat, light or dark as its reader prefers.

It needs nothing else: no script, no request, no style inside elements.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import datetime
from html import escape

from guildbase.core.i18n import _, spoken
from guildbase.features.tickets.transcripts.markdown import to_html as markup
from guildbase.features.tickets.transcripts.records import Attached, Conversation, Quoted, Said
from guildbase.features.tickets.transcripts.style import STYLE

COLOURS = 6
SHOWN_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Pictures that are shown from their copy; others, SVG above all, are only named."""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none'"
)
"""What the page may do: use its one style sheet and show the pictures in it."""


def to_html(conversation: Conversation) -> str:
    """Return the page, in the language that is spoken now."""
    return "".join(_page(conversation))


def _page(it: Conversation) -> Iterator[str]:
    title = escape(_("Ticket #{number}", number=it.number))
    yield f'<!doctype html><html lang="{escape(spoken())}"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{CONTENT_SECURITY_POLICY}">'
    yield '<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">'
    yield f"<title>{title}</title><style>{STYLE}</style></head><body><header><h1>{title}</h1><dl>"
    for name, value in _facts(it):
        yield f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
    yield "</dl></header>"
    if it.note:
        yield f'<p class="note">{escape(it.note)}</p>'
    yield "<main>"
    count = 0
    for count, said in enumerate(it.messages, 1):  # noqa: B007 - the last count is shown below.
        yield from _message(said, it)
    yield f'</main><p class="dim">{escape(_("Messages: {number}", number=count))}</p></body></html>'


def _facts(it: Conversation) -> Iterator[tuple[str, str]]:
    yield _("Category"), it.category
    yield _("Opened by"), it.opener_name or _("(erased)")
    yield _("Opened"), _time(it.opened_at)
    if it.subject:
        yield _("Subject"), it.subject
    yield from it.answers.items()
    if it.closed_at is not None:
        yield _("Closed"), _time(it.closed_at)
    if it.close_reason:
        yield _("Reason"), it.close_reason


def _message(said: Said, it: Conversation) -> Iterator[str]:
    name = said.author_name or (_("(erased)") if said.is_erased else str(said.author_id))
    gone = ' class="gone"' if said.deleted_at is not None else ""
    yield f'<article id="m{said.message_id}"{gone}><div class="face c{said.author_id % COLOURS}" aria-hidden="true">'
    yield f'{escape(name[:1].upper())}</div><div><span class="who">{escape(name)}</span> {_tags(said)}'
    yield f'<time datetime="{said.said_at.isoformat()}">{_time(said.said_at)}</time>{_changes(said)}'
    if said.reply_to is not None:
        yield f'<div class="dim"><a href="#m{said.reply_to}">{escape(_("in reply to a message"))}</a></div>'
    if said.is_erased and not said.content:
        yield f'<div class="text dim">{escape(_("(erased)"))}</div>'
    if said.content:
        yield f'<div class="text">{markup(said.content, it.names)}</div>'
    yield from (_quote(quoted, it) for quoted in said.quotes)
    yield from (f'<div class="dim">{escape(_("Sticker: {name}", name=sticker))}</div>' for sticker in said.stickers)
    yield from (_file(file) for file in said.files)
    yield "</div></article>"


def _tags(said: Said) -> str:
    tags = [_("bot")] * said.is_bot + [_("staff")] * said.is_staff
    return "".join(f'<span class="tag">{escape(tag)}</span> ' for tag in tags)


def _changes(said: Said) -> str:
    changes = []
    if said.edited_at is not None:
        changes.append(_("edited {time}", time=_time(said.edited_at)))
    if said.deleted_at is not None:
        changes.append(_("deleted {time}", time=_time(said.deleted_at)))
    return "".join(f' <span class="dim">({escape(change)})</span>' for change in changes)


def _quote(quoted: Quoted, it: Conversation) -> str:
    title = f"<strong>{markup(quoted.title, it.names)}</strong><br>" if quoted.title else ""
    text = f'<div class="text">{markup(quoted.text, it.names)}</div>' if quoted.text else ""
    fields = "".join(
        f'<div><strong>{markup(name, it.names)}</strong><div class="text">{markup(value, it.names)}</div></div>'
        for name, value in quoted.fields
    )
    return f"<blockquote>{title}{text}{fields}</blockquote>"


def _file(file: Attached) -> str:
    name = escape(f"{file.name} ({_size(file.size)})")
    if file.content is not None:
        return _copy(file, name, base64.b64encode(file.content).decode())
    if not file.url.startswith("https://"):
        return f"<div>{name}</div>"
    dim = escape(_("Discord's link; it runs out"))
    return (
        f'<div><a href="{escape(file.url)}" rel="noopener noreferrer">{name}</a> <span class="dim">{dim}</span></div>'
    )


def _copy(file: Attached, name: str, data: str) -> str:
    if file.content_type not in SHOWN_TYPES:
        link = f'href="data:application/octet-stream;base64,{data}"'
        return f'<div><a download="{escape(file.name)}" {link}>{name}</a></div>'
    picture = f'<img alt="{name}" src="data:{file.content_type};base64,{data}">'
    return f'<figure>{picture}<figcaption class="dim">{name}</figcaption></figure>'


def _size(number: int) -> str:
    """Return the size of a file for people; `number` is in bytes."""
    if number < 1024:
        return f"{number} B"
    return f"{number / 1024:.0f} KiB" if number < 1 << 20 else f"{number / (1 << 20):.1f} MiB"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
