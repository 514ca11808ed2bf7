"""`/purge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_command
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import GuildSnapshots
from guildbase.features.channels.kinds import MAX_REASON, Only

if TYPE_CHECKING:
    from guildbase.features.channels.rules.purge import Filters

Count = commands.Range[int, 1, 1000]


class Purge(BaseCog):
    """Delete many messages."""

    @hybrid_command()
    @commands.guild_only()
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.describe(
        count="How many messages, the newest first",
        user="Only messages of this person",
        only="Only messages of this sort",
        contains="Only messages with this text",
        regex="Only messages that this RE2 pattern finds",
        after="Only messages after this one: its link or id",
        before="Only messages before this one: its link or id",
        pins="Whether pinned messages go, too",
        reason="Why",
    )
    async def purge(
        self,
        ctx: Context,
        count: Count,
        user: discord.User | None = None,
        only: Literal["bots", "people", "links", "invites", "attachments", "embeds"] | None = None,
        contains: commands.Range[str, 1, 200] | None = None,
        regex: commands.Range[str, 1, 300] | None = None,
        after: str | None = None,
        before: str | None = None,
        pins: bool = False,
        reason: commands.Range[str, 0, MAX_REASON] = "",
    ) -> None:
        """Delete the newest messages, all or those of a sort."""
        from guildbase.features.channels.controller.purge import PurgeController
        from guildbase.features.channels.rules.purge import Filters
        from guildbase.features.channels.schemas import ChannelSettings
        from guildbase.features.channels.views.purge import PurgeOrder, ask, find

        caller, guild, controller = await self.caller(ctx), self.guild(ctx), self.controller(PurgeController)
        controller.require(caller, guild.id)
        wanted = Only(only) if only else None
        filters = Filters(user.id if user else None, contains or "", _search(regex), wanted, takes_pins=pins)
        self._require_text(filters)
        channel: Any = ctx.channel
        _require_rights(channel, guild)
        await ctx.defer(ephemeral=True)
        span = _message(after, channel.id), _message(before, channel.id) or _invocation(ctx)
        found = await find(channel, filters, count, *span)
        asked = {"user": user, "only": only, "contains": contains, "regex": regex, "after": after, "before": before}
        details = {name: str(value) for name, value in asked.items() if value is not None}
        order = PurgeOrder(caller, guild, channel, tuple(found), reason, details)
        settings = (await self.services.get(GuildSnapshots).load(guild.id)).get(ChannelSettings)
        await ask(ctx, order, confirm_from=settings.purge_confirm_from, keeps_texts=settings.purge_keeps_texts)

    def _require_text(self, filters: Filters) -> None:
        """Raise InvalidInput if the filters look at what Discord does not show this bot."""
        if filters.reads_text and not self.bot.intents.message_content:
            raise InvalidInput(
                _("Discord does not show me what people write, so I cannot look for it."),
                hint=_("The operator grants Message Content; the other filters work without it."),
            )


def _search(pattern: str | None) -> Any:
    """Return the search of the RE2 pattern, which takes linear time; InvalidInput if it is none."""
    if pattern is None:
        return None
    import re2

    options = re2.Options()
    options.log_errors, options.max_mem = False, 1 << 20
    try:
        return re2.compile(pattern, options).search
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise InvalidInput(
            _("{pattern} is no pattern of RE2: {reason}", pattern=repr(pattern[:80]), reason=reason),
            hint=_("Back references and look-around are not part of RE2."),
        ) from None


def _message(text: str | None, channel_id: int) -> int | None:
    from guildbase.features.channels.rules.purge import message_id_of

    if text is None:
        return None
    found = message_id_of(text, channel_id)
    if found is None:
        raise InvalidInput(
            _("{typed} is no message of this channel.", typed=repr(text[:80])),
            hint=_("Give the link of a message here, or its id."),
        )
    return found


def _invocation(ctx: Context) -> int | None:
    """Return the message with the text command, which stays; a slash command has none."""
    return None if ctx.interaction else ctx.message.id


def _require_rights(channel: Any, guild: discord.Guild) -> None:
    allowed = channel.permissions_for(guild.me)
    if not (allowed.manage_messages and allowed.read_message_history):
        raise InvalidInput(
            _("I may not delete messages here."),
            hint=_("Give me Manage Messages and Read Message History in this channel."),
        )
