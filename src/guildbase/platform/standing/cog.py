"""`/blocklist` for a server's admins, and `/globalblock` for the bot's owners."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.callers import caller_of_press
from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, NoReply
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.core.snowflake import is_snowflake, read_snowflake
from guildbase.core.validators import check_duration
from guildbase.platform.standing.controller import GlobalStandingController, StandingController
from guildbase.platform.standing.models import StandingStatus, SubjectKind
from guildbase.platform.standing.rules import Decision, Subject
from guildbase.platform.standing.subject import SUBJECT, AskSubject
from guildbase.services.pubsub.requests import Requests

if TYPE_CHECKING:
    from guildbase.bot.views import Interaction

BLOCKED, TRUSTED = StandingStatus.BLOCKED, StandingStatus.TRUSTED
REASON = "Why; they will read it unless the block is silent"
DURATION = "How long, such as 7d or 12h; without it, until it is lifted"
NOTICE = "`silent` keeps the reason and the end from them"
Notice = Literal["silent"]


class _End(commands.Converter[datetime]):
    """Reads how long something lasts, and gives the moment when it ends."""

    async def convert(self, ctx: commands.Context[Any], argument: str) -> datetime:
        try:
            return utcnow() + check_duration(argument)
        except ValueError:
            # Of a text command's words, the next option takes what is no duration.
            raise commands.BadArgument(_("{given} is no duration. Write 7d or 12h 30m.", given=argument)) from None


End: TypeAlias = Annotated[datetime, _End]


class Blocklist(BaseCog):
    """Keep people from the bot in this server, or trust them."""

    async def cog_load(self) -> None:
        """Know from now on who is blocked everywhere, and whom the application belongs to."""
        standings = self.controller(StandingController)
        standings.immune |= self.bot.owners
        await standings.everywhere.follow()
        self.services.get(Requests).answer(SUBJECT, self.subject)

    @hybrid_group()
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def blocklist(self, ctx: Context) -> None:
        """Keep people from the bot in this server, or trust them."""
        raise InvalidInput(
            _("Say what to do."), hint=_("`/blocklist add` blocks somebody, `/blocklist list` shows who is blocked.")
        )

    @subcommand(blocklist, "add")
    @app_commands.describe(user="Who may not use the bot here", reason=REASON, duration=DURATION, notice=NOTICE)
    async def add(
        self,
        ctx: Context,
        user: discord.User,
        duration: End | None = None,
        notice: Notice | None = None,
        *,
        reason: str = "",
    ) -> None:
        """Keep somebody from all commands, buttons and forms of the bot in this server."""
        await self._decide(ctx, user, Decision(BLOCKED, reason, duration, notice is not None))

    @subcommand(blocklist, "trust")
    @app_commands.describe(user="Whose commands are not limited here", reason="Why", duration=DURATION)
    async def trust(self, ctx: Context, user: discord.User, duration: End | None = None, *, reason: str = "") -> None:
        """Spare somebody what protects against strangers, such as the limit of commands."""
        await self._decide(ctx, user, Decision(TRUSTED, reason, duration))

    @subcommand(blocklist, "remove")
    @app_commands.describe(user="Who is neither blocked nor trusted any more")
    async def remove(self, ctx: Context, user: discord.User) -> None:
        """Lift a block or a trust; that counts at once."""
        from guildbase.platform.standing import views

        caller, guild = await self.caller(ctx), self.guild(ctx)
        row = await self.controller(StandingController).lift(caller, guild.id, user.id)
        await ctx.send(views.lifted_text(row), ephemeral=True)

    @subcommand(blocklist, "info")
    @app_commands.describe(user="Whose standing to show")
    async def info(self, ctx: Context, user: discord.User) -> None:
        """Show why somebody is blocked or trusted, by whom and till when."""
        from guildbase.platform.standing import views

        caller, guild = await self.caller(ctx), self.guild(ctx)
        row = await self.controller(StandingController).get(caller, guild.id, user.id)
        await ctx.send(embed=views.standing_embed(row), ephemeral=True)

    @subcommand(blocklist, "list")
    @app_commands.describe(past="Show those that ran out instead")
    async def list_(self, ctx: Context, past: bool = False) -> None:
        """List who is blocked or trusted in this server."""
        from guildbase.platform.standing import views

        caller, guild, controller = await self.caller(ctx), self.guild(ctx), self.controller(StandingController)

        async def load(interaction: Interaction | None, after: str | None) -> views.AnyPage:
            asker = await self._asker(caller, interaction)
            return await controller.page(asker, guild.id, limit=views.PER_PAGE, after=after, is_past=past)

        shown = views.StandingList(
            ctx.author.id,
            command="blocklist list",
            title=_("Ran out") if past else _("Blocked and trusted here"),
            empty=_("Nobody. `/blocklist add` blocks somebody."),
            load=load,
        )
        await shown.send(ctx, embed=await shown.first())

    async def _decide(self, ctx: Context, user: discord.User, decision: Decision) -> None:
        from guildbase.platform.standing import views

        caller, guild = await self.caller(ctx), self.guild(ctx)
        subject = await self._subject(guild, user.id, user)
        row = await self.controller(StandingController).decide(caller, guild.id, subject, decision)
        await ctx.send(views.decided_text(row, "/blocklist remove"), ephemeral=True)

    async def subject(self, asked: AskSubject) -> Subject:
        """Return who somebody is in the server, to another process.

        Raises:
            NoReply: Discord does not show the server at the moment.
        """
        guild = self.bot.get_guild(asked.guild_id)
        if guild is None or guild.unavailable:
            raise NoReply(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
        return await self._subject(guild, asked.user_id, None)

    async def _subject(self, guild: discord.Guild, user_id: int, user: discord.User | discord.Member | None) -> Subject:
        """Return what Discord tells of the person in the server, who may not be in it."""
        member = user if isinstance(user, discord.Member) else guild.get_member(user_id)
        if member is None:
            try:
                member = await guild.fetch_member(user_id)
            except discord.NotFound:
                return Subject(user_id, str(user or ""))
        is_owner, is_self = user_id == guild.owner_id, user_id == guild.me.id
        return Subject(user_id, str(member), member.top_role.position, is_owner, is_self)

    @staticmethod
    async def _asker(caller: Caller, interaction: Interaction | None) -> Caller:
        """Return who asks, with the rights of this moment."""
        return caller if interaction is None else await caller_of_press(interaction, interaction.client.services)


class GlobalBlocklist(BaseCog, name="Global blocklist"):
    """Keep people and servers from the bot everywhere; for the bot's owners."""

    @hybrid_group()
    @commands.is_owner()
    @app_commands.default_permissions(administrator=True)
    async def globalblock(self, ctx: Context) -> None:
        """Keep people and servers from the bot everywhere; for the bot's owners."""
        raise InvalidInput(_("Say what to do."), hint=_("`/globalblock user`, `server`, `trust`, `lift` or `list`."))

    @subcommand(globalblock, "user")
    @commands.is_owner()
    @app_commands.describe(user="Who may not use the bot", reason=REASON, duration=DURATION, notice=NOTICE)
    async def user(
        self,
        ctx: Context,
        user: discord.User,
        duration: End | None = None,
        notice: Notice | None = None,
        *,
        reason: str = "",
    ) -> None:
        """Keep somebody from the bot everywhere."""
        await self._decide(ctx, SubjectKind.USER, user.id, Decision(BLOCKED, reason, duration, notice is not None))

    @subcommand(globalblock, "server")
    @commands.is_owner()
    @app_commands.describe(
        server="Its name, or its id",
        reason="Why; who manages it will read it",
        duration=DURATION,
        then="Whether to leave it now",
    )
    async def server(
        self,
        ctx: Context,
        server: str,
        duration: End | None = None,
        then: Literal["leave"] | None = None,
        *,
        reason: str = "",
    ) -> None:
        """Have the bot do nothing in a server; it leaves it at once when it is invited again."""
        decision = Decision(BLOCKED, reason, duration)
        await self._decide(ctx, SubjectKind.GUILD, self._guild_id(server), decision, leave=then is not None)

    @subcommand(globalblock, "trust")
    @commands.is_owner()
    @app_commands.describe(user="Whose commands are not limited", reason="Why", duration=DURATION)
    async def trust(self, ctx: Context, user: discord.User, duration: End | None = None, *, reason: str = "") -> None:
        """Spare somebody the limits everywhere."""
        await self._decide(ctx, SubjectKind.USER, user.id, Decision(TRUSTED, reason, duration))

    @subcommand(globalblock, "lift")
    @commands.is_owner()
    @app_commands.describe(user="Who is neither blocked nor trusted any more", server="Or which server")
    async def lift(self, ctx: Context, user: discord.User | None = None, *, server: str | None = None) -> None:
        """Lift a block or a trust of somebody, or of a server."""
        from guildbase.platform.standing import views

        if (user is None) == (server is None):
            raise InvalidInput(_("Name either a person or a server."), hint=_("`/globalblock list` shows all."))
        controller, caller = self.controller(GlobalStandingController), await self.caller(ctx)
        if user is not None:
            row = await controller.lift(caller, SubjectKind.USER, user.id)
        else:
            row = await controller.lift(caller, SubjectKind.GUILD, self._guild_id(server or ""))
        await ctx.send(views.lifted_text(row), ephemeral=True)

    @subcommand(globalblock, "list")
    @commands.is_owner()
    @app_commands.describe(past="Show those that ran out instead")
    async def list_(self, ctx: Context, past: bool = False) -> None:
        """List who is blocked or trusted everywhere."""
        from guildbase.platform.standing import views

        caller, controller = await self.caller(ctx), self.controller(GlobalStandingController)

        async def load(_interaction: Interaction | None, after: str | None) -> views.AnyPage:
            return await controller.page(caller, limit=views.PER_PAGE, after=after, is_past=past)

        shown = views.StandingList(
            ctx.author.id,
            command="globalblock list",
            title=_("Ran out") if past else _("Blocked and trusted everywhere"),
            empty=_("Nobody. `/globalblock user` blocks somebody."),
            load=load,
        )
        await shown.send(ctx, embed=await shown.first())

    @server.autocomplete("server")
    @lift.autocomplete("server")
    async def _servers(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        # Whoever is no owner must not learn where the bot is.
        if interaction.user.id not in self.bot.owners:
            return []
        wanted = typed.strip().lower()
        found = [guild for guild in self.bot.guilds if wanted in guild.name.lower() or wanted in str(guild.id)]
        return [
            app_commands.Choice(name=f"{guild.name} ({guild.id})"[:100], value=str(guild.id)) for guild in found[:25]
        ]

    async def _decide(
        self, ctx: Context, kind: SubjectKind, subject_id: int, decision: Decision, *, leave: bool = False
    ) -> None:
        from guildbase.platform.standing import views

        caller, controller = await self.caller(ctx), self.controller(GlobalStandingController)
        row = await controller.decide(caller, kind, subject_id, decision, leave=leave)
        await ctx.send(views.decided_text(row, "/globalblock lift"), ephemeral=True)

    def _guild_id(self, server: str) -> int:
        """Return the id of the server, given by its id or by its name.

        Raises:
            InvalidInput: it is neither an id nor the name of one server of this process.
        """
        wanted = server.strip()
        found = [guild.id for guild in self.bot.guilds if guild.name.lower() == wanted.lower()]
        if len(found) == 1:
            return found[0]
        if (guild_id := read_snowflake(wanted)) is None or not is_snowflake(guild_id):
            raise InvalidInput(
                _("I know no single server of this name."), hint=_("Pick one of the list, or give its id.")
            )
        return guild_id
