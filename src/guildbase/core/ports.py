"""The few things a lower layer asks of a higher one, as Protocols and the plain values they speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar, cast

from guildbase.core.errors import PermissionDenied
from guildbase.core.rights import Right

TransactionT = TypeVar("TransactionT", contravariant=True)
PartT = TypeVar("PartT")


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
    role_ids: frozenset[int] = frozenset()
    """The roles that they have in the guild."""
    is_guild_owner: bool = False
    is_bot_owner: bool = False
    """Whether they own the application or stand in the setting `owner_ids`; it gives no rights in a guild."""
    is_timed_out: bool = False
    """Whether Discord keeps them from doing anything in the guild: neither level nor access counts meanwhile."""
    is_system: bool = False
    granted: int = 0
    """Those of the permissions that Discord does not give them, but a rule of the guild for this one use, or access."""
    rights: Right = Right.NONE
    """What they may do in the guild's dashboard, as the edge found it; only callers of the API have it."""
    key_id: int | None = None
    """The API key that a program uses."""
    session_id: str = ""
    """The login that a person uses."""

    @property
    def own_permissions(self) -> int:
        """The permissions that Discord gives them: only these can be handed on."""
        return self.permissions & ~self.granted

    @property
    def is_operator(self) -> bool:
        """Whether they may look after the whole installation: its keeper, or one of the bot's owners."""
        return self.is_system or self.is_bot_owner

    def may(self, guild_id: int, *, permissions: int, level: int) -> bool:
        """Tell whether the caller has any of the permission bits, or at least the level, in this very guild."""
        if self.is_system:
            return True
        if self.guild_id != guild_id:
            return False
        has_permission = bool(self.permissions & (ADMINISTRATOR | permissions))
        return self.is_guild_owner or has_permission or self.level >= level

    def holds(self, guild_id: int, right: Right) -> bool:
        """Tell whether the caller has any of these rights in the dashboard of this very guild."""
        return self.is_system or (self.guild_id == guild_id and bool(self.rights & right))


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


def _no_part(_: GuildSnapshot, kind: type[Any]) -> Any:
    raise LookupError(f"No feature adds {kind.__name__} to a server's snapshot.")


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
    version: int = 0
    """Rises with every change of what the snapshot holds; 0 for a guild that the database does not know."""
    rows: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the parts are made of: rows as JSON, by part."""
    make: Callable[[GuildSnapshot, type[Any]], Any] = field(default=_no_part, repr=False, compare=False)
    """Makes a part at its first read."""
    parts: dict[type[Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The parts that were read before."""

    def get(self, kind: type[PartT]) -> PartT:
        """Return what a feature's manifest adds to the snapshot, such as `get(HelloSettings)`; it never waits.

        Raises:
            LookupError: no manifest declares a part of this kind.
        """
        part = self.parts.get(kind)
        if part is None:
            part = self.parts[kind] = self.make(self, kind)
        return cast("PartT", part)

    def level_of(self, role_ids: frozenset[int]) -> int:
        """Return the highest permission level that these roles give (0 for none)."""
        return max((level for role, level in self.level_roles.items() if role in role_ids), default=0)


class Callers(Protocol):
    """Finds out who asks the API, and what they may do in a server; the rows decide, so an end counts at once."""

    async def of_session(self, token: str, *, is_unsafe: bool) -> Caller | None:
        """Return the person who is signed in with this token, or None; `is_unsafe` asks the rows and no copy."""
        ...

    async def of_key(self, key: str) -> Caller | None:
        """Return the program that this API key was made for, or None."""
        ...

    async def in_guild(self, caller: Caller, guild_id: int, right: Right, *, is_unsafe: bool) -> Caller:
        """Return the caller as one of this guild: with permissions, roles, level and what their rights give them.

        Raises:
            NotFound: they have no access to the guild at all, or there is none; nobody is told which.
            PermissionDenied: they have access to the guild, but not this right.
        """
        ...

    async def refused(
        self, caller: Caller | None, route: str, guild_id: int | None, reason: str, *, address: str = ""
    ) -> None:
        """Note a refusal as a security event; it never fails."""
        ...


