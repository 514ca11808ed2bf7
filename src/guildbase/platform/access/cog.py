"""The commands of access, and what Discord tells of owners and members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.callers import caller_of_member, caller_of_press
from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group, subcommand
from guildbase.bot.context import Context
from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, NoReply, PermissionDenied
from guildbase.core.events import EventBus
from guildbase.core.i18n import _
from guildbase.core.rights import NAMES, RightName
from guildbase.core.settings import Settings
from guildbase.core.validators import check_duration
from guildbase.platform.access import views
from guildbase.platform.access.controller import AccessController, DeveloperController
from guildbase.platform.access.controller.developers import IS_DEVELOPER, AskDeveloper, DeveloperAnswer
from guildbase.platform.access.grants import Holder
from guildbase.platform.access.models import MAX_REASON, HolderKind
from guildbase.platform.guilds.events import GuildJoined
from guildbase.services.pubsub.requests import Requests

MAX_CHOICES = 25


class Access(BaseCog):
    """Who may use the dashboard of a server."""

    _hear_no_more: Callable[[], None] | None = None

    async def cog_load(self) -> None:
        """Hear of new guilds within their transaction, and answer who belongs to the developer team."""
        bus: EventBus[object] = self.services.get(EventBus)
        controller = self.controller(AccessController)
        self._hear_no_more = bus.inside(GuildJoined, controller.promise_installer)  # type: ignore[arg-type]
        self.services.get(Requests).answer(IS_DEVELOPER, self.is_developer)

    async def cog_unload(self) -> None:
        """Hear of no more guilds."""
        if self._hear_no_more is not None:
            self._hear_no_more()

    @hybrid_group()
    @commands.guild_only()
    async def access(self, ctx: Context) -> None:
        """Who may use the dashboard."""
        raise InvalidInput(_("Say what to do."), hint=_("`/access list` shows who has access to the dashboard."))

    @subcommand(access, "list")
    @app_commands.describe(page="Which page, where there are many")
    async def access_list(self, ctx: Context, page: commands.Range[int, 1, 100] = 1) -> None:
        """List who has access to the dashboard, and from whom."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        rows = await self.controller(AccessController).rows(caller, guild.id)
        embed = views.list_embed(views.access_of(guild.id, rows), rows, page)
        await ctx.send(embed=embed, ephemeral=True)

    @subcommand(access, "grant")
    @app_commands.describe(
        who="A member or a role",
        right="What they may do; each right includes lesser ones",
        expires="After how long it ends, such as 7d; without it, it ends with your own access",
        reason="Why, for the list and the audit",
    )
    async def access_grant(
        self,
        ctx: Context,
        who: discord.Member | discord.Role,
        right: RightName,
        expires: str | None = None,
        *,
        reason: commands.Range[str, 0, MAX_REASON] = "",
    ) -> None:
        """Give a member or a role access to the dashboard."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        grant = await self.controller(AccessController).grant(
            caller,
            guild.id,
            _holder(who),
            NAMES[right],
            expires_at=None if expires is None else utcnow() + _duration(expires),
            reason=reason,
            is_bot=isinstance(who, discord.Member) and who.bot,
            adds=True,
        )
        await ctx.send(views.granted_text(grant), ephemeral=True)

    @subcommand(access, "revoke")
    @app_commands.describe(grant="Which access to end", reason="Why, for the audit")
    async def access_revoke(
        self, ctx: Context, grant: commands.Range[int, 1, 2**31 - 1], *, reason: commands.Range[str, 0, MAX_REASON] = ""
    ) -> None:
        """Take access to the dashboard back, and what was handed on with it."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        ended = await self.controller(AccessController).revoke(caller, guild.id, grant, reason=reason)
        await ctx.send(views.revoked_text(ended), ephemeral=True)

    @access_revoke.autocomplete("grant")  # type: ignore[arg-type]
    async def grants(
        self, interaction: discord.Interaction[discord.Client], current: str
    ) -> Sequence[app_commands.Choice[int]]:
        """Offer the grants that fit what was typed, to whoever may see them."""
        guild, caller = interaction.guild, await caller_of_press(interaction, self.services)
        if guild is None:
            return []
        try:
            access = await self.controller(AccessController).seen_by(caller, guild.id)
        except PermissionDenied:
            return []
        texts = {it.number: views.choice_text(it, _name(guild, it.holder)) for it in access.grants.values()}
        fitting = [(number, text) for number, text in texts.items() if current.lower() in text.lower()]
        return [app_commands.Choice(name=text[:100], value=number) for number, text in fitting[:MAX_CHOICES]]

    @subcommand(access, "explain")
    @app_commands.describe(member="Whom to explain it for; without it, yourself")
    async def access_explain(self, ctx: Context, member: discord.Member | None = None) -> None:
        """Explain what somebody may do in the dashboard, and why."""
        caller, guild = await self.caller(ctx), self.guild(ctx)
        about = member or guild.get_member(ctx.author.id) or ctx.author
        assert isinstance(about, discord.Member)  # noqa: S101 - the command works in servers only.
        explained = await self.controller(AccessController).explain(
            caller, guild.id, await caller_of_member(about, self.bot)
        )
        is_developer = await self.controller(DeveloperController).is_developer(about.id)
        embed = views.explain_embed(_holder(about), explained, is_developer=is_developer)
        await ctx.send(embed=embed, ephemeral=True)

    async def is_developer(self, asked: AskDeveloper) -> DeveloperAnswer:
        """Answer by the roles in the main server, which this process has.

        Raises:
            NoReply: Discord does not show the main server now.
        """
        settings = self.services.get(Settings)
        guild = self.bot.get_guild(settings.main_guild_id or 0)
        if guild is None or guild.unavailable:
            raise NoReply(_("Discord does not show the main server at the moment."))
        is_kept_in_step = self.bot.intents.members
        member = guild.get_member(asked.user_id) if is_kept_in_step else None
        # Of those few who are asked about, Discord then tells what changes.
        member = member or await _asked_member(guild, asked.user_id, cache=is_kept_in_step)
        roles = {role.id for role in member.roles} if member else set()
        return DeveloperAnswer(settings.developer_role_id in roles)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Take in owners that changed, and people who came back, while the bot was away."""
        controller = self.controller(AccessController)
        guilds = {guild.id: guild for guild in self.bot.guilds if guild.shard_id == shard_id}
        for guild_id, user_id, is_owner in await controller.to_look_at(guilds):
            guild = guilds[guild_id]
            if is_owner and guild.owner_id not in (None, user_id):
                await controller.ownership_moved(guild_id, guild.owner_id or 0)
            elif not is_owner and await _asked_member(guild, user_id):
                await controller.member_moved(guild_id, user_id, is_away=False)

    @commands.Cog.listener()
    async def on_guild_update(self, before: discord.Guild, after: discord.Guild) -> None:
        """Let the owner's access go where the ownership went."""
        if after.owner_id is not None and before.owner_id != after.owner_id:
            await self.controller(AccessController).ownership_moved(after.id, after.owner_id)

    @commands.Cog.listener()
    async def on_raw_member_remove(self, payload: discord.RawMemberRemoveEvent) -> None:
        """Let nothing have an effect that hangs on somebody who has left."""
        await self.controller(AccessController).member_moved(payload.guild_id, payload.user.id, is_away=True)
        await self._look_anew(payload.guild_id, payload.user.id)

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        """Give somebody who is back what they had."""
        await self.controller(AccessController).member_moved(member.guild.id, member.id, is_away=False)

    @commands.Cog.listener()
    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Recognise at once who joined or left the developer team."""
        if before.roles != after.roles:
            await self._look_anew(after.guild.id, after.id)

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """A team without its role has nobody."""
        if role.id == self.services.get(Settings).developer_role_id:
            await self.controller(DeveloperController).forget()

    async def _look_anew(self, guild_id: int, user_id: int) -> None:
        if guild_id == self.services.get(Settings).main_guild_id:
            await self.controller(DeveloperController).forget(user_id)


def _holder(who: discord.Member | discord.Role) -> Holder:
    return Holder(HolderKind.ROLE if isinstance(who, discord.Role) else HolderKind.USER, who.id)


def _name(guild: discord.Guild, holder: Holder) -> str:
    found = guild.get_role(holder.id) if holder.kind is HolderKind.ROLE else guild.get_member(holder.id)
    return found.name if found else str(holder.id)


def _duration(text: str) -> timedelta:
    try:
        return check_duration(text)
    except ValueError as error:
        hint = _("Write it like 7d or 12h.")
        raise InvalidInput(_("This is no length of time."), hint=hint, problems={"expires": str(error)}) from None


async def _asked_member(guild: discord.Guild, user_id: int, *, cache: bool = False) -> discord.Member | None:
    """Return the member as Discord has them now; NoReply if it does not answer."""
    try:
        found = await guild.query_members(user_ids=[user_id], cache=cache)
    except TimeoutError:
        raise NoReply(_("Discord did not tell of the member in time.")) from None
    return next(iter(found), None)
