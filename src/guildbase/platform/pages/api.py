"""The routes of pages; what each needs is declared by its feature, so it is asked for here and not by the route."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from guildbase.api.dependencies import GuildId, GuildVisitor, IdempotencyKeyDep, Needs, ServicesDep
from guildbase.core.ports import Caller
from guildbase.core.rights import NAMES
from guildbase.platform.pages import rules
from guildbase.platform.pages.controller import PageController, may
from guildbase.platform.pages.schemas import (
    ActionBlock,
    ActionDone,
    ActionIn,
    BlockOut,
    CardList,
    CardOut,
    ColumnOut,
    PageList,
    PageOut,
    PageSummary,
    SettingsBlock,
    StatsBlock,
    TableBlock,
    TableRows,
)
from guildbase.services.pages import Action, Block, Page, Settings, Stats, Table

router = APIRouter(prefix="/guilds/{guild_id}/pages", tags=["pages"])

Name = Annotated[str, Path(max_length=40, examples=["entries"])]


async def get_page(
    feature: Name, page: Name, guild_id: GuildId, request: Request, services: ServicesDep, caller: GuildVisitor
) -> Page:
    """Return the page for a caller who may see it; who has no access to the guild is not told that there is one."""
    found = services.get(PageController).page(feature, page)
    await Needs(NAMES[found.right])(request)
    return found


PageDep = Annotated[Page, Depends(get_page)]


@router.get("", operation_id="list_pages")
async def list_pages(guild_id: GuildId, services: ServicesDep, caller: GuildVisitor) -> PageList:
    """Return the pages that features add to a server's dashboard, as far as the caller may see them."""
    seen = await services.get(PageController).seen_by(caller, guild_id)
    return PageList(pages=[_summary(feature, page) for (feature, _), page in seen.items()])


@router.get("/{feature}/{page}", operation_id="get_page")
async def show_page(feature: Name, page: PageDep, guild_id: GuildId, caller: GuildVisitor) -> PageOut:
    """Return what a page consists of; the values of its blocks are asked for one by one."""
    blocks = [_block(block, caller, guild_id) for block in page.blocks]
    return PageOut(**_summary(feature, page).model_dump(), blocks=blocks)


@router.get("/{feature}/{page}/stats/{block}", operation_id="get_page_stats")
async def get_stats(
    page: PageDep, block: Name, guild_id: GuildId, services: ServicesDep, caller: GuildVisitor
) -> CardList:
    """Return the figures of a row of cards."""
    controller = services.get(PageController)
    cards = await controller.cards(caller, guild_id, page, controller.block(page, block, Stats))
    return CardList(
        cards=[
            CardOut(
                label=rules.whole(card.label),
                value=rules.shown_card(card),
                kind=card.kind,
                hint=rules.whole(card.hint),
            )
            for card in cards
        ]
    )


@router.get("/{feature}/{page}/tables/{block}", operation_id="get_page_table")
async def get_table(
    page: PageDep,
    block: Name,
    guild_id: GuildId,
    services: ServicesDep,
    caller: GuildVisitor,
    after: Annotated[str | None, Query(max_length=2000, description="The `next_after` of the rows before.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> TableRows:
    """Return some rows of a table."""
    controller = services.get(PageController)
    table = controller.block(page, block, Table)
    rows, following = await controller.rows(caller, guild_id, page, table, after=after, limit=limit)
    return TableRows(rows=rows, next_after=following)


@router.post("/{feature}/{page}/actions/{block}", operation_id="do_page_action")
async def do_action(
    page: PageDep,
    block: Name,
    wanted: ActionIn,
    guild_id: GuildId,
    request: Request,
    services: ServicesDep,
    caller: GuildVisitor,
    key: IdempotencyKeyDep,
) -> ActionDone:
    """Do what a button of the page is for."""
    controller = services.get(PageController)
    action = controller.block(page, block, Action)
    await Needs(NAMES[action.right])(request)
    return ActionDone(message=await controller.act(caller, guild_id, page, action, wanted.form, key=key))


def _summary(feature: str, page: Page) -> PageSummary:
    return PageSummary(
        feature=feature, name=page.name, title=page.title, summary=page.summary, icon=page.icon, right=page.right
    )


def _block(block: Block, caller: Caller, guild_id: int) -> BlockOut:
    match block:
        case Settings():
            return SettingsBlock(title=block.title)
        case Stats():
            return StatsBlock(name=block.name, title=block.title)
        case Table():
            columns = [ColumnOut(name=it.name, label=it.label, kind=it.kind) for it in block.columns]
            return TableBlock(name=block.name, title=block.title, columns=columns, empty=block.empty)
        case Action():
            return ActionBlock(
                name=block.name,
                title=block.title,
                summary=block.summary,
                confirm=block.confirm,
                form=block.form.model_json_schema() if block.form is not None else None,
                is_destructive=block.is_destructive,
                is_allowed=may(caller, guild_id, block.right),
            )
