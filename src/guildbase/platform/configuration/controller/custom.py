"""Settings that a server defines itself: a name, a JSON Schema, and a value that fits it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.database.rows.upsert import upsert_statement
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.configuration.controller.errors import CustomSettingNotFound, SettingsChanged, VersionNotFound
from guildbase.platform.configuration.controller.results import SCHEMA, VALUE, Custom
from guildbase.platform.configuration.controller.store import SettingsStore, last_version
from guildbase.platform.configuration.controller.versions import NewVersion, Note, Stored
from guildbase.platform.configuration.models import ChangeKind, ConfigurationHistory, CustomSetting
from guildbase.platform.configuration.rules import diff
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.rules import may_configure, may_read_settings
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController

MOST = 50
"""Settings that a server may define."""
MAX_PAGE = 100
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")

Edit = Callable[[Custom | None], Mapping[str, Any]]
"""Makes what schema and value are to be of what is stored; nothing to delete the setting."""


class CustomSettingController(BaseController):
    """Defines, sets and deletes a server's own settings."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._store = SettingsStore(services)
        self._guilds = services.get(GuildController)

    async def all(self, guild_id: int) -> dict[str, Custom]:
        """Return the server's own settings by name, in alphabetical order."""
        async with self.reading() as session:
            return await self.stored(session, guild_id)

    async def view(self, caller: Caller, guild_id: int) -> dict[str, Custom]:
        """Return the same for somebody who asks.

        Raises:
            PermissionDenied: the caller may not manage the server.
            GuildNotFound: the bot does not know the server.
        """
        self.require_reader(caller, guild_id)
        await self._guilds.require(guild_id)
        return await self.all(guild_id)

    async def get(self, guild_id: int, name: str) -> Custom:
        """Return one of the server's own settings.

        Raises:
            CustomSettingNotFound: the server has defined none of this name.
        """
        return chosen(await self.all(guild_id), name)

    async def define(
        self,
        caller: Caller,
        guild_id: int,
        name: str,
        schema: Any,
        *,
        reason: str = "",
        expected_version: int | None = None,
    ) -> Custom:
        """Define a setting, or give it another schema, which its value must fit.

        Raises:
            PermissionDenied: the caller may not manage the server.
            InvalidInput: name or schema are wrong, the value does not fit, or there are too many; `problems` tells.
            SettingsChanged: the present version is another than expected.
        """

        def defined(stored: Custom | None) -> dict[str, Any]:
            return {SCHEMA: schema, **(stored.document if stored else {})}

        return await self._edit(caller, guild_id, name, defined, Note(ChangeKind.SET, reason), expected_version)

    async def set(
        self,
        caller: Caller,
        guild_id: int,
        name: str,
        value: Any,
        *,
        reason: str = "",
        expected_version: int | None = None,
    ) -> Custom:
        """Give a setting a value, which must fit its schema; raises what `define` and `get` raise."""

        def with_value(stored: Custom | None) -> dict[str, Any]:
            return {SCHEMA: dict(_present(stored, name).schema), VALUE: value}

        return await self._edit(caller, guild_id, name, with_value, Note(ChangeKind.SET, reason), expected_version)

    async def delete(
        self, caller: Caller, guild_id: int, name: str, *, reason: str = "", expected_version: int | None = None
    ) -> None:
        """Delete a setting with its value; the history keeps both, and a rollback brings them back."""

        def gone(stored: Custom | None) -> dict[str, Any]:
            _present(stored, name)
            return {}

        await self._edit(caller, guild_id, name, gone, Note(ChangeKind.RESET, reason), expected_version)

    async def rollback(self, caller: Caller, guild_id: int, name: str, version: int, *, reason: str = "") -> Custom:
        """Make schema and value again what they were after the version; raises what `define` raises.

        Raises:
            VersionNotFound: the history has no such version.
        """
        self.require_right(caller, guild_id)
        async with self.reading() as session:
            row = await ConfigurationHistory.get_by_id(session, (guild_id, feature_of(name), version))
        if row is None:
            raise VersionNotFound(name, version)
        state = row.document
        return await self._edit(caller, guild_id, name, lambda _stored: state, Note(ChangeKind.ROLLBACK, reason), None)

    async def history(
        self, caller: Caller, guild_id: int, name: str, *, before: int | None = None, limit: int = 20
    ) -> list[ConfigurationHistory]:
        """Return changes of the setting, newest first, those before a version if one is given.

        Raises:
            PermissionDenied: the caller may not manage the server.
        """
        self.require_reader(caller, guild_id)
        older = () if before is None else (col(ConfigurationHistory.version) < before,)
        async with self.reading() as session:
            return await ConfigurationHistory.get_multi(
                session,
                *older,
                guild_id=guild_id,
                feature=feature_of(name),
                order_by=[col(ConfigurationHistory.version).desc()],
                limit=min(max(limit, 1), MAX_PAGE),
            )

    async def stored(self, session: AsyncSession, guild_id: int) -> dict[str, Custom]:
        """Return the server's own settings by name, in alphabetical order, as this session sees them."""
        rows = select(CustomSetting).where(col(CustomSetting.guild_id) == guild_id).order_by(col(CustomSetting.name))
        found = (await session.execute(rows, execution_options={"populate_existing": True})).scalars()
        return {row.name: Custom(row.name, row.value_schema, row.version, row.document) for row in found}

    def problems(self, name: str, state: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with a setting's name, schema and value, by place."""
        from guildbase.platform.configuration.custom_schema import problems_of, schema_problems  # Not needed to start.

        problems = {}
        if not _NAME.fullmatch(name):
            problems["name"] = _("it has 1 to 32 lower-case letters, digits, - and _, and begins with a letter")
        problems |= schema_problems(state.get(SCHEMA))
        return problems or (problems_of(state[SCHEMA], state[VALUE]) if VALUE in state else {})

    async def replace(
        self,
        work: UnitOfWork,
        guild_id: int,
        states: Mapping[str, Mapping[str, Any]],
        *,
        kind: ChangeKind = ChangeKind.IMPORT,
        reason: str = "",
    ) -> None:
        """Make these all settings of the server's own, within `GuildController.change`; the same writes nothing.

        Raises:
            PermissionDenied: the transaction's caller may not manage the server.
            InvalidInput: they are too many, or wrong.
        """
        self.require_right(work.caller, guild_id)
        stored = await self.stored(work.session, guild_id)
        for name in sorted(stored.keys() | states.keys()):
            await self._write(work, guild_id, name, stored.get(name), states.get(name, {}), Note(kind, reason))
        _check_number(len(states))

    async def _edit(
        self, caller: Caller, guild_id: int, name: str, edit: Edit, note: Note, expected: int | None
    ) -> Custom:
        self.require_right(caller, guild_id)

        async def write(work: UnitOfWork) -> Custom:
            stored = await self.stored(work.session, guild_id)
            before = stored.get(name)
            version = before.version if before else 0
            if expected is not None and expected != version:
                raise SettingsChanged(feature_of(name), "", expected, version)
            state = edit(before)
            if state and before is None:
                _check_number(len(stored) + 1)
            return await self._write(work, guild_id, name, before, state, note)

        return await self._guilds.change(caller, guild_id, write)

    async def _write(
        self, work: UnitOfWork, guild_id: int, name: str, before: Custom | None, state: Mapping[str, Any], note: Note
    ) -> Custom:
        """Store schema and value, or delete the setting if there is no schema."""
        if state and (problems := self.problems(name, state)):
            raise refusal(problems)
        old = before.state if before else {}
        document = {key: value for key, value in state.items() if key == VALUE}
        differences, feature = diff(old, state), feature_of(name)
        if not differences:
            return before or Custom(name, {}, 0)
        version = await last_version(work.session, guild_id, feature) + 1
        new = NewVersion(guild_id, feature, version, Stored(document=state), differences, note)
        await self._store.record(work, new)
        if state:
            values = {"guild_id": guild_id, "name": name, "version": version}
            values |= {"value_schema": state[SCHEMA], "document": document}
            await work.session.execute(upsert_statement(work.session, CustomSetting, values, ()))
        else:
            await CustomSetting.delete_many(work.session, guild_id=guild_id, name=name)
        return Custom(name, state.get(SCHEMA, {}), version, document)

    def require_right(self, caller: Caller, guild_id: int) -> None:
        """Return if the caller may change the server's settings; raise PermissionDenied if not."""
        if not may_configure(caller, guild_id):
            raise PermissionDenied(_("You may not change this server's settings."), hint=_("Ask for Manage Server."))

    def require_reader(self, caller: Caller, guild_id: int) -> None:
        """Return if the caller may see the server's settings; raise PermissionDenied if not."""
        if not may_read_settings(caller, guild_id):
            raise PermissionDenied(_("You may not see this server's settings."), hint=_("Ask for Manage Server."))


def feature_of(name: str) -> str:
    """Return under which name the history knows the setting."""
    return f"custom:{name}"[:60]


def refusal(problems: Mapping[str, str]) -> InvalidInput:
    """Return the error that tells all that is wrong, by place."""
    text = "; ".join(f"{place}: {reason}" for place, reason in problems.items())
    return InvalidInput(
        _("That cannot be set: {problems}.", problems=text), hint=_("Nothing was changed."), problems=problems
    )


def chosen(stored: Mapping[str, Custom], name: str) -> Custom:
    """Return the setting of this name; raise CustomSettingNotFound if there is none."""
    if name not in stored:
        raise CustomSettingNotFound(name, stored)
    return stored[name]


def _present(stored: Custom | None, name: str) -> Custom:
    if stored is None:
        raise CustomSettingNotFound(name, {})
    return stored


def _check_number(count: int) -> None:
    if count > MOST:
        raise Conflict(
            _("A server may define {most} settings of its own.", most=MOST), hint=_("Delete one that is not needed.")
        )
