"""Discord's markup as HTML: everything is escaped first, so that nothing people write can be more than text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

_CODE = re.compile(r"```(?:[\w+-]{0,20}\n)?(.*?)```|`([^`\n]+)`", re.DOTALL)
_UNDERSCORED = re.compile(r"(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)")
_PAIRS = tuple(
    (re.compile(rf"{mark}(?=\S)([^{first}]+?)(?<=\S){mark}"), f"<{tag}>", f"</{tag.partition(' ')[0]}>")
    for mark, first, tag in (
        (r"\*\*", r"*", "strong"),
        (r"__", "_", "u"),
        (r"~~", "~", "s"),
        (r"\|\|", "|", 'span class="spoiler"'),
        (r"\*", r"*", "em"),
    )
)
_LINK = re.compile(r"https?://(?:(?!&(?:gt|lt|quot);)[^\s<>\x00]){1,1500}")
_MENTION = re.compile(r"&lt;@!?([0-9]{1,20})&gt;")
_OTHER_MENTION = re.compile(r"&lt;(#|@&amp;)([0-9]{1,20})&gt;")
_EMOJI = re.compile(r"&lt;a?:(\w{2,32}):[0-9]{1,20}&gt;")
_KEPT = re.compile("\x00([0-9]+)\x00")


def to_html(text: str, names: Mapping[int, str]) -> str:
    """Return the text as HTML; code and links are set apart first, so that no mark inside them counts."""
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return f"\x00{len(kept) - 1}\x00"

    def code(found: re.Match[str]) -> str:
        block, short = found.groups()
        return keep(f"<code>{escape(short)}</code>" if block is None else f"<pre>{escape(block)}</pre>")

    found = escape(_CODE.sub(code, text.replace("\x00", "")))
    found = _LINK.sub(lambda link: keep(_link(link[0])), found)
    found = _MENTION.sub(lambda it: keep(_mention(names.get(int(it[1])) or it[1])), found)
    found = _OTHER_MENTION.sub(lambda it: f'<span class="mention">{it[1]}{it[2]}</span>', found)
    found = _EMOJI.sub(r":\1:", found)
    for mark, opening, closing in _PAIRS:
        found = mark.sub(rf"{opening}\1{closing}", found)
    found = _UNDERSCORED.sub(r"<em>\1</em>", found)
    return _KEPT.sub(lambda it: kept[int(it[1])], found)


def _link(address: str) -> str:
    return f'<a href="{address}" rel="noopener noreferrer nofollow">{address}</a>'


def _mention(name: str) -> str:
    return f'<span class="mention">@{escape(name)}</span>'
