"""What Discord shows of a server, as plain values for the rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

import discord
import structlog

from guildbase.core.errors import NotFound
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.ports import Caller
from guildbase.features.setup import denials, rules
from guildbase.features.setup.controller import ReconciliationController, SetupController
from guildbase.features.setup.controller.steps import GENERAL
from guildbase.features.setup.models import ReconciliationState
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.models import LEVELS

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot
    from guildbase.platform.guilds.schemas import GeneralSettings

log = structlog.get_logger(__name__)

TO_WRITE = ("view_channel", "send_messages", "embed_links")
MEMBERS_AT_ONCE = 100
"""Members that Discord is asked for in one question."""


async def situation(bot: GuildbaseBot, caller: Caller, guild: discord.Guild) -> rules.Situation:
    """Look at everything that the check is about; PermissionDenied if the caller may not manage the server."""
    report = await bot.services.get(ReconciliationController).report(caller, guild.id)
    is_open = report is not None and report.state is ReconciliationState.OPEN
    settings = await general(bot, guild.id)
    needed = _known(bot.services.get(SetupController).needed())
    return rules.Situation(
        permissions=_granted(guild.me.guild_permissions, needed),
        needed=needed,
        roles_above=[role.name for role in guild.roles if role > guild.me.top_role and _is_led(role)],
        bot_role=f"**{discord.utils.escape_markdown(guild.me.top_role.name)}**",
        members_may_use_commands=guild.default_role.permissions.use_application_commands,
        missing_commands=await _missing_commands(bot),
        has_text_commands=bot.intents.message_content,
        logs=[log for setting in rules.LOGS if (log := log_channel(guild, settings, setting)) is not None],
        level_roles=sum(getattr(settings, f"level_{level}_role") is not None for level in LEVELS),
        missing_punishments=await _missing_punishments(bot, guild),
        vanished=len(rules.repairable(rules.of_rows(report.things))) if report is not None and is_open else 0,
    )


async def general(bot: GuildbaseBot, guild_id: int) -> GeneralSettings:
    """Return the server's prefix, language, log channels and level roles as they are now."""
    current = await bot.services.get(ConfigurationController).current(guild_id, GENERAL)
    return cast("GeneralSettings", current.settings)


async def _missing_punishments(bot: GuildbaseBot, guild: discord.Guild) -> list[str]:
    try:
        return missing_punishments(guild, await bot.services.get(SetupController).punishments(guild.id))
    except NotFound:
        return []  # This bot has no moderation.


def missing_punishments(guild: discord.Guild, settings: Any) -> list[str]:
    """Return the settings of mute and jail that name no role or channel that is there."""
    there = givable(guild.roles) | {channel.id for channel in guild.channels}
    return [setting for setting in denials.NAMES if getattr(settings, setting) not in there]


def givable(roles: Iterable[discord.Role]) -> set[int]:
    """Return the ids of the roles that can be given; @everyone, denied in all channels, would silence the server."""
    return {role.id for role in roles if not role.is_default() and not role.managed}


def open_channels(guild: discord.Guild, settings: Any, setting: str) -> list[str]:
    """Return the names of the channels where those with the role may do what they should not."""
    role = guild.get_role(getattr(settings, setting))
    if role is None:
        return []
    return [
        channel.name
        for channel in guild.channels
        if denials.is_open(setting, channel.permissions_for(role).value, is_jail=channel.id == settings.jail_channel)
    ]


def log_channel(guild: discord.Guild, settings: GeneralSettings, setting: str) -> rules.LogChannel | None:
    """Return the log channel that is set, or None if none is."""
    channel_id = getattr(settings, setting)
    if channel_id is None:
        return None
    channel = guild.get_channel(channel_id)
    if channel is None:
        return rules.LogChannel(setting, channel_id, None)
    allowed = channel.permissions_for(guild.me)
    lacking = frozenset(TO_WRITE) - _granted(allowed, TO_WRITE)
    # Nobody can give in a channel what they may not do in the server.
    can_let_in = allowed.manage_roles and lacking <= _granted(guild.me.guild_permissions, TO_WRITE)
    return rules.LogChannel(setting, channel_id, channel.name, lacking, can_let_in)


def invite(bot: GuildbaseBot, guild: discord.Guild) -> str:
    """Return the address where Discord asks for all permissions that the features need."""
    needed = _known(bot.services.get(SetupController).needed())
    wanted = guild.me.guild_permissions | discord.Permissions(**dict.fromkeys(needed, True))
    if guild.me.guild_permissions.administrator:
        wanted = discord.Permissions(administrator=True)
    return discord.utils.oauth_url(
        bot.application_id or 0, permissions=wanted, guild=guild, scopes=("bot", "applications.commands")
    )


async def vanished(guild: discord.Guild, references: Sequence[Reference], *, ask: bool) -> list[Reference]:
    """Return the references to what the server no longer has; what cannot be told for certain counts as there.

    `ask` has Discord look members up, which is too dear for all servers at once.
    """
    channels = {it.id for it in references if it.refers is Refers.CHANNEL and not guild.get_channel_or_thread(it.id)}
    gone = {
        Refers.ROLE: {it.id for it in references if it.refers is Refers.ROLE and guild.get_role(it.id) is None},
        Refers.CHANNEL: {channel_id for channel_id in channels if await _is_gone(guild, channel_id)},
        Refers.MEMBER: await _members_gone(guild, references, ask=ask),
    }
    return [it for it in references if it.id in gone[it.refers]]


async def _is_gone(guild: discord.Guild, channel_id: int) -> bool:
    """Ask Discord: a thread that is archived is there, too, though nobody tells the bot of it."""
    try:
        await guild.fetch_channel(channel_id)
    except (discord.NotFound, discord.InvalidData):
        return True
    except discord.HTTPException:
        return False
    return False


async def _members_gone(guild: discord.Guild, references: Sequence[Reference], *, ask: bool) -> set[int]:
    unseen = {it.id for it in references if it.refers is Refers.MEMBER and guild.get_member(it.id) is None}
    if not unseen or guild.chunked:
        return unseen
    if not ask or len(unseen) > MEMBERS_AT_ONCE:
        return set()
    try:
        found = await guild.query_members(user_ids=sorted(unseen), limit=MEMBERS_AT_ONCE, cache=False)
    except (TimeoutError, discord.ClientException):
        return set()
    return unseen - {member.id for member in found}


async def _missing_commands(bot: GuildbaseBot) -> list[str]:
    try:
        shown = {command.name for command in await bot.tree.fetch_commands()}
    except discord.HTTPException:
        return []
    return sorted({command.name for command in bot.tree.get_commands()} - shown)


def _known(needed: dict[str, list[str]]) -> dict[str, list[str]]:
    """Leave out, and log, what a feature calls a permission and Discord does not."""
    if unknown := sorted(needed.keys() - discord.Permissions.VALID_FLAGS.keys()):
        log.warning("no_such_permissions", names=unknown)
    return {name: why for name, why in needed.items() if name not in unknown}


def _granted(permissions: discord.Permissions, names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if getattr(permissions, name))


def _is_led(role: discord.Role) -> bool:
    """Tell whether the bot should stand above the role; administrators and other bots lead themselves."""
    return not role.managed and not role.permissions.administrator
