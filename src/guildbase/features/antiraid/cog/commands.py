"""`/antiraid`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import GuildSnapshots
from guildbase.features.antiraid.cog.watch import limits_of
from guildbase.features.antiraid.kinds import RaidAction, RaidLevel

if TYPE_CHECKING:
    from guildbase.features.antiraid.controller import RaidController
    from guildbase.features.antiraid.schemas import AntiraidSettings

NEEDS = {
    RaidAction.TIMEOUT: "moderate_members",
    RaidAction.QUARANTINE: "manage_roles",
    RaidAction.KICK: "kick_members",
    RaidAction.BAN: "ban_members",
}
"""What the bot must be allowed to do for it."""


class Antiraid(BaseCog):
    """Watch for raids and hold them off."""

    @property
    def raids(self) -> RaidController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.antiraid.controller import RaidController

        return self.controller(RaidController)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def antiraid(self, ctx: Context) -> None:
        """Watch for raids and hold them off."""
        raise InvalidInput(_("Say what to do."), hint=_("`antiraid status`, `set`, `off`, `test` or `end`."))

    @subcommand(antiraid, "status")
    async def antiraid_status(self, ctx: Context) -> None:
        """Show how raids are watched for, and the last one."""
        from guildbase.features.antiraid.views.alert import alert_embed
        from guildbase.features.antiraid.views.status import settings_lines

        caller, guild = await self.caller(ctx), self.guild(ctx)
        last = await self.raids.see(caller, guild.id)
        text = "\n".join(settings_lines(await self.raids.settings(guild.id)))
        embeds = [alert_embed(last)] if last is not None else []
        await ctx.send(text, embeds=embeds, ephemeral=True)

    @subcommand(antiraid, "set")
    @app_commands.describe(level="What happens in a raid", action="What is done to those who raid")
    async def antiraid_set(
        self,
        ctx: Context,
        level: Literal["watch", "on", "lockdown"],
        action: Literal["none", "timeout", "quarantine", "kick", "ban"] | None = None,
    ) -> None:
        """Begin to watch for raids, and say what to do about them."""
        from guildbase.features.antiraid.views.status import test_embed

        changes: dict[str, str] = {"level": level, **({"action": action} if action is not None else {})}
        settings = await self._change(ctx, changes)
        obstacles = await self._obstacles(self.guild(ctx), settings)
        await ctx.send(embed=test_embed(settings, self._joins(self.guild(ctx).id, settings), obstacles), ephemeral=True)

    @subcommand(antiraid, "off")
    async def antiraid_off(self, ctx: Context) -> None:
        """Watch for raids no longer; one that goes on ends by itself."""
        await self._change(ctx, {"level": RaidLevel.OFF.value})
        await ctx.send(_("I watch for raids no longer. `/antiraid set` begins again."), ephemeral=True)

    @subcommand(antiraid, "test")
    async def antiraid_test(self, ctx: Context) -> None:
        """Show what would happen in a raid now, and what stands in the way; nothing is done."""
        from guildbase.features.antiraid.rules.rights import require_moderator
        from guildbase.features.antiraid.views.status import test_embed

        caller, guild = await self.caller(ctx), self.guild(ctx)
        require_moderator(caller, guild.id)
        settings = await self.raids.settings(guild.id)
        obstacles = await self._obstacles(guild, settings)
        await ctx.send(embed=test_embed(settings, self._joins(guild.id, settings), obstacles), ephemeral=True)

    @subcommand(antiraid, "end")
    async def antiraid_end(self, ctx: Context) -> None:
        """End the raid that goes on; invites and channels become as before."""
        number = await self.raids.end(await self.caller(ctx), self.guild(ctx).id)
        text = _("Raid {number} is over. Invites and channels become as before.", number=number)
        await ctx.send(text, ephemeral=True)

    async def _change(self, ctx: Context, changes: dict[str, str]) -> AntiraidSettings:
        from guildbase.platform.configuration.controller import ConfigurationController

        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self.controller(ConfigurationController).change(caller, guild.id, "antiraid", changes)
        return await self.raids.settings(guild.id)

    async def _obstacles(self, guild: discord.Guild, settings: AntiraidSettings) -> list[str]:
        """Return what would keep the bot from doing what is set, in words for staff."""
        from guildbase.platform.configuration.controller import ConfigurationController

        if settings.level is RaidLevel.OFF:
            return [_("Raids are not watched for.")]
        found, mine = [], guild.me.guild_permissions
        if not self.bot.intents.members:
            found.append(_("Discord does not tell me who comes: the operator must grant Server Members."))
        general: Any = await self.controller(ConfigurationController).current(guild.id, "guilds")
        if guild.get_channel(settings.alert_channel or general.settings.mod_log_channel or 0) is None:
            found.append(_("There is no channel for the alert: set `alert_channel`, or a mod-log."))
        if settings.level is RaidLevel.WATCH:
            return found
        if (needed := NEEDS.get(settings.action)) is not None and not getattr(mine, needed):
            found.append(_("I lack {permission}.", permission=needed.replace("_", " ").title()))
        if settings.pause_invites and not mine.manage_guild:
            found.append(_("I lack Manage Server, so I cannot pause invites."))
        if settings.level is RaidLevel.LOCKDOWN and not mine.manage_roles:
            found.append(_("I lack Manage Roles, so I cannot lock the server."))
        return found

    def _joins(self, guild_id: int, settings: AntiraidSettings) -> int:
        """Return how many came within the window."""
        watch: Any = self.bot.get_cog("RaidWatch")
        snapshot = self.services.get(GuildSnapshots).peek(guild_id)
        limits = limits_of(snapshot) if snapshot is not None else None
        known = watch.detectors.get(guild_id)
        return 0 if limits is None or known is None else known.count(utcnow(), limits)
