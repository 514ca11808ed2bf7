"""The one service that limits how often something may be done."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from guildbase.core.clock import human_duration
from guildbase.core.errors import InvalidInput, RateLimited
from guildbase.core.i18n import _
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.container import BotServices
from guildbase.services.rate_limits.log import SlidingLog
from guildbase.services.rate_limits.policies import FREE, Policy, Where
from guildbase.services.redis import RedisAway, RedisConnection

if TYPE_CHECKING:
    from guildbase.services.rate_limits.counted import CountedLog
    from guildbase.services.rate_limits.shared import SharedLog


@dataclass(frozen=True, slots=True)
class _Counters:
    """The limits of a policy, and who counts for it: this process, unless the policy asks for more than that."""

    numbers: dict[str, int]
    free: int
    local: SlidingLog
    elsewhere: SharedLog | CountedLog | None


class RateLimits:
    """Counts by policy and subject, and refuses what is too often."""

    def __init__(self, services: BotServices) -> None:
        self._services = services
        self._counters: dict[Policy, _Counters] = {}
        self.refused: Counter[str] = Counter()
        """Refusals by policy since the process began."""
        self.errors = 0
        """Times that this process counted alone because Redis was away."""

    async def hit(
        self, policy: Policy, subject: str, *, tier: str = FREE, cost: int = 1, work: UnitOfWork | None = None
    ) -> int:
        """Count what the subject does and return how many more it may; with `work` the count is stored with the rest.

        The subject is text of at most 100 characters; secrets and addresses are given as their `fingerprint`.

        Raises:
            RateLimited: this is too often; nothing was counted.
            InvalidInput: this costs more than is ever allowed at once.
            DatabaseUnavailable: the policy counts in the database, which cannot be reached.
        """
        counters = self._counters.get(policy) or self._prepare(policy)
        limit = counters.numbers.get(tier, counters.free)
        if cost != 1 and not 0 <= cost <= limit:
            raise InvalidInput(_("This is more than is ever allowed at once."), hint=_("At most {limit}.", limit=limit))
        if counters.elsewhere is None:
            left = counters.local.count(subject, limit, cost)
        else:
            try:
                left = await counters.elsewhere.count(subject, limit, cost, work)
            except RedisAway:
                self.errors += 1
                left = counters.local.count(subject, limit, cost)
        if left >= 0:
            return int(left)
        if cost:
            self._refuse(policy, -left)
        return 0

    async def remaining(self, policy: Policy, subject: str, *, tier: str = FREE) -> int:
        """Return how many more the subject may, without counting anything."""
        return await self.hit(policy, subject, tier=tier, cost=0)

    def limit(self, policy: Policy, tier: str = FREE) -> tuple[int, float]:
        """Return how many the tier may in how many seconds."""
        counters = self._counters.get(policy) or self._prepare(policy)
        return counters.numbers.get(tier, counters.free), counters.local.window

    def _refuse(self, policy: Policy, wait: float) -> NoReturn:
        self.refused[policy.name] += 1
        raise RateLimited(
            _("Not so fast."), hint=_("Try again in {wait}.", wait=human_duration(math.ceil(wait))), retry_after=wait
        )

    def _prepare(self, policy: Policy) -> _Counters:
        settings = self._services.get(Settings)
        numbers, window = policy.numbers(settings), policy.seconds(settings)
        elsewhere: SharedLog | CountedLog | None = None
        # Most bots need neither, so neither is loaded before it is needed.
        if policy.where is Where.SHARED and settings.redis_url.get_secret_value():
            from guildbase.services.rate_limits.shared import SharedLog

            elsewhere = SharedLog(self._services.get(RedisConnection), policy.name, window)
        elif policy.where is Where.DATABASE:
            from guildbase.services.rate_limits.counted import CountedLog

            elsewhere = CountedLog(self._services.get(DatabaseManager), policy.name, window)
        counters = _Counters(numbers, numbers[FREE], SlidingLog(window), elsewhere)
        self._counters[policy] = counters
        return counters


def fingerprint(text: str) -> str:
    """Return what stands for a secret or an address where it must not be kept itself."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
