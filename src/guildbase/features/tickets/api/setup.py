"""The routes by which a server says what tickets it takes: categories and panels."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from guildbase.api.dependencies import GuildId, GuildVisitor, IdempotencyKeyDep, ServicesDep, SettingsEditor
from guildbase.features.tickets.api.setup_shapes import CategoryList, CategoryOut, PanelList, PanelOut
from guildbase.features.tickets.controller import CategoryController, PanelController
from guildbase.features.tickets.kinds import MAX_NUMBER
from guildbase.features.tickets.schemas import CategoryShape, PanelShape
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()
CategoryNumber = Annotated[int, Path(ge=1, le=MAX_NUMBER, description="The category's number.")]
PanelNumber = Annotated[int, Path(ge=1, le=MAX_NUMBER, description="The panel's number.")]


@router.get("/guilds/{guild_id}/ticket-categories", operation_id="list_ticket_categories")
async def list_categories(guild_id: GuildId, services: ServicesDep, _caller: GuildVisitor) -> CategoryList:
    """Return the sorts of tickets that the server takes in, oldest first."""
    await services.get(GuildController).require(guild_id)
    found = await services.get(CategoryController).all_with_staff(guild_id)
    return CategoryList(categories=[CategoryOut.of_row(row, roles) for row, roles in found])


@router.post("/guilds/{guild_id}/ticket-categories", operation_id="create_ticket_category", status_code=201)
async def create_category(
    guild_id: GuildId, wanted: CategoryShape, services: ServicesDep, caller: SettingsEditor, key: IdempotencyKeyDep
) -> CategoryOut:
    """Take in a new sort of tickets."""
    await services.get(GuildController).require(guild_id)
    categories = services.get(CategoryController)
    made = await categories.create_once(caller, guild_id, wanted.model_dump(), key)
    return CategoryOut.of_row(*await categories.get(guild_id, made.number))


@router.put("/guilds/{guild_id}/ticket-categories/{number}", operation_id="change_ticket_category")
async def change_category(
    guild_id: GuildId, number: CategoryNumber, wanted: CategoryShape, services: ServicesDep, caller: SettingsEditor
) -> CategoryOut:
    """Make a category this; panels that offer it are posted anew."""
    categories = services.get(CategoryController)
    await categories.edit(caller, guild_id, number, wanted.model_dump())
    return CategoryOut.of_row(*await categories.get(guild_id, number))


@router.delete("/guilds/{guild_id}/ticket-categories/{number}", operation_id="archive_ticket_category", status_code=204)
async def archive_category(
    guild_id: GuildId, number: CategoryNumber, services: ServicesDep, caller: SettingsEditor
) -> None:
    """Take no more tickets of a category; those that are there go on."""
    await services.get(CategoryController).archive(caller, guild_id, number)


@router.get("/guilds/{guild_id}/ticket-panels", operation_id="list_ticket_panels")
async def list_panels(guild_id: GuildId, services: ServicesDep, caller: SettingsEditor) -> PanelList:
    """Return the messages from which people open tickets, oldest first."""
    await services.get(GuildController).require(guild_id)
    found = await services.get(PanelController).all_with_categories(caller, guild_id)
    return PanelList(panels=[PanelOut.of_posted(it) for it in found])


@router.post("/guilds/{guild_id}/ticket-panels", operation_id="create_ticket_panel", status_code=201)
async def create_panel(
    guild_id: GuildId, wanted: PanelShape, services: ServicesDep, caller: SettingsEditor, key: IdempotencyKeyDep
) -> PanelOut:
    """Make a panel; the bot posts it soon."""
    await services.get(GuildController).require(guild_id)
    panels = services.get(PanelController)
    made = await panels.create_once(caller, guild_id, wanted.model_dump(), key)
    return PanelOut.of_posted(await panels.get(guild_id, made.number))


@router.put("/guilds/{guild_id}/ticket-panels/{number}", operation_id="change_ticket_panel")
async def change_panel(
    guild_id: GuildId, number: PanelNumber, wanted: PanelShape, services: ServicesDep, caller: SettingsEditor
) -> PanelOut:
    """Make a panel this; its message is changed, or posted in the other channel."""
    return PanelOut.of_posted(await services.get(PanelController).edit(caller, guild_id, number, wanted.model_dump()))


@router.post("/guilds/{guild_id}/ticket-panels/{number}/repost", operation_id="repost_ticket_panel")
async def repost_panel(
    guild_id: GuildId, number: PanelNumber, services: ServicesDep, caller: SettingsEditor, key: IdempotencyKeyDep
) -> PanelOut:
    """Post a panel again as the newest message of its channel, such as after its message was deleted."""
    return PanelOut.of_posted(await services.get(PanelController).repost(caller, guild_id, number, key=key))


@router.delete("/guilds/{guild_id}/ticket-panels/{number}", operation_id="delete_ticket_panel", status_code=204)
async def delete_panel(guild_id: GuildId, number: PanelNumber, services: ServicesDep, caller: SettingsEditor) -> None:
    """Delete a panel and its message; tickets stay."""
    await services.get(PanelController).delete(caller, guild_id, number)
