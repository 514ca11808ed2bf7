"""The one door to all commands: before one runs, is completed or is listed, it is judged whether this person may.

Blocks, switched-off features and the server's rules are a feature's business (`CommandGate`); here they meet Discord:
what a command asks for, who uses it and where. Without such a feature everybody passes but the blocked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import discord
from discord import app_commands
from discord.ext import commands
from discord.ext.commands.view import StringView

from guildbase.bot import blocks
from guildbase.bot.context import Context, answer
from guildbase.bot.timeouts import level_of
from guildbase.core.i18n import _
from guildbase.core.ports import (
    ADMINISTRATOR,
    CommandGate,
    CommandUse,
    Decider,
    GuildSnapshot,
    GuildSnapshots,
    Outcome,
    Verdict,
)
from guildbase.core.registry import FeatureRegistry

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

AnyCommand: TypeAlias = commands.Command[Any, ..., Any] | app_commands.Command[Any, ..., Any] | app_commands.ContextMenu
AnyUser: TypeAlias = discord.User | discord.Member
GRANTED = "granted"
"""Where an interaction's extras hold the permission bits that a rule gives for this one use."""
LEVEL = "level"
"""Where a command's extras name the permission level that does as well as the Discord permissions it asks for."""
PASSED = Verdict(Outcome.ALLOWED, Decider.DISCORD)
_MODERATION = discord.Permissions(
    kick_members=True,
    ban_members=True,
    moderate_members=True,
    manage_messages=True,
    manage_nicknames=True,
    manage_threads=True,
    mute_members=True,
    deafen_members=True,
    move_members=True,
).value
MODERATOR_LEVEL, ADMIN_LEVEL, HIGHEST_LEVEL = 3, 5, 7


async def passes_interaction(bot: GuildbaseBot, interaction: discord.Interaction[Any]) -> bool:
    """Tell whether the interaction's command may run or be completed; if not, it is answered."""
    command = interaction.command
    if command is None:
        return True
    is_use = interaction.type is discord.InteractionType.application_command
    verdict = await _judge(bot, command, interaction.user, interaction.guild, interaction.channel, is_counted=is_use)
    if verdict.is_allowed:
        interaction.extras[GRANTED] = verdict.granted
    else:
        await answer(interaction, refusal(verdict, command))
    return verdict.is_allowed


async def passes_press(interaction: discord.Interaction[GuildbaseBot], name: str) -> bool:
    """Tell whether somebody may press a button that belongs to the command of this name; if not, they are told."""
    bot = interaction.client
    command = bot.get_command(name) or all_commands(bot).get(name)
    if command is None:  # Its feature is not loaded any more.
        await answer(interaction, too_old())
        return False
    verdict = await _judge(bot, command, interaction.user, interaction.guild, interaction.channel, is_counted=False)
    interaction.extras[GRANTED] = verdict.granted
    if not verdict.is_allowed:
        await answer(interaction, refusal(verdict, command))
    return verdict.is_allowed


async def passes_text(bot: GuildbaseBot, ctx: Context) -> bool:
    """Tell whether the text command may run; if not, it is answered, unless it is to be ignored."""
    assert ctx.command is not None  # noqa: S101 - the router asks only about commands.
    command = _innermost(ctx.command, ctx.view)
    verdict = await _judge(bot, command, ctx.author, ctx.guild, ctx.channel)
    ctx.granted = verdict.granted
    if verdict.outcome is Outcome.REFUSED:
        await ctx.send(refusal(verdict, command))
    return verdict.is_allowed


def too_old() -> str:
    """Return what to tell somebody who pressed what nobody here knows any more."""
    return _("This is too old, and nothing was changed. Use the command again.")


def all_commands(bot: GuildbaseBot) -> dict[str, AnyCommand]:
    """Return all commands and groups, also those in context menus, by qualified name."""
    found: dict[str, AnyCommand] = {}
    for kind in (discord.AppCommandType.user, discord.AppCommandType.message):
        found |= {menu.qualified_name: menu for menu in bot.tree.get_commands(type=kind)}
    for command in bot.tree.walk_commands():
        if isinstance(command, app_commands.Command):
            found[command.qualified_name] = command
    # Of a hybrid command this is the half that knows more.
    return found | {command.qualified_name: command for command in bot.walk_commands() if not command.hidden}


async def usable_commands(bot: GuildbaseBot, ctx: Context, listed: Iterable[AnyCommand]) -> list[AnyCommand]:
    """Return those of the commands that whoever asks may use here; nothing is counted."""
    is_owner = await bot.is_owner(ctx.author)
    found = []
    for command in listed:
        if is_for_bot_owners(command):
            is_usable = is_owner
        else:
            verdict = await _judge(bot, command, ctx.author, ctx.guild, ctx.channel, is_counted=False)
            is_usable = verdict.is_allowed
        if is_usable:
            found.append(command)
    return found


async def _judge(
    bot: GuildbaseBot,
    command: AnyCommand,
    user: AnyUser,
    guild: discord.Guild | None,
    channel: Any,
    *,
    is_counted: bool = True,
) -> Verdict:
    snapshot = None
    if guild is not None and isinstance(user, discord.Member):
        snapshots = bot.services.get(GuildSnapshots)
        snapshot = snapshots.peek(guild.id) or await snapshots.load(guild.id)
    use = use_of(bot, command, user, channel, snapshot)
    gate = bot.services.get(CommandGate) if bot.services.has(CommandGate) else None
    verdict = gate.judge(use, snapshot) if gate is not None else _ungated(bot, use, guild, snapshot)
    if is_for_bot_owners(command) and verdict.by is not Decider.BLOCK:
        verdict = PASSED  # Its own check refuses all others, and no server can open or close it.
    if is_counted:
        bot.checks[verdict.outcome, verdict.by] += 1
        if not verdict.is_allowed:
            bot.count_command(use.command, "refused", use.guild_id)
        if snapshot is not None and gate is not None:
            gate.checked(use, snapshot, verdict)
    return verdict


