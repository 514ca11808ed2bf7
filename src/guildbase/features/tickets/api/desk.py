"""The routes of what the staff works with: kept answers, and who may open no tickets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from guildbase.api.dependencies import GuildId, GuildVisitor, IdempotencyKeyDep, ServicesDep, SettingsEditor, UserId
from guildbase.api.pages import Limit
from guildbase.features.tickets.api.setup_shapes import (
    NAME,
    BlockIn,
    BlockOut,
    BlockPage,
    ReplyChange,
    ReplyIn,
    ReplyList,
    ReplyOut,
)
from guildbase.features.tickets.api.shapes import AfterSnowflake
from guildbase.features.tickets.controller.blocks import BlockController
from guildbase.features.tickets.controller.replies import ReplyController
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()
Name = Annotated[str, Path(pattern=NAME, description="The name of the answer.")]


@router.get("/guilds/{guild_id}/ticket-replies", operation_id="list_ticket_replies")
async def list_replies(guild_id: GuildId, services: ServicesDep, caller: GuildVisitor) -> ReplyList:
    """Return the answers that the staff keeps, by name."""
    await services.get(GuildController).require(guild_id)
    found = await services.get(ReplyController).all(caller, guild_id)
    return ReplyList(replies=[ReplyOut.of(row) for row in found])


@router.post("/guilds/{guild_id}/ticket-replies", operation_id="add_ticket_reply", status_code=201)
async def add_reply(
    guild_id: GuildId, wanted: ReplyIn, services: ServicesDep, caller: SettingsEditor, key: IdempotencyKeyDep
) -> ReplyOut:
    """Keep an answer; its name tells it from others, so a second one of that name is refused."""
    await services.get(GuildController).require(guild_id)
    replies = services.get(ReplyController)
    return ReplyOut.of(await replies.add(caller, guild_id, wanted.name, wanted.content, key=key))


@router.put("/guilds/{guild_id}/ticket-replies/{name}", operation_id="change_ticket_reply")
async def change_reply(
    guild_id: GuildId, name: Name, wanted: ReplyChange, services: ServicesDep, caller: SettingsEditor
) -> ReplyOut:
    """Change what a kept answer says."""
    return ReplyOut.of(await services.get(ReplyController).edit(caller, guild_id, name, wanted.content))


@router.delete("/guilds/{guild_id}/ticket-replies/{name}", operation_id="delete_ticket_reply", status_code=204)
async def delete_reply(guild_id: GuildId, name: Name, services: ServicesDep, caller: SettingsEditor) -> None:
    """Keep an answer no longer."""
    await services.get(ReplyController).delete(caller, guild_id, name)


@router.get("/guilds/{guild_id}/ticket-blocks", operation_id="list_ticket_blocks")
async def list_blocks(
    guild_id: GuildId,
    services: ServicesDep,
    caller: GuildVisitor,
    after: AfterSnowflake = "0",
    limit: Limit = 50,
) -> BlockPage:
    """Return who may open no tickets now."""
    await services.get(GuildController).require(guild_id)
    blocks = services.get(BlockController)
    # One more than asked for tells whether there is another page.
    found = await blocks.blocked(caller, guild_id, after=int(after), limit=limit + 1)
    next_after = str(found[limit - 1].user_id) if len(found) > limit else None
    return BlockPage(blocks=[BlockOut.of(row) for row in found[:limit]], next_after=next_after)


@router.put("/guilds/{guild_id}/ticket-blocks/{user_id}", operation_id="block_from_tickets")
async def block(
    guild_id: GuildId, user_id: UserId, wanted: BlockIn, services: ServicesDep, caller: GuildVisitor
) -> BlockOut:
    """Let somebody open no tickets; an earlier block is replaced."""
    await services.get(GuildController).require(guild_id)
    blocks = services.get(BlockController)
    return BlockOut.of(await blocks.block(caller, guild_id, user_id, wanted.reason, duration=wanted.duration))


@router.delete("/guilds/{guild_id}/ticket-blocks/{user_id}", operation_id="unblock_from_tickets", status_code=204)
async def unblock(guild_id: GuildId, user_id: UserId, services: ServicesDep, caller: GuildVisitor) -> None:
    """Let somebody open tickets again."""
    await services.get(BlockController).unblock(caller, guild_id, user_id)
