"""`/permissions`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.callers import caller_of_press
from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.bot.gate import use_of
from guildbase.bot.views import Interaction
from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import GuildSnapshots
from guildbase.core.validators import check_duration
from guildbase.platform.permissions import views
from guildbase.platform.permissions.cog import named
from guildbase.platform.permissions.controller import PermissionController
from guildbase.platform.permissions.models import MAX_REASON, Access, Subject
from guildbase.platform.permissions.rules import NewRule

MAX_CHOICES = 25
NEVER = "never"
Place = discord.abc.GuildChannel | discord.Thread


class Permissions(BaseCog):
    """Say who may use which command where, and see why."""

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def permissions(self, ctx: Context) -> None:
        """Say who may use which command where, and see why."""
        raise InvalidInput(
            _("Say what to do."),
            hint=_("`permissions allow`, `deny`, `ignore`, `list`, `remove`, `expire` or `explain`."),
        )

    @subcommand(permissions, "allow")
    @app_commands.describe(
        what="A command, a feature, or everything",
        member="For this member",
        role="For this role",
        channel="In this channel, or in all of this category",
        duration="Until when it counts, such as 2h or 7d; without it for good",
        reason="Why, for those who ask later",
        only="Deny it to everybody else",
    )
    async def allow(
        self,
        ctx: Context,
        what: str,
        member: discord.Member | None = None,
        role: discord.Role | None = None,
        channel: Place | None = None,
        duration: str = "",
        only: bool = False,
        *,
        reason: commands.Range[str, 0, MAX_REASON] = "",
    ) -> None:
        """Let a member, a role or a place use a command, a feature or everything."""
        new = self._rule(ctx, Access.ALLOW, what, (member, role, channel), duration, reason)
        await self._set(ctx, new, only=only)

    @subcommand(permissions, "deny")
    @app_commands.describe(
        what="A command, a feature, or everything",
        member="To this member",
        role="To this role",
        channel="In this channel, or in all of this category",
        duration="Until when it counts, such as 2h or 7d; without it for good",
        reason="Why, for those who ask later",
    )
    async def deny(
        self,
        ctx: Context,
        what: str,
        member: discord.Member | None = None,
        role: discord.Role | None = None,
        channel: Place | None = None,
        duration: str = "",
        *,
        reason: commands.Range[str, 0, MAX_REASON] = "",
    ) -> None:
        """Refuse a command, a feature or everything to a member or role, in a place, or to everybody."""
        await self._set(ctx, self._rule(ctx, Access.DENY, what, (member, role, channel), duration, reason))

    @subcommand(permissions, "ignore")
    @app_commands.describe(
        what="A command, a feature, or everything",
        member="From this member",
        role="From this role",
        channel="In this channel, or in all of this category",
        duration="Until when it counts, such as 2h or 7d; without it for good",
        reason="Why, for those who ask later",
    )
    async def ignore(
        self,
        ctx: Context,
        what: str,
        member: discord.Member | None = None,
        role: discord.Role | None = None,
        channel: Place | None = None,
        duration: str = "",
        *,
        reason: commands.Range[str, 0, MAX_REASON] = "",
    ) -> None:
        """Like deny, but without an answer to text commands."""
        await self._set(ctx, self._rule(ctx, Access.IGNORE, what, (member, role, channel), duration, reason))

    @subcommand(permissions, "list")
    @app_commands.describe(
        member="Only about this member", role="Only about this role", channel="Only about this place"
    )
    async def list_rules(
        self,
        ctx: Context,
        member: discord.Member | None = None,
        role: discord.Role | None = None,
        channel: Place | None = None,
    ) -> None:
        """List the rules of this server."""
        subject = next((it.id for it in (member, role, channel) if it is not None), None)
        pages = views.RulePages(ctx.author.id, self.guild(ctx).id, subject)
        rules = await pages.next_page(self.controller(PermissionController), await self.caller(ctx))
        embed = views.list_embed(rules, utcnow())
        if pages.has_more:
            await pages.send(ctx, embed=embed)
        else:
            await ctx.send(embed=embed, ephemeral=True)

    @subcommand(permissions, "remove")
    @app_commands.describe(number="The rule's number")
    async def remove(self, ctx: Context, number: commands.Range[int, 1]) -> None:
        """Remove a rule."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        removed = await self.controller(PermissionController).remove(caller, guild.id, number)
        await ctx.send(views.removed_text(removed), ephemeral=True)

    @subcommand(permissions, "expire")
    @app_commands.describe(number="The rule's number", duration="From now, such as 2h or 7d, or never")
    async def expire(self, ctx: Context, number: commands.Range[int, 1], duration: str) -> None:
        """Say until when a rule counts."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        until = None if duration.strip().lower() == NEVER else _until(duration)
        rule = await self.controller(PermissionController).expire(
            caller, guild.id, number, until, demands_of=partial(named.demands, self.bot)
        )
        await ctx.send(views.expires_text(rule), ephemeral=True)

    @subcommand(permissions, "explain")
    @app_commands.describe(
        command="The command", member="Who wants to use it; you, if left out", channel="Where; here, if left out"
    )
    async def explain(
        self, ctx: Context, command: str, member: discord.Member | None = None, channel: Place | None = None
    ) -> None:
        """Explain why a member may use a command in a channel, or not."""
        guild, caller = self.guild(ctx), await self.caller(ctx)
        snapshots = self.services.get(GuildSnapshots)
        snapshot = snapshots.peek(guild.id) or await snapshots.load(guild.id)
        use = use_of(self.bot, named.command(self.bot, command), member or ctx.author, channel or ctx.channel, snapshot)
        found = await self.controller(PermissionController).explain(caller, guild.id, use)
        await ctx.send(embed=views.explanation_embed(found), ephemeral=True)

    @subcommand(permissions, "checks")
    @app_commands.describe(member="Only of this member")
    async def checks(self, ctx: Context, member: discord.User | None = None) -> None:
        """Show who was refused which command lately, as far as this server has it written down."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        user_id = member.id if member else None
        found = await self.controller(PermissionController).checks(caller, guild.id, user_id=user_id, limit=views.PAGE)
        await ctx.send(embed=views.checks_embed(found), ephemeral=True)

    @allow.autocomplete("what")
    @deny.autocomplete("what")
    @ignore.autocomplete("what")
    async def targets(self, _interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Suggest commands, features and everything."""
        features = [f"{named.FEATURE}{name}" for name in named.features(self.bot)]
        return _choices([*sorted(named.commands(self.bot)), *features, named.EVERYTHING], typed)

    @explain.autocomplete("command")
    async def command_names(self, _interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Suggest commands."""
        return _choices(sorted(named.commands(self.bot)), typed)

    @remove.autocomplete("number")
    @expire.autocomplete("number")
    async def numbers(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[int]]:
        """Suggest the rules of the server."""
        guild = interaction.guild
        if guild is None:
            return []
        caller = await caller_of_press(interaction, self.services)
        rules = await self.controller(PermissionController).list_rules(caller, guild.id, limit=views.MOST_SUGGESTED)
        texts = [(views.plain_text(rule, guild), rule.number) for rule in rules]
        found = [it for it in texts if typed.lower() in it[0].lower()]
        return [app_commands.Choice(name=name, value=number) for name, number in found[:MAX_CHOICES]]

    async def _set(self, ctx: Context, new: NewRule, *, only: bool = False) -> None:
        caller, guild = await self.caller(ctx), self.guild(ctx)
        done = await self.controller(PermissionController).set(caller, guild.id, new, only=only)
        await ctx.send(views.set_text(done), ephemeral=True)

    def _rule(
        self,
        ctx: Context,
        access: Access,
        what: str,
        picked: Sequence[discord.Member | discord.Role | Place | None],
        duration: str,
        reason: str,
    ) -> NewRule:
        scope, target = named.target(self.bot, what)
        subject, subject_id, rank = _subject(self.guild(ctx), [it for it in picked if it is not None])
        until = _until(duration) if duration.strip() else None
        return NewRule(
            subject, subject_id, scope, target, access, until, reason, rank, named.demands(self.bot, scope, target)
        )


def _subject(guild: discord.Guild, picked: Sequence[object]) -> tuple[Subject, int, int]:
    """Return whom a rule is about, and how high they stand."""
    if len(picked) > 1:
        raise InvalidInput(
            _("A rule is about a member, a role or a channel, not about several."), hint=_("Make a rule for each.")
        )
    chosen = picked[0] if picked else guild
    if isinstance(chosen, discord.Member):
        return Subject.MEMBER, chosen.id, chosen.top_role.position
    if isinstance(chosen, discord.Role):
        return Subject.ROLE, chosen.id, chosen.position
    if isinstance(chosen, discord.CategoryChannel):
        return Subject.CATEGORY, chosen.id, 0
    if isinstance(chosen, discord.abc.GuildChannel | discord.Thread):
        return Subject.CHANNEL, chosen.id, 0
    return Subject.GUILD, guild.id, 0


def _until(duration: str) -> datetime:
    try:
        return utcnow() + check_duration(duration)
    except ValueError as error:
        raise InvalidInput(
            _("That is no duration: {problem}.", problem=str(error)), hint=_("`2h` or `7d` is one.")
        ) from None


def _choices(names: Sequence[str], typed: str) -> list[app_commands.Choice[str]]:
    wanted = typed.strip().lower().removeprefix("/")
    found = sorted((name for name in names if wanted in name), key=lambda name: not name.startswith(wanted))
    return [app_commands.Choice(name=name, value=name) for name in found[:MAX_CHOICES]]
