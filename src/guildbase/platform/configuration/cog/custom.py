"""`/custom`: settings that a server defines itself, for whatever its own people and programs need."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.platform.configuration.cog.choices import Choices, Interaction, matching
from guildbase.platform.configuration.models import MAX_NAME, MAX_REASON

if TYPE_CHECKING:
    from guildbase.platform.configuration.controller.custom import CustomSettingController
    from guildbase.platform.configuration.controller.results import Custom

# What is behind these commands is imported when it is needed, because every start would wait for it.

Reason = commands.Range[str, 0, MAX_REASON]
Name = commands.Range[str, 1, MAX_NAME]
KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "whole number": {"type": "integer"},
    "yes or no": {"type": "boolean"},
    "role": {"type": "string", "format": "role"},
    "channel": {"type": "string", "format": "channel"},
    "person": {"type": "string", "format": "user"},
    "list of texts": {"type": "array", "items": {"type": "string"}},
    "list of roles": {"type": "array", "items": {"type": "string", "format": "role"}},
    "list of channels": {"type": "array", "items": {"type": "string", "format": "channel"}},
    "anything": {},
}
"""Schemas that nobody has to write."""


async def _names(interaction: Interaction, typed: str) -> Choices:
    from guildbase.platform.configuration.controller.custom import CustomSettingController

    if interaction.guild_id is None:
        return []
    found = await interaction.client.services.get(CustomSettingController).all(interaction.guild_id)
    return matching(typed, ((name, name) for name in found))


async def _kinds(_interaction: Interaction, typed: str) -> Choices:
    return matching(typed, ((kind, kind) for kind in KINDS))


class CustomCommands(BaseCog, name="Custom settings"):
    """Define, set and see settings of this server's own."""

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def custom(self, ctx: Context) -> None:
        """Settings that this server defines itself."""
        raise InvalidInput(_("Say what to do."), hint=_("`/custom define` makes a setting; `/custom show` lists them."))

    @subcommand(custom, "define")
    @app_commands.describe(
        name="What it is called",
        kind="What its value is: a kind, or a JSON Schema",
        schema="A longer JSON Schema",
        reason="Why",
    )
    @app_commands.autocomplete(name=_names, kind=_kinds)
    async def define(
        self, ctx: Context, name: Name, kind: str = "", schema: discord.Attachment | None = None, *, reason: Reason = ""
    ) -> None:
        """Define a setting, or say anew what its value must be."""
        caller, custom = await self._team(ctx)
        wanted = await _schema(kind, schema)
        defined = await custom.define(caller, self.guild(ctx).id, name, wanted, reason=reason)
        told = _("`{name}` is defined (version {version}).", name=defined.name, version=defined.version)
        await ctx.send(f"{told} {_('`/custom set {name}` gives it a value.', name=defined.name)}", ephemeral=True)

    @subcommand(custom, "set")
    @app_commands.describe(name="Which setting", value="A text, a number, a mention or several, or JSON", reason="Why")
    @app_commands.autocomplete(name=_names)
    async def set_(self, ctx: Context, name: Name, value: str, *, reason: Reason = "") -> None:
        """Give a setting a value."""
        from guildbase.platform.configuration.controller.custom import chosen

        caller, custom = await self._team(ctx)
        guild = self.guild(ctx)
        stored = chosen(await custom.all(guild.id), name)
        done = await custom.set(caller, guild.id, name, _value(stored, value, guild), reason=reason)
        told = _("`{name}` is set (version {version}).", name=name, version=done.version)
        await ctx.send(f"{told} {_undo(done)}", ephemeral=True)

    @subcommand(custom, "show")
    @app_commands.describe(name="Which one; leave it out for all")
    @app_commands.autocomplete(name=_names)
    async def show(self, ctx: Context, name: Name = "") -> None:
        """Show what this server has defined, and the values."""
        from guildbase.platform.configuration.views.custom import history_lines, lines
        from guildbase.platform.configuration.views.pages import send_pages
        from guildbase.platform.configuration.views.sheets import pages

        caller, custom = await self._team(ctx)
        guild_id = self.guild(ctx).id
        if name:
            stored = {name: await custom.get(guild_id, name)}
            embeds = pages(name, [*lines(stored), *history_lines(await custom.history(caller, guild_id, name))])
        else:
            embeds = pages(_("Settings of this server's own"), lines(await custom.all(guild_id)))
        await send_pages(ctx, embeds, command="custom show")

    @subcommand(custom, "delete")
    @app_commands.describe(name="Which setting", reason="Why")
    @app_commands.autocomplete(name=_names)
    async def delete(self, ctx: Context, name: Name, *, reason: Reason = "") -> None:
        """Delete a setting with its value."""
        caller, custom = await self._team(ctx)
        guild_id = self.guild(ctx).id
        before = await custom.get(guild_id, name)
        await custom.delete(caller, guild_id, name, reason=reason)
        told = _("`{name}` is gone.", name=name)
        back = _("`/custom rollback {name} {version}` brings it back.", name=name, version=before.version)
        await ctx.send(f"{told} {back}", ephemeral=True)

    @subcommand(custom, "rollback")
    @app_commands.describe(
        name="Which setting", version="Back to which version; `/custom show` lists them", reason="Why"
    )
    async def rollback(self, ctx: Context, name: Name, version: commands.Range[int, 1], *, reason: Reason = "") -> None:
        """Make a setting again what it was."""
        caller, custom = await self._team(ctx)
        done = await custom.rollback(caller, self.guild(ctx).id, name, version, reason=reason)
        told = _("`{name}` is again what it was at version {version}.", name=done.name, version=version)
        await ctx.send(f"{told} {_undo(done)}", ephemeral=True)

    async def _team(self, ctx: Context) -> tuple[Caller, CustomSettingController]:
        """Return who runs the command, if it is somebody who may see the server's settings, and the controller."""
        from guildbase.platform.configuration.controller.custom import CustomSettingController

        caller, custom = await self.caller(ctx), self.controller(CustomSettingController)
        custom.require_right(caller, self.guild(ctx).id)
        return caller, custom


