"""Acts on many at once, such as on all who came with a raid: as few statements for hundreds as for one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from guildbase.core.errors import GuildbaseError
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation import queries, rules
from guildbase.features.moderation.controller import punishments
from guildbase.features.moderation.controller.actions import ActionController
from guildbase.features.moderation.controller.cases import OpenedCase
from guildbase.features.moderation.events import CaseOpened
from guildbase.features.moderation.kinds import ENFORCE
from guildbase.features.moderation.models import ModerationCase, Punishment
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.users.controller import UserController
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueWork
from guildbase.services.outbox import Outbox, Priority

Outcome = OpenedCase | GuildbaseError


class BulkController(BaseController):
    """Writes the cases of many people with one transaction."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._actions = services.get(ActionController)

    async def act(self, caller: Caller, guild_id: int, news: Sequence[NewAction]) -> list[Outcome]:
        """Do what `ActionController.act_on_many` does: whom nothing was done to yet all at once, then the others.

        Nobody can wait for the effects of those who are done at once, so their numbers are not told.
        """
        outcomes: dict[int, Outcome] = {}
        cases: dict[int, ModerationCase] = {}
        known, decided = await self._known(guild_id, news)
        for position, new in enumerate(news):
            case = known.get(new.request_id)
            if not _only_begins(new) or (case is None and new.target.user_id in decided):
                continue
            try:
                made = await self._actions.case_for(caller, guild_id, new)
            except GuildbaseError as refused:
                outcomes[position] = refused
                continue
            if case is not None:
                outcomes[position] = OpenedCase(case, None)
            else:
                cases[position] = made
        outcomes |= await self._open(caller, guild_id, cases)
        left = [position for position in range(len(news)) if position not in outcomes]
        done = await self._actions.act_on_many(caller, guild_id, [news[position] for position in left])
        outcomes |= zip(left, done, strict=True)
        return [outcomes[position] for position in range(len(news))]

    async def _known(
        self, guild_id: int, news: Sequence[NewAction]
    ) -> tuple[dict[int | None, ModerationCase], set[int]]:
        """Return the cases of requests that came before, by request, and those about whom something is decided."""
        requests = {new.request_id for new in news if new.request_id is not None}
        asked = select(ModerationCase).where(
            col(ModerationCase.guild_id) == guild_id, col(ModerationCase.request_id).in_(requests)
        )
        user_ids = {new.target.user_id for new in news}
        decided = select(col(Punishment.user_id)).where(
            col(Punishment.guild_id) == guild_id, col(Punishment.user_id).in_(user_ids)
        )
        async with self.reading() as session:
            cases = (await session.execute(asked)).scalars()
            return {case.request_id: case for case in cases}, {*(await session.execute(decided)).scalars()}

    async def _open(self, caller: Caller, guild_id: int, cases: dict[int, ModerationCase]) -> dict[int, Outcome]:
        """Open these cases; none if something was done to one of the people at this very moment."""
        if not cases:
            return {}

        try:
            async with self._actions.changing(guild_id, *(case.target_id for case in cases.values())):
                await self.run(caller, partial(self._write, guild_id=guild_id, cases=[*cases.values()]))
        except IntegrityError:
            return {}
        return {place: OpenedCase(case, None) for place, case in cases.items()}

    async def _write(self, work: UnitOfWork, guild_id: int, cases: Sequence[ModerationCase]) -> None:
        """Write the cases, what they decide, their audit rows and the promises to do it."""
        guilds, outbox = self.services.get(GuildController), self.services.get(Outbox)
        await self.services.get(UserController).ensure_members(work, guild_id, [case.target_id for case in cases])
        last = await guilds.next_number(work, guild_id, queries.COUNTER, count=len(cases))
        for number, case in enumerate(cases, last - len(cases) + 1):
            case.number = number
            action, details = f"moderation.{case.case_type.value}", {"case": number}
            await self.audit(work, AuditRecord(action, guild_id, "user", case.target_id, case.reason, details))
            await work.announce(CaseOpened(guild_id, number))
        work.session.add_all(cases)
        await work.session.flush()
        await punishments.decide_all(work, self.services.get(DueWork), cases)
        payloads = [{"number": case.number} for case in cases]
        await outbox.promise_all(work, ENFORCE, payloads, guild_id=guild_id, priority=Priority.MODERATION)


def _only_begins(new: NewAction) -> bool:
    """Tell whether it does something on Discord, and ends nothing."""
    plan = rules.plan_of(new.case_type)
    return plan.ends is None and not plan.is_mere_word
