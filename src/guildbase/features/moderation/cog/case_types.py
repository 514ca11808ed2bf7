"""`/casetype`: types of cases that a server makes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.features.moderation.cog.choices import suggest_own_types
from guildbase.features.moderation.kinds import MAX_TYPE_NAME

if TYPE_CHECKING:
    from guildbase.features.moderation.controller.custom_types import CustomTypeController, WrittenType

Name = commands.Range[str, 1, MAX_TYPE_NAME]
Severity = commands.Range[int, 1, 10]


class CaseTypes(BaseCog, name="Case types"):
    """Make types of cases of this server's own."""

    @property
    def types(self) -> CustomTypeController:
        """The business logic; loaded at its first use, because the start has to be quick."""
        from guildbase.features.moderation.controller.custom_types import CustomTypeController

        return self.controller(CustomTypeController)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def casetype(self, ctx: Context) -> None:
        """Make types of cases of this server's own."""
        raise InvalidInput(_("Say what to do."), hint=_("`casetype add`, `edit`, `list` or `archive`."))

    @subcommand(casetype, "add")
    @app_commands.describe(
        name="What moderators type, such as trade-scam",
        title="What people read",
        severity="From 1 to 10, the gravest",
        needs_duration="Whether each case says how long it counts",
        description="When it is to be used",
        schema="A JSON Schema that the details of each case have to meet",
        file="The same as a file, if it is long",
    )
    async def add(
        self,
        ctx: Context,
        name: Name,
        title: commands.Range[str, 1, 100],
        severity: Severity = 1,
        needs_duration: bool = False,
        description: commands.Range[str, 0, 500] = "",
        schema: str = "",
        file: discord.Attachment | None = None,
    ) -> None:
        """Make a type of cases."""
        from guildbase.features.moderation.controller.custom_types import TypeState

        caller, guild = await self.caller(ctx), self.guild(ctx)
        wanted = await _schema(schema, file)
        state = TypeState(title.strip(), description.strip(), severity, needs_duration, wanted or {})
        done = await self.types.add(caller, guild.id, name, state)
        told = _("The type {name} is there.", name=done.name)
        await ctx.send(f"{told} {_('`/case open {name}` opens a case of it.', name=done.name)}", ephemeral=True)

    @subcommand(casetype, "edit")
    @app_commands.describe(
        name="Which type",
        title="What people read",
        severity="From 1 to 10, the gravest",
        needs_duration="Whether each case says how long it counts",
        description="When it is to be used",
        schema="A JSON Schema that the details of each case have to meet; {} for no details",
        file="The same as a file, if it is long",
    )
    @app_commands.autocomplete(name=suggest_own_types)
    async def edit(
        self,
        ctx: Context,
        name: Name,
        title: str | None = None,
        severity: int | None = None,
        needs_duration: bool | None = None,
        description: str | None = None,
        schema: str = "",
        file: discord.Attachment | None = None,
    ) -> None:
        """Change a type; cases that are there stay as they are."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        given = {
            "display_name": title and title.strip(),
            "severity": severity,
            "requires_duration": needs_duration,
            "description": description and description.strip(),
            "metadata_schema": await _schema(schema, file),
        }
        changes = {field: value for field, value in given.items() if value is not None}
        await self._tell(ctx, await self.types.edit(caller, guild.id, name, changes))

    @subcommand(casetype, "list")
    async def list_(self, ctx: Context) -> None:
        """Show the types of this server's own."""
        from guildbase.features.moderation.views.case_types import type_embeds
        from guildbase.platform.configuration.views.pages import send_pages

        caller, guild = await self.caller(ctx), self.guild(ctx)
        types = await self.types.list_types(caller, guild.id)
        await send_pages(ctx, type_embeds(types), command="casetype list")

    @subcommand(casetype, "archive")
    @app_commands.describe(name="Which type", archived="False brings it back")
    @app_commands.autocomplete(name=suggest_own_types)
    async def archive(self, ctx: Context, name: Name, archived: bool = True) -> None:
        """Let no new cases be of a type; those that are there stay."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self._tell(ctx, await self.types.edit(caller, guild.id, name, {"is_archived": archived}))

    @staticmethod
    async def _tell(ctx: Context, done: WrittenType) -> None:
        told = _("The type {name} is changed.", name=done.name) if done.is_changed else _("That changes nothing.")
        await ctx.send(f"{told} {_('`/casetype list` shows it.')}", ephemeral=True)


async def _schema(typed: str, file: discord.Attachment | None) -> Any:
    """Return the schema that was typed or uploaded; None if there is none."""
    from guildbase.core.untrusted_json import read_json
    from guildbase.platform.configuration.custom_schema import MAX_BYTES

    if file is not None:
        if file.size > MAX_BYTES:
            told = _("This file is too large to be a schema.")
            raise InvalidInput(told, hint=_("At most {most} bytes fit.", most=MAX_BYTES))
        return read_json(await file.read(), most_bytes=MAX_BYTES)
    return read_json(typed, most_bytes=MAX_BYTES) if typed.strip() else None
