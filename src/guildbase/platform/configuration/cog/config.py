"""`/config`: what a server has set, in all its forms."""

from __future__ import annotations

import io

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.gate import AnyCommand, all_commands, feature_of, is_for_bot_owners
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _, speaking, translated
from guildbase.core.ports import Caller
from guildbase.platform.configuration.cog import choices, switches
from guildbase.platform.configuration.controller import ConfigurationController, UnknownSetting
from guildbase.platform.configuration.models import MAX_REASON
from guildbase.platform.configuration.modules import COMMANDS, AskCommands, Command, Commands
from guildbase.services.pubsub.requests import Requests

# What shows and reads settings is imported when it is needed, because every start would wait for it.

MAX_FILE = 1024 * 1024
"""Bytes of a file that is read."""
Reason = commands.Range[str, 0, MAX_REASON]


class Configuration(BaseCog):
    """See and change what this server has set."""

    async def cog_load(self) -> None:
        """Answer the API's question for the commands."""
        self.services.get(Requests).answer(COMMANDS, self.commands_there)

    async def commands_there(self, asked: AskCommands) -> Commands:
        """Return all commands that a server can switch, without the groups around them and the bot owners' own."""
        with speaking(asked.locale):
            found = [
                Command(name, _described(command), feature_of(self.bot, command))
                for name, command in sorted(all_commands(self.bot).items())
                if not is_for_bot_owners(command) and not hasattr(command, "commands")
            ]
        return Commands(tuple(found))

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def config(self, ctx: Context) -> None:
        """See and change what this server has set."""
        raise InvalidInput(_("Say what to do."), hint=_("`/config edit` guides you; `/config show` lists what is set."))

    @subcommand(config, "show")
    @app_commands.describe(feature="Which settings; leave it out for a list of all features")
    @app_commands.autocomplete(feature=choices.features)
    async def show(self, ctx: Context, feature: str = "") -> None:
        """Show what is set, and what is wrong about it."""
        from guildbase.platform.configuration.views.pages import send_pages
        from guildbase.platform.configuration.views.sheets import Sheet, overview_embeds, sheet_pages

        await self._team(ctx)
        controller, guild = self.controller(ConfigurationController), self.guild(ctx)
        if feature:
            sheet = Sheet.of(feature, await controller.current(guild.id, feature), guild)
            embeds = [page.embed for page in sheet_pages(sheet)]
        else:
            embeds = overview_embeds(switches.registry(self.bot), await controller.overview(guild.id))
        await send_pages(ctx, embeds, command="config show")

    @subcommand(config, "set")
    @app_commands.describe(
        feature="Whose setting", setting="Which one", value="What it shall be; `nothing` for none", reason="Why"
    )
    @app_commands.autocomplete(feature=choices.features, setting=choices.settings, value=choices.values)
    async def set_(self, ctx: Context, feature: str, setting: str, value: str, *, reason: Reason = "") -> None:
        """Set one setting."""
        from guildbase.platform.configuration.fields import fields_of
        from guildbase.platform.configuration.values import read_value
        from guildbase.platform.configuration.views.changes import changed_text
        from guildbase.platform.configuration.views.entry import finder

        caller, controller, guild = await self._team(ctx), self.controller(ConfigurationController), self.guild(ctx)
        fields = fields_of(controller.model_of(feature))
        if setting not in fields:
            raise UnknownSetting(feature, [setting], fields)
        wanted = read_value(fields[setting], value, finder(guild))
        changed = await controller.change(caller, guild.id, feature, {setting: wanted}, reason=reason)
        await ctx.send(changed_text(changed), ephemeral=True)

    @subcommand(config, "edit")
    @app_commands.describe(feature="Whose settings")
    @app_commands.autocomplete(feature=choices.features)
    async def edit(self, ctx: Context, feature: str) -> None:
        """Change settings step by step, with pickers and forms."""
        from guildbase.platform.configuration.views.form import SettingsForm
        from guildbase.platform.configuration.views.sheets import Sheet

        await self._team(ctx)
        controller, guild = self.controller(ConfigurationController), self.guild(ctx)
        sheet = Sheet.of(feature, await controller.current(guild.id, feature), guild)
        await SettingsForm(ctx.author.id, controller, sheet).begin(ctx)

    @subcommand(config, "reset")
    @app_commands.describe(feature="Whose settings", setting="Which one; leave it out for all of them", reason="Why")
    @app_commands.autocomplete(feature=choices.features, setting=choices.settings)
    async def reset(self, ctx: Context, feature: str, setting: str = "", *, reason: Reason = "") -> None:
        """Give settings their defaults again."""
        from guildbase.platform.configuration.views.reset import reset_question

        caller, controller = await self._team(ctx), self.controller(ConfigurationController)
        question, message = await reset_question(caller, controller, feature, setting, reason)
        await question.send(ctx, **message)

    @subcommand(config, "history")
    @app_commands.describe(feature="Whose settings")
    @app_commands.autocomplete(feature=choices.features)
    async def history(self, ctx: Context, feature: str) -> None:
        """Show who changed what, when and why, with a way back."""
        from guildbase.platform.configuration.views.history import History

        caller, controller = await self._team(ctx), self.controller(ConfigurationController)
        view = History(ctx.author.id, self.guild(ctx).id, feature, controller)
        message = await view.turned(caller)
        await view.send(ctx, **message)

    @subcommand(config, "diff")
    @app_commands.describe(feature="Whose settings", old="The one version", new="The other version")
    @app_commands.rename(old="from", new="to")
    @app_commands.autocomplete(feature=choices.features)
    @app_commands.autocomplete(old=choices.versions, new=choices.versions)
    async def diff(self, ctx: Context, feature: str, old: commands.Range[int, 0], new: commands.Range[int, 0]) -> None:
        """Show how two versions of settings differ; 0 is before any change."""
        from guildbase.platform.configuration.fields import fields_of
        from guildbase.platform.configuration.views.changes import difference_embeds
        from guildbase.platform.configuration.views.pages import send_pages

        caller, controller = await self._team(ctx), self.controller(ConfigurationController)
        differences = await controller.difference(caller, self.guild(ctx).id, feature, old, new)
        title = _("{feature}: from version {old} to {new}", feature=feature, old=old, new=new)
        embeds = difference_embeds(title, differences, fields_of(controller.model_of(feature)))
        await send_pages(ctx, embeds, command="config diff")

    @subcommand(config, "rollback")
    @app_commands.describe(feature="Whose settings", version="Back to which; 0 is before any change", reason="Why")
    @app_commands.autocomplete(feature=choices.features)
    @app_commands.autocomplete(version=choices.versions)
    async def rollback(
        self, ctx: Context, feature: str, version: commands.Range[int, 0], *, reason: Reason = ""
    ) -> None:
        """Set again what was set before; it asks first."""
        from guildbase.platform.configuration.views.history import rollback_question

        caller, controller = await self._team(ctx), self.controller(ConfigurationController)
        question, message = await rollback_question(caller, controller, feature, version, reason)
        await question.send(ctx, **message)

    @subcommand(config, "export")
    async def export(self, ctx: Context) -> None:
        """Get all that is set in this server as a file."""
        from guildbase.platform.configuration.controller.transfer import TransferController
        from guildbase.platform.configuration.export_document import export_text

        caller, guild = await self._team(ctx), self.guild(ctx)
        transfer = self.controller(TransferController)
        document = await transfer.export(caller, guild.id, await transfer.directory(caller, guild.id))
        file = discord.File(io.BytesIO(export_text(document)), f"guildbase-{guild.id}.json")
        told = _("All that is set here. `/config import` takes it in again, here or on another server.")
        await ctx.send(told, file=file, ephemeral=True)

    @subcommand(config, "import")
    @app_commands.describe(file="What `/config export` gave", reason="Why")
    async def import_(self, ctx: Context, file: discord.Attachment, *, reason: Reason = "") -> None:
        """Take in what was exported; it shows what would change, and asks first."""
        from guildbase.platform.configuration.controller.transfer import TransferController
        from guildbase.platform.configuration.export_document import read_export
        from guildbase.platform.configuration.views.imports import Import

        caller, guild = await self._team(ctx), self.guild(ctx)
        if file.size > MAX_FILE:
            raise InvalidInput(_("This file is too large to be an export."), hint=_("At most 1 MB fits."))
        transfer = self.controller(TransferController)
        document, directory = read_export(await file.read()), await transfer.directory(caller, guild.id)
        view = Import(ctx.author.id, transfer, document, directory, reason)
        message = view.planned(await transfer.plan(caller, guild.id, document, directory))
        await view.send(ctx, **message)

    @subcommand(config, "features")
    async def features(self, ctx: Context) -> None:
        """List the features and what is switched off."""
        from guildbase.platform.configuration.views.pages import send_pages
        from guildbase.platform.configuration.views.sheets import toggle_embeds

        await self._team(ctx)
        controller = self.controller(ConfigurationController)
        current = await controller.current(self.guild(ctx).id, switches.FEATURE)
        await send_pages(ctx, toggle_embeds(switches.registry(self.bot), current), command="config features")

    @subcommand(config, "disable")
    @app_commands.describe(name="A feature, or a command with its slash", reason="What people are told who try")
    @app_commands.autocomplete(name=choices.switches)
    async def disable(self, ctx: Context, name: str, *, reason: commands.Range[str, 0, 200] = "") -> None:
        """Switch a feature or a command off in this server."""
        switch = switches.to_switch(self.bot, name)
        await switches.turn(self.bot, await self._team(ctx), switch, reason, is_off=True)
        told = _("{name} is off here. `/config enable {name}` switches it on again.", name=switch)
        await ctx.send(told, ephemeral=True)

    @subcommand(config, "enable")
    @app_commands.describe(name="A feature, or a command with its slash", reason="Why, for the history")
    @app_commands.autocomplete(name=choices.switched_off)
    async def enable(self, ctx: Context, name: str, *, reason: Reason = "") -> None:
        """Switch a feature or a command on again."""
        switch = switches.to_switch(self.bot, name)
        was_off = await switches.turn(self.bot, await self._team(ctx), switch, reason, is_off=False)
        told = _("{name} is on here.", name=switch) if was_off else _("{name} was on already.", name=switch)
        await ctx.send(told, ephemeral=True)

    async def _team(self, ctx: Context) -> Caller:
        """Return who runs the command, if it is somebody who may see the server's settings."""
        caller = await self.caller(ctx)
        self.controller(ConfigurationController).require_right(caller, self.guild(ctx).id)
        return caller


def _described(command: AnyCommand) -> str:
    """Return the first line of what the command is for; those in context menus say nothing of themselves."""
    return translated(getattr(command, "short_doc", "") or getattr(command, "description", ""))
