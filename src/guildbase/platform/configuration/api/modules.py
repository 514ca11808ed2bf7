"""The route of the features that a server can switch."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from guildbase.api.dependencies import GuildId, GuildVisitor, ServicesDep
from guildbase.core.i18n import spoken, translated
from guildbase.platform.configuration.modules import Command, Module, Modules, ModulesController
from guildbase.platform.configuration.schemas import RECOVERY_FEATURES

router = APIRouter()


class CommandOut(BaseModel):
    """A command and its switch."""

    name: str = Field(examples=["case view"])
    description: str
    is_on: bool = Field(description="Whether it is on by itself; it is off with its feature all the same.")
    off_reason: str | None = Field(description="What people are told who use it though it is off.")

    @classmethod
    def of(cls, command: Command, off: dict[str, str]) -> CommandOut:
        """Return the shape of the command."""
        reason = off.get(command.name)
        return cls(name=command.name, description=command.description, is_on=reason is None, off_reason=reason)


class ModuleOut(BaseModel):
    """A feature and its switch."""

    name: str = Field(examples=["tickets"])
    category: str = Field(description="What it is listed under.", examples=["Moderation"])
    summary: str
    is_on: bool
    off_reason: str | None = Field(description="What people are told who use it though it is off.")
    can_be_off: bool = Field(description="Whether it has a switch; what helps when something is off has none.")
    has_settings: bool
    commands: list[CommandOut]

    @classmethod
    def of(cls, module: Module, commands_off: dict[str, str]) -> ModuleOut:
        """Return the shape of the module."""
        feature = module.feature
        return cls(
            name=feature.name,
            category=feature.category,
            summary=translated(feature.summary),
            is_on=module.off_reason is None,
            off_reason=module.off_reason,
            can_be_off=feature.name not in RECOVERY_FEATURES and bool(module.commands),
            has_settings=bool(feature.settings),
            commands=[CommandOut.of(command, commands_off) for command in module.commands],
        )


class ModuleList(BaseModel):
    """The features in a server."""

    version: int = Field(description="Of the switches: the version of the settings of `configuration`.")
    has_commands: bool = Field(description="Whether the bot answered; without it no command is listed.")
    modules: list[ModuleOut]
    features_off: dict[str, str] = Field(description="As it is set; to be sent back changed.")
    commands_off: dict[str, str] = Field(description="As it is set; to be sent back changed.")

    @classmethod
    def of(cls, found: Modules) -> ModuleList:
        """Return the shape of the modules."""
        off = {it.feature.name: it.off_reason for it in found.modules if it.off_reason is not None}
        return cls(
            version=found.version,
            has_commands=found.has_commands,
            modules=[ModuleOut.of(module, found.commands_off) for module in found.modules],
            features_off=off,
            commands_off=found.commands_off,
        )


@router.get("/guilds/{guild_id}/modules", operation_id="list_modules")
async def list_modules(guild_id: GuildId, services: ServicesDep, caller: GuildVisitor) -> ModuleList:
    """Return the bot's features and commands, and which of them the server has switched off.

    They are switched by changing `features_off` and `commands_off` of the settings of `configuration`.
    """
    return ModuleList.of(await services.get(ModulesController).modules(caller, guild_id, spoken()))
