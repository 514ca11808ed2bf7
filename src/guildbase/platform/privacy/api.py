"""The routes by which people see, take along and erase what is kept about them: always their own, whoever they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from guildbase.api.dependencies import PersonDep, ServicesDep
from guildbase.core.ports import Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.privacy import rules
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureRequest, ErasureScope
from guildbase.services.container import BotServices
from guildbase.services.data_statement import KeptTable, kept_tables
from guildbase.services.rate_limits import FREE, Policy, RateLimits, Where

router = APIRouter(tags=["privacy"])
EXPORTS = Policy("exports", {FREE: 5}, 3600, Where.DATABASE)
LOOKS = Policy("own-data-looks", {FREE: 20}, 3600, Where.DATABASE)
"""Both read every table, so nobody gets them without end."""
CHUNK = 64 * 1024


class KeptTableOut(BaseModel):
    """A table that may hold something about people."""

    name: str = Field(examples=["ticket_message"])
    feature: str = Field(description="The feature that keeps it; empty for the platform itself.")
    about: str
    columns: dict[str, str] = Field(description="What becomes of it when a person is erased, by column.")
    terms: list[str] = Field(description="How long it is kept.")

    @classmethod
    def of(cls, table: KeptTable) -> KeptTableOut:
        """Return the shape of a table."""
        return cls(
            name=table.name,
            feature=table.feature,
            about=table.about,
            columns=dict(table.columns),
            terms=list(table.terms),
        )


class ErasureOut(BaseModel):
    """The erasure of the person who asks."""

    requested_at: datetime
    not_before: datetime | None = Field(description="Until when it can be taken back; null if it has begun.")

    @classmethod
    def of(cls, request: ErasureRequest) -> ErasureOut:
        """Return the shape of an erasure."""
        return cls(requested_at=request.requested_at, not_before=request.not_before)


class OwnDataOut(BaseModel):
    """What may be kept about the person who asks, and what would become of it."""

    tables: list[KeptTableOut] = Field(description="All that may hold something about people.")
    erasure: ErasureOut | None = Field(description="Null if they did not ask to be erased.")
    grace_days: int = Field(description="How long an erasure can be taken back.")


class OwnRowsOut(BaseModel):
    """How many rows are about the person who asks, or mention them."""

    rows: dict[str, int] = Field(description="By table; those without any are left out.")


class ErasureWanted(BaseModel):
    """That somebody wants to be erased; the word keeps it from happening by mistake."""

    model_config = ConfigDict(extra="forbid")

    confirm: Literal["erase my data"]


@router.get("/users/me/data", operation_id="get_my_data")
async def get_my_data(services: ServicesDep, caller: PersonDep) -> OwnDataOut:
    """Return what may be kept about the person who asks, table by table, and what an erasure does with it."""
    privacy = services.get(PrivacyController)
    tables = [it for it in kept_tables(services.get(FeatureRegistry)) if it.columns]
    request = await privacy.own_erasure(caller)
    return OwnDataOut(
        tables=[KeptTableOut.of(table) for table in tables],
        erasure=None if request is None else ErasureOut.of(request),
        grace_days=rules.GRACE.days,
    )


@router.get("/users/me/data/rows", operation_id="count_my_data")
async def count_my_data(services: ServicesDep, caller: PersonDep) -> OwnRowsOut:
    """Return how many rows of which table are about the person who asks; it looks at all, so it has a limit."""
    await services.get(RateLimits).hit(LOOKS, str(caller.user_id))
    return OwnRowsOut(rows=await services.get(PrivacyController).own_rows(caller))


@router.post(
    "/users/me/data/export",
    operation_id="export_my_data",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "A zip of JSON and CSV files."}},
)
async def export_my_data(services: ServicesDep, caller: PersonDep) -> StreamingResponse:
    """Return all that is kept about the person who asks.

    It is made for this one answer and kept nowhere, so there is no link that could come into other hands.
    """
    await services.get(RateLimits).hit(EXPORTS, str(caller.user_id))
    file, size = await _exported(services, caller)
    headers = {
        "Content-Disposition": 'attachment; filename="my-data.zip"',
        "Content-Length": str(size),
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_chunks(file), media_type="application/zip", headers=headers)


async def _exported(services: BotServices, caller: Caller) -> tuple[BinaryIO, int]:
    """Return the zip, open, and its size; its name is gone already, so nothing of it stays whatever happens."""
    with TemporaryDirectory(prefix="guildbase-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "my-data.zip"
        await services.get(PrivacyController).request_export(caller, ErasureScope.USER, caller.user_id or 0, path)
        return path.open("rb"), path.stat().st_size


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


@router.post("/users/me/data/erasure", operation_id="erase_my_data", status_code=202)
async def erase_my_data(_wanted: ErasureWanted, services: ServicesDep, caller: PersonDep) -> ErasureOut:
    """Have the person who asks erased after some days, in which they can take it back; twice is the same as once."""
    privacy = services.get(PrivacyController)
    user_id = caller.user_id or 0
    await privacy.request_erasure(caller, ErasureScope.USER, user_id, can_be_taken_back=True)
    # One that cannot be taken back any more may be done by now.
    return ErasureOut.of(await privacy.own_erasure(caller) or ErasureRequest(scope=ErasureScope.USER))


@router.delete("/users/me/data/erasure", operation_id="keep_my_data", status_code=204)
async def keep_my_data(services: ServicesDep, caller: PersonDep) -> None:
    """Take back that one wants to be erased; a conflict once it has begun."""
    await services.get(PrivacyController).take_back(caller)
