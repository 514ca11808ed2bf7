"""The gate: a button for newcomers, and what staff set up and see of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command, hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.clock import utcnow
from guildbase.core.errors import DiscordRefused, InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import GuildSnapshots

if TYPE_CHECKING:
    from guildbase.features.channels.controller.gate import GateController


class Gate(BaseCog):
    """Let newcomers in when they have read the rules."""

    async def cog_load(self) -> None:
        """Let the buttons of all gates work, also those from before this start."""
        from guildbase.features.channels.views.gate import GateView

        self._panel = GateView()
        self.bot.add_view(self._panel)

    async def cog_unload(self) -> None:
        """Let go of the buttons."""
        self._panel.stop()

    @property
    def gate_keeper(self) -> GateController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.channels.controller.gate import GateController

        return self.controller(GateController)

    @hybrid_command()
    @commands.guild_only()
    async def verify(self, ctx: Context) -> None:
        """Get into this server, if it has a gate."""
        from guildbase.features.channels.views.gate import panel

        settings = await self.gate_keeper.settings(self.guild(ctx).id)
        if settings.gate_role is None:
            raise InvalidInput(_("This server has no gate: you are in."), hint=_("There is nothing to do."))
        embed, view = panel(settings)
        await ctx.send(embed=embed, view=view, ephemeral=True)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def gate(self, ctx: Context) -> None:
        """The gate that newcomers pass."""
        raise InvalidInput(_("Say what to do."), hint=_("`gate panel`, `gate status` or `gate admit`."))

    @subcommand(gate, "panel")
    @app_commands.describe(channel="Where newcomers press the button; here by default")
    async def gate_panel(self, ctx: Context, channel: discord.TextChannel | None = None) -> None:
        """Put the button for newcomers into a channel."""
        from guildbase.features.channels.views.gate import panel

        caller, guild = await self.caller(ctx), self.guild(ctx)
        self.gate_keeper.require(caller, guild.id)
        settings, where = await self.gate_keeper.settings(guild.id), channel or ctx.channel
        if settings.gate_role is None:
            raise InvalidInput(
                _("The gate gives no role yet."), hint=_("Set `gate_role` with `/config channels` first.")
            )
        embed, view = panel(settings)
        try:
            await where.send(embed=embed, view=view)
        except discord.Forbidden:
            raise DiscordRefused(
                _("I may not write in {channel}.", channel=f"<#{where.id}>"), hint=_("Allow me to, or pick another.")
            ) from None
        await ctx.send(_("The gate stands in {channel}.", channel=f"<#{where.id}>"), ephemeral=True)

    @subcommand(gate, "status")
    async def gate_status(self, ctx: Context) -> None:
        """Show how the gate is set and how many wait."""
        from guildbase.features.channels.views.gate import status_embed

        caller, guild = await self.caller(ctx), self.guild(ctx)
        waiting = await self.gate_keeper.waiting(caller, guild.id)
        embed = status_embed(await self.gate_keeper.settings(guild.id), waiting)
        await ctx.send(embed=embed, ephemeral=True)

    @subcommand(gate, "admit")
    @app_commands.describe(member="Who to let in, whatever they answered")
    async def gate_admit(self, ctx: Context, member: discord.Member) -> None:
        """Let somebody in yourself."""
        from guildbase.features.channels.views.gate import outcome_text

        caller, guild = await self.caller(ctx), self.guild(ctx)
        effect_id = await self.gate_keeper.admit(caller, guild.id, member.id)
        await ctx.send(await outcome_text(self.services, effect_id, member.mention), ephemeral=True)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Have a newcomer wait, where there is a gate."""
        from guildbase.features.channels.schemas import ChannelSettings

        snapshots = self.services.get(GuildSnapshots)
        snapshot = snapshots.peek(member.guild.id) or await snapshots.load(member.guild.id)
        if snapshot.get(ChannelSettings).gate_role is not None and not member.bot:
            await self.gate_keeper.arrive(member.guild.id, member.id, member.joined_at or utcnow())
