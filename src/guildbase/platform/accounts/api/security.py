"""The operator's routes: security events, and who may sign in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from guildbase.api.dependencies import OperatorDep, ServicesDep, UserId
from guildbase.api.pages import AfterId, Limit, cut
from guildbase.core.csv_text import csv_line
from guildbase.core.ports import Caller
from guildbase.platform.accounts.controller import SecurityController, WebUserController
from guildbase.platform.accounts.controller.security import EventFilter
from guildbase.platform.accounts.models import SecurityEvent
from guildbase.platform.accounts.schemas import ActiveIn, EndedSessions, SecurityEventOut, SecurityEventPage
from guildbase.services.container import BotServices

router = APIRouter()
COLUMNS = ("created_at", "kind", "user_id", "guild_id", "key_number", "address", "route", "details", "correlation_id")
Id = Annotated[str, Query(pattern="^([0-9]{17,19})?$", examples=["1128754567890123457"])]


def _filter(
    kind: Annotated[str | None, Query(max_length=40, examples=["access.refused"])] = None,
    user_id: Id = "",
    guild_id: Id = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> EventFilter:
    return EventFilter(kind, int(user_id) if user_id else None, int(guild_id) if guild_id else None, since, until)


Wanted = Annotated[EventFilter, Depends(_filter)]


@router.get("/security-events", operation_id="list_security_events")
async def list_security_events(
    services: ServicesDep,
    caller: OperatorDep,
    only: Wanted,
    after: AfterId = None,
    limit: Limit = 50,
) -> SecurityEventPage:
    """Return security events, the newest first."""
    found = await services.get(SecurityController).page(caller, only, before=after, limit=limit + 1)
    page, last = cut(found, limit)
    return SecurityEventPage(events=[_out(event) for event in page], next_after=last.event_id if last else None)


@router.get("/security-events/export", operation_id="export_security_events", response_class=StreamingResponse)
async def export_security_events(
    services: ServicesDep,
    caller: OperatorDep,
    only: Wanted,
    kind_of_file: Annotated[Literal["csv", "json"], Query(alias="format")] = "csv",
) -> StreamingResponse:
    """Return all security events that fit as a file: CSV, or one JSON document a line."""
    made = _csv if kind_of_file == "csv" else _json
    return StreamingResponse(
        made(services, caller, only),
        media_type="text/csv" if kind_of_file == "csv" else "application/x-ndjson",
        headers={"Content-Disposition": f'attachment; filename="security-events.{kind_of_file}"'},
    )


@router.patch("/operator/web-users/{user_id}", operation_id="change_web_user")
async def change_web_user(user_id: UserId, body: ActiveIn, services: ServicesDep, caller: OperatorDep) -> EndedSessions:
    """Keep somebody out, which ends their logins at once, or let them sign in again."""
    ended = await services.get(WebUserController).set_active(caller, user_id, is_active=body.is_active)
    return EndedSessions(ended=ended)


async def _csv(services: BotServices, caller: Caller, only: EventFilter) -> AsyncIterator[str]:
    yield csv_line(COLUMNS)
    async for event in services.get(SecurityController).export(caller, only):
        shown = _out(event).model_dump(mode="json")
        shown["details"] = "; ".join(f"{name}: {text}" for name, text in event.details.items())
        yield csv_line(shown[name] for name in COLUMNS)


async def _json(services: BotServices, caller: Caller, only: EventFilter) -> AsyncIterator[bytes]:
    async for event in services.get(SecurityController).export(caller, only):
        yield orjson.dumps(_out(event).model_dump(mode="json")) + b"\n"


def _out(event: SecurityEvent) -> SecurityEventOut:
    return SecurityEventOut(
        id=event.event_id,
        kind=event.kind,
        user_id=None if event.user_id is None else str(event.user_id),
        guild_id=None if event.guild_id is None else str(event.guild_id),
        key_number=event.key_id,
        address=event.address,
        route=event.route,
        details=event.details,
        correlation_id=event.correlation_id,
        created_at=event.created_at,
    )
