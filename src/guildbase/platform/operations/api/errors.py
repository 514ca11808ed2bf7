"""Routes of the errors that nobody expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from guildbase.api.dependencies import OperatorDep, ServicesDep
from guildbase.api.pages import AfterId, cut
from guildbase.platform.operations.controller import ErrorGroups
from guildbase.platform.operations.controller.errors import ErrorGroup, Where
from guildbase.platform.operations.schemas import (
    ErrorEventList,
    ErrorEventOut,
    ErrorGroupList,
    ErrorGroupOut,
    ErrorPlace,
)
from guildbase.platform.telemetry.models import ErrorEvent

router = APIRouter(prefix="/errors")


@router.get("", operation_id="list_error_groups")
async def list_groups(
    services: ServicesDep, caller: OperatorDep, days: Annotated[int, Query(ge=1, le=90)] = 7
) -> ErrorGroupList:
    """Return the errors of the last days, those of one place together, the latest first."""
    return ErrorGroupList(groups=[_group(it) for it in await services.get(ErrorGroups).groups(caller, days)])


@router.get("/events", operation_id="list_error_events")
async def list_events(
    services: ServicesDep,
    caller: OperatorDep,
    kind: Annotated[str, Query(max_length=20)],
    place: Annotated[str, Query(max_length=100)],
    error_type: Annotated[str, Query(max_length=100)],
    after: AfterId = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> ErrorEventList:
    """Return the errors of one group with their stacks, newest first."""
    where = Where(kind, place, error_type)
    found = await services.get(ErrorGroups).events(caller, where, before=after, limit=limit + 1)
    return _events(*cut(found, limit))


@router.get("/find", operation_id="find_error")
async def find_error(
    services: ServicesDep, caller: OperatorDep, error_id: Annotated[str, Query(min_length=1, max_length=64)]
) -> ErrorEventList:
    """Return the errors with the id that somebody was told."""
    return _events(await services.get(ErrorGroups).find(caller, error_id), None)


@router.post("/seen", operation_id="mark_error_seen", status_code=204)
async def mark_seen(wanted: ErrorPlace, services: ServicesDep, caller: OperatorDep) -> None:
    """Remember that somebody looked at a group of errors; those that come later are new again."""
    await services.get(ErrorGroups).mark_seen(caller, Where(wanted.kind, wanted.place, wanted.error_type))


def _group(group: ErrorGroup) -> ErrorGroupOut:
    where = group.where
    return ErrorGroupOut(
        kind=where.kind,
        place=where.place,
        error_type=where.error_type,
        count=group.count,
        first_at=group.first_at,
        last_at=group.last_at,
        message=group.message,
        is_new=group.is_new,
        seen_at=group.seen_at,
        seen_by_name=group.seen_by_name,
    )


def _events(page: Sequence[ErrorEvent], last: ErrorEvent | None) -> ErrorEventList:
    return ErrorEventList(
        events=[ErrorEventOut.model_validate(it, from_attributes=True) for it in page],
        next_after=last.event_id if last else None,
    )
