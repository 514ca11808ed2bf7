"""Routes of what fares how: all parts, the processes and their caches."""

from __future__ import annotations

from fastapi import APIRouter

from guildbase.api.dependencies import GuildId, OperatorDep, ServicesDep
from guildbase.core.clock import utcnow
from guildbase.platform.operations.controller import HealthController, ProcessController
from guildbase.platform.operations.schemas import HealthCheck, HealthReport, ProcessList, ProcessOut

router = APIRouter()


@router.get("/health", operation_id="get_operator_health")
async def get_health(services: ServicesDep, caller: OperatorDep) -> HealthReport:
    """Return how every part of the installation fares, and what to do where one does not."""
    found = await services.get(HealthController).checks(caller)
    return HealthReport(checks=[HealthCheck.model_validate(it, from_attributes=True) for it in found], at=utcnow())


@router.get("/processes", operation_id="list_processes")
async def list_processes(services: ServicesDep, caller: OperatorDep) -> ProcessList:
    """Return the processes with their loops and caches."""
    found, silent = await services.get(ProcessController).all(caller)
    return ProcessList(processes=[ProcessOut.model_validate(it, from_attributes=True) for it in found], silent=silent)


@router.post("/cache/guilds/{guild_id}/forget", operation_id="forget_cached_guild", status_code=204)
async def forget_guild(guild_id: GuildId, services: ServicesDep, caller: OperatorDep) -> None:
    """Have all processes read what they keep of a server from the database again."""
    await services.get(ProcessController).forget_guild(caller, guild_id)
