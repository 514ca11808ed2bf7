"""What is suggested while `/config` is typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import discord
from discord import app_commands

from guildbase.core.i18n import _, translated
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.configuration.controller import ConfigurationController, Current

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot
    from guildbase.platform.configuration.fields import SettingField

    Interaction: TypeAlias = discord.Interaction[GuildbaseBot]
else:
    Interaction = discord.Interaction

MOST = 25
LONGEST = 100
"""Characters of a suggestion."""
Choices = list[app_commands.Choice[str]]


async def features(interaction: Interaction, typed: str) -> Choices:
    """Suggest features that have settings."""
    return matching(typed, ((name, name) for name in _controller(interaction).models()))


async def settings(interaction: Interaction, typed: str) -> Choices:
    """Suggest settings of the feature that was chosen, those with a value of their own first."""
    current = await _current(interaction)
    if current is None:
        return []
    model, is_set = type(current.settings), current.is_set
    keys = sorted(dict.fromkeys([*model.model_fields, *current.ignored]), key=lambda key: key not in is_set)
    return matching(typed, ((_described(key, model.model_fields), key) for key in keys))


async def values(interaction: Interaction, typed: str) -> Choices:
    """Suggest values for the setting that was chosen."""
    from guildbase.platform.configuration.fields import fields_of  # Not needed to start.

    current = await _current(interaction)
    key = str(getattr(interaction.namespace, "setting", ""))
    if current is None or key not in (fields := fields_of(type(current.settings))):
        return []
    present = current.settings.model_dump(mode="json")[key]
    return matching(typed, _values(fields[key], present, interaction))


async def versions(interaction: Interaction, typed: str) -> list[app_commands.Choice[int]]:
    """Suggest versions of the settings of the feature that was chosen, newest first."""
    current = await _current(interaction)
    newest = -1 if current is None else current.version
    found = [version for version in range(newest, -1, -1) if typed in str(version)]
    return [app_commands.Choice(name=str(version), value=version) for version in found[:MOST]]


async def switches(interaction: Interaction, typed: str) -> Choices:
    """Suggest features and commands that can be switched off."""
    names = [*interaction.client.services.get(FeatureRegistry).features, *command_names(interaction.client)]
    return matching(typed, ((name, name) for name in names))


async def switched_off(interaction: Interaction, typed: str) -> Choices:
    """Suggest features and commands that are off."""
    if interaction.guild_id is None:
        return []
    toggles: Any = (await _controller(interaction).current(interaction.guild_id, "configuration")).settings
    names = [*toggles.features_off, *(f"/{name}" for name in toggles.commands_off)]
    return matching(typed, ((name, name) for name in names))


def command_names(bot: GuildbaseBot) -> list[str]:
    """Return the qualified names of all commands of the bot, each after a slash."""
    found = {command.qualified_name for command in bot.walk_commands() if not command.hidden}
    found |= {command.qualified_name for command in bot.tree.walk_commands()}
    return [f"/{name}" for name in sorted(found)]


def _values(field: SettingField, present: Any, interaction: Interaction) -> Iterator[tuple[str, str]]:
    """Yield values with what stands for them: what is set now, and what there is to choose from."""
    from guildbase.platform.configuration.fields import Kind
    from guildbase.platform.configuration.values import written

    guild, user = interaction.guild, interaction.user
    if (text := written(field, present)) and len(text) <= LONGEST:
        yield _("{value} (as it is)", value=text), text
    if field.kind is Kind.BOOL:
        yield from (("on", "on"), ("off", "off"))
    yield from ((str(choice), str(choice)) for choice in field.choices)
    if guild is None or not isinstance(user, discord.Member):
        return
    if field.kind is Kind.ROLE:
        yield from ((f"@{role.name}", str(role.id)) for role in reversed(guild.roles) if not role.is_default())
    if field.kind is Kind.CHANNEL:
        seen = [it for it in guild.channels if it.permissions_for(user).view_channel]
        yield from ((f"#{channel.name}", str(channel.id)) for channel in seen)
    if field.is_optional or field.is_many:
        yield _("nothing"), "nothing"


def matching(typed: str, known: Iterable[tuple[str, str]]) -> Choices:
    """Return suggestions (what is shown, and its value) that hold what is typed."""
    wanted = typed.strip().lower().lstrip("@#")
    found: dict[str, str] = {}
    for name, value in known:
        if wanted in name.lower() and len(value) <= LONGEST:
            found.setdefault(value, name)
    return [
        app_commands.Choice(name=name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…", value=value)
        for value, name in list(found.items())[:MOST]
    ]


def _described(key: str, known: Any) -> str:
    return f"{key}: {translated(known[key].description)}" if key in known else key


async def _current(interaction: Interaction) -> Current | None:
    feature = getattr(interaction.namespace, "feature", None)
    controller = _controller(interaction)
    if interaction.guild_id is None or feature not in controller.models():
        return None
    return await controller.current(interaction.guild_id, feature)


def _controller(interaction: Interaction) -> ConfigurationController:
    return interaction.client.services.get(ConfigurationController)
