"""The rules of a guild in its export."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import InvalidInput
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.i18n import _
from guildbase.core.snowflake import is_snowflake, read_snowflake
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.queries import servers_in
from guildbase.platform.permissions import rules
from guildbase.platform.permissions.controller.permissions import (
    MAX_RULES,
    PermissionController,
    require_way_back,
    rules_of,
)
from guildbase.platform.permissions.models import Access, GuildPermission, Scope, Subject
from guildbase.platform.permissions.rules import NewRule
from guildbase.services.container import BotServices

_REFERS = {
    Subject.MEMBER: Refers.MEMBER,
    Subject.ROLE: Refers.ROLE,
    Subject.CHANNEL: Refers.CHANNEL,
    Subject.CATEGORY: Refers.CHANNEL,
}
_FIELDS = {"access", "expires_at", "reason"}
Key = tuple[Subject, int, Scope, str]


class PermissionsSection:
    """All rules, by whom and what they are about, such as `role:1128754567890123457|command:warn`."""

    name = "permissions"
    version = 1
    gives_rights = True

    def __init__(self, services: BotServices) -> None:
        self._controller = services.get(PermissionController)

    async def kept_of(self, session: AsyncSession, guild_ids: Collection[int]) -> set[int]:
        """Return which of the servers have any."""
        return await servers_in(session, GuildPermission, guild_ids)

    async def read(self, session: AsyncSession, guild_id: int) -> dict[str, Any]:
        """Return all rules, also those that ran out."""
        found = {_key_of(row): _said(row) for row in await _rows(session, guild_id)}
        return dict(sorted(found.items()))

    def check(self, data: Any, _version: int) -> dict[str, Any]:
        """Return the data; it comes from outside.

        Raises:
            InvalidInput: it is not what this section writes.
        """
        if not isinstance(data, dict):
            raise InvalidInput(_("Permissions are an object of rules."))
        found = {str(key): problem for key, value in data.items() if (problem := _problem(key, value))}
        if len(data) > MAX_RULES:
            found[""] = _("A server has at most {most} rules.", most=MAX_RULES)
        if found:
            raise InvalidInput(_("These rules cannot be read: {keys}.", keys=", ".join(found)[:500]), problems=found)
        return {key: _said(_rule(key, value, 0)) for key, value in data.items()}

    def references(self, data: Any) -> Iterator[Reference]:
        """Yield the members, roles, channels and categories that rules are about."""
        for key in data:
            subject, subject_id, *_rest = _read(key)
            if subject in _REFERS:
                yield Reference(_REFERS[subject], subject_id, _("permission {rule}", rule=key))

    def mapped(self, data: Any, ids: Mapping[int, int | None]) -> dict[str, Any]:
        """Return the data about these other ids; rules about somebody who is None are left out."""
        changed = {}
        for key, value in data.items():
            subject, subject_id, scope, target = _read(key)
            other = ids.get(subject_id, subject_id)
            if other is not None:
                changed[_write(subject, other, scope, target)] = value
        return changed

    async def write(self, transaction: UnitOfWork, guild_id: int, data: Any, reason: str) -> None:
        """Make the guild's rules these.

        Raises:
            LockedOut: whoever imports could not take it back.
            InvalidInput: a rule is about the role @everyone, which would open what no rule of the guild opens.
        """
        session = transaction.session
        kept = {_key_of(row): row for row in await _rows(session, guild_id)}
        now, before = await self.read(session, guild_id), await rules_of(session, guild_id)
        await self._controller.erase(transaction, [kept[key] for key in kept.keys() - data.keys()], reason)
        wanted = {key: _rule(key, value, guild_id) for key, value in data.items() if now.get(key) != value}
        for key, rule in wanted.items():
            if rules.normal(rule, guild_id).subject is not rule.subject:
                raise InvalidInput(_("{rule}: rules about @everyone begin with `guild`.", rule=key))
        await self._controller.write_all(transaction, guild_id, [(rule, kept.get(key)) for key, rule in wanted.items()])
        require_way_back(before, await rules_of(session, guild_id), transaction.caller, guild_id)


async def _rows(session: AsyncSession, guild_id: int) -> list[GuildPermission]:
    statement = select(GuildPermission).where(col(GuildPermission.guild_id) == guild_id)
    return list((await session.execute(statement)).scalars())


def _key_of(row: GuildPermission) -> str:
    return _write(row.subject_kind, row.subject_id, row.scope, row.target)


def _said(rule: GuildPermission | NewRule) -> dict[str, Any]:
    until = rule.expires_at.astimezone(UTC).isoformat() if rule.expires_at else None
    return {"access": rule.access.value, "expires_at": until, "reason": rule.reason}


def _write(subject: Subject, subject_id: int, scope: Scope, target: str) -> str:
    # The guild is whichever imports it.
    who = subject.value if subject is Subject.GUILD else f"{subject.value}:{subject_id}"
    what = scope.value if scope is Scope.EVERYTHING else f"{scope.value}:{target}"
    return f"{who}|{what}"


def _read(key: str) -> Key:
    """Return what the key stands for; ValueError if it is none."""
    who, _bar, what = key.partition("|")
    kind, _colon, text = who.partition(":")
    scope, _colon, target = what.partition(":")
    subject_id = 0 if kind == Subject.GUILD else read_snowflake(text)
    read = (Subject(kind), subject_id or 0, Scope(scope), target)
    if _write(*read) != key or not (read[0] is Subject.GUILD or is_snowflake(read[1])):
        raise ValueError(key)
    return read


def _rule(key: str, value: Mapping[str, Any], guild_id: int) -> NewRule:
    subject, subject_id, scope, target = _read(key)
    until = value["expires_at"]
    return NewRule(
        subject,
        guild_id if subject is Subject.GUILD else subject_id,
        scope,
        target,
        Access(value["access"]),
        None if until is None else datetime.fromisoformat(until),
        value["reason"],
    )


def _problem(key: Any, value: Any) -> str | None:
    """Return what is wrong with one rule."""
    try:
        _read(key)
        if not isinstance(value, dict) or value.keys() != _FIELDS:
            return _("It holds access, expires_at and reason, and nothing else.")
        if not isinstance(value["reason"], str):
            return _("Its reason is no text.")
        rule = _rule(key, value, 0)
        _said(rule)
    except (ValueError, TypeError, AttributeError, OverflowError):
        return _("It is no rule.")
    if rule.expires_at is not None and rule.expires_at.tzinfo is None:
        return _("Its end has no time zone.")
    return rules.target_problem(rule.scope, rule.target) or rules.reason_problem(rule.reason)
