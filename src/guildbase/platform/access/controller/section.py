"""The grants in a server's export. A key is the way from the first giver to the holder, as `user:1/role:2`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.i18n import _, translated
from guildbase.core.rights import FOR_PEOPLE, NAMES, Right, names
from guildbase.core.snowflake import is_snowflake
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.access import rules
from guildbase.platform.access.controller.grants import AccessController, grant_record
from guildbase.platform.access.grants import Grant, GuildAccess, Holder
from guildbase.platform.access.models import MAX_REASON, AccessGrant, GrantSource, HolderKind
from guildbase.platform.access.queries import access_in, grant_of, insert_grant
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.queries import servers_in
from guildbase.services.container import BotServices

_STEP = re.compile(r"(user|role):([0-9]{17,20})(#[2-9])?")
_FIELDS = {"rights", "expires_at", "reason", "source"}


class AccessSection:
    """Who may use the dashboard."""

    name = "access"
    version = 1
    gives_rights = True

    def __init__(self, services: BotServices) -> None:
        self._services = services

    async def kept_of(self, session: AsyncSession, guild_ids: Collection[int]) -> set[int]:
        """Return which of the servers have any."""
        return await servers_in(session, AccessGrant, guild_ids)

    async def read(self, session: AsyncSession, guild_id: int) -> Any:
        """Return the grants by their keys."""
        return {key: _data(row) for key, row in (await _rows_by_key(session, guild_id)).items()}

    def check(self, data: Any, version: int) -> Any:
        """Return the data if it is a forest of grants; InvalidInput tells all that is wrong."""
        if not isinstance(data, dict) or version != self.version:
            raise InvalidInput(_("The section `access` is none that this version knows."))
        problems = {str(key): problem for key, it in data.items() if (problem := _problem(key, it, data))}
        if len(data) > rules.MAX_GRANTS:
            problems["access"] = _("More than {limit} grants.", limit=rules.MAX_GRANTS)
        if problems:
            raise InvalidInput(_("The section `access` has mistakes."), problems=problems)
        return {key: {**it, "rights": names(_rights(it)), "expires_at": _text(it)} for key, it in data.items()}

    def references(self, data: Any) -> Iterator[Reference]:
        """Yield whom the grants are for."""
        for key in data:
            holder = _holder(key.split("/")[-1])
            refers = Refers.ROLE if holder.kind is HolderKind.ROLE else Refers.MEMBER
            yield Reference(refers, holder.id, _("access to the dashboard"))

    def mapped(self, data: Any, ids: Mapping[int, int | None]) -> Any:
        """Return the grants for others; where one has nobody any more, what hangs on it goes, too."""
        found = {"/".join(steps): it for key, it in data.items() if (steps := _mapped(key, ids))}
        return dict(sorted(found.items()))

    async def write(self, transaction: UnitOfWork, guild_id: int, data: Any, reason: str) -> None:
        """Make the grants what the data says.

        Raises:
            PermissionDenied: it gives or takes rights, and the caller does not own the dashboard for good.
            Conflict: it takes the last owner away, and the caller does not own the server.
        """
        before = await access_in(transaction.session, guild_id)
        rows = await _rows_by_key(transaction.session, guild_id)
        wanted = {key: it for key, it in data.items() if key not in rows or _data(rows[key]) != it}
        _require_owner(before, transaction, is_needed=bool(wanted or rows.keys() - data.keys()))
        await self._end(transaction, before, [rows[key] for key in rows if key not in data], reason)
        numbers = {key: row.number for key, row in rows.items()}
        for key in sorted(wanted, key=lambda key: key.count("/")):
            parent = numbers.get(key.rpartition("/")[0])
            numbers[key] = await self._store(transaction, guild_id, key, wanted[key], rows.get(key), parent)
        _require_an_owner_left(before, await access_in(transaction.session, guild_id), transaction)

    async def _end(self, work: UnitOfWork, access: GuildAccess, rows: list[AccessGrant], reason: str) -> None:
        controller = self._services.get(AccessController)
        for row in rows:
            if (grant := access.grants.get(row.number)) is not None:  # What it hung on may have taken it along.
                await controller.end(work, access, grant, reason)
                access = access.without(grant)

    async def _store(
        self, work: UnitOfWork, guild_id: int, key: str, it: Any, row: AccessGrant | None, parent: int | None
    ) -> int:
        number = row.number if row else await self._services.get(GuildController).next_number(work, guild_id, "access")
        holder, expires_at = _holder(key.split("/")[-1]), _moment(it["expires_at"])
        grant = Grant(number, holder, _rights(it), parent, expires_at, source=GrantSource(it["source"]))
        if row is None:
            await insert_grant(work.session, guild_id, grant, given_by_id=work.caller.user_id, reason=it["reason"])
        else:
            changes = {"rights": int(grant.rights), "expires_at": expires_at, "source": grant.source}
            await row.update(work.session, **changes, reason=it["reason"], given_by_id=work.caller.user_id)
        record = grant_record("access.change" if row else "access.grant", guild_id, grant, it["reason"])
        await self._services.get(AccessController).audit(work, record)
        return number


async def _rows_by_key(session: AsyncSession, guild_id: int) -> dict[str, AccessGrant]:
    """Return the rows by their keys, those before which another one hangs on."""
    statement = select(AccessGrant).where(col(AccessGrant.guild_id) == guild_id).order_by(col(AccessGrant.number))
    found: dict[str, AccessGrant] = {}
    keys: dict[int | None, str] = {None: ""}
    for row in (await session.execute(statement)).scalars():
        key = f"{keys[row.parent]}/{row.holder_kind.value}:{row.holder_id}".removeprefix("/")
        again = sum(other == key or other.startswith(f"{key}#") for other in found)
        keys[row.number] = key = f"{key}#{again + 1}" if again else key
        found[key] = row
    return found


def _data(row: AccessGrant) -> dict[str, Any]:
    grant = grant_of(row)
    expires_at = grant.expires_at.isoformat() if grant.expires_at else None
    return {
        "rights": names(grant.rights), "expires_at": expires_at, "reason": row.reason, "source": grant.source.value
    }  # fmt: skip


def _rights(it: Mapping[str, Any]) -> Right:
    rights = Right.NONE
    for name in it["rights"]:
        rights |= NAMES[name]
    return rights


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _text(it: Mapping[str, Any]) -> str | None:
    """Return the end as it is read from the table."""
    moment = _moment(it["expires_at"])
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _holder(step: str) -> Holder:
    kind, _, number = step.partition("#")[0].partition(":")
    return Holder(HolderKind(kind), int(number))


def _mapped(key: str, ids: Mapping[int, int | None]) -> list[str]:
    """Return the steps of the key with their ids replaced; none if one of them has nobody any more."""
    steps = []
    for step in key.split("/"):
        holder, (_, mark, again) = _holder(step), step.partition("#")
        found = ids.get(holder.id, holder.id)
        if found is None:
            return []
        steps.append(f"{holder.kind.value}:{found}{mark}{again}")
    return steps


def _problem(key: Any, it: Any, data: Mapping[str, Any]) -> str | None:
    """Return what is wrong with one entry, if anything is."""
    steps = str(key).split("/")
    if not all((match := _STEP.fullmatch(step)) and is_snowflake(int(match[2])) for step in steps):
        return _("is no way to a person or a role, such as user:1128754567890123457")
    if any(step.startswith("role") for step in steps[:-1]) or len(steps) > rules.MAX_DEPTH:
        return _("hangs on a role, or too deep")
    if len(steps) > 1 and "/".join(steps[:-1]) not in data:
        return _("hangs on a grant that is not there")
    return _content_problem(it, is_role=steps[-1].startswith("role"))


def _content_problem(it: Any, *, is_role: bool) -> str | None:
    if not isinstance(it, dict) or set(it) != _FIELDS:
        return _("has other fields than rights, expires_at, reason and source")
    names = it["rights"]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name in NAMES for name in names):
        return _("has unknown rights")
    if is_role and _rights(it) & FOR_PEOPLE:
        return _("gives a role what only people can have")
    if it["source"] not in list(GrantSource):
        return _("has an unknown source")
    if not isinstance(it["reason"], str) or len(it["reason"]) > MAX_REASON:
        return _("has a reason that is no text, or too long")
    return None if _is_moment(it["expires_at"]) else _("has an end that is no moment with a time zone")


def _is_moment(value: Any) -> bool:
    if value is None:
        return True
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment is not None and moment.tzinfo is not None and moment.astimezone(UTC) is not None
    except (ValueError, OverflowError):  # The first and the last hours of the calendar are not in it everywhere.
        return False


def _require_owner(access: GuildAccess, work: UnitOfWork, *, is_needed: bool) -> None:
    caller = work.caller
    if not is_needed or rules.is_root(caller, access.guild_id):
        return
    owned = rules.own_grants(access, caller, Right.OWNER, utcnow())
    # What an import makes need not hang on the caller's grant, so that one must neither end nor hang on another itself.
    if not any(grant.parent is None and grant.expires_at is None for grant in owned):
        raise PermissionDenied(
            _("Only who owns the dashboard may import who has access to it."),
            hint=_("Ask the owner of the server, or take the section `access` out of the file."),
        )


def _require_an_owner_left(before: GuildAccess, after: GuildAccess, work: UnitOfWork) -> None:
    if rules.is_guild_owner(work.caller, before.guild_id) or work.caller.is_system:
        return
    if rules.loses_last_owner(before, after, utcnow()):
        raise Conflict(translated(rules.LAST_OWNER), hint=translated(rules.LAST_OWNER_HINT))