async def _schema(kind: str, file: discord.Attachment | None) -> Any:
    from guildbase.core.untrusted_json import read_json
    from guildbase.platform.configuration.custom_schema import MAX_BYTES

    if file is not None:
        if file.size > MAX_BYTES:
            raise InvalidInput(
                _("This file is too large to be a schema."), hint=_("At most {most} bytes fit.", most=MAX_BYTES)
            )
        return read_json(await file.read(), most_bytes=MAX_BYTES)
    if (known := KINDS.get(kind.strip().lower())) is not None:
        return known
    if not kind.strip().startswith("{"):
        raise InvalidInput(
            _("There is no kind {kind}.", kind=repr(kind[:60])), hint=_("There are: {kinds}.", kinds=", ".join(KINDS))
        )
    return read_json(kind, most_bytes=MAX_BYTES)


def _value(stored: Custom, typed: str, guild: discord.Guild) -> Any:
    """Return what was typed as JSON if that fits, else as text, as the id of what it names, or as a list of these."""
    from guildbase.core.untrusted_json import read_json
    from guildbase.platform.configuration.custom_schema import MAX_BYTES, problems_of

    schema = stored.schema if isinstance(stored.schema, dict) else {}
    parts = [part.strip() for part in re.split(r"[\n,]+|\s+(?=<)", typed) if part.strip()]
    listed = [_named(schema.get("items"), part, guild) for part in parts]
    readings: list[Any] = [typed, _named(schema, typed, guild), typed.strip("<>@&#! "), parts, listed]
    if typed.strip().lower() in ("yes", "no", "on", "off"):
        readings.append(typed.strip().lower() in ("yes", "on"))
    with suppress(InvalidInput):
        readings.insert(0, read_json(typed, most_bytes=MAX_BYTES))
    wrong = listed if schema.get("type") == "array" else readings[0]
    return next((it for it in readings if not problems_of(stored.schema, it)), wrong)


def _named(schema: Any, typed: str, guild: discord.Guild) -> str:
    """Return the id of the role, channel or person that was named, where the schema wants one."""
    from guildbase.platform.configuration.fields import Kind
    from guildbase.platform.configuration.views.entry import finder

    wanted = schema.get("format") if isinstance(schema, dict) else None
    found = finder(guild)(Kind(wanted), typed) if wanted in ("role", "channel", "user") else None
    return typed if found is None else str(found)


def _undo(done: Custom) -> str:
    if done.version < 2:
        return ""
    return _("`/custom rollback {name} {version}` takes it back.", name=done.name, version=done.version - 1)
