"""What a server's export is made of: each feature says how its own part is read, checked and written back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

SessionT = TypeVar("SessionT", contravariant=True)
TransactionT = TypeVar("TransactionT", contravariant=True)


class Refers(StrEnum):
    """What of a server an id stands for."""

    ROLE = "role"
    CHANNEL = "channel"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Reference:
    """An id of the server that some data holds."""

    refers: Refers
    id: int
    where: str
    """For people: which setting, rule or the like holds it."""


class GuildSection(Protocol[SessionT, TransactionT]):
    """One part of a server's export; a manifest names its class in `sections`, and it is made of the services.

    Its data is a JSON object whose keys say what is meant, so that a difference reads well; ids are text. A user's id
    is the same on all servers, so only roles and channels are replaced when data comes from another one.
    """

    name: str
    """Its key in the export."""
    version: int
    """Rises when older data needs another reading."""
    gives_rights: bool
    """Whether only the server's owner and administrators may import it, as it gives or takes rights."""

    async def kept_of(self, session: SessionT, guild_ids: Collection[int]) -> set[int]:
        """Return which of these servers have anything in the section, with one statement for all of them."""
        ...

    async def read(self, session: SessionT, guild_id: int) -> Any:
        """Return all of the section as JSON; the same rows give the same JSON."""
        ...

    def check(self, data: Any, version: int) -> Any:
        """Return the data in today's form; it comes from outside.

        Raises:
            InvalidInput: it is not what this section writes; `problems` says all that is wrong.
        """
        ...

    def references(self, data: Any) -> Iterator[Reference]:
        """Yield the ids of roles, channels and members that checked data holds."""
        ...

    def mapped(self, data: Any, ids: Mapping[int, int | None]) -> Any:
        """Return checked data with these ids replaced; what cannot be without an id that maps to None is left out."""
        ...

    async def write(self, transaction: TransactionT, guild_id: int, data: Any, reason: str) -> None:
        """Make the server's rows what the checked data says; what is so already stays untouched, and leaves no trace.

        It is called within `GuildController.change`, and its audit rows name the transaction's caller.
        """
        ...
