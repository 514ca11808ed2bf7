"""discord.py's decorators for hybrid commands, with types that a checker understands.

A hybrid command is a slash command, and a text command where Discord grants the Message Content intent.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from discord.ext import commands
from discord.utils import MISSING

from guildbase.bot.cog import BaseCog
from guildbase.bot.context import Context

CogT = TypeVar("CogT", bound=BaseCog)
P = ParamSpec("P")


def hybrid_command(
    name: str = MISSING, **options: Any
) -> Callable[
    [Callable[Concatenate[CogT, Context, P], Coroutine[Any, Any, None]]], commands.HybridCommand[CogT, P, None]
]:
    """Make the method a slash and text command; options as for `discord.ext.commands.hybrid_command`."""
    return cast("Any", commands.hybrid_command(name, **options))  # type: ignore[no-any-return]


def hybrid_group(
    name: str = MISSING, **options: Any
) -> Callable[
    [Callable[Concatenate[CogT, Context, P], Coroutine[Any, Any, None]]], commands.HybridGroup[CogT, P, None]
]:
    """Make the method a group of sub-commands; options as for `discord.ext.commands.hybrid_group`."""
    return cast("Any", commands.hybrid_group(name, **options))  # type: ignore[no-any-return]


def subcommand(
    group: commands.HybridGroup[Any, ..., Any], name: str = MISSING, **options: Any
) -> Callable[
    [Callable[Concatenate[CogT, Context, P], Coroutine[Any, Any, None]]], commands.HybridCommand[CogT, P, None]
]:
    """Make the method a sub-command of the group."""
    return cast("Any", group.command(name, **options))  # type: ignore[no-any-return]


def subgroup(
    group: commands.HybridGroup[Any, ..., Any], name: str = MISSING, **options: Any
) -> Callable[
    [Callable[Concatenate[CogT, Context, P], Coroutine[Any, Any, None]]], commands.HybridGroup[CogT, P, None]
]:
    """Make the method a group of sub-commands within the group; Discord allows no third level."""
    return cast("Any", group.group(name, **options))  # type: ignore[no-any-return]
