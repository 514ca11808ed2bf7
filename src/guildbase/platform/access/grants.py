"""The grants of one guild, as its snapshot has them: trees of who gave what to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from guildbase.core.rights import ALL, Right, closure
from guildbase.platform.access.models import GrantSource, HolderKind


class Loss(StrEnum):
    """Why a grant has no effect."""

    RAN_OUT = "ran_out"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Holder:
    """A person or a role."""

    kind: HolderKind
    id: int


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant as the guild's snapshot has it."""

    number: int
    holder: Holder
    rights: Right
    parent: int | None = None
    expires_at: datetime | None = None
    is_away: bool = False
    source: GrantSource = GrantSource.GIVEN

    def loss(self, now: datetime) -> Loss | None:
        """Return why the grant by itself has no effect."""
        if self.expires_at is not None and self.expires_at <= now:
            return Loss.RAN_OUT
        return Loss.AWAY if self.is_away else None


class GuildAccess:
    """The grants of one guild: a forest, in which each tree hangs on the guild itself."""

    __slots__ = ("grants", "guild_id")

    def __init__(self, guild_id: int, grants: Iterable[Grant] = ()) -> None:
        self.guild_id = guild_id
        self.grants = {grant.number: grant for grant in sorted(grants, key=lambda grant: grant.number)}

    def line(self, grant: Grant) -> list[Grant]:
        """Return the grant and those it hangs on, up to the first."""
        line = [grant]
        # A grant is younger than the one it hangs on, so this ends.
        while (parent := line[-1].parent) is not None and parent < line[-1].number:
            line.append(self.grants[parent])
        return line

    def effective(self, grant: Grant, now: datetime, *, holder_is_here: bool = False) -> Right:
        """Return what the grant is worth now: at most what each grant that it hangs on is worth."""
        worth = ALL
        for step in self.line(grant):
            loss = step.loss(now)
            if loss is Loss.RAN_OUT or (loss is Loss.AWAY and not (holder_is_here and step is grant)):
                return Right.NONE
            worth &= closure(step.rights)
        return worth

    def ends(self, grant: Grant) -> datetime | None:
        """Return when the first grant of its line runs out; None if none does."""
        return min((step.expires_at for step in self.line(grant) if step.expires_at), default=None)

    def held_by(self, user_id: int | None, role_ids: frozenset[int]) -> Iterator[Grant]:
        """Yield the grants of the person and of their roles."""
        for grant in self.grants.values():
            holder = grant.holder
            if holder.id == user_id if holder.kind is HolderKind.USER else holder.id in role_ids:
                yield grant

    def below(self, grant: Grant) -> list[Grant]:
        """Return the grants that hang on this one, near ones first."""
        found = [grant]
        for step in found:
            found += (other for other in self.grants.values() if other.parent == step.number)
        return found[1:]

    def has_lasting_owner(self, now: datetime) -> bool:
        """Tell whether anybody holds all rights by a grant without an end."""
        return any(
            Right.OWNER in self.effective(grant, now) and self.ends(grant) is None for grant in self.grants.values()
        )

    def without(self, grant: Grant) -> GuildAccess:
        """Return what is left when the grant ends, and with it all that hangs on it."""
        gone = {grant.number, *(other.number for other in self.below(grant))}
        return GuildAccess(self.guild_id, (other for other in self.grants.values() if other.number not in gone))
