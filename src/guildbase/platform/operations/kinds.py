"""What the API asks other processes about themselves and the servers that they have, and how it judges a part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from guildbase.services.pubsub.requests import Question

Status = Literal["ok", "warning", "down"]
"""How a part of the installation fares."""


@dataclass(frozen=True, slots=True)
class AskServers:
    """Which servers of this process have this in their name, or, without a query, how are these called?"""

    query: str = ""
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server as Discord shows it to the bot."""

    guild_id: int
    name: str
    member_count: int
    owner_id: int | None
    icon_url: str | None = None


@dataclass(frozen=True, slots=True)
class Servers:
    """Those that were found."""

    servers: tuple[ServerFacts, ...]


FIND_SERVERS = Question("operations.servers", AskServers, Servers)


@dataclass(frozen=True, slots=True)
class AskProcess:
    """How does this process fare?"""


@dataclass(frozen=True, slots=True)
class LoopFacts:
    """One loop in the background."""

    name: str
    is_running: bool
    restarts: int
    last_error: str


@dataclass(frozen=True, slots=True)
class CacheFacts:
    """What the cache answered of one kind since the process started."""

    kind: str
    hits: int
    shared: int
    misses: int


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """One process of the installation."""

    process: str
    version: str
    loops: tuple[LoopFacts, ...]
    cache: tuple[CacheFacts, ...]
    cache_size: int
    """Values that its cache holds now."""
    invalidations: int
    unsent: int
    """Changes that other processes are still to be told of."""


LEAVE = "operations.leave"
"""The effect by which the bot leaves a server, and what the audit calls it."""
PROCESS_FACTS = Question("operations.process", AskProcess, ProcessFacts)
