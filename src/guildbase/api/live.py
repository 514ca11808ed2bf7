"""Tells open pages, by server-sent events, that something of their server changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Security
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BeforeValidator

from guildbase.api.dependencies import API_KEY, SESSION, Needs, ServicesDep, establish, require_operator
from guildbase.api.listeners import Listener, Listeners
from guildbase.core.errors import GuildbaseError
from guildbase.core.ports import Caller
from guildbase.core.rights import Right
from guildbase.core.snowflake import check_snowflake
from guildbase.services.live import NOWHERE

router = APIRouter(tags=["live"])

RECHECK = 30.0
"""Seconds after which it is asked again whether the listener may still listen."""
RETRY = 3000
"""Milliseconds after which a browser tries again when the connection broke."""


def _read(value: object) -> int | None:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError("not a Discord id (17 to 20 digits)")
    return check_snowflake(int(text))


WatchedGuild = Annotated[
    int | None,
    BeforeValidator(_read, json_schema_input_type=str),
    Query(
        description="The server whose changes are told; without one, what belongs to none, for the operator.",
        examples=["1128754567890123457"],
    ),
]


class Watch:
    """One page's wish to be told, and whether it may still be."""

    def __init__(self, request: Request, guild_id: int | None) -> None:
        self.request = request
        self.guild_id = guild_id

    async def require(self) -> Caller:
        """Return who listens.

        Raises:
            NotAuthenticated: they are not signed in, or no longer.
            NotFound: they have no access to the server, or no longer.
        """
        caller = await establish(self.request)
        if self.guild_id is None:
            return await require_operator(self.request, caller)
        return await Needs(Right.NONE).require(self.request, self.guild_id, caller)


async def listening(
    request: Request,
    services: ServicesDep,
    guild_id: WatchedGuild = None,
    _key: Annotated[str | None, Security(API_KEY)] = None,
    _session: Annotated[str | None, Security(SESSION)] = None,
) -> AsyncIterator[Listener]:
    """Listen for the length of the request; whoever may not is refused before it begins.

    Raises:
        RateLimited: too many pages of this login listen already.
    """
    watch = Watch(request, guild_id)
    caller = await watch.require()
    login = caller.session_id or f"key {caller.key_id or 0}"
    with services.get(Listeners).listen(guild_id or NOWHERE, None if caller.is_system else login) as listener:
        recheck = asyncio.create_task(_recheck(watch, listener), name="recheck-listener")
        try:
            yield listener
        finally:
            recheck.cancel()


@router.get("/events", operation_id="listen", response_class=EventSourceResponse)
async def listen(listener: Annotated[Listener, Depends(listening)]) -> AsyncIterator[ServerSentEvent]:
    """Send an event `changed` with the names of the features in which something changed; an empty list means all."""
    yield ServerSentEvent(event="ready", data=[], retry=RETRY)
    while (features := await listener.changes()) is not None:
        yield ServerSentEvent(event="changed", data=features)


async def _recheck(watch: Watch, listener: Listener) -> None:
    """End the stream of whoever was signed out or lost their access; the page then asks, and is told so."""
    while True:
        await asyncio.sleep(RECHECK)
        try:
            await watch.require()
        except GuildbaseError:
            listener.close()
            return
