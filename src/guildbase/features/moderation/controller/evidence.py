"""Keeps what shows why a case was opened: files, of which the mod-log holds a copy, since Discord's links run out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _, plural
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller.actions import ActionController
from guildbase.features.moderation.controller.cases import CaseNotFound, OpenedCase
from guildbase.features.moderation.controller.modlog import LogPlace, ModLogController
from guildbase.features.moderation.kinds import MAX_NUMBER, Rank
from guildbase.features.moderation.models import CaseEvidence, ModerationCase
from guildbase.features.moderation.rules import NewAction
from guildbase.features.moderation.rules.ranks import may_see, require_rank
from guildbase.services.controller import BaseController

MOST_FILES = 10
"""Files of one case: as many as one message of the mod-log holds."""
ADD = "moderation.evidence"
"""What the audit calls it."""


@dataclass(frozen=True, slots=True)
class NewEvidence:
    """A file that was uploaded with a command."""

    filename: str
    url: str


class EvidenceController(BaseController):
    """The business logic of evidence."""

    async def act(self, caller: Caller, guild_id: int, new: NewAction, files: Sequence[NewEvidence] = ()) -> OpenedCase:
        """Act on somebody like `ActionController.act`, and keep the files with the case: both or neither."""
        actions = self.services.get(ActionController)
        if not files:
            return await actions.act(caller, guild_id, new)

        async def act(work: UnitOfWork) -> OpenedCase:
            opened = await actions.act_in(work, caller, guild_id, new)
            if opened.effect_id is not None:
                await self.add_in(work, caller, guild_id, opened.case.number, files)
            return opened

        async with actions.changing(guild_id, new.target.user_id):
            return await self.run(caller, act)

    async def add(self, caller: Caller, guild_id: int, number: int, files: Sequence[NewEvidence]) -> list[CaseEvidence]:
        """Add files to the case, and return those that it has now.

        Raises:
            PermissionDenied: the caller is no moderator here.
            CaseNotFound: there is no such case, or it is hidden from them.
            InvalidInput: the case would have too many files.
        """
        require_rank(caller, guild_id, Rank.MODERATOR)
        return await self.run(caller, lambda work: self.add_in(work, caller, guild_id, number, files))

    async def add_in(
        self, work: UnitOfWork, caller: Caller, guild_id: int, number: int, files: Sequence[NewEvidence]
    ) -> list[CaseEvidence]:
        """Add files to the case within a transaction, such as the one that opens it; raises what `add` raises."""
        case = await _visible(work.session, caller, guild_id, number, is_locked=True)
        known = await _rows(work.session, guild_id, number)
        new = [it for it in files if it.url not in {row.url for row in known}]
        if len(known) + len(new) > MOST_FILES:
            raise InvalidInput(
                plural(
                    "Case #{number} has one file already, and {most} fit.",
                    "Case #{number} has {count} files already, and {most} fit.",
                    len(known),
                    number=number,
                    most=MOST_FILES,
                ),
                hint=_("Put several pictures into one."),
            )
        if not new:
            return known
        rows = [_row(case, caller, position, it) for position, it in enumerate(new, start=len(known) + 1)]
        work.session.add_all(rows)
        await work.session.flush()
        details = {"case": number, "files": [it.filename for it in new]}
        await self.audit(work, AuditRecord(ADD, guild_id, "user", case.target_id, "", details))
        await self.services.get(ModLogController).promise(work, guild_id, number)
        return known + rows

    async def of(self, caller: Caller, guild_id: int, number: int) -> list[CaseEvidence]:
        """Return the files of the case.

        Raises:
            PermissionDenied: the caller is no moderator here.
            CaseNotFound: there is no such case, or it is hidden from them.
        """
        require_rank(caller, guild_id, Rank.MODERATOR)
        async with self.reading() as session:
            await _visible(session, caller, guild_id, number)
            return await _rows(session, guild_id, number)

    async def copied(self, guild_id: int, number: int, positions: Sequence[int], place: LogPlace) -> None:
        """Remember that the mod-log holds copies of these files of the case."""
        statement = (
            update(CaseEvidence)
            .where(
                col(CaseEvidence.guild_id) == guild_id,
                col(CaseEvidence.number) == number,
                col(CaseEvidence.position).in_(positions),
            )
            .values(channel_id=place.channel_id, message_id=place.message_id)
        )
        await self.run(SYSTEM, lambda work: work.session.execute(statement))


def _row(case: ModerationCase, caller: Caller, position: int, file: NewEvidence) -> CaseEvidence:
    return CaseEvidence(
        guild_id=case.guild_id,
        number=case.number,
        position=position,
        target_id=case.target_id,
        added_by=caller.user_id or case.moderator_id,
        filename=file.filename[:255],
        url=file.url[:1000],
    )


async def _visible(
    session: AsyncSession, caller: Caller, guild_id: int, number: int, *, is_locked: bool = False
) -> ModerationCase:
    key = (guild_id, min(number, MAX_NUMBER))
    # Two who add files at once would give them the same positions.
    case = await session.get(ModerationCase, key, with_for_update=True if is_locked else None)
    if case is None or not may_see(caller, guild_id, is_hidden=case.is_hidden, author_id=case.moderator_id):
        raise CaseNotFound(number)
    return case


async def _rows(session: AsyncSession, guild_id: int, number: int) -> list[CaseEvidence]:
    of_case = (col(CaseEvidence.guild_id) == guild_id, col(CaseEvidence.number) == number)
    return [*(await session.scalars(select(CaseEvidence).where(*of_case).order_by(col(CaseEvidence.position))))]
