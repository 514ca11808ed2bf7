"""The routes of tickets."""

from fastapi import APIRouter

from guildbase.features.tickets.api import desk, moves, setup, tickets, transcripts

router = APIRouter(tags=["tickets"])
for part in (tickets, moves, transcripts, setup, desk):
    router.include_router(part.router)
