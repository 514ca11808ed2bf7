"""The routes of a server's own types of cases."""

from __future__ import annotations

from fastapi import APIRouter

from guildbase.api.dependencies import CaseViewer, GuildId, IdempotencyKeyDep, ServicesDep, SettingsEditor
from guildbase.features.moderation.api.shapes import TypeChangeIn, TypeIn, TypeOut
from guildbase.features.moderation.controller.custom_types import CustomTypeController, TypeState
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()


@router.get("/guilds/{guild_id}/case-types", operation_id="list_case_types")
async def list_case_types(guild_id: GuildId, services: ServicesDep, caller: CaseViewer) -> list[TypeOut]:
    """Return the server's own types, archived ones included; there are at most 100."""
    await services.get(GuildController).require(guild_id)
    return [TypeOut.of(row) for row in await services.get(CustomTypeController).list_types(caller, guild_id)]


@router.post("/guilds/{guild_id}/case-types", operation_id="add_case_type", status_code=201)
async def add_case_type(
    guild_id: GuildId, wanted: TypeIn, services: ServicesDep, caller: SettingsEditor, key: IdempotencyKeyDep
) -> TypeOut:
    """Make a type."""
    types = services.get(CustomTypeController)
    state = TypeState(**wanted.model_dump(exclude={"name"}))
    done = await types.add(caller, guild_id, wanted.name, state, key=key)
    return TypeOut.of(await types.get(caller, guild_id, done.name))


@router.patch("/guilds/{guild_id}/case-types/{name}", operation_id="edit_case_type")
async def edit_case_type(
    guild_id: GuildId,
    name: str,
    wanted: TypeChangeIn,
    services: ServicesDep,
    caller: SettingsEditor,
    key: IdempotencyKeyDep,
) -> TypeOut:
    """Change or archive a type; cases that are there stay as they are."""
    types = services.get(CustomTypeController)
    await types.edit(caller, guild_id, name, wanted.model_dump(exclude_unset=True), key=key)
    return TypeOut.of(await types.get(caller, guild_id, name))
