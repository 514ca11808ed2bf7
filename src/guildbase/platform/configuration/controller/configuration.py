"""Changes what a server sets, feature by feature."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.ports import Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.configuration import rules
from guildbase.platform.configuration.controller.errors import SettingsChanged, UnknownSetting, Unreadable
from guildbase.platform.configuration.controller.levels import levels_of_some, levels_within_own
from guildbase.platform.configuration.controller.reading import SettingsReader
from guildbase.platform.configuration.controller.results import Changed, Receipt
from guildbase.platform.configuration.controller.toggles import ToggleRule
from guildbase.platform.configuration.controller.versions import NewVersion, Note, Seen, Stored
from guildbase.platform.configuration.events import ConfigurationChanged
from guildbase.platform.configuration.models import ChangeKind, ConfigurationHistory
from guildbase.platform.configuration.rules import NewSettings, Reading
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from guildbase.services.validation import ValidationService

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to become of a feature's settings."""

    guild_id: int
    feature: str
    edit: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    """Makes what is to be set of what is set."""
    note: Note
    expected_version: int | None = None
    is_whole: bool = False
    """Whether nothing of what is set is kept, so that it need not be readable."""


class _Unchanged(Exception):
    """Rolls a change back that changes nothing, so that nothing is written."""

    def __init__(self, changed: Changed) -> None:
        super().__init__(changed.feature)
        self.changed = changed


