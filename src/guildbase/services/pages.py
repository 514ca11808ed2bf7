"""Pages of a server's dashboard as data: a feature declares them in Python, and the dashboard shows them as they are.

A page is made of blocks: the feature's settings, tables, cards with figures, and actions. Nothing of it is HTML, so
that nothing a page shows can run in somebody's browser; and the platform judges the rights before it calls a function.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

from guildbase.core.errors import ConfigurationError
from guildbase.core.ports import Caller
from guildbase.core.rights import RightName
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.idempotency import IdempotencyKey

ControllerT = TypeVar("ControllerT", bound=BaseController)

IconName = Literal[
    "book", "box", "calendar", "chart", "clock", "coins", "flag", "folder", "gift", "hash", "heart", "image", "link",
    "list", "mail", "megaphone", "message", "music", "puzzle", "shield", "sparkles", "star", "trophy", "users", "zap",
]  # fmt: skip
"""The pictures that a page may have in the menu."""
CellKind = Literal["text", "number", "time", "user", "channel", "role", "badge"]
"""How the values of a column are shown; `user`, `channel` and `role` are ids, `time` is an aware moment."""
CardKind = Literal["text", "number", "time"]
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class PageVisit:
    """Somebody uses a page: who, in which server. They were found to hold the right that the page asks for."""

    services: BotServices
    caller: Caller
    guild_id: int
    key: IdempotencyKey | None = None
    """What tells a repetition of an action from another one, for `BaseController.once`."""

    def controller(self, kind: type[ControllerT]) -> ControllerT:
        """Return the controller of the type."""
        return self.services.get(kind)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `name` is what a row has its value under."""

    name: str
    label: str
    kind: CellKind = "text"


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table in its order."""

    rows: Sequence[Mapping[str, object]]
    next_after: str | None = None
    """What to ask for the rows after these with, such as a `Page.next`; None after the last."""


@dataclass(frozen=True, slots=True)
class Card:
    """One figure with its name."""

    label: str
    value: object
    kind: CardKind = "number"
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The form of the feature's own settings."""

    title: str = "Settings"


@dataclass(frozen=True, slots=True)
class Stats:
    """A row of cards with figures."""

    name: str
    title: str
    cards: Callable[[PageVisit], Awaitable[Sequence[Card]]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is read in pieces: `async def rows(visit, after, limit) -> Rows`."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Callable[[PageVisit, str | None, int], Awaitable[Rows]]
    empty: str = "There is nothing here yet."
    """What is said instead of an empty table: what would stand here, and how it comes."""


@dataclass(frozen=True, slots=True)
class Action:
    """A button that does something: `async def run(visit, form) -> str` tells people what was done."""

    name: str
    title: str
    run: Callable[[PageVisit, Any], Awaitable[str]]
    summary: str = ""
    confirm: str = ""
    """What is asked before it is done; empty asks nothing."""
    form: type[BaseModel] | None = None
    """What is to be filled in before; `run` gets it checked, or None without a form."""
    right: RightName = "edit_settings"
    is_destructive: bool = False


Block = Settings | Stats | Table | Action


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a feature in each server's dashboard."""

    name: str
    """Its place in the address, such as `entries`."""
    title: str
    summary: str
    blocks: tuple[Block, ...]
    icon: IconName = "puzzle"
    right: RightName = "view_settings"
    """What one must hold in the server to see it."""
    named: Mapping[str, Block] = field(init=False, repr=False, compare=False)
    """The blocks that have a name, by it."""

    def __post_init__(self) -> None:
        named = [block for block in self.blocks if not isinstance(block, Settings)]
        for name in (self.name, *(block.name for block in named)):
            if not _NAME.fullmatch(name):
                raise ConfigurationError(
                    f"{name!r} is no name of a page or a block.",
                    hint="Use up to 40 lower-case letters, digits and dashes.",
                )
        object.__setattr__(self, "named", {block.name: block for block in named})
        if len(self.named) != len(named):
            raise ConfigurationError(f"Two blocks of the page {self.name} have the same name.")