def _ungated(
    bot: GuildbaseBot, use: CommandUse, guild: discord.Guild | None, snapshot: GuildSnapshot | None
) -> Verdict:
    """Return what becomes of the use where no feature judges: the blocked are refused all the same."""
    blocked = blocks.refusal(bot, use.user_id, guild, snapshot, use.permissions)
    if blocked is None:
        return PASSED
    outcome = Outcome.IGNORED if blocked.is_silent else Outcome.REFUSED
    return Verdict(outcome, Decider.BLOCK, reason=blocked.text)


def use_of(
    bot: GuildbaseBot, command: AnyCommand, user: AnyUser, channel: Any, snapshot: GuildSnapshot | None
) -> CommandUse:
    """Return the use of the command by the member, or user, in the channel, or nowhere in particular."""
    needs, needs_level = needs_of(command)
    use = CommandUse(command.qualified_name, feature_of(bot, command), user.id, needs=needs, needs_level=needs_level)
    if snapshot is not None and isinstance(user, discord.Member):
        use.guild_id = snapshot.guild_id
        use.role_ids = frozenset(role.id for role in user.roles)
        use.channel_ids, use.category_id = _place(channel)
        use.permissions = user.guild_permissions.value
        use.level = level_of(user, snapshot, use.role_ids)
        use.is_guild_owner = user.guild.owner_id == user.id
    return use


def needs_of(command: AnyCommand) -> tuple[int, int | None]:
    """Return the permission bits that the command asks for, all of them, and the level that does as well."""
    root = getattr(command, "root_parent", None) or command
    # Of a hybrid command Discord's half knows.
    permissions = getattr(getattr(root, "app_command", root), "default_permissions", None)
    if permissions is None:
        return 0, None
    bits = permissions.value or ADMINISTRATOR  # Discord shows a command that asks for nothing to admins only.
    level = command.extras.get(LEVEL, root.extras.get(LEVEL, level_for(bits)))
    return bits, level


def level_for(bits: int) -> int:
    """Return the permission level that stands in for these permission bits, unless a command names another."""
    if bits & ADMINISTRATOR:
        return HIGHEST_LEVEL
    return MODERATOR_LEVEL if not bits & ~_MODERATION else ADMIN_LEVEL


def feature_of(bot: GuildbaseBot, command: AnyCommand) -> str:
    """Return the name of the feature whose command it is, or nothing for a command of nobody's."""
    module = command.module if hasattr(command, "module") else command.callback.__module__
    name = bot.features_of_modules.get(module)
    if name is None:
        features = bot.services.get(FeatureRegistry).features.items()
        found = (name for name, feature in features if f"{module}.".startswith(f"{feature.package}."))
        name = bot.features_of_modules[module] = next(found, "")
    return name


def is_for_bot_owners(command: AnyCommand) -> bool:
    """Tell whether the command, or a group around it, has discord.py's `is_owner` check."""
    own = getattr(command, "wrapped", command)
    while own is not None:
        # A group of slash commands alone has no checks.
        checks = getattr(own, "checks", ())
        if any(getattr(check, "__qualname__", "").startswith("is_owner.") for check in checks):
            return True
        own = own.parent if not isinstance(own, app_commands.ContextMenu) else None
    return False


def refusal(verdict: Verdict, command: AnyCommand) -> str:
    """Return what to tell somebody who may not use the command."""
    name = command.qualified_name
    if verdict.reason:
        return verdict.reason
    if verdict.outcome is Outcome.IGNORED:
        return _("I do not listen to this command here.")
    if verdict.by is Decider.RULE:
        text = _(
            "Rule #{number} of this server does not let you use `/{name}` here.", number=verdict.rule_number, name=name
        )
        hint = _("Its admins see why with `/permissions explain`.")
    else:
        bits, level = needs_of(command)
        text = _(
            "`/{name}` takes {permissions}, or permission level {level}.",
            name=name,
            permissions=names_of(bits),
            level=level,
        )
        hint = _("Ask an admin of this server; `/permissions allow` opens it to you.")
    return f"{text} {hint}"


def names_of(bits: int) -> str:
    """Return the names of the permissions as Discord's settings show them."""
    names = [name for name, is_set in discord.Permissions(bits) if is_set]
    return ", ".join(_SHOWN.get(name, name.replace("_", " ").title()) for name in names)


_SHOWN = {"moderate_members": "Timeout Members", "manage_guild": "Manage Server"}


def _place(channel: Any) -> tuple[tuple[int, ...], int | None]:
    """Return the ids that rules about a place go by: the channel, of a thread also its parent, and the category."""
    if channel is None:
        return (), None
    if isinstance(channel, discord.Thread):
        parent = channel.parent
        return (channel.id, channel.parent_id), parent.category_id if parent else None
    return (channel.id,), getattr(channel, "category_id", None)


def _innermost(command: commands.Command[Any, ..., Any], view: StringView) -> AnyCommand:
    """Return the sub-command that the words after the group's name lead to, as discord.py will find it.

    Of a group that does something by itself, it is what slash commands call that.
    """
    ahead = StringView(view.buffer)
    ahead.index = view.index
    while isinstance(command, commands.GroupMixin):
        ahead.skip_ws()
        found = command.all_commands.get(ahead.get_word())
        if found is None:
            break
        command = found
    if isinstance(command, commands.HybridGroup) and command.fallback and command.app_command is not None:
        return cast("AnyCommand", command.app_command.get_command(command.fallback))
    return command
