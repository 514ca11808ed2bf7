"""The operator's routes; for everybody else there is nothing here (404)."""

from fastapi import APIRouter

from guildbase.platform.operations.api import errors, health, servers, shards, work

router = APIRouter(prefix="/operator", tags=["operator"])
for part in (health, shards, servers, errors, work):
    router.include_router(part.router)