class ConfigurationController(SettingsReader):
    """The one door to settings: every change is checked, numbered, explained and can be taken back.

    Each of them raises

        PermissionDenied    the caller may not manage the server
        NotFound            there is no such server, feature, setting or version
        InvalidInput        values are wrong; `problems` tells which
        SettingsChanged     the present version is another than expected
        Unreadable          what is stored is of a newer bot, or could not be read

    and then has changed nothing.
    """

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._guilds = services.get(GuildController)
        self._validation = services.get(ValidationService)
        self._validation.add(NewSettings, ToggleRule(self._registry), levels_of_some, levels_within_own)

    async def change(
        self,
        caller: Caller,
        guild_id: int,
        feature: str,
        changes: Mapping[str, Any],
        *,
        reason: str = "",
        expected_version: int | None = None,
        kind: ChangeKind = ChangeKind.SET,
    ) -> Changed:
        """Set these keys of the feature, and no others; all processes see it at once."""
        self.require_right(caller, guild_id)
        self._require_keys(feature, changes)

        def merged(stored: Mapping[str, Any]) -> Mapping[str, Any]:
            return {**stored, **changes}

        return await self._carry_out(
            caller, _Order(guild_id, feature, merged, Note(kind, reason.strip()), expected_version)
        )

    async def reset(
        self,
        caller: Caller,
        guild_id: int,
        feature: str,
        keys: Iterable[str] | None = None,
        *,
        reason: str = "",
        expected_version: int | None = None,
    ) -> Changed:
        """Give these keys of the feature their defaults again, or all of them."""
        self.require_right(caller, guild_id)
        gone = None if keys is None else frozenset(keys)

        def without(stored: Mapping[str, Any]) -> Mapping[str, Any]:
            if gone is None:
                return {}
            self._require_keys(feature, gone - stored.keys())
            return {key: value for key, value in stored.items() if key not in gone}

        note = Note(ChangeKind.RESET, reason.strip())
        order = _Order(guild_id, feature, without, note, expected_version, is_whole=gone is None)
        return await self._carry_out(caller, order)

    async def rollback(
        self,
        caller: Caller,
        guild_id: int,
        feature: str,
        version: int,
        *,
        reason: str = "",
        expected_version: int | None = None,
    ) -> Changed:
        """Set again what was set after the version (0: nothing), as a new change."""
        target = await self._target(caller, guild_id, feature, version)
        note = Note(ChangeKind.ROLLBACK, reason.strip())
        return await self._carry_out(caller, _replacement(guild_id, feature, target, note, expected_version))

    async def rollback_once(
        self,
        caller: Caller,
        key: IdempotencyKey | None,
        guild_id: int,
        feature: str,
        version: int,
        *,
        reason: str = "",
        expected_version: int | None = None,
    ) -> Receipt:
        """Roll back like `rollback`; a repetition with the same key gets the answer of the first time."""
        target = await self._target(caller, guild_id, feature, version)
        note = Note(ChangeKind.ROLLBACK, reason.strip())
        order = _replacement(guild_id, feature, target, note, expected_version)

        async def roll(work: UnitOfWork) -> Receipt:
            return (await self._apply(work, order)).receipt

        return await self._guilds.change(caller, guild_id, roll, key=key, answer=Receipt)

    async def replace(
        self,
        work: UnitOfWork,
        guild_id: int,
        feature: str,
        document: Mapping[str, Any],
        *,
        kind: ChangeKind = ChangeKind.IMPORT,
        reason: str = "",
    ) -> Changed:
        """Make the document all that is set of the feature, within `GuildController.change` of somebody else."""
        self.require_right(work.caller, guild_id)
        return await self._apply(work, _replacement(guild_id, feature, document, Note(kind, reason.strip())))

    async def _carry_out(self, caller: Caller, order: _Order) -> Changed:
        is_alone = self.services.get(AuditController).is_all_there_is(ConfigurationChanged)
        return (await self._at_once(caller, order) if is_alone else None) or await self._in_steps(caller, order)

    async def _at_once(self, caller: Caller, order: _Order) -> Changed | None:
        """Make the change by one statement that goes by what another has read; None if it could not, and did nothing.

        That is so if the server is unknown, or changed since the caller or we have looked at it.
        """
        guild_id, feature = order.guild_id, order.feature
        self.model_of(feature)
        seen = await self.store.seen_at_once(guild_id, feature)
        if not seen.guild_version or order.expected_version not in (None, seen.stored.version):
            return None
        changed, new = await self._judged(caller, order, seen)
        if new is None:
            return changed
        async with self._guilds.changing(guild_id):
            if not await self.store.write_at_once(caller, new, guild_version=seen.guild_version):
                return None
            await self._database.events.committed([new.event])
        return changed

    async def _in_steps(self, caller: Caller, order: _Order) -> Changed:
        """Make the change row by row in one transaction, in which other features have a say."""

        async def change(work: UnitOfWork) -> Changed:
            changed = await self._apply(work, order)
            if not changed.is_changed:
                raise _Unchanged(changed)
            return changed

        try:
            return await self._guilds.change(caller, order.guild_id, change)
        except _Unchanged as nothing:
            return nothing.changed

    async def _apply(self, work: UnitOfWork, order: _Order) -> Changed:
        self.model_of(order.feature)
        seen = await self.store.seen(work.session, order.guild_id, order.feature)
        await self._require_version(work.session, order, seen.stored.version)
        changed, new = await self._judged(work.caller, order, seen)
        if new is not None:
            await self.store.write(work, new)
        return changed

    async def _judged(self, caller: Caller, order: _Order, seen: Seen) -> tuple[Changed, NewVersion | None]:
        """Return what the change does, and what is to be written, if anything is."""
        model, stored = self.model_of(order.feature), seen.stored
        reading = rules.read(model, stored.document, stored.shape)
        if reading.obstacle and not order.is_whole:
            raise Unreadable(reading.obstacle)
        settings, document = await self._made(caller, order, reading)
        differences, version, new = rules.diff(reading.document, document), stored.version, None
        if differences:
            version, after = seen.last + 1, Stored(shape=model.shape, document=document)
            new = NewVersion(order.guild_id, order.feature, version, after, differences, order.note)
        return Changed(order.feature, version, differences, stored.over_defaults(settings, document)), new

    async def _made(
        self, caller: Caller, order: _Order, reading: Reading[FeatureSettings]
    ) -> tuple[FeatureSettings, dict[str, Any]]:
        """Return the settings that are wanted, checked, and as a document."""
        wanted, old = order.edit(reading.document), reading.document
        # What is ignored and nobody touches stays as it is: a newer version of the feature may know it.
        untouched = {key: wanted[key] for key in reading.ignored if key in wanted and wanted[key] is old[key]}
        counting = {key: value for key, value in wanted.items() if key not in untouched}
        settings = rules.wanted_settings(type(reading.settings), counting)
        await self._validation.validate(NewSettings(caller, order.guild_id, order.feature, settings, reading.settings))
        return settings, {**rules.as_document(settings, counting), **untouched}

    async def _require_version(self, session: AsyncSession, order: _Order, version: int) -> None:
        expected = order.expected_version
        if expected is None or expected == version:
            return
        newest = await ConfigurationHistory.get_by_id(session, (order.guild_id, order.feature, version))
        raise SettingsChanged(order.feature, newest.author_name if newest else "", expected, version)

    def _require_keys(self, feature: str, keys: Iterable[str]) -> None:
        fields = self.model_of(feature).model_fields
        if unknown := [str(key) for key in keys if key not in fields]:
            raise UnknownSetting(feature, unknown, fields)


def _replacement(
    guild_id: int, feature: str, document: Mapping[str, Any], note: Note, expected_version: int | None = None
) -> _Order:
    return _Order(guild_id, feature, lambda _stored: document, note, expected_version, is_whole=True)
