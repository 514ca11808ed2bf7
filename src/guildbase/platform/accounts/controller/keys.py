"""API keys: made, shown once, replaced and revoked. A key may never do more than whoever made it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy import or_ as either
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.crypto import new_token
from guildbase.core.errors import InvalidInput, NotFound, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.core.rights import Right, closure, names
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.accounts import rules
from guildbase.platform.accounts.controller.security import SecurityController
from guildbase.platform.accounts.models import ApiKey
from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

PREFIX = "gb"
MOST_KEYS = 50
"""Keys of one guild, and of the operator, that are active."""
NOTE_USE_EVERY = timedelta(minutes=1)
NOBODYS = rules.digest(secrets.token_urlsafe(32))
"""Compared with what belongs to no key, so that a wrong key takes as long as one that begins right."""


class KeyNotFound(NotFound):
    """There is no such key."""

    code = "api_key_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such API key here."))


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a new key is called and may do."""

    name: str
    scopes: Sequence[Right] = ()
    guild_id: int | None = None
    """None makes a key for the whole installation."""
    expires_at: datetime | None = None

    @property
    def rights(self) -> Right:
        """All scopes as one."""
        return reduce(or_, self.scopes, Right.NONE)


@dataclass(frozen=True, slots=True)
class MadeKey:
    """The number of a key that was made; what is stored for a repetition must not hold the key itself."""

    number: int


class KeyController(BaseController):
    """Writes API keys, and finds them."""

    async def find(self, key: str) -> ApiKey | None:
        """Return the key that works now, and note that it was used; None for any other text."""
        prefix = rules.key_prefix(key)
        row = await self._by_prefix(prefix) if prefix else None
        is_right = rules.same(row.digest if row else NOBODYS, rules.digest(key))
        if row is None or not is_right or not _works(row):
            return None
        await self._note_use(row)
        return row

    async def get(self, number: int) -> ApiKey | None:
        """Return the key of this number if it works now."""
        async with self.reading() as session:
            statement = select(ApiKey).where(col(ApiKey.number) == number)
            row = (await session.execute(statement)).scalar_one_or_none()
        return row if row is not None and _works(row) else None

    async def of_guild(self, caller: Caller, guild_id: int | None) -> Sequence[ApiKey]:
        """Return the keys of the guild, or for None those of the installation: first those that work, the newest first.

        Raises:
            PermissionDenied: the caller may not manage these keys.
        """
        _require_manager(caller, guild_id)
        async with self.reading() as session:
            order = (_works_now().desc(), col(ApiKey.number).desc())
            wanted = select(ApiKey).where(_of(guild_id)).order_by(*order).limit(4 * MOST_KEYS)
            return (await session.execute(wanted)).scalars().all()

    async def create(self, caller: Caller, new: NewKey, key: IdempotencyKey | None = None) -> tuple[ApiKey, str | None]:
        """Make a key; return it and the key itself, which is None when the same request is only repeated.

        Raises:
            PermissionDenied: the caller may not manage these keys, or does not hold what the key is to do.
            InvalidInput: the name, the scopes or the end does not fit, or there are too many keys.
        """
        _require_manager(caller, new.guild_id)
        _check(caller, new)
        secret = new_token(PREFIX)

        async def create(work: UnitOfWork) -> MadeKey:
            await self._require_room(work, new.guild_id)
            row = await self._add(work, new, secret)
            return MadeKey(row.number or 0)

        made = await self.once(caller, key, MadeKey, create)
        row = await self._require(caller, new.guild_id, made.number)
        shown = secret if rules.same(row.digest, rules.digest(secret)) else None
        if shown is not None:
            await self._tell("key.created", caller, row)
        return row, shown

    async def rotate(
        self, caller: Caller, guild_id: int | None, number: int, *, overlap: timedelta
    ) -> tuple[ApiKey, str]:
        """Put a new key in the place of this one, which goes on working for the overlap; return the new one.

        Raises:
            PermissionDenied: the caller may not manage these keys, or does not hold what the key may do.
            KeyNotFound: there is no such key, or it works no longer.
            InvalidInput: with those that still work for their overlap there are too many keys.
        """
        _require_manager(caller, guild_id)
        secret = new_token(PREFIX)

        async def rotate(work: UnitOfWork) -> ApiKey:
            old = await self._locked(work, guild_id, number)
            if not _works(old) or old.replaced_by is not None:
                raise KeyNotFound
            await self._require_room(work, guild_id)
            scopes = [right for right in Right if right & Right(old.scopes)]
            new = NewKey(old.name, scopes, guild_id, old.expires_at)
            _check(caller, new)
            row = await self._add(work, new, secret)
            old.replaced_by = row.number
            old.expires_at = min(filter(None, (old.expires_at, utcnow() + overlap)))
            await self.audit(work, _record("accounts.key_rotated", old))
            return row

        row = await self.run(caller, rotate)
        await self._tell("key.rotated", caller, row)
        return row, secret

    async def revoke(self, caller: Caller, guild_id: int | None, number: int) -> ApiKey:
        """End the key; it works no longer when this returns.

        Raises:
            PermissionDenied: the caller may not manage these keys.
            KeyNotFound: there is no such key.
        """
        _require_manager(caller, guild_id)

        async def revoke(work: UnitOfWork) -> ApiKey:
            row = await self._locked(work, guild_id, number)
            row.is_active = False
            await self.audit(work, _record("accounts.key_revoked", row))
            return row

        row = await self.run(caller, revoke)
        await self._tell("key.revoked", caller, row)
        return row

    async def _add(self, work: UnitOfWork, new: NewKey, secret: str) -> ApiKey:
        caller = work.caller
        row = ApiKey(
            prefix=rules.key_prefix(secret) or "",
            digest=rules.digest(secret),
            name=new.name.strip(),
            scopes=int(new.rights),
            guild_id=new.guild_id,
            created_by=caller.user_id,
            created_by_name=caller.name[:100],
            expires_at=new.expires_at,
        )
        work.session.add(row)
        await work.session.flush()
        await self.audit(work, _record("accounts.key_created", row))
        return row

    async def _require_room(self, work: UnitOfWork, guild_id: int | None) -> None:
        wanted = select(func.count()).select_from(ApiKey).where(_of(guild_id), _works_now())
        if (await work.session.execute(wanted)).scalar_one() >= MOST_KEYS:
            raise InvalidInput(
                _("There are {count} API keys already.", count=MOST_KEYS), hint=_("Revoke one that nobody uses.")
            )

    async def _locked(self, work: UnitOfWork, guild_id: int | None, number: int) -> ApiKey:
        wanted = select(ApiKey).where(_of(guild_id), col(ApiKey.number) == number).with_for_update()
        row = (await work.session.execute(wanted)).scalar_one_or_none()
        if row is None:
            raise KeyNotFound
        return row

    async def _require(self, caller: Caller, guild_id: int | None, number: int) -> ApiKey:
        found = next((row for row in await self.of_guild(caller, guild_id) if row.number == number), None)
        if found is None:
            raise KeyNotFound
        return found

    async def _by_prefix(self, prefix: str) -> ApiKey | None:
        async with self.reading() as session:
            statement = select(ApiKey).where(col(ApiKey.prefix) == prefix)
            return (await session.execute(statement)).scalar_one_or_none()

    async def _note_use(self, row: ApiKey) -> None:
        now = utcnow()
        if row.last_used_at is not None and now - row.last_used_at < NOTE_USE_EVERY:
            return
        is_old = either(col(ApiKey.last_used_at).is_(None), col(ApiKey.last_used_at) < now - NOTE_USE_EVERY)
        used = update(ApiKey).where(col(ApiKey.number) == row.number, is_old).values(last_used_at=now)

        async def note(work: UnitOfWork) -> None:
            await work.session.execute(used)

        await self.run(SYSTEM, note)

    async def _tell(self, kind: str, caller: Caller, row: ApiKey) -> None:
        details = {"prefix": row.prefix, "name": row.name}
        await self.services.get(SecurityController).note(kind, caller, guild_id=row.guild_id, details=details)


