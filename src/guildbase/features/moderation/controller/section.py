"""A guild's own types of cases in its export, by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.errors import InvalidInput
from guildbase.core.guild_sections import Reference
from guildbase.core.i18n import _
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller.custom_types import (
    MOST,
    CustomTypeController,
    TypeState,
    stored_types,
    type_problems,
)
from guildbase.features.moderation.models import CustomCaseType
from guildbase.platform.guilds.queries import servers_in
from guildbase.services.container import BotServices

_FIELDS = {it.name for it in fields(TypeState)}


class CaseTypesSection:
    """All types with what is said of them."""

    name = "case_types"
    version = 1
    gives_rights = False

    def __init__(self, services: BotServices) -> None:
        self._types = services.get(CustomTypeController)

    async def kept_of(self, session: AsyncSession, guild_ids: Collection[int]) -> set[int]:
        """Return which of the servers have any."""
        return await servers_in(session, CustomCaseType, guild_ids)

    async def read(self, session: AsyncSession, guild_id: int) -> dict[str, Any]:
        """Return all types, also archived ones."""
        return {name: asdict(TypeState.of(row)) for name, row in (await stored_types(session, guild_id)).items()}

    def check(self, data: Any, _version: int) -> dict[str, Any]:
        """Return the data; InvalidInput tells all that is wrong with it."""
        if not isinstance(data, dict):
            raise InvalidInput(_("Types of cases are an object of types by name."))
        problems: dict[str, str] = {}
        for name, it in data.items():
            found = _problems(str(name), it)
            problems |= {f"{str(name)[:40]}.{place}": problem for place, problem in found.items()}
        if len(data) > MOST:
            problems[""] = _("A server has at most {most} types of its own.", most=MOST)
        if problems:
            told = ", ".join(problems)[:500]
            raise InvalidInput(_("These types of cases cannot be read: {places}.", places=told), problems=problems)
        return data

    def references(self, _data: Any) -> Iterator[Reference]:
        """Yield nothing: types hold no ids."""
        return iter(())

    def mapped(self, data: Any, _ids: Mapping[int, int | None]) -> Any:
        """Return the data as it is."""
        return data

    async def write(self, transaction: UnitOfWork, guild_id: int, data: Any, reason: str) -> None:
        """Make these the types of the guild.

        Raises:
            PermissionDenied: the transaction's caller is no admin there.
        """
        states = {name: TypeState(**it) for name, it in data.items()}
        await self._types.replace_all(transaction, guild_id, states, reason)


def _problems(name: str, it: Any) -> dict[str, str]:
    if not isinstance(it, dict) or it.keys() != _FIELDS:
        return {"": _("it has other fields than {fields}", fields=", ".join(sorted(_FIELDS)))}
    return type_problems(name, TypeState(**it))
