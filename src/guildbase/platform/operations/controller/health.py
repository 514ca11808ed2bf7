"""How the parts of the installation fare, and what to do where one does not."""

from __future__ import annotations

import time

from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.ports import Caller
from guildbase.database.manager import DatabaseManager
from guildbase.platform.operations import rules
from guildbase.platform.operations.controller.processes import ProcessController
from guildbase.platform.operations.controller.work import WorkController
from guildbase.platform.operations.kinds import ProcessFacts
from guildbase.platform.operations.rules import Check
from guildbase.services.controller import BaseController
from guildbase.services.redis import redis_state
from guildbase.services.shards import Shards


class HealthController(BaseController):
    """Looks at everything that the installation needs."""

    async def checks(self, caller: Caller) -> list[Check]:
        """Return what was found of each part; without the database nothing else can be asked.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        rules.require_operator(caller)
        redis = rules.redis_check(await redis_state(self.services))
        try:
            began = time.perf_counter()
            await self.services.get(DatabaseManager).ping()
            database = rules.database_check(time.perf_counter() - began)
            return [database, redis, *await self._of_the_rest(caller)]
        except DatabaseUnavailable:
            return [rules.database_check(None), redis]

    async def _of_the_rest(self, caller: Caller) -> list[Check]:
        states = await self.services.get(Shards).all()
        found, silent = await self.services.get(ProcessController).all(caller)
        work = self.services.get(WorkController)
        due, effects = await work.due(caller), await work.effects(caller)
        return [
            rules.shards_check([(it.state, it.is_stale) for it in states]),
            rules.processes_check(len(found), silent),
            rules.loops_check(_broken(found)),
            rules.due_check(due.oldest, due.failed),
            rules.outbox_check(effects.oldest),
        ]


def _broken(processes: list[ProcessFacts]) -> list[str]:
    return [loop.name for process in processes for loop in process.loops if not loop.is_running]