def _of(guild_id: int | None) -> ColumnElement[bool]:
    return col(ApiKey.guild_id).is_(None) if guild_id is None else col(ApiKey.guild_id) == guild_id


def _works(row: ApiKey) -> bool:
    return row.is_active and (row.expires_at is None or row.expires_at > utcnow())


def _works_now() -> ColumnElement[bool]:
    return col(ApiKey.is_active) & (col(ApiKey.expires_at).is_(None) | (col(ApiKey.expires_at) > utcnow()))


def _require_manager(caller: Caller, guild_id: int | None) -> None:
    is_manager = caller.is_operator if guild_id is None else caller.holds(guild_id, Right.OWNER)
    if not is_manager or caller.key_id is not None:
        # A key that makes keys would outlive its own end.
        raise PermissionDenied(_("You may not manage API keys."), hint=_("It takes the right owner."))


def _check(caller: Caller, new: NewKey) -> None:
    if not new.name.strip() or not new.name.isprintable():
        raise InvalidInput(_("Give the key a name."), problems={"name": _("It is empty or cannot be shown.")})
    if new.guild_id is not None and not new.rights:
        raise InvalidInput(_("Say what the key may do."), problems={"scopes": _("At least one.")})
    if new.expires_at is not None and new.expires_at <= utcnow():
        raise InvalidInput(_("It would be over already."), problems={"expires_at": _("Give a time that is to come.")})
    if new.guild_id is not None and not caller.is_system and closure(new.rights) & ~caller.rights:
        raise PermissionDenied(_("A key can only do what you may do yourself."))


def _record(action: str, row: ApiKey) -> AuditRecord:
    details = {"key": row.number, "name": row.name, "prefix": row.prefix, "rights": names(Right(row.scopes))}
    return AuditRecord(action, row.guild_id, "api_key", None, details=details)
