"""What can be switched off and on: features by their names, commands with a slash before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from guildbase.core.errors import InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.configuration.cog.choices import command_names
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.configuration.rules import near

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

FEATURE = "configuration"
"""The feature in whose settings it stands."""


def to_switch(bot: GuildbaseBot, name: str) -> str:
    """Return the name as it is listed: a feature's, or a command's with a slash.

    Raises:
        NotFound: there is neither such a feature nor such a command.
    """
    name = " ".join(name.lower().split())
    known = [*registry(bot).features, *command_names(bot)]
    for wanted in (name, f"/{name}"):
        if wanted in known:
            return wanted
    names = ", ".join(f"`{it}`" for it in near(name, known))
    raise NotFound(
        _("There is neither a feature nor a command called {name}.", name=repr(name[:60])),
        hint=_("Do you mean {names}?", names=names),
    )


async def turn(bot: GuildbaseBot, caller: Caller, switch: str, reason: str, *, is_off: bool) -> bool:
    """Switch it off or on; return whether that changed anything.

    Raises:
        InvalidInput: it cannot be switched off.
    """
    controller, guild_id = bot.services.get(ConfigurationController), caller.guild_id or 0
    if is_off:
        _check_command(bot, switch)
    key = "commands_off" if switch.startswith("/") else "features_off"
    current = await controller.current(guild_id, FEATURE)
    off: dict[str, str] = dict(getattr(current.settings, key))
    if is_off:
        off[switch.removeprefix("/")] = reason
    else:
        off.pop(switch.removeprefix("/"), None)
    changed = await controller.change(
        caller, guild_id, FEATURE, {key: off}, reason=reason, expected_version=current.version
    )
    return changed.is_changed


def registry(bot: GuildbaseBot) -> FeatureRegistry:
    """Return the features of this process."""
    return bot.services.get(FeatureRegistry)


def _check_command(bot: GuildbaseBot, switch: str) -> None:
    """Raise InvalidInput if the command belongs to a feature that is never off."""
    from guildbase.platform.configuration.schemas import RECOVERY_FEATURES  # Not needed to start.

    command: Any = bot.get_command(switch.removeprefix("/"))
    cog = command.cog_name if command is not None else None
    feature = next((name for name, it in bot.loader.loaded.items() if cog in it.cogs), None)
    if feature in RECOVERY_FEATURES:
        raise InvalidInput(
            _("{name} cannot be switched off: it helps when something is.", name=switch),
            hint=_("`/permissions` says who may use it."),
        )
