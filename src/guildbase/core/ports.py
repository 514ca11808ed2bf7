"""The few things a lower layer asks of a higher one, as Protocols and the plain values they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

TransactionT = TypeVar("TransactionT", contravariant=True)


ADMINISTRATOR = 1 << 3
"""The permission bit that stands for all others."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as the edge (command, request, job) established it; controllers judge rights by this alone."""

    user_id: int | None = None
    guild_id: int | None = None
    name: str = "system"
    permissions: int = 0
    """Discord permission bits in the guild; owners and administrators hold all of them."""
    level: int = 0
    """Guildbase permission level 0-7 from the guild's level roles."""
    top_role: int = 0
    """Position of the highest role; 0 is @everyone."""
    is_guild_owner: bool = False
    is_system: bool = False

    def may(self, guild_id: int, *, permissions: int, level: int) -> bool:
        """Tell whether the caller has any of the permission bits, or at least the level, in this very guild."""
        if self.is_system:
            return True
        if self.guild_id != guild_id:
            return False
        has_permission = bool(self.permissions & (ADMINISTRATOR | permissions))
        return self.is_guild_owner or has_permission or self.level >= level


SYSTEM = Caller(is_system=True)
"""The platform itself: start-up, due work, events from Discord."""


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One thing that an admin may ask about later."""

    action: str
    """What was done, as `feature.verb`, for example `moderation.warn`."""
    guild_id: int | None = None
    target_type: str = ""
    target_id: int | None = None
    reason: str = ""
    details: Mapping[str, object] = field(default_factory=dict)


class AuditSink(Protocol[TransactionT]):
    """Writes audit rows in the transaction of the change that they describe."""

    async def record(self, transaction: TransactionT, caller: Caller, record: AuditRecord) -> None:
        """Add one audit row; it is stored if and only if the transaction commits."""
        ...


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """Where an unexpected error came up."""

    kind: str
    """What failed: `command`, `message`, `listener`, `effect`, `request`, `job`, `loop`."""
    where: str
    """The name of the command, handler, listener, effect, route or job."""
    guild_id: int | None = None
    user_id: int | None = None
    """Who was met by it."""
    error_id: str | None = None
    """The id that the person is told anyway, such as a request's; without one the sink chooses it."""


class ErrorSink(Protocol):
    """Keeps unexpected errors, so that the operator finds them by the id that people quote."""

    def report(self, error: BaseException, what: ErrorReport) -> str:
        """Have the error stored soon, without waiting; return the id to tell people."""
        ...


class UsageSink(Protocol):
    """Counts what is used."""

    def command_used(self, command: str, guild_id: int | None, *, has_failed: bool) -> None:
        """Count one use of a command, without waiting; `has_failed` when it ended with an unexpected error."""
        ...


@dataclass(frozen=True, slots=True)
class GuildSnapshot:
    """What the hot paths need of a guild, read without awaiting."""

    guild_id: int
    prefix: str
    locale: str
    level_roles: Mapping[int, int]
    """Role id to permission level 0-7."""
    tier: str = "free"
    """The guild's plan, which limits go by."""

    def level_of(self, role_ids: frozenset[int]) -> int:
        """Return the highest permission level that these roles give (0 for none)."""
        return max((level for role, level in self.level_roles.items() if role in role_ids), default=0)


class GuildSnapshots(Protocol):
    """The guild snapshots of this process."""

    def peek(self, guild_id: int, /) -> GuildSnapshot | None:
        """Return the snapshot if it is in memory, without waiting."""
        ...

    async def load(self, guild_id: int) -> GuildSnapshot:
        """Return the snapshot, reading the database when it is not in memory."""
        ...
