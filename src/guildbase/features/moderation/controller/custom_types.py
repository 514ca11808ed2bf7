"""Types of cases that a server makes itself: how grave they are, whether they last, and which details they ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import Conflict, InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.kinds import MAX_TYPE_NAME, Rank
from guildbase.features.moderation.models import MAX_CONTENT, CustomCaseType, ModerationCase
from guildbase.features.moderation.rules.ranks import require_rank, require_reader
from guildbase.platform.configuration.custom_schema import problems_of, schema_problems
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

MOST = 100
"""Types that a server may have, archived ones included."""
_NAME = re.compile(rf"[a-z][a-z0-9_-]{{0,{MAX_TYPE_NAME - 1}}}")


class CaseTypeNotFound(NotFound):
    """The guild has no type of this name."""

    code = "case_type_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("There is no type of case {name} here.", name=name[:MAX_TYPE_NAME]),
            hint=_("`/casetype list` shows the types of this server."),
        )


@dataclass(frozen=True, slots=True)
class TypeState:
    """What a server says of one of its types."""

    display_name: str
    description: str = ""
    severity: int = 1
    """From 1 to 10, the gravest."""
    requires_duration: bool = False
    metadata_schema: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema that the details of such a case must meet; empty for no details."""
    is_archived: bool = False
    """Whether no new cases can be of it."""

    @classmethod
    def of(cls, row: CustomCaseType) -> TypeState:
        """Return what the stored type is."""
        return cls(**{it.name: getattr(row, it.name) for it in fields(cls)})


@dataclass(frozen=True, slots=True)
class WrittenType:
    """A type that was written."""

    name: str
    is_changed: bool


class CustomTypeController(BaseController):
    """A guild's own types of cases; moderators use them, admins say which there are."""

    async def list_types(self, caller: Caller, guild_id: int) -> list[CustomCaseType]:
        """Return all types by name.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        require_reader(caller, guild_id)
        async with self.reading() as session:
            return list((await stored_types(session, guild_id)).values())

    async def get(self, caller: Caller, guild_id: int, name: str) -> CustomCaseType:
        """Return the type of this name.

        Raises:
            PermissionDenied: the caller is no moderator here.
            CaseTypeNotFound: there is none.
        """
        require_reader(caller, guild_id)
        async with self.reading() as session:
            return await _require(session, guild_id, name)

    async def add(
        self, caller: Caller, guild_id: int, name: str, state: TypeState, *, key: IdempotencyKey | None = None
    ) -> WrittenType:
        """Make a type.

        Raises:
            PermissionDenied: the caller is no admin here.
            InvalidInput: something about it cannot be so; `problems` says all.
            Conflict: there is one of this name, or there are too many.
        """
        require_rank(caller, guild_id, Rank.ADMIN)
        refuse(type_problems(name, state))

        async def add(work: UnitOfWork) -> WrittenType:
            types = await stored_types(work.session, guild_id)
            if name in types:
                told = _("There is a type {name} here.", name=name)
                raise Conflict(told, hint=_("`/casetype edit {name}` changes it.", name=name))
            if len(types) >= MOST:
                raise Conflict(_("A server has at most {most} types of its own.", most=MOST))
            await self._store(work, guild_id, name, None, state)
            return WrittenType(name, is_changed=True)

        return await self._guilds.change(caller, guild_id, add, key=key, answer=WrittenType)

    async def edit(
        self,
        caller: Caller,
        guild_id: int,
        name: str,
        changes: Mapping[str, Any],
        *,
        key: IdempotencyKey | None = None,
    ) -> WrittenType:
        """Change these fields of a type; cases that are there stay as they are.

        Raises:
            PermissionDenied: the caller is no admin here.
            CaseTypeNotFound: there is none of this name.
            InvalidInput: something about it cannot be so; `problems` says all.
        """
        require_rank(caller, guild_id, Rank.ADMIN)

        async def edit(work: UnitOfWork) -> WrittenType:
            row = await _require(work.session, guild_id, name)
            state = replace(TypeState.of(row), **changes)
            refuse(type_problems(name, state))
            return WrittenType(name, await self._store(work, guild_id, name, row, state))

        return await self._guilds.change(caller, guild_id, edit, key=key, answer=WrittenType)

    async def replace_all(
        self, work: UnitOfWork, guild_id: int, states: Mapping[str, TypeState], reason: str = ""
    ) -> None:
        """Make these all types of the guild, within `GuildController.change`; a type that has cases is archived."""
        require_rank(work.caller, guild_id, Rank.ADMIN)
        types = await stored_types(work.session, guild_id)
        for name, state in states.items():
            await self._store(work, guild_id, name, types.get(name), state, reason)
        for name in types.keys() - states.keys():
            if await _is_used(work.session, guild_id, name):
                archived = replace(TypeState.of(types[name]), is_archived=True)
                await self._store(work, guild_id, name, types[name], archived, reason)
            else:
                await types[name].delete(work.session)
                await self._audit(work, guild_id, name, TypeState.of(types[name]), None, reason)

    @staticmethod
    def details_problems(custom: CustomCaseType, details: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with the details of a case of the type, by place."""
        if not isinstance(details, dict):
            return {"details": _("they are no JSON object")}
        if len(json.dumps(details)) > MAX_CONTENT:
            return {"details": _("they take more than {most} characters as JSON", most=MAX_CONTENT)}
        if not custom.metadata_schema:
            return {"details": _("this type has none")} if details else {}
        found = problems_of(custom.metadata_schema, details)
        return {place.replace("value", "details", 1): problem for place, problem in found.items()}

    @property
    def _guilds(self) -> GuildController:
        return self.services.get(GuildController)

    async def _store(
        self,
        work: UnitOfWork,
        guild_id: int,
        name: str,
        row: CustomCaseType | None,
        state: TypeState,
        reason: str = "",
    ) -> bool:
        """Write the type, unless it is so already; return whether it was another before."""
        before = None if row is None else TypeState.of(row)
        if before == state:
            return False
        values = asdict(state)
        if row is None:
            await CustomCaseType.create(work.session, guild_id=guild_id, name=name, **values)
        else:
            await row.update(work.session, **values)
        await self._audit(work, guild_id, name, before, state, reason)
        return True

    async def _audit(
        self,
        work: UnitOfWork,
        guild_id: int,
        name: str,
        before: TypeState | None,
        after: TypeState | None,
        reason: str,
    ) -> None:
        told = {"type": name, "before": before and asdict(before), "after": after and asdict(after)}
        await self.audit(work, AuditRecord("moderation.case_type", guild_id, reason=reason, details=told))


