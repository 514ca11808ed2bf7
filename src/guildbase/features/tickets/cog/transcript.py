"""`/ticket transcript`: all that was written in a ticket, as a file."""

from __future__ import annotations

import time
from typing import Literal

from discord import app_commands

from guildbase.bot.commands import subcommand
from guildbase.bot.context import Context
from guildbase.core.i18n import _
from guildbase.features.tickets.cog.group import Number, TicketGroup

TELL_EVERY = 2.0  # seconds between two words on how far it is


class TranscriptCommands(TicketGroup):
    """The command of transcripts."""

    @subcommand(TicketGroup.ticket, "transcript")
    @app_commands.describe(number="Which ticket; the one of this channel by default", form="A page to read, or JSON")
    async def ticket_transcript(self, ctx: Context, number: Number = 0, form: Literal["html", "json"] = "html") -> None:
        """Get all that was written in a ticket."""
        from guildbase.features.tickets.controller.transcripts import TranscriptController
        from guildbase.features.tickets.effects.transcript import bring_in_line
        from guildbase.features.tickets.views.transcripts import transcript_file

        caller, guild_id = await self.caller(ctx), self.guild(ctx).id
        wanted = await self.number(ctx, number or None)
        keeper = self.controller(TranscriptController)
        await keeper.require_reader(caller, guild_id, wanted)
        told = await ctx.send(_("I read what was written …"), ephemeral=True)
        next_word = time.monotonic() + TELL_EVERY

        async def tell(count: int) -> None:
            nonlocal next_word
            if time.monotonic() >= next_word:
                next_word = time.monotonic() + TELL_EVERY
                await told.edit(content=_("I read what was written: {count} messages …", count=count))

        await bring_in_line(self.bot, guild_id, wanted, tell)
        conversation = await keeper.conversation(caller, guild_id, wanted)
        file = await transcript_file(conversation, as_json=form == "json")
        text = _("The transcript of ticket #{number}. Save it and open it in a browser.", number=wanted)
        await told.edit(content=text, attachments=[file])
