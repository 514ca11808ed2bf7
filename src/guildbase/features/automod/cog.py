"""`/automod`, the messages that arrive, and what Discord's own AutoMod tells."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand, subgroup
from guildbase.bot.context import Context
from guildbase.bot.router import IncomingMessage
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _, translated
from guildbase.core.ports import SYSTEM, GuildSnapshot
from guildbase.features.automod.kinds import MAX_NAME, OURS, ListKind, Preset
from guildbase.features.automod.past import MESSAGE, AskMessage, SeenMessage
from guildbase.features.automod.views.buttons import AlertButton
from guildbase.services.pubsub.requests import Requests

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot
    from guildbase.features.automod.controller import ListController, RuleController, ViolationController

MENU = "Test automod"
"""The command in the menu of a message; its name is what Discord shows."""
PAGE = 15
Number = commands.Range[int, 1, 2**31 - 1]
Name = commands.Range[str, 1, MAX_NAME]


async def judge_message(incoming: IncomingMessage) -> bool:
    """Judge a message by the rules of its server."""
    return await _judge()(incoming)


def has_rules(guild: GuildSnapshot) -> bool:
    """Whether there is anything to judge by."""
    from guildbase.features.automod.snapshot import AutomodRules

    return bool(guild.get(AutomodRules))


@cache
def _judge() -> Callable[[IncomingMessage], Awaitable[bool]]:
    # Loaded with the first message, because the start has to be quick.
    from guildbase.features.automod.judging import judge

    return judge


class Automod(BaseCog):
    """Rules that look at messages and act."""

    def __init__(self, bot: GuildbaseBot) -> None:
        super().__init__(bot)
        self._menu = app_commands.ContextMenu(name=MENU, callback=test_message)
        self._menu.default_permissions = discord.Permissions(moderate_members=True)
        self._menu.guild_only = True

    async def cog_load(self) -> None:
        """Put the command into the menu of messages, and answer the buttons of alerts from before the start."""
        self.bot.tree.add_command(self._menu)
        self.bot.add_dynamic_items(AlertButton)
        self.services.get(Requests).answer(MESSAGE, self.message)

    async def cog_unload(self) -> None:
        """Take both away."""
        self.bot.tree.remove_command(MENU, type=discord.AppCommandType.message)
        self.bot.remove_dynamic_items(AlertButton)

    @property
    def rules(self) -> RuleController:
        """The rules; loaded at their first use, because the start has to be quick."""
        from guildbase.features.automod.controller import RuleController

        return self.controller(RuleController)

    @property
    def lists(self) -> ListController:
        """The lists."""
        from guildbase.features.automod.controller import ListController

        return self.controller(ListController)

    @property
    def violations(self) -> ViolationController:
        """Who broke rules."""
        from guildbase.features.automod.controller import ViolationController

        return self.controller(ViolationController)

    async def message(self, asked: AskMessage) -> SeenMessage:
        """Return a message of a server, to another process; NotFound if there is none, or the asker cannot read it."""
        from guildbase.features.automod.trying import message_of

        return await message_of(self.bot, asked)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(moderate_members=True)
    async def automod(self, ctx: Context) -> None:
        """Rules that look at messages and act."""
        raise InvalidInput(_("Say what to do."), hint=_("`/automod rule`, `/automod list` or `/automod violations`."))

    # --- Rules

    @subgroup(automod, "rule")
    async def rule(self, ctx: Context) -> None:
        """Rules: what they look for, and what they do."""
        raise InvalidInput(_("Say what to do."), hint=_("`/automod rule add`, `preset`, `list`, `edit` or `test`."))

    @subcommand(rule, "add")
    @app_commands.describe(
        name="What it is called",
        trigger="What it looks for",
        value="For example `bad, worse` or `6/5`; the form that follows says more",
        effects="What it does, such as `delete; timeout 10m; points 2; alert`",
    )
    async def rule_add(
        self, ctx: Context, name: Name, trigger: str, value: str = "", *, effects: str = "delete; alert"
    ) -> None:
        """Make a rule; a form and menus for all else follow."""
        from guildbase.features.automod.writing import read_effects, read_trigger

        document = {"trigger": read_trigger(trigger, value), "effects": read_effects(effects)}
        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self._edit(ctx, await self.rules.create(caller, guild.id, {"name": name, "document": document}))

    @rule_add.autocomplete("trigger")
    async def _triggers(self, _interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        from guildbase.features.automod.writing import TRIGGERS

        wanted = [name for name in TRIGGERS if typed.lower() in name]
        return [app_commands.Choice(name=f"{it}: {translated(TRIGGERS[it])}"[:100], value=it) for it in wanted]

    @subcommand(rule, "preset")
    @app_commands.describe(preset="Which rule", dry_run="Only tell what it would do, to begin with")
    async def rule_preset(self, ctx: Context, preset: Preset, dry_run: bool = False) -> None:
        """Make a rule that suits most servers."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        await self._edit(ctx, await self.rules.add_preset(caller, guild.id, preset, is_dry_run=dry_run))

    @subcommand(rule, "list")
    @app_commands.describe(page="Which page")
    async def rule_list(self, ctx: Context, page: commands.Range[int, 1, 1000] = 1) -> None:
        """List the rules in the order in which they are looked at."""
        from guildbase.features.automod.views.sheets import rules_embed

        found = await self.rules.list(await self.caller(ctx), self.guild(ctx).id)
        pages = max(1, -(-len(found) // PAGE))
        page = min(page, pages)
        shown = found[(page - 1) * PAGE : page * PAGE]
        await ctx.send(embed=rules_embed(shown, page, pages), ephemeral=True)

    @subcommand(rule, "show")
    @app_commands.describe(number="Which rule")
    async def rule_show(self, ctx: Context, number: Number) -> None:
        """Show one rule in full."""
        from guildbase.features.automod.views.sheets import rule_embed

        found = await self.rules.get(await self.caller(ctx), self.guild(ctx).id, number)
        await ctx.send(embed=rule_embed(found), ephemeral=True)

    @subcommand(rule, "edit")
    @app_commands.describe(number="Which rule")
    async def rule_edit(self, ctx: Context, number: Number) -> None:
        """Change a rule by a form and menus."""
        await self._edit(ctx, await self.rules.get(await self.caller(ctx), self.guild(ctx).id, number))

    @subcommand(rule, "toggle")
    @app_commands.describe(number="Which rule")
    async def rule_toggle(self, ctx: Context, number: Number) -> None:
        """Switch a rule off, or on again."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        is_active = (await self.rules.get(caller, guild.id, number)).is_active
        row = await self.rules.change(caller, guild.id, number, {"is_active": not is_active})
        told = (
            _("Rule #{number} is on.", number=number) if row.is_active else _("Rule #{number} is off.", number=number)
        )
        await ctx.send(told, ephemeral=True)

    @subcommand(rule, "dryrun")
    @app_commands.describe(number="Which rule", on="Whether it only tells what it would do")
    async def rule_dryrun(self, ctx: Context, number: Number, on: bool = True) -> None:
        """Have a rule only tell what it would do, or do it."""
        await self.rules.change(await self.caller(ctx), self.guild(ctx).id, number, {"is_dry_run": on})
        if on:
            told = _("Rule #{number} tells what it would do, in the alert channel.", number=number)
        else:
            told = _("Rule #{number} does what it says from now on.", number=number)
        await ctx.send(told, ephemeral=True)

    @subcommand(rule, "order")
    @app_commands.describe(number="Which rule", priority="Lower comes first; rules begin with 100")
    async def rule_order(self, ctx: Context, number: Number, priority: commands.Range[int, 0, 10_000]) -> None:
        """Say when a rule is looked at."""
        await self.rules.change(await self.caller(ctx), self.guild(ctx).id, number, {"priority": priority})
        await ctx.send(_("Rule #{number} has priority {it} now.", number=number, it=priority), ephemeral=True)

    @subcommand(rule, "delete")
    @app_commands.describe(number="Which rule")
    async def rule_delete(self, ctx: Context, number: Number) -> None:
        """Delete a rule; what was written down of it stays."""
        row = await self.rules.delete(await self.caller(ctx), self.guild(ctx).id, number)
        name = discord.utils.escape_markdown(row.name)
        told = _("Rule #{number} ({name}) is gone. The audit log has what it said.", number=number, name=name)
        await ctx.send(told, ephemeral=True)

    @subcommand(rule, "test")
    @app_commands.describe(message="A link to a message, or a text as somebody may write it")
    async def rule_test(self, ctx: Context, *, message: str) -> None:
        """Show which rules a message breaks, and why it does not break the others; nothing is done."""
        from guildbase.features.automod.trying import facts_of_typed, verdict_of

        facts = await facts_of_typed(ctx, message)
        embed = await verdict_of(self.services, await self.caller(ctx), self.guild(ctx), facts)
        await ctx.send(embed=embed, ephemeral=True)

    @rule_show.autocomplete("number")
    @rule_edit.autocomplete("number")
    @rule_toggle.autocomplete("number")
    @rule_dryrun.autocomplete("number")
    @rule_order.autocomplete("number")
    @rule_delete.autocomplete("number")
    async def _numbers(self, interaction: discord.Interaction[Any], typed: str | int) -> list[app_commands.Choice[int]]:
        from guildbase.bot.callers import caller_of_press

        caller = await caller_of_press(interaction, self.services)
        found = await self.rules.list(caller, interaction.guild_id or 0)
        named = [(f"#{row.number} {row.name}", row.number) for row in found]
        wanted = [(name, number) for name, number in named if str(typed).lower() in name.lower()]
        return [app_commands.Choice(name=name[:100], value=number) for name, number in wanted[:25]]

    async def _edit(self, ctx: Context, rule: Any) -> None:
        from guildbase.features.automod.views.editor import RuleEditor

        editor = RuleEditor(ctx.author.id, rule)
        await editor.send(ctx, embed=editor.embed())

    # --- Lists

    @subgroup(automod, "list")
    async def list_group(self, ctx: Context) -> None:
        """Lists of words, domains or patterns, which rules name as `list:name`."""
        raise InvalidInput(_("Say what to do."), hint=_("`/automod list add`, `remove`, `import`, `show` or `delete`."))

    @subcommand(list_group, "add")
    @app_commands.describe(
        name="Which list; it is made if it is not there", kind="What it holds", entries="With commas"
    )
    async def list_add(self, ctx: Context, name: Name, kind: ListKind, *, entries: str) -> None:
        """Put words, domains or one pattern into a list."""
        # A pattern may hold commas.
        wanted = [entries] if kind is ListKind.REGEX else entries.split(",")
        count = await self.lists.add(await self.caller(ctx), self.guild(ctx).id, name, kind, wanted)
        await self._tell_added(ctx, name, count)

    @subcommand(list_group, "import")
    @app_commands.describe(name="Which list", kind="What it holds", file="A text file with one entry a line")
    async def list_import(self, ctx: Context, name: Name, kind: ListKind, file: discord.Attachment) -> None:
        """Put all lines of a file into a list."""
        from guildbase.features.automod.trying import lines_of

        caller = await self.caller(ctx)
        count = await self.lists.add(caller, self.guild(ctx).id, name, kind, await lines_of(file))
        await self._tell_added(ctx, name, count)

    async def _tell_added(self, ctx: Context, name: str, count: int) -> None:
        shown = discord.utils.escape_markdown(name)
        told = _("{count} new in the list {name}. A rule names it as `list:{name}`.", count=count, name=shown)
        await ctx.send(told, ephemeral=True)

    @subcommand(list_group, "remove")
    @app_commands.describe(name="Which list", entries="What to take out, with commas")
    async def list_remove(self, ctx: Context, name: Name, *, entries: str) -> None:
        """Take entries out of a list."""
        wanted = [entries, *entries.split(",")]
        count = await self.lists.remove(await self.caller(ctx), self.guild(ctx).id, name, wanted)
        told = _("{count} taken out of the list {name}.", count=count, name=discord.utils.escape_markdown(name))
        await ctx.send(told, ephemeral=True)

    @subcommand(list_group, "delete")
    @app_commands.describe(name="Which list")
    async def list_delete(self, ctx: Context, name: Name) -> None:
        """Delete a whole list; rules that name it find nothing by it."""
        count = await self.lists.drop(await self.caller(ctx), self.guild(ctx).id, name)
        told = _("The list {name} with {count} entries is gone.", count=count, name=discord.utils.escape_markdown(name))
        await ctx.send(told, ephemeral=True)

    @subcommand(list_group, "show")
    @app_commands.describe(name="Which list; without it, all with their sizes")
    async def list_show(self, ctx: Context, name: str = "") -> None:
        """List the lists, or send one as a file."""
        from guildbase.features.automod.trying import as_file
        from guildbase.features.automod.views.sheets import lists_embed

        caller, guild = await self.caller(ctx), self.guild(ctx)
        if name:
            found = await self.lists.get(caller, guild.id, name)
            await ctx.send(file=as_file(found.name, found.entries), ephemeral=True)
        else:
            await ctx.send(embed=lists_embed(await self.lists.all(caller, guild.id)), ephemeral=True)

    # --- Violations

    @subgroup(automod, "violations")
    async def violations_group(self, ctx: Context) -> None:
        """Who broke which rules."""
        raise InvalidInput(_("Say what to do."), hint=_("`/automod violations list` or `clear`."))

    @subcommand(violations_group, "list")
    @app_commands.describe(user="Only those of this person, with their points")
    async def violations_list(self, ctx: Context, user: discord.User | None = None) -> None:
        """List who broke which rules, newest first."""
        from guildbase.features.automod.views.sheets import violations_embed

        caller, guild = await self.caller(ctx), self.guild(ctx)
        user_id = user.id if user else None
        found = await self.violations.list(caller, guild.id, user_id=user_id, limit=PAGE)
        points = await self.violations.points(guild.id, user.id) if user else None
        await ctx.send(embed=violations_embed(found, points), ephemeral=True)

    @subcommand(violations_group, "clear")
    @app_commands.describe(user="Whose violations count no longer")
    async def violations_clear(self, ctx: Context, user: discord.User) -> None:
        """Let somebody's violations count no longer; they stay in the list."""
        count = await self.violations.clear(await self.caller(ctx), self.guild(ctx).id, user.id)
        told = _("{count} violations of {user} count no longer.", count=count, user=user.mention)
        await ctx.send(told, ephemeral=True, allowed_mentions=discord.AllowedMentions.none())

    # --- Discord's own AutoMod

    @commands.Cog.listener()
    async def on_automod_rule_update(self, rule: discord.AutoModRule) -> None:
        """Mend a rule of ours that somebody changed by hand."""
        await self._mend(rule)

    @commands.Cog.listener()
    async def on_automod_rule_delete(self, rule: discord.AutoModRule) -> None:
        """Bring a rule of ours back that somebody deleted by hand."""
        await self._mend(rule)

    async def _mend(self, rule: discord.AutoModRule) -> None:
        if rule.name.startswith(OURS):
            await self.rules.sync_again(SYSTEM, rule.guild.id, rule.id)

    @commands.Cog.listener()
    async def on_automod_action(self, execution: discord.AutoModAction) -> None:
        """Write down what Discord's own AutoMod kept back, and do the rest that the rule says."""
        if execution.action.type is discord.AutoModRuleActionType.block_message:
            from guildbase.features.automod.judging import blocked

            await blocked(self.bot, execution)


async def test_message(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Show which rules the message breaks, and why it does not break the others."""
    from guildbase.bot.callers import caller_of_press
    from guildbase.features.automod.judging import facts_of
    from guildbase.features.automod.trying import verdict_of

    if interaction.guild is None:
        raise InvalidInput(_("This works in servers only."))
    services = interaction.client.services
    embed = await verdict_of(
        services, await caller_of_press(interaction, services), interaction.guild, facts_of(message)
    )
    await interaction.response.send_message(embed=embed, ephemeral=True)
