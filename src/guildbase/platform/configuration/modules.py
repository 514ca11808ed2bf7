"""Which features and commands there are, and which of them a server has switched off.

Only a bot process knows the commands, so the API asks the one that has the server.
"""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.errors import NoReply, PermissionDenied
from guildbase.core.feature import Feature
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.rules import may_look_around
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Question, Requests

TOGGLES = "configuration"
"""The feature in whose settings the switches stand."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the bot."""

    name: str
    """Its qualified name, such as `case view`."""
    description: str
    feature: str
    """Empty for a command of nobody's."""


@dataclass(frozen=True, slots=True)
class AskCommands:
    """Which commands are there?"""

    locale: str


@dataclass(frozen=True, slots=True)
class Commands:
    """All commands, by name."""

    commands: tuple[Command, ...]


COMMANDS = Question("configuration.commands", AskCommands, Commands)


@dataclass(frozen=True, slots=True)
class Module:
    """A feature in a server."""

    feature: Feature
    off_reason: str | None
    """What people are told who use it though it is off; None if it is on."""
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Modules:
    """The features in a server."""

    version: int
    """That of the switches, as the settings of the feature `configuration` have it."""
    modules: tuple[Module, ...]
    commands_off: dict[str, str]
    """The commands that are off, each with the reason that people are told."""
    has_commands: bool
    """Whether a bot process could be asked for the commands."""


class ModulesController(BaseController):
    """Tells what a server can switch, and how the switches stand."""

    async def modules(self, caller: Caller, guild_id: int, locale: str) -> Modules:
        """Return the features, with the commands of each described in the language of the locale.

        Raises:
            PermissionDenied: the caller has no right at all in the server.
            GuildNotFound: the bot is not in the server.
        """
        if not may_look_around(caller, guild_id):
            raise PermissionDenied(_("You may not see this server's settings."), hint=_("Ask for Manage Server."))
        await self.services.get(GuildController).require(guild_id)
        current = await self.services.get(ConfigurationController).current(guild_id, TOGGLES)
        switches = current.settings.model_dump()
        commands = await self._commands(guild_id, locale)
        features = self.services.get(FeatureRegistry).features.values()
        modules = tuple(
            Module(
                feature,
                switches["features_off"].get(feature.name),
                tuple(command for command in commands or () if command.feature == feature.name),
            )
            for feature in features
        )
        return Modules(current.version, modules, switches["commands_off"], commands is not None)

    async def _commands(self, guild_id: int, locale: str) -> tuple[Command, ...] | None:
        try:
            found = await self.services.get(Requests).ask_guild(COMMANDS, guild_id, AskCommands(locale))
        except NoReply:
            return None
        return found.commands
