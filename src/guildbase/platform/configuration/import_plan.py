"""What an import would do to a server, worked out before anything is done; nothing here reads or writes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.i18n import _
from guildbase.platform.guilds.live import LiveGuild

Place = tuple[Refers, int]
"""A role or a channel by its id; only together are they one, as a server's first role has the server's own id."""


@dataclass(frozen=True, slots=True)
class Named:
    """What people call a role or a channel."""

    name: str
    kind: str = ""
    """Of a channel what discord.py calls it, such as `text`; roles have none."""


@dataclass(frozen=True, slots=True)
class Directory:
    """The roles and channels of a server, as they are now or were when the export was made."""

    names: Mapping[Place, Named]

    @classmethod
    def of(cls, guild: LiveGuild) -> Directory:
        """Return the directory of a server as the bot sees it."""
        roles = {(Refers.ROLE, role.role_id): Named(role.name) for role in guild.roles}
        channels = {
            (Refers.CHANNEL, channel.channel_id): Named(channel.name, channel.kind) for channel in guild.channels
        }
        return cls(roles | channels)

    def called(self, refers: Refers, named: Named) -> list[int]:
        """Return the ids of all roles or channels that are called so."""
        return [found for (kind, found), name in self.names.items() if kind is refers and name == named]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; a path such as `settings.moderation.tell_member`. What was not or will not be is None."""

    path: str
    kind: Literal["added", "changed", "removed"]
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Replaced:
    """An id that has another one here, because a role or a channel of this name is here."""

    refers: Refers
    old: int
    new: int
    named: Named


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """What becomes of one section."""

    name: str
    data: Any
    """All that it will hold."""
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import does, or would do."""

    guild_id: int
    sections: tuple[SectionPlan, ...]
    replaced: tuple[Replaced, ...]
    obstacles: Mapping[str, str]
    """What cannot be taken in, by its place in the export, each with the reason."""
    leaves_out: bool
    """Whether the rest is taken in nevertheless."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """All differences."""
        return tuple(change for section in self.sections for change in section.changes)

    @property
    def is_refused(self) -> bool:
        """Whether nothing will be done."""
        return bool(self.obstacles) and not self.leaves_out

    @property
    def fingerprint(self) -> str:
        """Two plans with the same one do the same to the same server."""
        content = [str(self.guild_id), self.leaves_out, dict(self.obstacles), [_told(it) for it in self.changes]]
        return hashlib.sha256(canonical(content)).hexdigest()[:32]


def canonical(value: Any) -> bytes:
    """Return the one JSON text of the value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def diff(before: Any, after: Any, path: str) -> Iterator[Change]:
    """Yield how the second differs from the first: objects by key, lists by what they hold more or less."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            where = f"{path}.{key}"
            if key not in before:
                yield Change(where, "added", after=after[key])
            elif key not in after:
                yield Change(where, "removed", before=before[key])
            else:
                yield from diff(before[key], after[key], where)
    elif canonical(before) != canonical(after):
        yield Change(path, "changed", before, after)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an export comes from."""

    guild_id: int
    directory: Directory
    """What the export calls the roles and channels that it refers to."""


def resolve(
    references: Iterable[Reference], origin: Origin, guild_id: int, here: Directory | None
) -> tuple[dict[int, int | None], list[Replaced], dict[str, str]]:
    """Return new ids for what is referred to (None if there is none), those that differ, and why some have none.

    Without a directory of the server only its own export is understood. What is here stays as it is; else the one
    role, or channel, that has the same name is meant.
    """
    ids: dict[int, int | None] = {}
    replaced: dict[Place, Replaced] = {}
    obstacles: dict[str, str] = {}
    for reference in references:
        if reference.refers is Refers.MEMBER:
            continue
        place = (reference.refers, reference.id)
        named = origin.directory.names.get(place)
        new, reason = _found(place, named, origin, guild_id, here)
        ids[reference.id] = new
        if reason:
            key = f"{reference.where}, {reference.refers} {named.name if named else reference.id}"
            obstacles[key[:200]] = reason
        elif new is not None and new != reference.id:
            replaced[place] = Replaced(*place, new, named or Named("@everyone"))
    return ids, list(replaced.values()), obstacles


def _found(
    place: Place, named: Named | None, origin: Origin, guild_id: int, here: Directory | None
) -> tuple[int | None, str]:
    """Return the id that is meant here, or None and why there is none."""
    refers, found = place
    if place == (Refers.ROLE, origin.guild_id):
        return guild_id, ""  # @everyone has the server's own id.
    if here is None:
        own = origin.guild_id == guild_id
        return (found, "") if own else (None, _("without a running bot, ids of another server have no meaning here"))
    if place in here.names:
        return found, ""
    if named is None:
        return None, _("it is not here, and the export does not tell its name")
    if Counter(name for (kind, _id), name in origin.directory.names.items() if kind is refers)[named] > 1:
        return None, _("it is not here, and the export has several of this name")
    candidates = here.called(refers, named)
    if len(candidates) != 1:
        return None, _("it is not here, and there are {count} of this name", count=len(candidates))
    return candidates[0], ""


def _told(change: Change) -> list[Any]:
    return [change.path, change.kind, change.before, change.after]