def type_problems(name: str, state: TypeState) -> dict[str, str]:
    """Return what is wrong with a type, by field."""
    problems: dict[str, str] = {}
    if not _NAME.fullmatch(name):
        problems["name"] = _("it has 1 to 32 lower-case letters, digits, - and _, and begins with a letter")
    for field_name, least, most in (("display_name", 1, 100), ("description", 0, 500)):
        text = getattr(state, field_name)
        if not isinstance(text, str) or not least <= len(text) <= most or text != text.strip() or "\x00" in text:
            problems[field_name] = _("it is a text of {least} to {most} characters", least=least, most=most)
    if not isinstance(state.severity, int) or isinstance(state.severity, bool) or not 1 <= state.severity <= 10:
        problems["severity"] = _("it is a number from 1 to 10")
    for field_name in ("requires_duration", "is_archived"):
        if not isinstance(getattr(state, field_name), bool):
            problems[field_name] = _("it is either on or off")
    schema = schema_problems(state.metadata_schema)
    return problems | {place.replace("schema", "metadata_schema", 1): problem for place, problem in schema.items()}


def refuse(problems: Mapping[str, str]) -> None:
    """Raise InvalidInput if there are problems, with all of them."""
    if problems:
        told = "; ".join(f"{place}: {problem}" for place, problem in problems.items())
        raise InvalidInput(_("That cannot be so: {problems}.", problems=told), problems=problems)


async def stored_types(session: AsyncSession, guild_id: int) -> dict[str, CustomCaseType]:
    """Return all types of the guild by name, in alphabetical order, as the session sees them now."""
    of_guild = select(CustomCaseType).where(col(CustomCaseType.guild_id) == guild_id)
    rows = await session.execute(
        of_guild.order_by(col(CustomCaseType.name)), execution_options={"populate_existing": True}
    )
    return {row.name: row for row in rows.scalars()}


async def _require(session: AsyncSession, guild_id: int, name: str) -> CustomCaseType:
    found = await session.get(CustomCaseType, (guild_id, name)) if _NAME.fullmatch(name) else None
    if found is None:
        raise CaseTypeNotFound(name)
    return found


async def _is_used(session: AsyncSession, guild_id: int, name: str) -> bool:
    of_type = (col(ModerationCase.guild_id) == guild_id, col(ModerationCase.custom_type) == name)
    return (await session.execute(select(col(ModerationCase.number)).where(*of_type).limit(1))).first() is not None
