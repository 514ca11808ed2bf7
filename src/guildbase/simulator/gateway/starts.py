"""How often sessions may be started: one per bucket of shards and interval, and so many a day."""

from __future__ import annotations

from guildbase.simulator.gateway.settings import GatewaySettings
from guildbase.simulator.world.clock import Clock

_PER_DAY = 1000
_DAY = 86_400.0


class Starts:
    """Counts the IDENTIFYs; the day begins with the first of them."""

    def __init__(self, clock: Clock, settings: GatewaySettings) -> None:
        self._clock = clock
        self._settings = settings
        self._last: dict[int, float] = {}
        self._used = 0
        self._resets_at = 0.0

    def allow(self, shard_id: int) -> bool:
        """Tell whether the shard may identify now, and count the start if so."""
        now = self._renew()
        bucket = shard_id % self._settings.max_concurrency
        too_early = now - self._last.get(bucket, 0.0) < self._settings.identify_interval
        if too_early or self._used >= _PER_DAY:
            return False
        self._last[bucket] = now
        self._used += 1
        return True

    def limit(self) -> dict[str, int]:
        """Return the session_start_limit object."""
        now = self._renew()
        return {
            "total": _PER_DAY,
            "remaining": _PER_DAY - self._used,
            "reset_after": int((self._resets_at - now) * 1000) if self._used else 0,
            "max_concurrency": self._settings.max_concurrency,
        }

    def _renew(self) -> float:
        now = self._clock.time()
        if not self._used or now >= self._resets_at:
            self._used = 0
            self._resets_at = now + _DAY
        return now
