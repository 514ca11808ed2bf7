"""The routes by which something becomes of a ticket; each is refused a second time by the ticket's state."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from guildbase.api.dependencies import GuildId, GuildVisitor, IdempotencyKeyDep, ServicesDep
from guildbase.features.tickets.api.shapes import (
    Assigning,
    Closing,
    EventOut,
    Noting,
    Number,
    Prioritising,
    Tagging,
    TicketOut,
)
from guildbase.features.tickets.controller import TicketController
from guildbase.features.tickets.controller.helpers import HelperController
from guildbase.features.tickets.kinds import MAX_TAG

router = APIRouter()


@router.post("/guilds/{guild_id}/tickets/{number}/close", operation_id="close_ticket")
async def close_ticket(
    guild_id: GuildId, number: Number, wanted: Closing, services: ServicesDep, caller: GuildVisitor
) -> TicketOut:
    """Be done with a ticket; a second time is a conflict and changes nothing."""
    return TicketOut.of(await services.get(TicketController).close(caller, guild_id, number, wanted.reason))


@router.post("/guilds/{guild_id}/tickets/{number}/assign", operation_id="assign_ticket")
async def assign_ticket(
    guild_id: GuildId, number: Number, wanted: Assigning, services: ServicesDep, caller: GuildVisitor
) -> TicketOut:
    """Give a ticket to a member of the staff, as the bot sees their roles now."""
    helpers = services.get(HelperController)
    return TicketOut.of(await helpers.assign(caller, guild_id, number, int(wanted.user_id)))


@router.post("/guilds/{guild_id}/tickets/{number}/claim", operation_id="claim_ticket")
async def claim_ticket(guild_id: GuildId, number: Number, services: ServicesDep, caller: GuildVisitor) -> TicketOut:
    """Take a ticket oneself; a conflict if somebody else has it."""
    return TicketOut.of(await services.get(TicketController).claim(caller, guild_id, number))


@router.post("/guilds/{guild_id}/tickets/{number}/unclaim", operation_id="unclaim_ticket")
async def unclaim_ticket(guild_id: GuildId, number: Number, services: ServicesDep, caller: GuildVisitor) -> TicketOut:
    """Give a ticket back to all of the staff."""
    return TicketOut.of(await services.get(TicketController).unclaim(caller, guild_id, number))


@router.post("/guilds/{guild_id}/tickets/{number}/reopen", operation_id="reopen_ticket")
async def reopen_ticket(guild_id: GuildId, number: Number, services: ServicesDep, caller: GuildVisitor) -> TicketOut:
    """Open a closed ticket again, in its channel if that is there, else in a new one."""
    return TicketOut.of(await services.get(TicketController).reopen(caller, guild_id, number))


@router.post("/guilds/{guild_id}/tickets/{number}/priority", operation_id="set_ticket_priority")
async def set_priority(
    guild_id: GuildId, number: Number, wanted: Prioritising, services: ServicesDep, caller: GuildVisitor
) -> TicketOut:
    """Say how much a ticket presses, which its times go by."""
    return TicketOut.of(await services.get(TicketController).set_priority(caller, guild_id, number, wanted.priority))


@router.post("/guilds/{guild_id}/tickets/{number}/tags", operation_id="tag_ticket")
async def tag_ticket(
    guild_id: GuildId, number: Number, wanted: Tagging, services: ServicesDep, caller: GuildVisitor
) -> TicketOut:
    """Put a word on a ticket; a conflict if it has it."""
    return TicketOut.of(await services.get(TicketController).tag(caller, guild_id, number, wanted.tag))


@router.delete("/guilds/{guild_id}/tickets/{number}/tags/{tag}", operation_id="untag_ticket")
async def untag_ticket(
    guild_id: GuildId,
    number: Number,
    tag: Annotated[str, Path(max_length=MAX_TAG)],
    services: ServicesDep,
    caller: GuildVisitor,
) -> TicketOut:
    """Take a word off a ticket; a conflict if it has no such."""
    return TicketOut.of(await services.get(TicketController).untag(caller, guild_id, number, tag))


@router.post("/guilds/{guild_id}/tickets/{number}/notes", operation_id="add_ticket_note", status_code=201)
async def add_note(
    guild_id: GuildId,
    number: Number,
    wanted: Noting,
    services: ServicesDep,
    caller: GuildVisitor,
    key: IdempotencyKeyDep,
) -> EventOut:
    """Write a note in the log of a ticket, which only its staff and admins see."""
    tickets = services.get(TicketController)
    done = await tickets.note(caller, guild_id, number, wanted.note, key=key)
    [entry] = await tickets.events(caller, guild_id, number, after=done.number - 1, limit=1)
    return EventOut.of(entry)
