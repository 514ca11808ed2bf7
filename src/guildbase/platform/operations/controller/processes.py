"""The processes of the installation: their loops and their caches, each told by itself."""

from __future__ import annotations

from collections import defaultdict

import guildbase
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.operations import rules
from guildbase.platform.operations.kinds import PROCESS_FACTS, AskProcess, CacheFacts, LoopFacts, ProcessFacts
from guildbase.services.cache import CacheService
from guildbase.services.cache.service import Outcome
from guildbase.services.controller import BaseController
from guildbase.services.loops import BackgroundLoops
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub.requests import Requests
from guildbase.services.shards import Shards


class ProcessController(BaseController):
    """Asks the processes that run shards, and this one, how they fare."""

    def own(self) -> ProcessFacts:
        """Return how this process fares."""
        stats = self.services.get(CacheService).stats()
        counts: defaultdict[str, dict[Outcome, int]] = defaultdict(dict)
        for (kind, outcome), count in stats.requests.items():
            counts[kind][outcome] = count
        loops = self.services.get(BackgroundLoops).loops.values()
        return ProcessFacts(
            process=self.services.get(ProcessIdentity).id,
            version=guildbase.__version__,
            loops=tuple(LoopFacts(it.name, it.is_running, it.restarts, it.last_error) for it in loops),
            cache=tuple(
                CacheFacts(kind, of.get(Outcome.HIT, 0), of.get(Outcome.SHARED, 0), of.get(Outcome.MISS, 0))
                for kind, of in sorted(counts.items())
            ),
            cache_size=stats.size,
            invalidations=stats.invalidations,
            unsent=stats.unsent,
        )

    async def all(self, caller: Caller) -> tuple[list[ProcessFacts], list[str]]:
        """Return how this process and those that run shards fare, and the ids of those that did not answer.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        rules.require_operator(caller)
        own = self.own()
        owners = {state.owner for state in await self.services.get(Shards).all()}
        others = sorted(owner for owner in owners if owner is not None and owner != own.process)
        answers = await self.services.get(Requests).ask_each(PROCESS_FACTS, dict.fromkeys(others, AskProcess()))
        told = [answer for answer in answers.values() if answer is not None]
        return [own, *told], [process for process, answer in answers.items() if answer is None]

    async def forget_guild(self, caller: Caller, guild_id: int) -> None:
        """Have all processes read what they keep of the guild from the database again.

        Raises:
            PermissionDenied: the caller is not the operator.
            GuildNotFound: the bot does not know the guild.
        """
        rules.require_operator(caller)
        await self.services.get(GuildController).require(guild_id)

        async def note(work: UnitOfWork) -> None:
            await self.audit(work, AuditRecord("operations.cache_forget", guild_id))

        async with self.services.get(CacheService).changing(f"guild:{guild_id}"):
            await self.run(caller, note)
