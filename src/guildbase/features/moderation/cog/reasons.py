"""The reasons that a server keeps, to be picked from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.features.moderation.cog.reason_choices import suggest_reasons
from guildbase.features.moderation.kinds import MAX_REASON

if TYPE_CHECKING:
    from guildbase.platform.configuration.controller import ConfigurationController

FEATURE, SETTING = "moderation", "reason_templates"
LONGEST_LIST = 4000


class Reasons(BaseCog):
    """Keep reasons to pick from."""

    @property
    def configuration(self) -> ConfigurationController:
        """The business logic of settings, of which the reasons are one; loaded at its first use."""
        from guildbase.platform.configuration.controller import ConfigurationController

        return self.controller(ConfigurationController)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def reason(self, ctx: Context) -> None:
        """Keep reasons to pick from."""
        raise InvalidInput(_("Say what to do."), hint=_("`/reason add` keeps a reason to pick from."))

    @subcommand(reason, "add")
    @app_commands.describe(name="What to call it", text="What the case says and the member reads")
    async def add(
        self, ctx: Context, name: commands.Range[str, 1, 50], *, text: commands.Range[str, 1, MAX_REASON]
    ) -> None:
        """Keep a reason, or change the one of this name."""
        await self._change(ctx, {name.strip(): text}, gone=None)
        shown = discord.utils.escape_markdown(name.strip())
        await ctx.send(_("Kept. Whoever gives the reason “{name}” means this text.", name=shown), ephemeral=True)

    @subcommand(reason, "remove")
    @app_commands.describe(name="Which one")
    @app_commands.autocomplete(name=suggest_reasons)
    async def remove(self, ctx: Context, *, name: commands.Range[str, 1, 50]) -> None:
        """Remove a reason; cases that have it keep it."""
        await self._change(ctx, {}, gone=name.strip())
        await ctx.send(_("Removed. Cases that have it keep it."), ephemeral=True)

    @subcommand(reason, "list")
    async def list_(self, ctx: Context) -> None:
        """Show all reasons that are kept."""
        templates = await self._templates(ctx)
        escape = discord.utils.escape_markdown
        lines = [f"**{escape(name)}**: {escape(text[:100])}" for name, text in sorted(templates.items())]
        text = "\n".join(lines)[:LONGEST_LIST] or _("There are none yet. `/reason add` keeps one.")
        await ctx.send(embed=discord.Embed(title=_("Reasons"), description=text), ephemeral=True)

    async def _templates(self, ctx: Context) -> dict[str, str]:
        current = await self.configuration.current(self.guild(ctx).id, FEATURE)
        return dict(getattr(current.settings, SETTING))

    async def _change(self, ctx: Context, added: dict[str, str], *, gone: str | None) -> None:
        caller, guild = await self.caller(ctx), self.guild(ctx)
        current = await self.configuration.current(guild.id, FEATURE)
        templates: dict[str, str] = dict(getattr(current.settings, SETTING))
        if gone is not None and templates.pop(gone, None) is None:
            shown = discord.utils.escape_markdown(discord.utils.escape_mentions(gone))
            raise NotFound(_("There is no reason “{name}”.", name=shown), hint=_("`/reason list` shows them."))
        # Two who change them at once would undo each other's change.
        changes = {SETTING: templates | added}
        await self.configuration.change(caller, guild.id, FEATURE, changes, expected_version=current.version)
