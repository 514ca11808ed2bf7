"""A server with people who take tickets, on the local Discord: what journeys begin with."""

from __future__ import annotations

from typing import Any

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM, Caller
from guildbase.features.tickets.controller import CategoryController, NewTicket, OpeningController, TicketController
from guildbase.features.tickets.controller.transcripts import TranscriptController
from guildbase.features.tickets.kinds import TicketState
from guildbase.features.tickets.models import Ticket
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.outbox import EffectState, Outbox
from guildbase.simulator import Person, ScriptedGuild
from tests.factories import new_id
from tests.waiting import until


class Help:
    """A server with one category, whose staff is the role Helpers."""

    def __init__(self, bot: GuildbaseBot, guild: ScriptedGuild) -> None:
        self.bot, self.guild = bot, guild

    async def begin(self, **category: Any) -> None:
        """Make the category and set where closed tickets are told of."""
        values = {"name": "Support", "staff_roles": [str(self.guild.role("Helpers").id)], **category}
        await self.bot.services.get(CategoryController).create(SYSTEM, self.guild.id, values)
        changes = {"log_channel": str(self.guild.find_channel("mod-log").id)}
        await self.bot.services.get(ConfigurationController).change(SYSTEM, self.guild.id, "tickets", changes)

    async def open(self, person: Person) -> Ticket:
        """Open a ticket of the person, and wait for its channel."""
        caller = Caller(user_id=person.id, guild_id=self.guild.id, name=person.name)
        opened = await self.bot.services.get(OpeningController).open(
            caller, self.guild.id, NewTicket(1, "Help", request_id=new_id())
        )
        assert opened.effect_id is not None
        assert await self.bot.services.get(Outbox).outcome(opened.effect_id, timeout=10) is EffectState.DONE
        return await self.now(opened.ticket.number)

    async def now(self, number: int) -> Ticket:
        """Return the ticket as it stands."""
        return (await self.bot.services.get(TicketController).get(SYSTEM, self.guild.id, number)).ticket

    async def close(self, number: int, reason: str = "") -> None:
        """Close it, and wait for its transcript."""
        await self.bot.services.get(TicketController).close(SYSTEM, self.guild.id, number, reason)
        await self.transcribed(number)

    async def kept(self, number: int, count: int) -> None:
        """Wait until so many messages are copied."""
        keeper = self.bot.services.get(TranscriptController)

        async def are_there() -> bool:
            return len(list((await keeper.conversation(SYSTEM, self.guild.id, number)).messages)) >= count

        await until(are_there)

    async def transcribed(self, number: int) -> None:
        """Wait for the transcript."""

        async def is_there() -> bool:
            return (await self.now(number)).transcript_at is not None

        await until(is_there)


async def until_state(desk: Help, number: int, state: TicketState) -> None:
    """Wait until the ticket stands there."""

    async def stands() -> bool:
        return (await desk.now(number)).state is state

    await until(stands)


def attached(message: Any) -> str:
    """Return the text of the message's one file."""
    (file,) = message.attachments
    return str(file.data.decode())
