"""Which messages a purge takes, and in which way Discord lets them be deleted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from guildbase.core.snowflake import is_snowflake
from guildbase.features.channels.kinds import Only

MOST = 1000
"""Messages of one purge."""
MOST_READ = 5000
"""Messages that one purge looks at."""
MOST_OLD = 100
"""Messages of one purge that are too old for Discord to take many of them at once; each takes about a second."""
BULK = 100
BULK_AGE = timedelta(days=14) - timedelta(minutes=5)
"""Discord takes 14 days; the rest is for the time until it looks."""
MAX_PATTERN = 300
_LINK = re.compile(r"https?://\S", re.IGNORECASE)
_INVITE = re.compile(r"(?:discord\.gg|discord(?:app)?\.com/invite)/[A-Za-z0-9-]{2,32}", re.IGNORECASE)
_MESSAGE_LINK = re.compile(
    r"https://(?:\w+\.)?discord(?:app)?\.com/channels/([0-9]{1,20})/([0-9]{1,20})/([0-9]{1,20})/?"
)


NEEDS_TEXT = frozenset({Only.LINKS, Only.INVITES, Only.ATTACHMENTS, Only.EMBEDS})
"""What Discord shows only to bots that it grants the Message Content intent."""


@dataclass(frozen=True, slots=True)
class SeenMessage:
    """What the filters look at."""

    message_id: int
    author_id: int
    author_name: str
    is_bot: bool
    text: str
    created_at: datetime
    has_attachments: bool = False
    has_embeds: bool = False
    is_pinned: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; all of it must hold."""

    user_id: int | None = None
    contains: str = ""
    matches: Callable[[str], object] | None = None
    """The search of a pattern that takes linear time."""
    only: Only | None = None
    takes_pins: bool = False

    @property
    def reads_text(self) -> bool:
        """Whether what people wrote decides."""
        return bool(self.contains) or self.matches is not None or self.only in NEEDS_TEXT


def takes(filters: Filters, message: SeenMessage) -> bool:
    """Tell whether the purge takes the message."""
    if message.is_pinned and not filters.takes_pins:
        return False
    if filters.user_id is not None and message.author_id != filters.user_id:
        return False
    if filters.contains and filters.contains.casefold() not in message.text.casefold():
        return False
    if filters.matches is not None and not filters.matches(message.text):
        return False
    return filters.only is None or _has(filters.only, message)


def _has(only: Only, message: SeenMessage) -> bool:
    match only:
        case Only.BOTS:
            return message.is_bot
        case Only.PEOPLE:
            return not message.is_bot
        case Only.LINKS:
            return bool(_LINK.search(message.text))
        case Only.INVITES:
            return bool(_INVITE.search(message.text))
        case Only.ATTACHMENTS:
            return message.has_attachments
    return message.has_embeds


@dataclass(frozen=True, slots=True)
class Batches:
    """How the messages are deleted."""

    bulk: tuple[tuple[int, ...], ...]
    """At most 100 each."""
    single: tuple[int, ...]
    """Too old to go with others; one by one."""
    left: int
    """Old ones beyond what one purge deletes."""


def batches(messages: Iterable[SeenMessage], now: datetime) -> Batches:
    """Return the messages in the groups in which Discord deletes them."""
    young: list[int] = []
    old: list[int] = []
    for message in messages:
        (young if now - message.created_at < BULK_AGE else old).append(message.message_id)
    groups = tuple(tuple(young[first : first + BULK]) for first in range(0, len(young), BULK))
    return Batches(groups, tuple(old[:MOST_OLD]), max(0, len(old) - MOST_OLD))


def authors(messages: Iterable[SeenMessage], *, most: int = 5) -> list[tuple[int, int]]:
    """Return who wrote most of the messages, with how many."""
    return Counter(message.author_id for message in messages).most_common(most)


def message_id_of(text: str, channel_id: int) -> int | None:
    """Return the message's id from its link in this channel, or from digits; None if it is neither."""
    text = text.strip()
    if link := _MESSAGE_LINK.fullmatch(text):
        found = link[3] if int(link[2]) == channel_id else ""
    else:
        found = text if re.fullmatch(r"[0-9]{17,20}", text) else ""
    return int(found) if found and is_snowflake(int(found)) else None


def as_file(messages: Iterable[SeenMessage]) -> str:
    """Return what was written, oldest first, as text for staff."""
    ordered = sorted(messages, key=lambda message: message.message_id)
    return "\n".join(
        f"[{it.created_at:%Y-%m-%d %H:%M:%S}] {it.author_name} ({it.author_id}): {it.text or '-'}" for it in ordered
    )
