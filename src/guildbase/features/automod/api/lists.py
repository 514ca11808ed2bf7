"""The routes of the lists that rules name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from guildbase.api.dependencies import GuildId, GuildVisitor, ServicesDep, SettingsEditor
from guildbase.features.automod.controller import ListController
from guildbase.features.automod.kinds import MAX_LIST_TEXT, MAX_NAME, ListKind
from guildbase.features.automod.models import AutomodList
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()
ListName = Annotated[str, Path(max_length=MAX_NAME, examples=["words"])]


class AutomodListOut(BaseModel):
    """A list, without what it holds."""

    name: str
    kind: ListKind
    count: int

    @classmethod
    def of(cls, row: AutomodList) -> AutomodListOut:
        """Return the shape of a stored list."""
        return cls(name=row.name, kind=row.kind, count=len(row.entries.splitlines()))


class AutomodLists(BaseModel):
    """All lists, by name."""

    lists: list[AutomodListOut]


class AutomodEntries(BaseModel):
    """A list with what it holds."""

    name: str
    kind: ListKind
    entries: list[str]


class EntriesIn(BaseModel):
    """All that a list is to hold."""

    model_config = ConfigDict(extra="forbid")

    kind: ListKind
    entries: list[Annotated[str, Field(max_length=1000)]] = Field(min_length=1, max_length=MAX_LIST_TEXT)


@router.get("/guilds/{guild_id}/automod/lists", operation_id="list_automod_lists")
async def list_lists(guild_id: GuildId, services: ServicesDep, caller: GuildVisitor) -> AutomodLists:
    """Return the lists of words, domains and patterns that rules name."""
    await services.get(GuildController).require(guild_id)
    found = await services.get(ListController).all(caller, guild_id)
    return AutomodLists(lists=[AutomodListOut.of(row) for row in found])


@router.get("/guilds/{guild_id}/automod/lists/{name}", operation_id="get_automod_list")
async def get_list(guild_id: GuildId, name: ListName, services: ServicesDep, caller: GuildVisitor) -> AutomodEntries:
    """Return one list with what it holds."""
    return _entries(await services.get(ListController).get(caller, guild_id, name))


@router.put("/guilds/{guild_id}/automod/lists/{name}", operation_id="put_automod_list")
async def put_list(
    guild_id: GuildId, name: ListName, body: EntriesIn, services: ServicesDep, caller: SettingsEditor
) -> AutomodEntries:
    """Make a list hold exactly this; it is made if it is not there."""
    controller = services.get(ListController)
    await controller.replace(caller, guild_id, name, body.kind, body.entries)
    return _entries(await controller.get(caller, guild_id, name))


@router.delete("/guilds/{guild_id}/automod/lists/{name}", operation_id="delete_automod_list", status_code=204)
async def delete_list(guild_id: GuildId, name: ListName, services: ServicesDep, caller: SettingsEditor) -> None:
    """Delete a list; rules that name it find nothing by it."""
    await services.get(ListController).drop(caller, guild_id, name)


def _entries(row: AutomodList) -> AutomodEntries:
    return AutomodEntries(name=row.name, kind=row.kind, entries=row.entries.splitlines())
