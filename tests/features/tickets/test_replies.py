"""Kept answers, the block-list and ratings: who may, what is refused, and what stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from guildbase.core.errors import Conflict, GuildbaseError, InvalidInput, NotFound, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.features.tickets.controller import TicketController, replies
from guildbase.features.tickets.controller.blocks import BlockController
from guildbase.features.tickets.controller.errors import BlockedFromTickets
from guildbase.features.tickets.controller.ratings import RatingController
from guildbase.features.tickets.controller.replies import ReplyController, ReplyNotFound
from guildbase.features.tickets.kinds import TicketState
from guildbase.services.container import BotServices
from tests.features.tickets.desk import Desk


@pytest.fixture
async def desk(services: BotServices) -> Desk:
    return await Desk(services).begin()


async def test_admins_keep_answers_and_the_staff_uses_them(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, number = desk.services.get(ReplyController), (await desk.ticket()).number
    await keeper.add(desk.admin, desk.guild_id, "Hello", "Hi {user}, I am {staff} for #{number} ({category}) {0} {x}")
    text = await keeper.use(desk.staff, desk.guild_id, number, "HELLO")
    assert text == f"Hi <@{desk.opener.user_id}>, I am Sam Staff for #1 (Support) {{0}} {{x}}"
    assert (await desk.now(number)).state is TicketState.WAITING_FOR_USER
    assert (await desk.log(number))[-2:] == ["replied", "staff_wrote"]
    await keeper.edit(desk.admin, desk.guild_id, "hello", "Bye")
    assert [(it.name, it.content) for it in await keeper.all(desk.staff, desk.guild_id)] == [("hello", "Bye")]
    with pytest.raises(InvalidInput, match="already"):
        await keeper.add(desk.admin, desk.guild_id, "hello", "x")
    monkeypatch.setattr(replies, "MAX_REPLIES", 1)
    with pytest.raises(Conflict):
        await keeper.add(desk.admin, desk.guild_id, "more", "x")
    await keeper.delete(desk.admin, desk.guild_id, "hello")
    with pytest.raises(ReplyNotFound):
        await keeper.delete(desk.admin, desk.guild_id, "hello")


async def test_answers_are_refused_to_others_and_where_they_are_none(desk: Desk) -> None:
    keeper, number = desk.services.get(ReplyController), (await desk.ticket()).number
    await keeper.add(SYSTEM, desk.guild_id, "hello", "Hi")
    with pytest.raises(PermissionDenied):
        await keeper.add(desk.staff, desk.guild_id, "more", "x")
    with pytest.raises(PermissionDenied):
        await keeper.use(desk.opener, desk.guild_id, number, "hello")
    with pytest.raises(PermissionDenied):
        await keeper.all(desk.stranger, desk.guild_id)
    for name, content in (("two words", "x"), ("", "x"), ("x" * 33, "x"), ("ok", ""), ("ok", "x" * 2001)):
        with pytest.raises(InvalidInput):
            await keeper.add(SYSTEM, desk.guild_id, name, content)


async def test_two_of_the_staff_do_the_same_at_once(desk: Desk) -> None:
    blocks, keeper, who = (
        desk.services.get(BlockController),
        desk.services.get(ReplyController),
        desk.opener.user_id or 0,
    )
    await asyncio.gather(*(blocks.block(caller, desk.guild_id, who) for caller in (desk.staff, desk.admin)))
    assert [it.user_id for it in await blocks.blocked(desk.staff, desk.guild_id)] == [who]
    added = await asyncio.gather(
        *(keeper.add(desk.admin, desk.guild_id, "hi", text) for text in "ab"), return_exceptions=True
    )
    assert sum(isinstance(it, InvalidInput) for it in added) == 1


async def test_a_closed_ticket_takes_no_answer_and_its_log_tells_of_none(desk: Desk) -> None:
    keeper, number = desk.services.get(ReplyController), (await desk.ticket()).number
    await keeper.add(SYSTEM, desk.guild_id, "hello", "Hi")
    with pytest.raises(ReplyNotFound):
        await keeper.use(desk.staff, desk.guild_id, number, "bye")
    await desk.services.get(TicketController).close(desk.staff, desk.guild_id, number)
    with pytest.raises(Conflict):
        await keeper.use(desk.staff, desk.guild_id, number, "hello")
    assert (await desk.log(number))[-1] == "closed"


async def test_who_is_blocked_opens_no_tickets_until_the_block_ends(desk: Desk) -> None:
    blocks, who = desk.services.get(BlockController), desk.opener.user_id or 0
    await blocks.block(desk.staff, desk.guild_id, who, "rude")
    with pytest.raises(BlockedFromTickets):
        await desk.ticket()
    assert [it.reason for it in await blocks.blocked(desk.staff, desk.guild_id)] == ["rude"]
    assert await blocks.blocked(desk.staff, desk.guild_id, after=who) == []
    await blocks.block(desk.staff, desk.guild_id, who, "", duration=timedelta(seconds=-1))
    assert (await desk.ticket()).number
    await blocks.unblock(desk.staff, desk.guild_id, who)
    with pytest.raises(NotFound):
        await blocks.unblock(desk.staff, desk.guild_id, who)


async def test_only_the_staff_blocks_and_nobody_themselves(desk: Desk) -> None:
    blocks, who = desk.services.get(BlockController), desk.opener.user_id or 0
    for refused in (
        blocks.block(desk.stranger, desk.guild_id, who),
        blocks.unblock(desk.stranger, desk.guild_id, who),
        blocks.block(desk.staff, desk.guild_id, desk.staff.user_id or 0),
        blocks.block(desk.staff, desk.guild_id, who, "x" * 501),
    ):
        with pytest.raises(GuildbaseError):
            await refused


async def test_a_closed_ticket_is_rated_once_by_who_opened_it(desk: Desk) -> None:
    ratings, number = desk.services.get(RatingController), (await desk.ticket()).number
    with pytest.raises(Conflict):  # It is not closed.
        await ratings.rate(desk.opener, desk.guild_id, number, 5)
    await desk.services.get(TicketController).close(SYSTEM, desk.guild_id, number)
    with pytest.raises(Conflict):
        await ratings.comment(desk.opener, desk.guild_id, number, "no rating yet")
    with pytest.raises(InvalidInput):
        await ratings.rate(desk.opener, desk.guild_id, number, 6)
    with pytest.raises(PermissionDenied):
        await ratings.rate(desk.staff, desk.guild_id, number, 1)
    assert (await ratings.rate(desk.opener, desk.guild_id, number, 4)).rating == 4
    with pytest.raises(Conflict, match="4 of 5"):
        await ratings.rate(desk.opener, desk.guild_id, number, 1)
    with pytest.raises(PermissionDenied):
        await ratings.comment(desk.staff, desk.guild_id, number, "mine")
    with pytest.raises(InvalidInput):
        await ratings.comment(desk.opener, desk.guild_id, number, "x" * 1001)
    await ratings.comment(desk.opener, desk.guild_id, number, " Quick! ")
    with pytest.raises(Conflict):
        await ratings.comment(desk.opener, desk.guild_id, number, "again")
    rated = await desk.now(number)
    assert (rated.rating, rated.rating_comment) == (4, "Quick!")
