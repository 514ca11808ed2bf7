"""Makes the rows of people on first need, keeps what they prefer, and knows who was a member when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import update
from sqlmodel import col

from guildbase.core.errors import DatabaseUnavailable, InvalidInput, NotFound, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.users import rules
from guildbase.platform.users.models import Member, User, UserPreferences
from guildbase.platform.users.records import KnownMember, Preferences, preferences_tag, preferences_tags
from guildbase.services.cache import CacheService, cached
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.known_people import KnownPeople

log = structlog.get_logger(__name__)


class MemberNotFound(NotFound):
    """The bot keeps nothing about this member."""

    code = "member_not_found"

    def __init__(self) -> None:
        super().__init__(
            _("I keep nothing about this member."), hint=_("Rows are made when a feature first needs them.")
        )


class UserController(BaseController):
    """Writes users, their preferences and members."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._copies: Mapping[int, Preferences] = services.get(CacheService).view("preferences")
        self._members = KnownPeople(self._database, Member)

    async def ensure_member(self, work: UnitOfWork, guild_id: int, user_id: int) -> None:
        """Make the rows of guild, user and member in this transaction if they are not there."""
        await self.ensure_members(work, guild_id, [user_id])

    async def ensure_members(self, work: UnitOfWork, guild_id: int, user_ids: Iterable[int]) -> None:
        """Make the rows of the guild, and of these users and members, in this transaction if they are not there."""
        await self.services.get(GuildController).ensure(work, guild_id)
        ordered = sorted(set(user_ids))  # Two that make the same rows must not wait for each other.
        await insert_missing(work.session, User, [{"user_id": user_id} for user_id in ordered])
        members = [{"guild_id": guild_id, "user_id": user_id} for user_id in ordered]
        await insert_missing(work.session, Member, members)

    @cached("preferences", ttl="preferences_ttl", tags=preferences_tags)
    async def preferences(self, user_id: int) -> Preferences:
        """Return how the person wants to be treated, for the bot's own use; a copy may serve."""
        async with self.reading() as session:
            return Preferences.of(await UserPreferences.get_by_id(session, user_id))

    async def language_of(self, user_id: int) -> str | None:
        """Return the locale that the person chose, or None if they leave it to Discord; it never fails."""
        if (copy := self._copies.get(user_id)) is not None:  # Every command asks, so this is the quickest way.
            return copy.locale
        try:
            return (await self.preferences(user_id)).locale
        except DatabaseUnavailable as error:
            log.warning("language_not_known", reason=error.message)
            return None

    async def see_preferences(self, caller: Caller, user_id: int) -> Preferences:
        """Return the preferences to the person themselves.

        Raises:
            PermissionDenied: they are another's.
        """
        _require_own(caller, user_id)
        return await self.preferences(user_id)

    async def change_preferences(self, caller: Caller, user_id: int, changes: Mapping[str, Any]) -> Preferences:
        """Change the given preferences and no other, and return all; None sets one back. All processes see it.

        Raises:
            PermissionDenied: they are another's.
            InvalidInput: a value is wrong, or there is no such preference; nothing was changed.
        """
        _require_own(caller, user_id)
        if problems := rules.problems(changes):
            raise InvalidInput(" ".join(problems.values()), hint=_("Nothing was changed."), problems=problems)

        async def change(work: UnitOfWork) -> Preferences:
            await insert_missing(work.session, User, [{"user_id": user_id}])
            row = await UserPreferences.upsert(work.session, user_id=user_id, **changes)
            return Preferences.of(row)

        async with self.services.get(CacheService).changing(preferences_tag(user_id)):
            return await self.run(caller, change)

    async def see_member(self, caller: Caller, guild_id: int, user_id: int) -> KnownMember:
        """Return what is known of the member.

        Raises:
            PermissionDenied: it is another member, and the caller is no moderator.
            MemberNotFound: nothing is kept about them here.
        """
        if not rules.may_see_member(caller, guild_id, user_id):
            raise PermissionDenied(
                _("Only moderators see what is known of others."),
                hint=_("Ask an admin for the permission Timeout Members."),
            )
        async with self.reading() as session:
            row = await Member.get_by_id(session, (guild_id, user_id))
        if row is None:
            raise MemberNotFound
        return KnownMember.of(row)

    async def joined(self, guild_id: int, user_id: int, at: datetime) -> None:
        """Remember that a member is there (again), if the bot keeps something about them."""
        await self._note(guild_id, user_id, joined_at=at, left_at=None)

    async def left(self, guild_id: int, user_id: int, at: datetime) -> None:
        """Remember that a member is gone, if the bot keeps something about them; what is kept stays."""
        await self._note(guild_id, user_id, left_at=at, times_left=col(Member.times_left) + 1)

    async def _note(self, guild_id: int, user_id: int, **changes: Any) -> None:
        # In a raid thousands come whom nobody knows; reading takes no lock.
        if not await self._members.has(guild_id, user_id):
            return
        of_member = (col(Member.guild_id) == guild_id, col(Member.user_id) == user_id)
        statement = update(Member).where(*of_member).values(**changes)
        await self.run(SYSTEM, lambda work: work.session.execute(statement))


def _require_own(caller: Caller, user_id: int) -> None:
    if not rules.may_see_preferences(caller, user_id):
        raise PermissionDenied(_("These preferences are somebody else's."), hint=_("Everybody sets their own."))
