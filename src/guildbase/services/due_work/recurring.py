"""Jobs: work that repeats by itself. Each has one row, which waits for its next time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from guildbase.core.errors import NotFound
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.services.container import BotServices
from guildbase.services.due_work.attempts import Ending, Outcome, attempt
from guildbase.services.due_work.claims import Claims
from guildbase.services.due_work.handlers import Handler, declared_handlers


def intervals(handlers: dict[str, Handler]) -> dict[str, timedelta]:
    """Return how often each job is to be done, by its name."""
    return {kind: handler.every for kind, handler in handlers.items() if handler.every is not None}


class Jobs:
    """Does the jobs of all features on request."""

    def __init__(self, services: BotServices) -> None:
        self._services = services
        handlers = declared_handlers(services.get(FeatureRegistry))
        self.jobs = {kind: handlers[kind] for kind in intervals(handlers)}

    async def run_now(self, names: Sequence[str] = ()) -> list[Outcome]:
        """Run these jobs, or all, whether due or not; one that another process is at ends as `lost`.

        Raises:
            NotFound: there is no job of such a name.
        """
        for name in names:
            if name not in self.jobs:
                raise NotFound(f"There is no job {name}.", hint=f"There are: {', '.join(self.jobs)}.")
        claims = Claims(self._services.get(DatabaseManager), f"by-hand-{secrets.token_hex(4)}")
        await claims.ensure(intervals(self.jobs))
        await claims.take_back()
        return [await self._run(claims, name) for name in names or self.jobs]

    async def _run(self, claims: Claims, name: str) -> Outcome:
        claim = await claims.claim_now(name)
        if claim is None:
            return Outcome(name, Ending.LOST)
        try:
            return await attempt(self._services, claims, claim, self.jobs[name])
        except BaseException:
            await claims.release()
            raise
