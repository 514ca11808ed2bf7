"""Webhooks: what posts into a channel without being a member."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class WebhookType(IntEnum):
    """The kinds of webhooks that belong to channels."""

    INCOMING = 1
    CHANNEL_FOLLOWER = 2


@dataclass(slots=True)
class Webhook:
    """A webhook; one that follows an announcement channel has a source and no token."""

    id: int
    type: WebhookType
    guild_id: int
    channel_id: int
    creator_id: int
    name: str
    token: str | None = None
    avatar: str | None = None
    application_id: int | None = None
    source_guild_id: int | None = None
    source_channel_id: int | None = None


@dataclass(slots=True)
class WebhookAuthor:
    """As whom a webhook wrote a message: its name and picture may be others each time."""

    id: int
    name: str
    avatar: str | None = None
    application_id: int | None = None
