"""Tells Discord our commands, only when they changed: Discord limits how often one may."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import discord
import orjson
import structlog
from discord import app_commands

from guildbase.core import i18n
from guildbase.core.errors import DiscordRefused
from guildbase.core.i18n import _
from guildbase.database.manager import DatabaseManager
from guildbase.services.command_sync import CommandSync

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

log = structlog.get_logger(__name__)


class CommandsRefused(DiscordRefused):
    """Discord does not take our commands; one bad description is enough."""

    code = "commands_refused"


def tree_hash(bot: GuildbaseBot) -> str:
    """Return a hash of all global application commands and of their translations, whatever their order."""
    commands = [command.to_dict(bot.tree) for command in bot.tree.get_commands()]
    commands.sort(key=lambda command: (command["type"], command["name"]))
    told = orjson.dumps([commands, i18n.digest()], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(told).hexdigest()


async def _discord_has_all(bot: GuildbaseBot) -> bool:
    """Tell whether Discord still has our commands; somebody may have removed them there."""
    try:
        theirs = {(command.type, command.name) for command in await bot.tree.fetch_commands()}
    except discord.HTTPException as error:
        log.warning("commands_not_compared", reason=str(error))
        return True
    ours = {
        (discord.AppCommandType(command.to_dict(bot.tree)["type"]), command.name) for command in bot.tree.get_commands()
    }
    return theirs == ours


async def sync_commands(bot: GuildbaseBot) -> bool:
    """Send the command tree to Discord if it is not what Discord last got; returns whether it was sent.

    Raises:
        CommandsRefused: Discord does not take them; it keeps those that it had.
    """
    application_id = bot.application_id
    if application_id is None:
        raise RuntimeError("Log in before syncing commands.")
    current = tree_hash(bot)
    database = bot.services.get(DatabaseManager)
    async with database.read_session(fresh=True) as session:
        known = await session.get(CommandSync, application_id)
    if known is not None and known.tree_hash == current and await _discord_has_all(bot):
        return False
    try:
        sent = await bot.tree.sync()
    except (discord.HTTPException, app_commands.AppCommandError) as error:
        raise CommandsRefused(
            _("Discord refuses the commands: {error}.", error=error), hint=_("Mend the command that it names.")
        ) from error
    async with database.transaction() as work:
        await work.session.merge(CommandSync(application_id=application_id, tree_hash=current))
    log.info("commands_synced", count=len(sent))
    return True
