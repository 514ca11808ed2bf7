"""Tickets without Discord: rights, states, limits, what is refused, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from guildbase.core.errors import Conflict, GuildbaseError, InvalidInput, NotFound, PermissionDenied, RateLimited
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.features.tickets.controller import (
    CategoryController,
    Helper,
    NewTicket,
    OpeningController,
    PanelController,
    TicketController,
    TicketFilter,
)
from guildbase.features.tickets.controller import categories as category_limits
from guildbase.features.tickets.controller import contents as ticket_limits
from guildbase.features.tickets.controller import panels as panel_limits
from guildbase.features.tickets.controller.blocks import BlockController
from guildbase.features.tickets.controller.errors import BlockedFromTickets, TooManyOpen
from guildbase.features.tickets.kinds import MAX_NUMBER, Happening, TicketPriority, TicketState
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.factories import member, new_id
from tests.features.tickets.desk import Desk
from tests.statements import heard


@pytest.fixture
async def desk(services: BotServices) -> Desk:
    return await Desk(services).begin()


@pytest.fixture
def tickets(services: BotServices) -> TicketController:
    return services.get(TicketController)


async def test_a_whole_life_leaves_an_entry_and_an_audit_row_each(
    services: BotServices, desk: Desk, tickets: TicketController
) -> None:
    ticket = await desk.ticket()
    guild_id, number = desk.guild_id, ticket.number
    await tickets.claim(desk.staff, guild_id, number)
    await tickets.wrote(guild_id, number, desk.staff)
    assert (await desk.now(number)).state is TicketState.WAITING_FOR_USER
    first = (await desk.now(number)).first_response_at
    await tickets.wrote(guild_id, number, desk.opener)
    assert (await desk.now(number)).state is TicketState.WAITING_FOR_STAFF
    await tickets.wrote(guild_id, number, desk.staff)
    assert (await desk.now(number)).first_response_at == first
    await tickets.ask_to_close(desk.staff, guild_id, number, "Done?")
    await tickets.refuse_to_close(desk.opener, guild_id, number)
    await tickets.close(desk.opener, guild_id, number, " Thanks ")
    await tickets.reopen(desk.opener, guild_id, number)
    await tickets.close(desk.admin, guild_id, number)
    await tickets.delete(desk.staff, guild_id, number)
    await tickets.removed(guild_id, number)
    now = await desk.now(number)
    assert (now.state, now.channel_id, now.assignee_id) == (TicketState.DELETED, None, desk.staff.user_id)
    log = await desk.log(number)
    assert log == [
        "opened", "placed", "claimed", "staff_wrote", "user_wrote", "staff_wrote", "close_asked", "close_refused",
        "closed", "reopened", "closed", "deleted",
    ]  # fmt: skip
    assert now.events == len(log)
    audited = await services.get(AuditController).entries(SYSTEM, guild_id)
    actions = [row.action.removeprefix("tickets.") for row in audited if row.details.get("ticket") == number]
    assert sorted(actions) == sorted(what for what in log if what not in ("placed", "staff_wrote", "user_wrote"))


async def test_rights_are_judged_here_and_strangers_hear_of_nothing(desk: Desk, tickets: TicketController) -> None:
    number = (await desk.ticket()).number
    guild_id, friend = desk.guild_id, member(desk.guild_id)
    await tickets.add(desk.staff, guild_id, number, friend.user_id or 0)
    for caller in (desk.stranger, Caller(user_id=desk.opener.user_id, guild_id=new_id())):
        with pytest.raises(NotFound):
            await tickets.get(caller, guild_id, number)
        with pytest.raises(NotFound):
            await tickets.close(caller, guild_id, number)
        assert await tickets.find(caller, guild_id, TicketFilter()) == []
    for caller in (desk.opener, friend):
        with pytest.raises(PermissionDenied):
            await tickets.rename(caller, guild_id, number, "mine")
        assert [row.number for row in await tickets.find(caller, guild_id, TicketFilter())] == [number]
    with pytest.raises(PermissionDenied):
        await tickets.close(friend, guild_id, number)
    with pytest.raises(PermissionDenied):
        await tickets.refuse_to_close(desk.staff, guild_id, number)
    for number_of_none in (0, 99, MAX_NUMBER + 1):
        with pytest.raises(NotFound):
            await tickets.get(SYSTEM, guild_id, number_of_none)
        with pytest.raises(NotFound):
            await tickets.close(SYSTEM, guild_id, number_of_none)
    with pytest.raises(NotFound):
        await tickets.at(guild_id, new_id())


async def test_a_ticket_has_one_helper_who_alone_gives_it_back(desk: Desk, tickets: TicketController) -> None:
    number, guild_id = (await desk.ticket()).number, desk.guild_id
    second = member(guild_id, role_ids=frozenset({desk.role_id}))
    with pytest.raises(PermissionDenied):
        await tickets.unclaim(desk.staff, guild_id, number)
    with pytest.raises(Conflict):
        await tickets.unclaim(SYSTEM, guild_id, number)
    await tickets.wrote(guild_id, number, desk.staff)
    with pytest.raises(Conflict):  # It waits for its opener, and nobody has taken it.
        await tickets.unclaim(SYSTEM, guild_id, number)
    await tickets.wrote(guild_id, number, desk.opener)
    # Two press at once; one has it.
    found = await asyncio.gather(
        *(tickets.claim(caller, guild_id, number) for caller in (desk.staff, second)), return_exceptions=True
    )
    assert sum(isinstance(it, Conflict) for it in found) == 1
    await tickets.assign(desk.admin, guild_id, number, Helper(second.user_id or 0, "Second", second.role_ids))
    with pytest.raises(Conflict):
        await tickets.claim(second, guild_id, number)
    with pytest.raises(InvalidInput):
        await tickets.assign(desk.admin, guild_id, number, Helper(new_id(), "Nobody"))
    with pytest.raises(PermissionDenied):
        await tickets.unclaim(desk.staff, guild_id, number)
    await tickets.unclaim(second, guild_id, number)
    boss = Helper(new_id(), "Boss", is_admin=True)
    assert (await tickets.assign(desk.staff, guild_id, number, boss)).assignee_id == boss.user_id
    states = frozenset({TicketState.CLAIMED, TicketState.WAITING_FOR_STAFF})
    wanted = TicketFilter(states, desk.opener.user_id, boss.user_id, desk.category)
    assert [row.number for row in await tickets.find(SYSTEM, guild_id, wanted)] == [number]
    assert await tickets.find(SYSTEM, guild_id, TicketFilter(before=number)) == []


async def test_what_is_wrong_is_refused_and_changes_nothing(
    desk: Desk, tickets: TicketController, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, guild_id = (await desk.ticket()).number, desk.guild_id
    monkeypatch.setattr(ticket_limits, "MAX_TAGS", 1)
    monkeypatch.setattr(ticket_limits, "MAX_PARTICIPANTS", 1)
    await tickets.tag(desk.staff, guild_id, number, " VIP ")
    friend = new_id()
    await tickets.add(desk.staff, guild_id, number, friend)
    threads = await desk.services.get(CategoryController).create(SYSTEM, guild_id, {"name": "T", "kind": "thread"})
    rooms = await desk.services.get(CategoryController).create(SYSTEM, guild_id, {"name": "R"})
    before = await desk.log(number)
    refused: list[tuple[type[GuildbaseError], Any]] = [
        (InvalidInput, tickets.rename(desk.staff, guild_id, number, "!!!")),
        (InvalidInput, tickets.close(desk.staff, guild_id, number, "x" * 501)),
        (InvalidInput, tickets.close(desk.staff, guild_id, number, "\x00")),
        (InvalidInput, tickets.tag(desk.staff, guild_id, number, " ")),
        (Conflict, tickets.tag(desk.staff, guild_id, number, "vip")),
        (Conflict, tickets.tag(desk.staff, guild_id, number, "more")),
        (Conflict, tickets.untag(desk.staff, guild_id, number, "more")),
        (Conflict, tickets.add(desk.staff, guild_id, number, friend)),
        (Conflict, tickets.add(desk.staff, guild_id, number, desk.opener.user_id or 0)),
        (Conflict, tickets.add(desk.staff, guild_id, number, new_id())),
        (Conflict, tickets.remove(desk.staff, guild_id, number, new_id())),
        (Conflict, tickets.change_category(desk.staff, guild_id, number, desk.category)),
        (InvalidInput, tickets.change_category(desk.staff, guild_id, number, threads.number)),
        (NotFound, tickets.change_category(desk.staff, guild_id, number, 99)),
        (Conflict, tickets.reopen(desk.staff, guild_id, number)),
        (Conflict, tickets.delete(desk.staff, guild_id, number)),
    ]
    for kind, attempt in refused:
        with pytest.raises(kind):
            await attempt
    assert await desk.log(number) == before
    assert await tickets.tags(desk.staff, guild_id) == ["vip"]
    with pytest.raises(PermissionDenied):
        await tickets.tags(desk.opener, guild_id)
    tagged = await tickets.find(SYSTEM, guild_id, TicketFilter(tag="vip"))
    assert [row.number for row in tagged] == [number]
    await tickets.untag(desk.staff, guild_id, number, "VIP")
    await tickets.remove(desk.staff, guild_id, number, friend)
    assert await tickets.taken_out(await tickets.get(SYSTEM, guild_id, number)) == {friend}
    await tickets.set_priority(desk.staff, guild_id, number, TicketPriority.HIGH)
    moved = await tickets.change_category(desk.staff, guild_id, number, rooms.number)
    assert (moved.category, moved.priority) == (rooms.number, TicketPriority.HIGH)
    with pytest.raises(NotFound):  # The old staff has no part in it any more.
        await tickets.get(desk.staff, guild_id, number)


async def test_a_lost_channel_closes_a_ticket_and_reopening_promises_a_new_one(
    desk: Desk, tickets: TicketController
) -> None:
    number, guild_id = (await desk.ticket()).number, desk.guild_id
    await tickets.note_failure(guild_id, number, "x" * 400)
    assert len((await desk.now(number)).failure) == 300
    with pytest.raises(Conflict):  # It has another one by now.
        await tickets.lost_place(guild_id, number, new_id())
    await tickets.lost_place(guild_id, number, (await desk.now(number)).channel_id or 0)
    now = await desk.now(number)
    assert (now.state, now.channel_id) == (TicketState.CLOSED, None)
    assert (await tickets.reopen(desk.opener, guild_id, number)).state is TicketState.OPENING
    with pytest.raises(Conflict):
        await tickets.claim(desk.staff, guild_id, number)
    await desk.services.get(OpeningController).failed(guild_id, number, "No room")
    assert (await desk.now(number)).state is TicketState.FAILED
    assert (await desk.log(number))[-1] == Happening.FAILED


async def test_nobody_opens_too_much(services: BotServices, desk: Desk) -> None:
    openings, guild_id = services.get(OpeningController), desk.guild_id
    number = (await services.get(CategoryController).create(SYSTEM, guild_id, {"name": "One"})).number
    once = NewTicket(number, request_id=new_id())
    first, again = await openings.open(desk.opener, guild_id, once), await openings.open(desk.opener, guild_id, once)
    assert (again.ticket.number, again.effect_id) == (first.ticket.number, None)
    with pytest.raises(Conflict):
        await openings.open(desk.opener, guild_id, NewTicket(number))
    for turn in range(4):
        await openings.open(desk.opener, guild_id, NewTicket(desk.category, f"{turn}"))
    with pytest.raises(RateLimited):
        await openings.open(desk.opener, guild_id, NewTicket(desk.category))
    numbers = [row.number for row in await services.get(TicketController).find(SYSTEM, guild_id, TicketFilter())]
    assert numbers == [5, 4, 3, 2, 1]
    with pytest.raises(InvalidInput):
        await openings.open(SYSTEM, guild_id, NewTicket(number))
    with pytest.raises(InvalidInput):
        await openings.open(desk.stranger, guild_id, NewTicket(number, "x" * 201))
    with pytest.raises(NotFound):
        await openings.open(desk.stranger, guild_id, NewTicket(MAX_NUMBER + 1))


async def test_a_second_press_while_the_channel_is_being_made_is_the_same_ticket(
    services: BotServices, desk: Desk
) -> None:
    openings, guild_id = services.get(OpeningController), desk.guild_id
    new = NewTicket(desk.category, "Help", request_id=new_id())
    again = NewTicket(desk.category, " Help ", request_id=new_id())
    both = await asyncio.gather(*(openings.open(desk.opener, guild_id, it) for it in (new, again)))
    assert [it.ticket.number for it in both] == [1, 1]
    assert sorted(it.effect_id is None for it in both) == [False, True]
    await openings.placed(guild_id, 1, new_id(), new_id())
    assert (await openings.open(desk.opener, guild_id, NewTicket(desk.category, "Help"))).ticket.number == 2


async def test_reopening_is_no_way_around_the_block_list_or_the_limit(services: BotServices) -> None:
    desk = await Desk(services).begin(open_limit=1)
    tickets, guild_id = services.get(TicketController), desk.guild_id
    first = (await desk.ticket()).number
    await tickets.close(desk.opener, guild_id, first)
    second = (await desk.ticket()).number
    with pytest.raises(TooManyOpen):
        await tickets.reopen(desk.opener, guild_id, first)
    await tickets.close(desk.opener, guild_id, second)
    await services.get(BlockController).block(desk.staff, guild_id, desk.opener.user_id or 0)
    with pytest.raises(BlockedFromTickets):
        await tickets.reopen(desk.opener, guild_id, first)
    assert (await tickets.reopen(desk.staff, guild_id, first)).state is TicketState.OPEN
    assert (await tickets.reopen(desk.staff, guild_id, second)).state is TicketState.OPEN


async def test_a_program_that_is_nobody_sees_what_its_roles_answer_and_not_what_nobody_has_taken(
    desk: Desk, tickets: TicketController
) -> None:
    number, guild_id = (await desk.ticket()).number, desk.guild_id
    assert await tickets.find(Caller(guild_id=guild_id), guild_id, TicketFilter()) == []
    program = Caller(guild_id=guild_id, role_ids=frozenset({desk.role_id}))
    assert [it.number for it in await tickets.find(program, guild_id, TicketFilter())] == [number]


async def test_threads_of_one_category_never_share_a_name(services: BotServices) -> None:
    desk = await Desk(services).begin(kind="thread", naming="{category}")
    first, second = await desk.ticket(), await desk.ticket(desk.stranger)
    assert (first.channel_name, second.channel_name) == ("support-0001", "support-0002")
    renamed = await services.get(TicketController).rename(desk.staff, desk.guild_id, 2, "Support 0001")
    assert renamed.channel_name == "support-0001-0002"


async def test_a_channel_that_would_not_go_is_deleted_again(desk: Desk, tickets: TicketController) -> None:
    number, guild_id = (await desk.ticket()).number, desk.guild_id
    await tickets.close(desk.staff, guild_id, number)
    for _again in range(2):
        await tickets.delete(desk.staff, guild_id, number)
    await tickets.removed(guild_id, number)
    with pytest.raises(Conflict):
        await tickets.delete(desk.staff, guild_id, number)


async def test_forms_are_checked_here_too(services: BotServices) -> None:
    questions = [{"label": "What"}, {"label": "When", "is_required": False}]
    desk = await Desk(services).begin(questions=questions)
    openings = services.get(OpeningController)
    with pytest.raises(InvalidInput) as refused:
        await openings.open(desk.opener, desk.guild_id, NewTicket(desk.category, answers={"When": "x" * 1001}))
    assert set(refused.value.problems) == {"What", "When"}
    given = {"What": " It\x00 broke ", "Other": "no question"}
    opened = await openings.open(desk.opener, desk.guild_id, NewTicket(desk.category, answers=given))
    assert opened.ticket.answers == {"What": "It broke"}


async def test_categories_and_panels_are_for_admins_and_within_limits(
    services: BotServices, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    categories, panels, guild_id = services.get(CategoryController), services.get(PanelController), desk.guild_id
    panel = {"channel_id": str(new_id()), "title": "Desk", "categories": ["Support", "Support"]}
    attempts: list[Any] = [
        categories.create(desk.staff, guild_id, {"name": "Mine"}),
        categories.edit(desk.staff, guild_id, desk.category, {"name": "Mine"}),
        categories.archive(desk.staff, guild_id, desk.category),
        panels.create(desk.staff, guild_id, panel),
        panels.edit(desk.staff, guild_id, 1, {}),
        panels.repost(desk.staff, guild_id, 1),
        panels.delete(desk.staff, guild_id, 1),
        panels.all(desk.staff, guild_id),
    ]
    for attempt in attempts:
        with pytest.raises(PermissionDenied):
            await attempt
    made = await panels.create(desk.admin, guild_id, panel)
    assert [it.name for it in made.categories] == ["Support"]
    channel_id = made.panel.channel_id
    assert await panels.posted(guild_id, 1, channel_id, new_id())
    second = await panels.create(desk.admin, guild_id, {**panel, "title": "Second"})
    # However many panels there are, their categories are read at once.
    with heard(services.get(DatabaseManager), "SELECT") as reads:
        offered = await panels.all_with_categories(desk.admin, guild_id)
    assert [[it.name for it in posted.categories] for posted in offered] == [["Support"]] * 2
    assert len(reads) == 2
    await panels.edit(desk.admin, guild_id, 1, {"channel_id": str(new_id()), "title": "Moved"})
    assert (await panels.get(guild_id, 1)).panel.message_id is None
    # An attempt that began before posted it in the old channel, another one a panel that is deleted now.
    assert not await panels.posted(guild_id, 1, channel_id, new_id())
    assert not await panels.posted(guild_id, 99, channel_id, new_id())
    await panels.not_posted(guild_id, 99, "Why")
    await panels.not_posted(guild_id, 1, "Why")
    assert (await panels.get(guild_id, 1)).panel.failure == "Why"
    refused: list[tuple[type[GuildbaseError], Any]] = [
        (InvalidInput, categories.create(desk.admin, guild_id, {"name": "Support"})),
        (InvalidInput, categories.create(desk.admin, guild_id, {"name": "x" * 51, "open_limit": 0})),
        (InvalidInput, categories.create(desk.admin, guild_id, {"name": "Q", "questions": [{"label": "a"}] * 2})),
        (InvalidInput, panels.edit(desk.admin, guild_id, 1, {"title": "Second"})),
        (NotFound, panels.edit(desk.admin, guild_id, 1, {"categories": ["None"]})),
        (NotFound, panels.get(guild_id, 99)),
        (NotFound, panels.get(guild_id, MAX_NUMBER + 1)),
        (NotFound, categories.get(guild_id, 99)),
    ]
    for kind, attempt in refused:
        with pytest.raises(kind):
            await attempt
    monkeypatch.setattr(category_limits, "MAX_CATEGORIES", 1)
    monkeypatch.setattr(panel_limits, "MAX_PANELS", 2)
    with pytest.raises(Conflict):
        await categories.create(desk.admin, guild_id, {"name": "More"})
    with pytest.raises(Conflict):
        await panels.create(desk.admin, guild_id, {**panel, "title": "Third"})
    renamed = await categories.edit(desk.admin, guild_id, desk.category, {"name": "Help", "staff_roles": []})
    assert renamed.name == "Help"
    monkeypatch.undo()
    await categories.create(desk.admin, guild_id, {"name": f"Help (#{desk.category})"})
    await categories.archive(desk.admin, guild_id, desk.category)
    assert [it.name for it in await categories.all(guild_id)] == ["Help (#1)"]
    assert (await panels.get(guild_id, second.panel.number)).categories == ()
    await panels.delete(desk.admin, guild_id, 1)
    assert [it.title for it in await panels.all(desk.admin, guild_id)] == ["Second"]
