"""Commands and features by the names that people type, and what the commands ask for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from guildbase.bot.gate import AnyCommand, all_commands, feature_of, is_for_bot_owners, needs_of
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.permissions.models import Scope
from guildbase.platform.permissions.rules import Demand

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

EVERYTHING = "everything"
FEATURE = "feature "
"""What stands before a feature's name, because a command may have the same."""


def commands(bot: GuildbaseBot) -> dict[str, AnyCommand]:
    """Return the commands that rules can be about, by name."""
    return {name: it for name, it in all_commands(bot).items() if not is_for_bot_owners(it)}


def features(bot: GuildbaseBot) -> list[str]:
    """Return the names of the features, sorted."""
    return sorted(bot.services.get(FeatureRegistry).features)


def command(bot: GuildbaseBot, name: str) -> AnyCommand:
    """Return the command of this name; raise NotFound if there is none."""
    name = " ".join(name.split()).removeprefix("/")
    known = commands(bot)
    if name not in known:
        raise _unknown(name, known)
    return known[name]


def target(bot: GuildbaseBot, what: str) -> tuple[Scope, str]:
    """Return what a rule is about, a command before a feature; raise NotFound if nothing has this name."""
    name = " ".join(what.split()).removeprefix("/")
    if name in commands(bot):
        return Scope.COMMAND, name
    if name == EVERYTHING:
        return Scope.EVERYTHING, ""
    if name.removeprefix(FEATURE) in features(bot):
        return Scope.MODULE, name.removeprefix(FEATURE)
    raise _unknown(name, [*commands(bot), *features(bot), EVERYTHING])


def demands(bot: GuildbaseBot, scope: Scope, target: str) -> tuple[Demand, ...]:
    """Return what the commands that a rule is about ask for."""
    found = []
    for name, it in commands(bot).items():
        is_meant = scope is Scope.EVERYTHING or (
            feature_of(bot, it) == target if scope is Scope.MODULE else f"{name} ".startswith(f"{target} ")
        )
        if is_meant:
            found.append(Demand(name, *needs_of(it)))
    return tuple(found)


def _unknown(name: str, known: Iterable[str]) -> NotFound:
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    hint = (
        _("Do you mean {names}?", names=", ".join(f"`{it}`" for it in near))
        if near
        else _("`/help` lists the commands.")
    )
    return NotFound(_("There is no command or feature {name}.", name=name[:100]), hint=hint)
