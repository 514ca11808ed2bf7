"""The people who have signed in."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam
from sqlmodel import col, select

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.connections.prebuilt import PrebuiltRead
from guildbase.database.encryption import Secret
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.accounts.models import WebUser
from guildbase.platform.accounts.oauth import DiscordUser
from guildbase.platform.users.models import User
from guildbase.services.cache import CacheService
from guildbase.services.controller import BaseController
from guildbase.services.sessions import SessionStore

TTL = 30.0  # seconds
_ACTIVE = PrebuiltRead(
    select(col(WebUser.user_id)).where(
        col(WebUser.user_id) == bindparam("user_id", type_=BigInteger), col(WebUser.is_active)
    )
)
"""Prebuilt, because each request with a person's key that may change something runs it."""


class WebUserController(BaseController):
    """Keeps who they are, and whether they may sign in."""

    async def get(self, user_id: int, *, fresh: bool = False) -> WebUser | None:
        """Return what is known of the person; a copy may be seconds old unless it is to be `fresh`."""
        if fresh:
            return await self._read(user_id)
        tag = _tag(user_id)
        return await self.services.get(CacheService).get_or_load(tag, lambda: self._read(user_id), tags=(tag,), ttl=TTL)

    async def is_active(self, user_id: int, *, fresh: bool) -> bool:
        """Tell whether the person may sign in, and has; `fresh` is as in `get`."""
        if fresh:
            return await _ACTIVE.run(self.services.get(DatabaseManager), user_id=user_id) is not None
        user = await self.get(user_id)
        return user is not None and user.is_active

    async def signed_in(self, work: UnitOfWork, user: DiscordUser) -> WebUser:
        """Store the person as Discord describes them now."""
        await insert_missing(work.session, User, [{"user_id": user.user_id}])
        row = await work.session.get(WebUser, user.user_id, with_for_update=True)
        if row is None:
            row = WebUser(user_id=user.user_id, username=user.username[:100], name=user.name[:100])
            work.session.add(row)
        row.username, row.name, row.avatar = user.username[:100], user.name[:100], user.avatar
        if self.services.get(DatabaseManager).keyring.ids:
            row.email = None if user.email is None else Secret(user.email)
        row.last_login_at = utcnow()
        await work.session.flush()
        return row

    async def set_active(self, caller: Caller, user_id: int, *, is_active: bool) -> int:
        """Let the person sign in, or keep them out; return how many logins ended.

        Raises:
            PermissionDenied: the caller does not look after the installation.
            NotFound: the person has never signed in.
        """
        if not caller.is_operator:
            raise PermissionDenied(_("Only the bot's owners may do this."))

        async def set_active(work: UnitOfWork) -> None:
            row = await work.session.get(WebUser, user_id, with_for_update=True)
            if row is None:
                raise NotFound(_("This person has never signed in."))
            row.is_active = is_active
            action = "accounts.activate" if is_active else "accounts.deactivate"
            await self.audit(work, AuditRecord(action, target_type="user", target_id=user_id))

        async with self.services.get(CacheService).changing(_tag(user_id)):
            await self.run(caller, set_active)
        return 0 if is_active else await self.services.get(SessionStore).revoke(user_id)

    async def forget_copy(self, user_id: int) -> None:
        """Read the person anew when they are looked at again."""
        await self.services.get(CacheService).invalidate(_tag(user_id))

    async def _read(self, user_id: int) -> WebUser | None:
        async with self.reading() as session:
            return (await session.execute(select(WebUser).where(col(WebUser.user_id) == user_id))).scalar_one_or_none()


def _tag(user_id: int) -> str:
    return f"web_user:{user_id}"
