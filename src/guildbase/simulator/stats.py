"""What the simulator counts about the bot that talks to it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from guildbase.simulator.errors import DiscordError

_REFUSALS_KEPT = 50
_ROUTES_KEPT = 1000
_LONGEST_ID = 30


@dataclass(slots=True, frozen=True)
class Refusal:
    """A request that was answered with an error, and what Discord would not have told about it."""

    request: str
    status: int
    code: int
    message: str
    details: str = ""

    def __str__(self) -> str:
        told = f"{self.request} -> {self.status} ({self.code}) {self.message}"
        return f"{told} [{self.details}]" if self.details else told


@dataclass(slots=True)
class Stats:
    """Counters since the start; unknown routes are kept by name so that gaps of the simulator show."""

    identifies: int = 0
    resumes: int = 0
    refused_identifies: int = 0
    rate_limited: int = 0
    crashes: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    unknown_routes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    bot_errors: list[str] = field(default_factory=list)
    """What a bot that runs in the same process failed to handle, told by whoever runs it."""
    failed_interactions: set[int] = field(default_factory=set)
    """Those whose handler raised in such a bot, so that no answer will come."""
    refusals: deque[Refusal] = field(default_factory=lambda: deque(maxlen=_REFUSALS_KEPT))

    def miss(self, method: str, path: str) -> None:
        """Count a request to a route there is not; of very many different ones only the first are told apart."""
        name = without_tokens(method, path)
        if name in self.unknown_routes or len(self.unknown_routes) < _ROUTES_KEPT:
            self.unknown_routes[name] += 1

    def refuse(self, method: str, path: str, error: DiscordError) -> None:
        """Remember that a request was refused; tokens in its path are left out."""
        refusal = Refusal(without_tokens(method, path), error.status, error.code, error.message, error.details)
        self.refusals.append(refusal)


def without_tokens(method: str, path: str) -> str:
    """Return a request in words that may be shown: without the tokens that webhooks and interactions have in paths."""
    shown = "/".join("..." if len(it) > _LONGEST_ID else it for it in path.split("/"))
    return f"{method} {shown}"
