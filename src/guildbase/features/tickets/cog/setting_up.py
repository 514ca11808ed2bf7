"""The commands by which admins set tickets up: categories and panels."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.commands import subcommand, subgroup
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.features.tickets.cog.choices import category_choices, panel_choices
from guildbase.features.tickets.cog.group import Number, TicketGroup
from guildbase.features.tickets.kinds import MAX_NAME, TicketKind


class SetUpCommands(TicketGroup):
    """Set tickets up."""

    @subgroup(TicketGroup.ticket, "category")
    async def category(self, ctx: Context) -> None:
        """Sorts of tickets: who answers them, where, and what is asked first."""
        raise InvalidInput(_("Say what to do."), hint=_("`/ticket category list` shows all categories."))

    @subcommand(category, "create")
    @app_commands.describe(
        name="What it is about", kind="Where its tickets take place", staff="Who answers", description="In a few words"
    )
    async def category_create(
        self,
        ctx: Context,
        name: commands.Range[str, 1, MAX_NAME],
        kind: TicketKind = TicketKind.CHANNEL,
        staff: discord.Role | None = None,
        *,
        description: commands.Range[str, 0, 100] = "",
    ) -> None:
        """Make a sort of tickets, and set it up by menus."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        values: dict[str, Any] = {"name": name, "kind": kind, "description": description}
        if staff is not None:
            values["staff_roles"] = [str(staff.id)]
        if kind is TicketKind.THREAD and isinstance(ctx.channel, discord.TextChannel):
            values["parent_id"] = str(ctx.channel.id)
        made = await self.categories.create(caller, guild.id, values)
        await self._show_category(ctx, made.number)

    @subcommand(category, "edit")
    @app_commands.describe(category="Which category")
    @app_commands.autocomplete(category=category_choices)
    async def category_edit(self, ctx: Context, category: Number) -> None:
        """Change who answers, where, what is asked, and the limits."""
        # Judges the right, also where nothing is changed.
        await self.panels.all(await self.caller(ctx), self.guild(ctx).id)
        await self._show_category(ctx, category)

    async def _show_category(self, ctx: Context, number: int) -> None:
        from guildbase.features.tickets.views.category import CategoryPage

        found, roles = await self.categories.get(self.guild(ctx).id, number)
        page = CategoryPage(ctx.author.id, found, roles)
        await page.send(ctx, embed=page.embed())

    @subcommand(category, "delete")
    @app_commands.describe(category="Which category")
    @app_commands.autocomplete(category=category_choices)
    async def category_delete(self, ctx: Context, category: Number) -> None:
        """Take no more tickets of a category; those that are open go on."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        found, _roles = await self.categories.get(guild.id, category)
        name = found.name
        await self.categories.archive(caller, guild.id, category)
        await ctx.send(_("{name} takes no more tickets. Those that are open go on.", name=name), ephemeral=True)

    @subcommand(category, "list")
    async def category_list(self, ctx: Context) -> None:
        """List the sorts of tickets."""
        found = await self.categories.all(self.guild(ctx).id)
        lines = [f"**{discord.utils.escape_markdown(it.name)}** {it.emoji} {it.description}".strip() for it in found]
        none = _("There are no categories yet. `/ticket category create` makes one.")
        await ctx.send("\n".join(lines)[:2000] or none, ephemeral=True)

    @subgroup(TicketGroup.ticket, "panel")
    async def panel(self, ctx: Context) -> None:
        """Messages from which people open tickets."""
        raise InvalidInput(_("Say what to do."), hint=_("`/ticket panel create` posts one."))

    @subcommand(panel, "create")
    @app_commands.describe(title="What it is headed", channel="Where it is posted; by default here")
    async def panel_create(
        self,
        ctx: Context,
        title: commands.Range[str, 1, 100] = "Support",
        channel: discord.TextChannel | None = None,
    ) -> None:
        """Put a panel together by menus, and post it."""
        from guildbase.features.tickets.views.panel_page import PanelPage

        guild = self.guild(ctx)
        await self.panels.all(await self.caller(ctx), guild.id)
        known = await self.categories.all(guild.id)
        if not known:
            raise InvalidInput(_("There are no categories yet."), hint=_("`/ticket category create` makes one."))
        where: Any = channel or ctx.channel
        names = [it.name for it in known[:25]]
        draft = {
            "channel_id": str(where.id),
            "title": title,
            "description": "",
            "is_menu": len(names) > 5,
            "categories": names,
        }
        page = PanelPage(ctx.author.id, guild.id, known, draft)
        await page.send(ctx, embed=page.embed())

    @subcommand(panel, "edit")
    @app_commands.describe(panel="Which panel")
    @app_commands.autocomplete(panel=panel_choices)
    async def panel_edit(self, ctx: Context, panel: Number) -> None:
        """Change a panel by menus, and have its message changed."""
        from guildbase.features.tickets.views.panel_page import PanelPage

        guild = self.guild(ctx)
        await self.panels.all(await self.caller(ctx), guild.id)
        found = await self.panels.get(guild.id, panel)
        draft = {
            "channel_id": str(found.panel.channel_id),
            "title": found.panel.title,
            "description": found.panel.description,
            "is_menu": found.panel.is_menu,
            "categories": [it.name for it in found.categories],
        }
        known = await self.categories.all(guild.id)
        page = PanelPage(ctx.author.id, guild.id, known, draft, number=panel)
        await page.send(ctx, embed=page.embed())

    @subcommand(panel, "delete")
    @app_commands.describe(panel="Which panel")
    @app_commands.autocomplete(panel=panel_choices)
    async def panel_delete(self, ctx: Context, panel: Number) -> None:
        """Delete a panel and its message; tickets stay."""
        await self.panels.delete(await self.caller(ctx), self.guild(ctx).id, panel)
        await ctx.send(_("The panel is deleted. `/ticket open` still opens tickets."), ephemeral=True)

    @subcommand(panel, "repost")
    @app_commands.describe(panel="Which panel")
    @app_commands.autocomplete(panel=panel_choices)
    async def panel_repost(self, ctx: Context, panel: Number) -> None:
        """Post a panel again, below everything that was written since."""
        from guildbase.features.tickets.views.panel_page import POST_WAIT, posted_text
        from guildbase.services.outbox import Outbox

        guild = self.guild(ctx)
        made = await self.panels.repost(await self.caller(ctx), guild.id, panel)
        if made.effect_id is not None:
            await self.services.get(Outbox).outcome(made.effect_id, timeout=POST_WAIT)
        now = (await self.panels.get(guild.id, panel)).panel
        await ctx.send(posted_text(now.channel_id, now.failure), ephemeral=True)

    @subcommand(panel, "list")
    async def panel_list(self, ctx: Context) -> None:
        """List the panels, and what is wrong with them."""
        found = await self.panels.all(await self.caller(ctx), self.guild(ctx).id)
        lines = [
            f"**{discord.utils.escape_markdown(it.title)}** <#{it.channel_id}> {it.failure}".strip() for it in found
        ]
        none = _("There are no panels yet. `/ticket panel create` posts one.")
        await ctx.send("\n".join(lines)[:2000] or none, ephemeral=True)
