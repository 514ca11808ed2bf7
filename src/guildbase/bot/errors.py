"""The one error chain of slash and text commands: what people see, and what is logged.

An expected error is explained. An unexpected one gets an id that the user can quote and the operator
can find in the log and among the stored errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from guildbase.core.errors import GuildbaseError
from guildbase.core.i18n import _

log = structlog.get_logger(__name__)

MAX_TEXT = 2000
"""Longest message that Discord takes, in characters."""


Report = Callable[[BaseException], str]
"""Has an unexpected error stored and returns the id to tell people."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What to tell the user; `error_id` is set when the error was not expected and the operator can look it up."""

    text: str
    error_id: str | None = None

    def __post_init__(self) -> None:
        if len(self.text) > MAX_TEXT:
            object.__setattr__(self, "text", f"{self.text[: MAX_TEXT - 1]}…")


def explain(error: BaseException, report: Report, *, command: str = "") -> Explanation | None:
    """Return what to tell the user about the error, or None if nothing should be said; report it if unexpected."""
    cause = _cause(error)
    if isinstance(cause, commands.CommandNotFound):
        return None
    if (text := _expected(cause)) is not None:
        return Explanation(text)
    error_id = report(cause)
    log.error("command_failed", command=command, error_id=error_id, exc_info=cause)
    text = _("Something went wrong on our side. Tell the bot's operator this id: `{id}`", id=error_id)
    return Explanation(text, error_id)


def _cause(error: BaseException) -> BaseException:
    """Return what was raised within discord.py's wrappers."""
    wrappers = (commands.HybridCommandError, commands.CommandInvokeError, app_commands.CommandInvokeError)
    while isinstance(error, wrappers):
        error = error.original
    return error


def _expected(error: BaseException) -> str | None:
    if isinstance(error, GuildbaseError):
        return error.text
    if isinstance(error, discord.Forbidden):
        reason = error.text or _("missing permission")
        return _("Discord does not let me do that: {reason}. Check my role and permissions.", reason=reason)
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        return _("Discord still shows an old form of this command. Try again in a few minutes.")
    for kinds, render in _RENDERERS:
        if isinstance(error, kinds):
            return render(error)
    return None


def _permissions(error: BaseException) -> str:
    names = ", ".join(name.replace("_", " ").title() for name in getattr(error, "missing_permissions", ()))
    return _("You need the permission {names} for this. Ask an admin of this server.", names=names)


def _bot_permissions(error: BaseException) -> str:
    names = ", ".join(name.replace("_", " ").title() for name in getattr(error, "missing_permissions", ()))
    return _("I lack the permission {names}. Ask an admin of this server to give it to my role.", names=names)


def _cooldown(error: BaseException) -> str:
    seconds = f"{getattr(error, 'retry_after', 0.0):.0f}"
    return _("Not so fast. Try again in {seconds} s.", seconds=seconds)


def _argument(error: BaseException) -> str:
    if isinstance(error, commands.MissingRequiredArgument):
        return _("`{name}` is missing. `help` and the command's name show how it is used.", name=error.param.name)
    return _("I do not understand that: {error}", error=error)


_RENDERERS = (
    ((commands.MissingPermissions, app_commands.MissingPermissions), _permissions),
    ((commands.BotMissingPermissions, app_commands.BotMissingPermissions), _bot_permissions),
    ((commands.CommandOnCooldown, app_commands.CommandOnCooldown), _cooldown),
    ((commands.NotOwner,), lambda _error: _("Only the bot's owners may do this.")),
    ((commands.NoPrivateMessage, app_commands.NoPrivateMessage), lambda _error: _("This works in servers only.")),
    ((commands.UserInputError, app_commands.TransformerError), _argument),
    ((commands.CheckFailure, app_commands.CheckFailure), lambda _error: _("You may not use this command here.")),
)
