"""What is known of one message when it is judged, and what came of that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from guildbase.features.automod.document import RuleDocument
from guildbase.features.automod.kinds import ListKind


@dataclass(slots=True)
class Facts:
    """One message, its author and its place. It is made for each message, and freezing it would cost."""

    content: str
    now: datetime
    guild_id: int = 0
    message_id: int = 0
    channel_id: int = 0
    channel_ids: frozenset[int] = frozenset()
    """The channel, the one that its thread belongs to, and the category."""
    user_id: int = 0
    user_name: str = ""
    role_ids: frozenset[int] = frozenset()
    permissions: int = 0
    mentions: int = 0
    """How many people and roles are mentioned."""
    has_everyone: bool = False
    files: tuple[str, ...] = ()
    """Names of the attachments."""
    created_at: datetime | None = None
    """When the account was made."""
    joined_at: datetime | None = None
    is_edit: bool = False
    own_invites: frozenset[str] = frozenset()
    """Those of the invites in the text that lead to this very server."""
    points: float | None = None
    """Of the author; None as long as nobody has asked."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, ready to be asked."""

    number: int
    name: str
    document: RuleDocument
    priority: int = 100
    is_dry_run: bool = False
    exempt_roles: frozenset[int] = frozenset()
    exempt_channels: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class WordList:
    """A list that rules name."""

    kind: ListKind
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a trigger found."""

    matched: str
    messages: tuple[tuple[int, int], ...] = ()
    """All messages that make it up, each behind its channel, where that is more than one."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that the message breaks."""

    rule: Rule
    found: Found


@dataclass(slots=True)
class Decision:
    """What the rules say of a message."""

    hits: list[Hit] = field(default_factory=list)
    needs_points: bool = False
    """Whether a rule asks for the author's points, which are not known yet; it is to be decided again with them."""
    notes: dict[int, str] = field(default_factory=dict)
    """Why rules that were triggered do not count, by number; filled only where that is asked for."""
