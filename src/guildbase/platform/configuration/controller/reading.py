"""Reads settings and their history, and checks documents; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import PermissionDenied
from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.configuration import rules
from guildbase.platform.configuration.controller.errors import UnknownFeature, Unreadable, VersionNotFound
from guildbase.platform.configuration.controller.results import Current, HistoryPage
from guildbase.platform.configuration.controller.store import SettingsStore
from guildbase.platform.configuration.controller.versions import Stored
from guildbase.platform.configuration.models import ConfigurationHistory
from guildbase.platform.configuration.rules import Difference
from guildbase.platform.guilds.rules import may_configure, may_read_settings
from guildbase.services.cache import CacheService
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController

MAX_PAGE = 100


class SettingsReader(BaseController):
    """What holds, what held, and what may be set."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self.store = SettingsStore(services)
        self._registry = services.get(FeatureRegistry)

    def models(self) -> dict[str, type[FeatureSettings]]:
        """Return the settings model of each feature that has one."""
        return self._registry.settings_models()

    def model_of(self, feature: str) -> type[FeatureSettings]:
        """Return the feature's settings model.

        Raises:
            UnknownFeature: there is no such feature, or nothing can be set of it.
        """
        model = self._registry.settings_model(feature)
        if model is None:
            raise UnknownFeature(feature, self.models())
        return model

    def require_right(self, caller: Caller, guild_id: int) -> None:
        """Return if the caller may change the server's settings.

        Raises:
            PermissionDenied: they may not manage the server.
        """
        if not may_configure(caller, guild_id):
            raise PermissionDenied(_("You may not change this server's settings."), hint=_("Ask for Manage Server."))

    def require_reader(self, caller: Caller, guild_id: int) -> None:
        """Return if the caller may see the server's settings.

        Raises:
            PermissionDenied: they may neither manage the server nor see its settings.
        """
        if not may_read_settings(caller, guild_id):
            raise PermissionDenied(_("You may not see this server's settings."), hint=_("Ask for Manage Server."))

    async def current(self, guild_id: int, feature: str) -> Current:
        """Return what holds in the server of the feature, for code that goes by it.

        Raises:
            UnknownFeature: there is no such feature, or nothing can be set of it.
        """
        model = self.model_of(feature)
        async with self.reading() as session:
            return _current(feature, model, await self.store.one(session, guild_id, feature))

    async def overview(self, guild_id: int) -> list[Current]:
        """Return what holds in the server of each feature that can be set."""
        async with self.reading() as session:
            stored = await self.store.all(session, guild_id)
        return [_current(name, model, stored.get(name, Stored())) for name, model in self.models().items()]

    async def view(self, caller: Caller, guild_id: int, feature: str | None = None) -> list[Current]:
        """Show somebody what holds in the server of one feature, or of all.

        Raises:
            PermissionDenied: the caller may not see the server's settings.
            UnknownFeature: there is no such feature, or nothing can be set of it.
        """
        self.require_reader(caller, guild_id)
        if feature is None:
            return await self.overview(guild_id)
        # What is set is set within a change of the server's snapshot, whose end is that of this copy, too; and a
        # feature that is loaded anew has another model.
        key = f"settings:{guild_id}:{feature}:{id(self.model_of(feature))}"
        copies, tags = self.services.get(CacheService), (f"guild:{guild_id}",)
        return [await copies.get_or_load(key, lambda: self.current(guild_id, feature), tags=tags)]

    async def history(
        self, caller: Caller, guild_id: int, feature: str, *, before: int | None = None, limit: int = 20
    ) -> HistoryPage:
        """Return changes of the feature's settings, newest first, those before a version if one is given.

        Raises:
            PermissionDenied: the caller may not see the server's settings.
            UnknownFeature: there is no such feature, or nothing can be set of it.
        """
        self.require_reader(caller, guild_id)
        self.model_of(feature)
        version, size = col(ConfigurationHistory.version), min(max(limit, 1), MAX_PAGE)
        older = [] if before is None else [version < before]
        wanted: dict[str, Any] = {"guild_id": guild_id, "feature": feature, "order_by": [version.desc()]}
        async with self.reading() as session:
            # One more than asked for tells whether there is another page.
            found = await ConfigurationHistory.get_multi(session, *older, limit=size + 1, **wanted)
        page = found[:size]
        return HistoryPage(page, page[-1].version if len(found) > size else None)

    async def difference(
        self, caller: Caller, guild_id: int, feature: str, old: int, new: int
    ) -> tuple[Difference, ...]:
        """Return how what was set after one version differs from what was set after another; 0 is nothing set.

        Raises:
            PermissionDenied: the caller may not see the server's settings.
            VersionNotFound: the history has no such version.
        """
        self.require_reader(caller, guild_id)
        model, documents = self.model_of(feature), []
        for version in (old, new):
            found = await self._version(guild_id, feature, version)
            documents.append(rules.read(model, found.document, found.shape).document)
        return rules.diff(*documents)

    async def preview_rollback(
        self, caller: Caller, guild_id: int, feature: str, version: int
    ) -> tuple[Difference, ...]:
        """Return what a rollback to the version would change; raises what it would raise."""
        target = await self._target(caller, guild_id, feature, version)
        return rules.diff((await self.current(guild_id, feature)).document, target)

    async def stored(self, session: AsyncSession, guild_id: int) -> dict[str, tuple[int, Mapping[str, Any]]]:
        """Return shape and document of each feature of which the server has set something, for its export."""
        found = await self.store.all(session, guild_id)
        return {feature: (stored.shape, stored.document) for feature, stored in found.items() if stored.document}

    def checked(self, feature: str, document: Mapping[str, Any], shape: int) -> dict[str, Any]:
        """Return a document from outside, all of which must fit, in today's shape and as it would be stored.

        Raises:
            UnknownFeature: there is no such feature, or nothing can be set of it.
            InvalidInput: values are wrong; `problems` tells which.
            Unreadable: it is of a newer shape, or cannot be brought to today's.
        """
        model = self.model_of(feature)
        reading = rules.read(model, document, shape)
        if reading.obstacle:
            raise Unreadable(reading.obstacle)
        return rules.as_document(rules.wanted_settings(model, reading.document), reading.document)

    async def _target(self, caller: Caller, guild_id: int, feature: str, version: int) -> dict[str, Any]:
        """Return what was set after the version, as it would be stored today."""
        self.require_right(caller, guild_id)
        found = await self._version(guild_id, feature, version)
        return self.checked(feature, found.document, found.shape)

    async def _version(self, guild_id: int, feature: str, version: int) -> Stored:
        shape = self.model_of(feature).shape
        if version == 0:
            return Stored(shape=shape)
        async with self.reading() as session:
            row = await ConfigurationHistory.get_by_id(session, (guild_id, feature, version))
        if row is None:
            raise VersionNotFound(feature, version)
        return Stored(row.version, row.shape, row.document)


def _current(feature: str, model: type[FeatureSettings], stored: Stored) -> Current:
    reading = rules.read(model, stored.document, stored.shape)
    counting = reading.counting
    settings = stored.over_defaults(reading.settings, counting)
    return Current(feature, settings, stored.version, counting, reading.ignored, reading.obstacle)
