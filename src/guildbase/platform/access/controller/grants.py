"""The business logic of access: grants, revocations, and what happens to them when people come and go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, NotFound, PermissionDenied
from guildbase.core.i18n import _, translated
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.core.rights import Right, names
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.access import rules
from guildbase.platform.access.grants import Grant, GuildAccess, Holder
from guildbase.platform.access.models import AccessGrant, GrantSource, HolderKind
from guildbase.platform.access.queries import access_in, insert_grant
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.events import GuildJoined
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.platform.telemetry.queries import AuditFilter
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox, Priority
from guildbase.services.validation import ValidationService

ACTIONS = tuple(
    f"access.{verb}" for verb in ("grant", "change", "revoke", "ownership_moved", "member_left", "member_back")
)
"""What the audit log has of access."""
FIND_INSTALLER = "access.find_installer"
"""The effect that looks who brought the bot into the guild; `effects.py` runs it."""


class GrantNotFound(NotFound):
    """The guild has no such grant."""

    code = "grant_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such access here."), hint=_("`/access list` shows who has access."))


class AccessController(BaseController):
    """Writes grants, and tells what they are worth."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._guilds = services.get(GuildController)
        self._validation = services.get(ValidationService)
        self._validation.add(rules.NewGrant, *rules.NEW_GRANT)

    async def access(self, guild_id: int) -> GuildAccess:
        """Return the grants of the guild as its snapshot has them."""
        snapshot = self._guilds.peek(guild_id) or await self._guilds.load(guild_id)
        return snapshot.get(GuildAccess)

    async def rights_of(self, caller: Caller, guild_id: int) -> Right:
        """Return what the caller may do in the guild's dashboard now."""
        return rules.rights_of(await self.access(guild_id), caller, utcnow())

    async def explain(self, caller: Caller, guild_id: int, about: Caller) -> rules.Explained:
        """Return what somebody may do in the guild's dashboard, and why.

        Raises:
            PermissionDenied: it is about somebody else, and the caller may not see that.
        """
        is_own = caller.user_id is not None and about.user_id == caller.user_id
        access = await (self.access(guild_id) if is_own else self.seen_by(caller, guild_id))
        return rules.explain(access, about, utcnow())

    async def seen_by(self, caller: Caller, guild_id: int) -> GuildAccess:
        """Return the grants of the guild for somebody to look at.

        Raises:
            PermissionDenied: the caller may not see them.
        """
        access = await self.access(guild_id)
        if not rules.may_see(access, caller, utcnow()):
            raise PermissionDenied(
                _("You may not see who has access."), hint=_("`/access explain` shows what you may do yourself.")
            )
        return access

    async def rows(self, caller: Caller, guild_id: int) -> list[AccessGrant]:
        """Return the grants of the guild with who gave them and why, the oldest first.

        Raises:
            PermissionDenied: the caller may not see that.
        """
        await self.seen_by(caller, guild_id)
        async with self.reading() as session:
            of_guild = col(AccessGrant.guild_id) == guild_id
            return await AccessGrant.get_multi(
                session, of_guild, order_by=(col(AccessGrant.number),), limit=2 * rules.MAX_GRANTS
            )

    async def history(
        self, caller: Caller, guild_id: int, *, before: UUID | None = None, limit: int = 50
    ) -> Sequence[AuditEntry]:
        """Return what happened to the grants of the guild, newest first; `before` is the last entry's `audit_id`.

        Raises:
            PermissionDenied: the caller may not see who has access.
        """
        await self.seen_by(caller, guild_id)
        # Whoever sees the grants sees how they came to be, without the right to read the whole log.
        log = self.services.get(AuditController)
        return await log.entries(SYSTEM, guild_id, AuditFilter(actions=ACTIONS), before=before, limit=limit)

    async def grant(
        self,
        caller: Caller,
        guild_id: int,
        holder: Holder,
        rights: Right,
        *,
        expires_at: datetime | None = None,
        reason: str = "",
        is_bot: bool = False,
        adds: bool = False,
    ) -> Grant:
        """Give the holder these rights, or change what they have from the same giver; `adds` keeps what they had.

        Raises:
            PermissionDenied: the caller does not hold the rights, or may not hand them on.
            InvalidInput: the holder, the end or something else does not fit; all of it is told.
        """

        async def grant(work: UnitOfWork) -> Grant:
            access = await access_in(work.session, guild_id)
            new = rules.NewGrant(caller, access, holder, rights, expires_at, reason.strip(), utcnow(), is_bot)
            await self._validation.validate(new)
            if new.existing is not None:
                return await self._change(work, new, new.existing, adds=adds)
            source = GrantSource.OPERATOR if caller.is_system else GrantSource.GIVEN
            return await self._add(work, new, source)

        return await self._guilds.change(caller, guild_id, grant)

    async def revoke(self, caller: Caller, guild_id: int, number: int, *, reason: str = "") -> list[Grant]:
        """End the grant and all that hangs on it; return these, the grant first.

        Raises:
            GrantNotFound: there is no such grant.
            PermissionDenied: the caller did not give it, and may not end it otherwise.
            Conflict: nobody would own the dashboard any more.
        """

        async def revoke(work: UnitOfWork) -> list[Grant]:
            access = await access_in(work.session, guild_id)
            found = access.grants.get(number)
            if found is None:
                raise GrantNotFound
            return await self._revoke(work, access, found, reason)

        return await self._guilds.change(caller, guild_id, revoke)

    async def revoke_holder(
        self, caller: Caller, guild_id: int, holder_id: int, *, only: int | None = None, reason: str = ""
    ) -> list[Grant]:
        """End the grants of the person or role, or only that one, and all that hangs on them; all of it or nothing.

        Raises:
            GrantNotFound: they have none, or not that one.
            PermissionDenied: the caller may not end one of them.
            Conflict: nobody would own the dashboard any more.
        """

        def is_meant(grant: Grant) -> bool:
            return grant.holder.id == holder_id and only in (None, grant.number)

        async def revoke(work: UnitOfWork) -> list[Grant]:
            access = await access_in(work.session, guild_id)
            ended: list[Grant] = []
            while found := next((it for it in access.grants.values() if is_meant(it)), None):
                ended += await self._revoke(work, access, found, reason)
                access = access.without(found)
            if not ended:
                raise GrantNotFound
            return ended

        return await self._guilds.change(caller, guild_id, revoke)

    async def promise_installer(self, joined: GuildJoined, work: UnitOfWork) -> None:
        """Promise, with the guild's first row, to find who brought the bot, so that no crash comes in between."""
        priority = Priority.NORMAL if joined.is_recent else Priority.BULK
        payload = {"is_recent": joined.is_recent}
        await self.services.get(Outbox).promise(
            work, FIND_INSTALLER, payload, guild_id=joined.guild_id, priority=priority
        )

    async def grant_installer(self, guild_id: int, user_id: int, source: GrantSource) -> bool:
        """Make the person own the dashboard, unless anybody does already; tell whether they got it."""

        async def grant(work: UnitOfWork) -> bool:
            access, now = await access_in(work.session, guild_id), utcnow()
            if access.has_lasting_owner(now):
                return False
            new = rules.NewGrant(SYSTEM, access, Holder(HolderKind.USER, user_id), Right.OWNER, None, "", now)
            await self._add(work, new, source)
            return True

        return await self._guilds.change(SYSTEM, guild_id, grant)

    async def to_look_at(self, guild_ids: Collection[int]) -> list[tuple[int, int, bool]]:
        """Return who may have changed: guild, user, and whether as the guild's owner or else as one who had left."""
        is_owner = col(AccessGrant.source) == GrantSource.OWNER
        statement = (
            select(col(AccessGrant.guild_id), col(AccessGrant.holder_id), is_owner)
            .where(col(AccessGrant.guild_id).in_(sorted(guild_ids)), or_(is_owner, col(AccessGrant.is_away).is_(True)))
            .distinct()
        )
        async with self.reading() as session:
            return [(guild_id, user_id, bool(owns)) for guild_id, user_id, owns in await session.execute(statement)]

    async def ownership_moved(self, guild_id: int, owner_id: int) -> None:
        """Let the grant of the guild's owner belong to the new owner, with all that hangs on it."""

        async def move(work: UnitOfWork) -> None:
            moved = (
                update(AccessGrant)
                .where(
                    col(AccessGrant.guild_id) == guild_id,
                    col(AccessGrant.source) == GrantSource.OWNER,
                    col(AccessGrant.holder_id) != owner_id,
                )
                .values(holder_id=owner_id, is_away=False)
            )
            await work.session.execute(moved)
            await self.audit(work, AuditRecord("access.ownership_moved", guild_id, "user", owner_id))

        await self._guilds.change(SYSTEM, guild_id, move)

    async def member_moved(self, guild_id: int, user_id: int, *, is_away: bool) -> None:
        """Take the effect of the person's grants, and of what hangs on them, while the person is not in the guild."""
        holder = Holder(HolderKind.USER, user_id)
        access = await self.access(guild_id)
        if not any(it.holder == holder and it.is_away is not is_away for it in access.grants.values()):
            return  # Most who come and go hold nothing.

        async def move(work: UnitOfWork) -> None:
            await work.session.execute(
                update(AccessGrant).where(*_of_person(guild_id, user_id)).values(is_away=is_away)
            )
            action = "access.member_left" if is_away else "access.member_back"
            await self.audit(work, AuditRecord(action, guild_id, "user", user_id))

        await self._guilds.change(SYSTEM, guild_id, move)

    async def _add(self, work: UnitOfWork, new: rules.NewGrant, source: GrantSource) -> Grant:
        guild_id = new.access.guild_id
        number = await self._guilds.next_number(work, guild_id, "access")
        parent = new.parent.number if new.parent else None
        grant = Grant(number, new.holder, new.rights, parent, new.expires_at, source=source)
        await insert_grant(work.session, guild_id, grant, given_by_id=work.caller.user_id, reason=new.reason)
        await self.audit(work, grant_record("access.grant", guild_id, grant, new.reason))
        return grant

    async def _change(self, work: UnitOfWork, new: rules.NewGrant, existing: Grant, *, adds: bool) -> Grant:
        guild_id, rights, expires_at = new.access.guild_id, new.rights, new.expires_at
        if adds:
            rights, expires_at = rights | existing.rights, expires_at or existing.expires_at
        row = await AccessGrant.get_by_id(work.session, (guild_id, existing.number))
        assert row is not None  # noqa: S101 - it was read in this transaction.
        await row.update(
            work.session,
            rights=int(rights),
            expires_at=expires_at,
            reason=new.reason,
            given_by_id=work.caller.user_id,
        )
        changed = replace(existing, rights=rights, expires_at=expires_at)
        await self.audit(work, grant_record("access.change", guild_id, changed, new.reason))
        return changed

    async def _revoke(self, work: UnitOfWork, access: GuildAccess, grant: Grant, reason: str) -> list[Grant]:
        now, caller = utcnow(), work.caller
        if not rules.may_revoke(access, caller, grant, now):
            raise PermissionDenied(
                _("You may not take this access back."),
                hint=_("Whoever gave it can, and whoever owns the dashboard."),
            )
        may_leave_none = rules.is_guild_owner(caller, access.guild_id)
        if not may_leave_none and rules.loses_last_owner(access, access.without(grant), now):
            raise Conflict(translated(rules.LAST_OWNER), hint=translated(rules.LAST_OWNER_HINT))
        return await self.end(work, access, grant, reason)

    async def end(self, work: UnitOfWork, access: GuildAccess, grant: Grant, reason: str) -> list[Grant]:
        """End the grant and what hangs on it within the transaction; return them."""
        ended = [grant, *access.below(grant)]
        await work.session.execute(
            delete(AccessGrant).where(
                col(AccessGrant.guild_id) == access.guild_id,
                col(AccessGrant.number).in_([it.number for it in ended]),
            )
        )
        for it in ended:
            await self.audit(work, grant_record("access.revoke", access.guild_id, it, reason))
        return ended


def grant_record(action: str, guild_id: int, grant: Grant, reason: str) -> AuditRecord:
    """Return the audit record of something that happened to the grant."""
    details = {
        "grant": grant.number,
        "rights": names(grant.rights),
        "below": grant.parent,
        "expires_at": grant.expires_at.isoformat() if grant.expires_at else None,
    }
    return AuditRecord(action, guild_id, grant.holder.kind.value, grant.holder.id, reason, details)


def _of_person(guild_id: int, user_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        col(AccessGrant.guild_id) == guild_id,
        col(AccessGrant.holder_kind) == HolderKind.USER,
        col(AccessGrant.holder_id) == user_id,
    )
