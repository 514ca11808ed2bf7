"""The sections of an export: what is set of each feature, the server's own settings, and other features' own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import GuildbaseError, InvalidInput
from guildbase.core.guild_sections import GuildSection, Reference
from guildbase.core.i18n import _
from guildbase.core.registry import FeatureRegistry
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.configuration import custom_schema, rules
from guildbase.platform.configuration.controller.configuration import ConfigurationController
from guildbase.platform.configuration.controller.custom import MOST, CustomSettingController, refusal
from guildbase.platform.configuration.controller.errors import Unreadable
from guildbase.platform.configuration.controller.results import SCHEMA, VALUE
from guildbase.platform.configuration.models import ConfigurationHistory, CustomSetting
from guildbase.platform.guilds.queries import servers_in
from guildbase.services.container import BotServices

Section = GuildSection[AsyncSession, UnitOfWork]


def guild_sections(services: BotServices) -> dict[str, Section]:
    """Return the sections of this process by name, in the order in which they are written."""
    registry = services.get(FeatureRegistry)
    settings: list[Section] = [SettingsSection(services, feature) for feature in registry.settings_models()]
    others: list[Section] = [section(services) for section in registry.sections()]
    return {section.name: section for section in [*settings, CustomSettingsSection(services), *others]}


def settings_section(feature: str) -> str:
    """Return the name of the section that holds what is set of the feature."""
    return f"settings.{feature}"


class SettingsSection:
    """What a server has set of one feature."""

    gives_rights = False

    def __init__(self, services: BotServices, feature: str) -> None:
        self._configuration = services.get(ConfigurationController)
        self._feature = feature
        self._model = self._configuration.model_of(feature)
        self.name = settings_section(feature)
        self.version = self._model.shape

    async def kept_of(self, session: AsyncSession, guild_ids: Collection[int]) -> set[int]:
        """Return in which of the servers it was ever changed."""
        feature = col(ConfigurationHistory.feature) == self._feature
        return await servers_in(session, ConfigurationHistory, guild_ids, feature)

    async def read(self, session: AsyncSession, guild_id: int) -> dict[str, Any]:
        """Return what is set and counts.

        Raises:
            Unreadable: what is stored is of a newer bot, so that the export would not be whole.
        """
        stored = await self._configuration.store.one(session, guild_id, self._feature)
        reading = rules.read(self._model, stored.document, stored.shape)
        if reading.obstacle:
            raise Unreadable(f"{self._feature}: {reading.obstacle}")
        return reading.counting

    def check(self, data: Any, version: int) -> dict[str, Any]:
        """Return the document in today's shape, as it would be stored."""
        if not isinstance(data, dict):
            raise refusal({"settings": _("it is no JSON object")})
        return self._configuration.checked(self._feature, data, version)

    def references(self, data: Mapping[str, Any]) -> Iterator[Reference]:
        """Yield the ids that the settings hold, wherever they stand in them."""
        schema = self._schema
        for key, value in data.items():
            yield from custom_schema.references(schema, {key: value}, f"{self.name}.{key}")

    def mapped(self, data: Mapping[str, Any], ids: Mapping[int, int | None]) -> dict[str, Any]:
        """Return the document with new ids; a setting whose role or channel is not here has its default."""
        new = custom_schema.mapped(self._schema, dict(data), ids)
        try:
            return self.check(new, self.version)
        except InvalidInput as error:
            # A list that may not be empty, for example: what is left of it does not fit.
            wrong = {place.partition(".")[0] for place in error.problems}
            return {key: value for key, value in new.items() if key not in wrong}

    async def write(self, transaction: UnitOfWork, guild_id: int, data: Mapping[str, Any], reason: str) -> None:
        """Make this all that is set of the feature."""
        await self._configuration.replace(transaction, guild_id, self._feature, data, reason=reason)

    @cached_property
    def _schema(self) -> Mapping[str, Any]:
        from guildbase.platform.configuration.schemas import schema_of  # Not needed to start.

        return schema_of(self._model)


class CustomSettingsSection:
    """The settings that a server has defined itself, each with its schema and, if one is set, its value."""

    name = "custom_settings"
    version = 1
    gives_rights = False

    def __init__(self, services: BotServices) -> None:
        self._custom = services.get(CustomSettingController)

    async def kept_of(self, session: AsyncSession, guild_ids: Collection[int]) -> set[int]:
        """Return which of the servers have any."""
        return await servers_in(session, CustomSetting, guild_ids)

    async def read(self, session: AsyncSession, guild_id: int) -> dict[str, Any]:
        """Return schema and value of each setting, by name."""
        return {name: custom.state for name, custom in (await self._custom.stored(session, guild_id)).items()}

    def check(self, data: Any, _version: int) -> dict[str, Any]:
        """Return the settings if schemas and values are right."""
        if not isinstance(data, dict):
            raise refusal({"custom_settings": _("it is no JSON object")})
        problems: dict[str, str] = {}
        if len(data) > MOST:
            problems["custom_settings"] = _("there are more than {most}", most=MOST)
        for name, state in data.items():
            problems |= {f"{name[:40]}.{place}": reason for place, reason in self._problems(name, state).items()}
        if problems:
            raise refusal(dict(list(problems.items())[: custom_schema.MOST_PROBLEMS]))
        return data

    def references(self, data: Mapping[str, Any]) -> Iterator[Reference]:
        """Yield the ids of values, where their schemas tell that they are such."""
        for name, state in data.items():
            if VALUE in state:
                yield from custom_schema.references(state[SCHEMA], state[VALUE], f"custom_settings.{name}")

    def mapped(self, data: Mapping[str, Any], ids: Mapping[int, int | None]) -> dict[str, Any]:
        """Return the settings with new ids; a value that does not fit without its role or channel is left out."""
        return {name: self._mapped(state, ids) for name, state in data.items()}

    async def write(self, transaction: UnitOfWork, guild_id: int, data: Mapping[str, Any], reason: str) -> None:
        """Make these all settings of the server's own."""
        await self._custom.replace(transaction, guild_id, data, reason=reason)

    def _problems(self, name: str, state: Any) -> dict[str, str]:
        if not isinstance(state, dict) or state.keys() - {SCHEMA, VALUE}:
            return {"setting": _("it is no object of `schema` and `value`")}
        return self._custom.problems(name, state)

    def _mapped(self, state: Mapping[str, Any], ids: Mapping[int, int | None]) -> dict[str, Any]:
        if VALUE not in state:
            return dict(state)
        value = custom_schema.mapped(state[SCHEMA], state[VALUE], ids)
        fits = not custom_schema.problems_of(state[SCHEMA], value)
        return {SCHEMA: state[SCHEMA], VALUE: value} if fits else {SCHEMA: state[SCHEMA]}


def problems_of(error: GuildbaseError, section: str) -> dict[str, str]:
    """Return what a section says is wrong, by place in the export."""
    told = {f"{section}.{place}".rstrip("."): reason for place, reason in error.problems.items()}
    return told or {section: error.message}
