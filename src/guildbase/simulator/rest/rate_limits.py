"""Rate limits per route and major parameter, the global limit, and the headers that tell of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from guildbase.simulator.errors import DiscordError, Json
from guildbase.simulator.world.clock import Clock

# Answers to interactions are not limited, and carry no headers of a limit: hikari reports such headers as an error.
_UNLIMITED = "POST /interactions/{interaction_id}/{token}/callback"
_MOST_WINDOWS = 10_000


@dataclass(slots=True, frozen=True)
class Limit:
    """So many requests in so many seconds."""

    requests: int
    seconds: float


@dataclass(slots=True)
class RateLimits:
    """Which limits hold; `routes` has keys like "PATCH /channels/{channel_id}". The defaults never stop a test."""

    default: Limit = Limit(10_000, 1.0)
    routes: dict[str, Limit] = field(default_factory=dict)
    everywhere: Limit | None = None


class RateLimited(DiscordError):
    """429: too fast. `retry_after` is in seconds."""

    def __init__(self, retry_after: float, *, everywhere: bool, headers: dict[str, str]) -> None:
        super().__init__(429, 0, "You are being rate limited.")
        self.retry_after = round(max(retry_after, 0.001), 3)
        self.everywhere = everywhere
        self.headers = headers | {
            "Retry-After": str(max(1, round(self.retry_after + 0.5))),
            "X-RateLimit-Scope": "global" if everywhere else "user",
        }
        if everywhere:
            self.headers["X-RateLimit-Global"] = "true"

    def body(self) -> Json:
        """Return the body of a 429, which has a form of its own."""
        return {"message": self.message, "retry_after": self.retry_after, "global": self.everywhere}


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


class RateLimiter:
    """Counts requests in fixed windows."""

    def __init__(self, limits: RateLimits, clock: Clock) -> None:
        self._clock = clock
        self.limits = limits
        self._windows: dict[tuple[str, str], _Window] = {}

    def set(self, limits: RateLimits) -> None:
        """Put other limits in force and forget what was used of the old."""
        self.limits = limits
        self._windows.clear()

    def count(self, route: str, major: str, *, exempt: bool) -> dict[str, str]:
        """Count a request and return its headers; raise RateLimited if it was one too many."""
        if route == _UNLIMITED:
            return {}
        now = self._clock.time()
        overall = self.limits.everywhere
        if overall is not None and not exempt:
            window = self._window(("", ""), overall, now)
            if window.used > overall.requests:
                raise RateLimited(window.ends - now, everywhere=True, headers={})
        limit = self.limits.routes.get(route, self.limits.default)
        window = self._window((route, major), limit, now)
        left = window.ends - now
        headers = {
            "X-RateLimit-Limit": str(limit.requests),
            "X-RateLimit-Remaining": str(max(0, limit.requests - window.used)),
            "X-RateLimit-Reset": f"{window.ends:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": f"{zlib.crc32(route.encode()):08x}",
        }
        if window.used > limit.requests:
            raise RateLimited(left, everywhere=False, headers=headers)
        return headers

    def _window(self, key: tuple[str, str], limit: Limit, now: float) -> _Window:
        window = self._windows.get(key)
        if window is None or now >= window.ends:
            if len(self._windows) >= _MOST_WINDOWS:
                self._windows = {name: it for name, it in self._windows.items() if now < it.ends}
            window = self._windows[key] = _Window(now + limit.seconds)
        window.used += 1
        return window
