"""Opens cases for those who come from elsewhere than a moderator's command, and cases of a server's own types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller.actions import ActionController
from guildbase.features.moderation.controller.custom_types import CaseTypeNotFound, CustomTypeController, refuse
from guildbase.features.moderation.kinds import CaseType, Rank
from guildbase.features.moderation.models import CustomCaseType
from guildbase.features.moderation.rules import NewAction
from guildbase.features.moderation.rules.ranks import require_rank
from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey


@dataclass(frozen=True, slots=True)
class OpenedNumber:
    """A case that was opened, by its number."""

    number: int
    effect_id: int | None
    """None if nothing is promised, or the same request opened it before."""
    replaced: int | None


class OpeningController(BaseController):
    """Opens cases once for each key, and holds those of a server's own types to what the type asks for."""

    async def open(
        self, caller: Caller, guild_id: int, new: NewAction, *, key: IdempotencyKey | None = None
    ) -> OpenedNumber:
        """Open the case as `ActionController.act` does.

        Raises:
            PermissionDenied: the caller or the bot may not do this to this person.
            CaseTypeNotFound: the server has no such type.
            InvalidInput: the type is archived, or reason, duration or details are wrong.
            AlreadySo: it would change nothing.
        """
        require_rank(caller, guild_id, Rank.MODERATOR)
        actions = self.services.get(ActionController)

        async def write(work: UnitOfWork) -> OpenedNumber:
            await _check_type(work.session, guild_id, new)
            opened = await actions.act_in(work, caller, guild_id, new)
            return OpenedNumber(opened.case.number, opened.effect_id, opened.replaced)

        async with actions.changing(guild_id, new.target.user_id):
            return await self.once(caller, key, OpenedNumber, write)


async def _check_type(session: AsyncSession, guild_id: int, new: NewAction) -> None:
    if new.case_type is not CaseType.CUSTOM:
        if new.custom_type is not None:
            told = _("Only cases of the type custom have a type of the server's own.")
            raise InvalidInput(told, hint=_("Leave `custom_type` out."))
        return
    name = new.custom_type or ""
    custom = await session.get(CustomCaseType, (guild_id, name))
    if custom is None:
        raise CaseTypeNotFound(name)
    if custom.is_archived:
        told = _("The type {name} is archived, so there are no new cases of it.", name=name)
        raise InvalidInput(told, hint=_("`/casetype archive {name} archived:False` brings it back.", name=name))
    if custom.requires_duration and new.duration is None:
        raise InvalidInput(
            _("Cases of the type {name} need a duration.", name=name), hint=_("An example: `duration:1d 2h`.")
        )
    refuse(CustomTypeController.details_problems(custom, new.details))