class Languages(Protocol):
    """The languages that people chose."""

    async def language_of(self, user_id: int) -> str | None:
        """Return the locale that the person chose, or None if they leave it to Discord; it never fails."""
        ...


class GuildSnapshots(Protocol):
    """The guild snapshots of this process."""

    def peek(self, guild_id: int, /) -> GuildSnapshot | None:
        """Return the snapshot if it is in memory, without waiting."""
        ...

    async def load(self, guild_id: int) -> GuildSnapshot:
        """Return the snapshot, reading the database when it is not in memory."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What was decided about a person or a server: blocked from the bot, or else trusted."""

    is_blocked: bool
    reason: str = ""
    expires_at: datetime | None = None
    is_silent: bool = False
    """Whether the reason and the end are kept from whom it is about."""

    @property
    def is_trusted(self) -> bool:
        """Whether they are spared what protects against strangers, such as the limit of commands."""
        return not self.is_blocked

    def has_run_out(self, now: datetime) -> bool:
        """Tell whether it counts no longer."""
        return self.expires_at is not None and self.expires_at <= now


class Standings(Protocol):
    """Who is blocked and who is trusted, told without waiting."""

    def of(self, user_id: int, guild: GuildSnapshot | None) -> Standing | None:
        """Return the standing that counts for the person in the server (None: in a direct message), if there is one.

        A block comes before trust, and what was decided everywhere before what was decided in the server.
        """
        ...

    def refusal(
        self, user_id: int, guild: GuildSnapshot | None, *, permissions: int = 0, is_guild_owner: bool = False
    ) -> PermissionDenied | None:
        """Return what to tell the person who is blocked in the server, or whose server is; None if neither is so.

        `permissions` are theirs in the server, since only who manages it is told why it is blocked.
        """
        ...


class Outcome(StrEnum):
    """What becomes of a command that somebody wants to use."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    IGNORED = "ignored"
    """Refused without an answer, where Discord does not demand one."""


class Decider(StrEnum):
    """What an outcome comes from."""

    BLOCK = "block"
    """The person or the server is blocked."""
    SWITCH = "switch"
    """The server has switched the command or its feature off."""
    OWNER = "owner"
    """The server's owner is never refused by rules."""
    RULE = "rule"
    DISCORD = "discord"
    """No rule: what the command asks for of Discord's permissions, or the level of the guild's roles."""


@dataclass(slots=True)
class CommandUse:
    """Somebody wants to use a command, as the bot's edge sees it. It is made for each, and freezing it would cost."""

    command: str
    """Its qualified name, such as `case view`."""
    feature: str
    """The feature that it belongs to; empty for a stranger's."""
    user_id: int
    guild_id: int | None = None
    role_ids: frozenset[int] = frozenset()
    channel_ids: tuple[int, ...] = ()
    """The channel; of a thread first its own and then its parent's."""
    category_id: int | None = None
    permissions: int = 0
    """The member's permission bits in the guild."""
    level: int = 0
    is_guild_owner: bool = False
    needs: int = 0
    """Permission bits that the command asks for, all of them; 0 if it is for everybody."""
    needs_level: int | None = None
    """The permission level that does as well as these bits; None if none does."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may use a command, and what says so."""

    outcome: Outcome
    by: Decider
    rule_number: int | None = None
    """The guild's rule that decided."""
    reason: str = ""
    """Why, for the person; in their language."""
    granted: int = 0
    """Permission bits that the rule gives them for this one use."""

    @property
    def is_allowed(self) -> bool:
        """Whether the command runs."""
        return self.outcome is Outcome.ALLOWED


class CommandGate(Protocol):
    """Decides who may use which command where."""

    def judge(self, use: CommandUse, guild: GuildSnapshot | None) -> Verdict:
        """Return what becomes of the use in the guild (None: in a direct message), without waiting."""
        ...

    def checked(self, use: CommandUse, guild: GuildSnapshot, verdict: Verdict) -> None:
        """Write the check down if the guild wants that, without waiting."""
        ...
