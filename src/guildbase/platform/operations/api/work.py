"""Routes of due work and promised effects."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from guildbase.api.dependencies import OperatorDep, ServicesDep
from guildbase.api.pages import AfterBigNumber, Limit, cut
from guildbase.platform.operations.controller import WorkController
from guildbase.platform.operations.schemas import DueItemList, DueItemOut, EffectList, EffectOut, QueueOut, WorkOut
from guildbase.services.due_work import DueState, DueWork
from guildbase.services.outbox import EffectState
from guildbase.services.outbox.controller import OutboxController

router = APIRouter(prefix="/work")

Number = Annotated[int, Path(ge=1, lt=2**53)]
Kind = Annotated[str | None, Query(max_length=100)]


@router.get("", operation_id="get_work")
async def get_work(services: ServicesDep, caller: OperatorDep) -> WorkOut:
    """Return what waits and what failed, by kind, and how much was done in the last hour."""
    controller = services.get(WorkController)
    due, effects = await controller.due(caller), await controller.effects(caller)
    return WorkOut(
        due=QueueOut.model_validate(due, from_attributes=True),
        effects=QueueOut.model_validate(effects, from_attributes=True),
    )


@router.get("/due", operation_id="list_due_work")
async def list_due(
    services: ServicesDep,
    caller: OperatorDep,
    state: DueState | None = None,
    kind: Kind = None,
    after: AfterBigNumber = None,
    limit: Limit = 50,
) -> DueItemList:
    """Return pieces of due work, the next first, what is over last."""
    found = await services.get(DueWork).items(caller, state=state, kind=kind, after=after, limit=limit + 1)
    page, last = cut(found, limit)
    return DueItemList(
        items=[DueItemOut.model_validate(it, from_attributes=True) for it in page],
        next_after=last.work_id if last else None,
    )


@router.post("/due/{number}/retry", operation_id="retry_due_work", status_code=204)
async def retry_due(number: Number, services: ServicesDep, caller: OperatorDep) -> None:
    """Have failed work tried again at once."""
    await services.get(DueWork).retry(caller, number)


@router.post("/due/{number}/cancel", operation_id="cancel_due_work", status_code=204)
async def cancel_due(number: Number, services: ServicesDep, caller: OperatorDep) -> None:
    """Do this work no longer, or put failed work aside."""
    await services.get(DueWork).cancel_item(caller, number)


@router.get("/effects", operation_id="list_effects")
async def list_effects(
    services: ServicesDep,
    caller: OperatorDep,
    state: EffectState | None = None,
    kind: Kind = None,
    after: AfterBigNumber = None,
    limit: Limit = 50,
) -> EffectList:
    """Return promised effects, the latest first."""
    found = await services.get(OutboxController).effects(caller, state=state, kind=kind, before=after, limit=limit + 1)
    page, last = cut(found, limit)
    return EffectList(
        effects=[EffectOut.model_validate(it, from_attributes=True) for it in page],
        next_after=last.effect_id if last else None,
    )


@router.post("/effects/{number}/retry", operation_id="retry_effect", status_code=204)
async def retry_effect(number: Number, services: ServicesDep, caller: OperatorDep) -> None:
    """Have a failed effect tried again at once."""
    await services.get(OutboxController).retry(caller, number)
