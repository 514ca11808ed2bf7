"""Tickets from a panel to the end, as people, staff and admins go through them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from guildbase.bot import executor
from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM, Caller
from guildbase.features.tickets.controller import CategoryController, NewTicket, OpeningController, TicketController
from guildbase.features.tickets.kinds import TicketState
from guildbase.features.tickets.models import Ticket
from guildbase.services.outbox import outbox
from guildbase.simulator import Form, Permission, Person, Reply, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.features.setup.scripted import choose, press
from tests.waiting import until

SEND, VIEW = Permission.SEND_MESSAGES, Permission.VIEW_CHANNEL
QUESTIONS = [{"label": "What happened", "is_long": True}, {"label": "Since when", "is_required": False}]


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once."""
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(executor, "POLL", 0.02)


@pytest.fixture
async def helper(guild: ScriptedGuild) -> Person:
    """Somebody of the staff, without any rights but those of the role."""
    return guild.member("helper", roles=["Support"])


async def _category(bot: GuildbaseBot, guild: ScriptedGuild, **values: Any) -> int:
    wanted = {"name": "Help", "staff_roles": [str(guild.role("Support").id)], **values}
    return (await bot.services.get(CategoryController).create(SYSTEM, guild.id, wanted)).number


async def _ticket(bot: GuildbaseBot, guild: ScriptedGuild, number: int = 1) -> Ticket:
    return (await bot.services.get(TicketController).get(SYSTEM, guild.id, number)).ticket


async def _is(bot: GuildbaseBot, guild: ScriptedGuild, state: TicketState, number: int = 1) -> Ticket:
    async def stands() -> bool:
        return (await _ticket(bot, guild, number)).state is state

    await until(stands)
    return await _ticket(bot, guild, number)


async def test_a_ticket_goes_from_the_panel_to_its_end(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    await _category(guildbase_bot, guild, questions=QUESTIONS, greeting="Hello!")
    page = await guild.owner.slash("ticket panel create", title="Need help?")
    posted = await press(page, "post")
    assert "The panel is in" in posted.text
    panel = await member.hears(matching="Need help?")
    form = _form(await panel.click("Help"))
    answer = await form.submit(what_happened="It **broke**")
    assert "Your ticket #1" in answer.text
    ticket = await _is(guildbase_bot, guild, TicketState.OPEN)
    assert ticket.answers == {"What happened": "It **broke**"}
    room = guild.find_channel("help-0001")
    assert room.id == ticket.channel_id
    greeting = await helper.hears(in_channel="help-0001")
    assert "Hello!" in greeting.text
    assert "It \\*\\*broke\\*\\*" in greeting.text
    assert "is yours" in (await greeting.click("Claim")).text
    await helper.hears(in_channel="help-0001", matching="takes care")
    await _close_by_button(guildbase_bot, discord, guild, member, greeting)


async def _close_by_button(
    bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, greeting: Any
) -> None:
    """Close, reopen, close again and delete, by the buttons in the ticket."""
    form = _form(await greeting.click("Close", by=member))
    assert "is closed" in (await form.submit(reason="Solved")).text
    ticket = await _is(bot, guild, TicketState.CLOSED)
    assert (ticket.close_reason, ticket.closed_by) == ("Solved", member.id)
    news = await guild.owner.hears(in_channel="help-0001", matching="Reason: Solved")
    await until(lambda: not _may(discord, guild, member, SEND, "help-0001"))
    assert "open again" in (await news.click("Reopen", by=guild.owner)).text
    await until(lambda: _may(discord, guild, member, SEND, "help-0001"))
    assert (await _ticket(bot, guild)).state is TicketState.CLAIMED
    await _confirmed(await guild.owner.slash("ticket close", number=1, reason="Really"))
    await _is(bot, guild, TicketState.CLOSED)
    await _confirmed(await guild.owner.slash("ticket delete", number=1))
    await until(lambda: "help-0001" not in _rooms(discord, guild))
    info = await guild.owner.slash("ticket info", number=1)
    assert "Ticket #1: deleted" in info.text
    assert "reopened" in info.text


def _form(reply: Reply) -> Form:
    assert reply.modal is not None
    return reply.modal


async def _confirmed(question: Reply) -> Reply:
    return await press(question, "confirm")


def _rooms(discord: Simulator, guild: ScriptedGuild) -> list[str]:
    return [it.name for it in discord.world.channels.values() if it.guild_id == guild.id]


def _may(discord: Simulator, guild: ScriptedGuild, person: Person, permission: Permission, room: str) -> bool:
    found = discord.world.permissions_of(discord.world.guilds[guild.id], person.id, guild.find_channel(room))
    return bool(found & int(permission))


async def test_one_at_a_time_and_not_for_the_blocked_and_twice_is_once(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    number = await _category(guildbase_bot, guild)
    answers = await asyncio.gather(*(member.slash("ticket open", category=number) for _ in range(3)))
    texts = sorted(answer.text for answer in answers)
    assert sum("Your ticket #1" in text for text in texts) == 1
    assert sum("open already" in text for text in texts) == 2
    assert [name for name in _rooms(discord, guild) if name.startswith("help-")] == ["help-0001"]
    other = guild.member("other")
    await other.says("!ticket open 1 It does not work")
    assert "Your ticket #2" in (await other.hears(matching="Your ticket")).text
    assert (await _ticket(guildbase_bot, guild, 2)).subject == "It does not work"
    blocked = guild.member("blocked")
    await guild.owner.slash("ticket block", user=blocked, reason="Spam")
    assert "may not open tickets" in (await blocked.slash("ticket open", category=number)).text
    stranger = await other.slash("ticket info", number=1)
    assert "no ticket #1 for you" in stranger.text
    assert "#2" in (await other.slash("ticket list")).text
    assert "**#1**" not in (await other.slash("ticket list")).text


async def test_the_staff_works_in_a_ticket_by_commands(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    await _category(guildbase_bot, guild)
    other = await _category(guildbase_bot, guild, name="Billing", staff_roles=[str(guild.role("Cashiers").id)])
    await member.slash("ticket open", category=1)
    friend, cashier = guild.member("friend"), guild.member("cashier", roles=["Cashiers"])
    asked: dict[str, Any] = {"number": 1}
    assert "is for others" in (await member.slash("ticket claim", **asked)).text
    assert "no ticket #1" in (await cashier.slash("ticket claim", **asked)).text
    assert "is yours" in (await helper.slash("ticket claim", **asked)).text
    assert "already" in (await helper.slash("ticket claim", **asked)).text
    assert "has this ticket" in (await guild.owner.slash("ticket claim", **asked)).text
    assert "everybody's again" in (await helper.slash("ticket unclaim", **asked)).text
    assert "not of the staff" in (await helper.slash("ticket assign", helper=friend, **asked)).text
    assert "is " in (await guild.owner.slash("ticket assign", helper=helper, **asked)).text
    assert "is in ticket" in (await helper.slash("ticket add", member=friend, **asked)).text
    await until(lambda: _may(discord, guild, friend, SEND, "help-0001"))
    assert "no longer" in (await helper.slash("ticket remove", member=friend, **asked)).text
    await until(lambda: not _may(discord, guild, friend, VIEW, "help-0001"))
    assert "priority urgent" in (await helper.slash("ticket priority", priority="urgent", **asked)).text
    assert "has the tag" in (await helper.slash("ticket tag", tag="Refund", **asked)).text
    assert "#1" in (await helper.slash("ticket list", tag="refund")).text
    assert "lost the tag" in (await helper.slash("ticket untag", tag="refund", **asked)).text
    assert "is moved" in (await helper.slash("ticket move", category=other, **asked)).text
    await until(lambda: _may(discord, guild, cashier, SEND, "help-0001"))
    assert "help-me-please" in (await cashier.slash("ticket rename", name="Help me, please!", **asked)).text
    await until(lambda: "help-me-please" in _rooms(discord, guild))
    assert "is asked" in (await helper.slash("ticket close", ask=True, reason="All well?", **asked)).text
    question = await member.hears(in_channel="help-me-please", matching="All well?")
    refused = await question.click("No, I need help", by=member)
    assert "you need help" in (await refused.followed_up()).text
    info = (await cashier.slash("ticket info", **asked)).text
    assert "help is still needed" in info


async def test_a_ticket_in_a_thread_lets_in_whom_it_concerns(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    parent = guild.channel("desk")
    await _category(guildbase_bot, guild, kind="thread", parent_id=str(parent.id))
    assert "Your ticket #1" in (await member.slash("ticket open", category=1)).text
    room = guild.find_channel("help-0001")
    assert room.parent_id == parent.id
    thread = room.thread
    assert thread is not None
    friend = guild.member("friend")
    await helper.slash("ticket add", member=friend, number=1)
    await until(lambda: friend.id in thread.members)
    await helper.slash("ticket remove", member=friend, number=1)
    await until(lambda: friend.id not in thread.members)
    await _confirmed(await helper.slash("ticket close", number=1))
    await until(lambda: thread.archived)
    await helper.slash("ticket reopen", number=1)
    await until(lambda: not thread.archived)


def _names(discord: Simulator, guild: ScriptedGuild) -> list[str]:
    return [name for name in _rooms(discord, guild) if name.startswith("help-")]


FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("POST /guilds/*/channels", {"cut": "before", "times": 1}),
    ("POST /guilds/*/channels", {"cut": "after", "times": 1}),
    ("POST /guilds/*/channels", {"status": 429, "retry_after": 0.1, "times": 1}),
    ("GET /guilds/*/channels", {"status": 503, "times": 6}),
    ("POST /channels/*/messages", {"cut": "after", "times": 1}),
]


async def test_whatever_cuts_the_opening_off_there_is_one_channel_and_one_greeting(
    quick_retries: None, guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    await _category(guildbase_bot, guild)
    for number, (route, fault) in enumerate(FAULTS, start=1):
        with discord.faults.rest(route, **fault):
            caller = Caller(user_id=guild.member(f"member{number}").id, guild_id=guild.id, name="member")
            await guildbase_bot.services.get(OpeningController).open(caller, guild.id, NewTicket(1))
            ticket = await _is(guildbase_bot, guild, TicketState.OPEN, number)
        assert sorted(_names(discord, guild)) == [f"help-{it:04d}" for it in range(1, number + 1)]
        (greeting,) = guild.messages(f"help-{number:04d}")
        assert ticket.greeting_id == greeting.id


async def test_an_attempt_goes_on_with_the_channel_or_thread_that_the_one_before_made(
    quick_retries: None,
    guildbase_bot: GuildbaseBot,
    discord: Simulator,
    guild: ScriptedGuild,
    member: Person,
) -> None:
    await _category(guildbase_bot, guild)
    parent = guild.channel("desk")
    await _category(guildbase_bot, guild, name="Thread", kind="thread", parent_id=str(parent.id))
    caller = Caller(user_id=member.id, guild_id=guild.id, name="member")
    # The channels are there, and nothing that the bot does afterwards reaches Discord or is kept.
    lost = discord.faults.rest("GET /channels/*/messages", status=503)
    for category in (1, 2):
        await guildbase_bot.services.get(OpeningController).open(caller, guild.id, NewTicket(category))
    await until(lambda: "thread-0002" in _rooms(discord, guild) and "help-0001" in _rooms(discord, guild))
    lost.lift()
    await _is(guildbase_bot, guild, TicketState.OPEN, 1)
    await _is(guildbase_bot, guild, TicketState.OPEN, 2)
    made = [name for name in _rooms(discord, guild) if name.endswith(("-0001", "-0002"))]
    assert sorted(made) == ["help-0001", "thread-0002"]


async def test_what_discord_refuses_is_told_and_kept(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    await _category(guildbase_bot, guild)
    with discord.faults.rest("POST /guilds/*/channels", status=403, code=50013):
        answer = await member.slash("ticket open", category=1)
    assert "could not be opened: I lack permissions" in answer.text
    assert (await _ticket(guildbase_bot, guild)).state is TicketState.FAILED
    assert "Your ticket #2" in (await member.slash("ticket open", category=1)).text
    friend = guild.member("friend")
    with discord.faults.rest("PATCH /channels/*", status=403, code=50013):
        await helper.slash("ticket add", member=friend, number=2)

        async def noted() -> bool:
            return "lack permissions" in (await _ticket(guildbase_bot, guild, 2)).failure

        await until(noted)
    assert "lack permissions" in (await helper.slash("ticket info", number=2)).text
    await _category(guildbase_bot, guild, name="Thread", kind="thread")
    assert "for these threads is gone" in (await member.slash("ticket open", category=2)).text


async def test_a_panel_follows_its_categories_and_says_what_is_wrong(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    refused = await member.slash("ticket panel create")
    assert "Manage Server" in refused.text
    assert "no categories yet" in (await guild.owner.slash("ticket panel create")).text
    page = await guild.owner.slash("ticket category create", name="Help", staff=guild.role("Support"))
    form = _form(await press(page, "questions"))
    await form.submit(questions="What? (long)\nWhen? (optional)")
    form = _form(await press(page, "limits"))
    await form.submit(open_limit="2", response_minutes="30")
    form = _form(await press(page, "texts"))
    await form.submit(name="Help", description="All sorts", emoji="🎉", naming="{user}-{number}", greeting="Hi")
    category = (await guildbase_bot.services.get(CategoryController).all(guild.id))[0]
    assert (category.open_limit, category.response_minutes, category.emoji) == (2, 30, "🎉")
    assert [it["is_required"] for it in category.form["questions"]] == [True, False]
    form = _form(await press(page, "limits"))
    assert "is no number" in (await form.submit(open_limit="x")).text
    draft = await guild.owner.slash("ticket panel create", title="Desk", channel=guild.channel("desk"))
    draft = await press(draft, "style")
    form = _form(await press(draft, "texts"))
    await form.submit(title="The desk", description="Come in")
    await press(draft, "post")
    panel = await member.hears(in_channel="desk", matching="The desk")
    await guild.owner.slash("ticket category create", name="Billing")
    page = await guild.owner.slash("ticket panel edit", panel=1)
    page = await choose(page, "categories", "Help", "Billing")
    await press(page, "post")
    await panel.edited()
    assert (await panel.select("2")).modal is None
    await until(lambda: "billing-0001" in _rooms(discord, guild))
    await guild.owner.slash("ticket category delete", category=2)
    await panel.edited()
    assert "Help" in (await guild.owner.slash("ticket category list")).text
    with discord.faults.rest("POST /channels/*/messages", status=403, code=50013):
        assert "could not post" in (await guild.owner.slash("ticket panel repost", panel=1)).text
    assert "lack permissions" in (await guild.owner.slash("ticket panel list")).text
    assert "The panel is in" in (await guild.owner.slash("ticket panel repost", panel=1)).text
    assert "deleted" in (await guild.owner.slash("ticket panel delete", panel=1)).text
    await until(lambda: not guild.messages("desk"))


async def test_buttons_go_on_working_after_a_restart(
    start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    first = await start_guildbase()
    await _category(first.bot, guild)
    page = await guild.owner.slash("ticket panel create", title="Desk", channel=guild.channel("desk"))
    await press(page, "post")
    panel = await member.hears(in_channel="desk")
    await member.slash("ticket open", category=1)
    greeting = await helper.hears(in_channel="help-0001")
    await first.stop()
    await start_guildbase()
    assert "open already" in (await panel.click("Help", by=member)).text
    assert "is yours" in (await greeting.click("Claim", by=helper)).text


async def test_lists_turn_their_pages_and_names_are_suggested(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    await _category(guildbase_bot, guild, open_limit=20)
    openings = guildbase_bot.services.get(OpeningController)
    for user_id in (member.id, member.id + 1, member.id + 2):
        caller = Caller(user_id=user_id, guild_id=guild.id, name="member")
        for turn in range(4):
            await openings.open(caller, guild.id, NewTicket(1, f"{turn}"))
    page = await helper.slash("ticket list")
    assert "**#12**" in page.text
    assert "**#2**" not in page.text
    page = await press(page, "older")
    assert "**#2**" in page.text
    assert "**#12**" in (await press(page, "newer")).text
    assert await _suggested(member, "ticket open", "category", "he") == ["Help"]
    await helper.slash("ticket tag", tag="Refund", number=1)
    assert await _suggested(helper, "ticket untag", "tag", "ref") == ["refund"]
    assert await _suggested(member, "ticket untag", "tag", "ref") == []
    made = await guild.owner.slash("ticket panel create", title="Desk")
    await press(made, "post")
    assert await _suggested(guild.owner, "ticket panel edit", "panel", "") == ["Desk"]
    assert await _suggested(member, "ticket panel edit", "panel", "") == []
    assert "is no ticket" in (await helper.slash("ticket close")).text


async def _suggested(person: Person, command: str, option: str, typed: str) -> list[str]:
    options: dict[str, Any] = {option: typed}
    return [choice.name for choice in await person.completes(command, **options)]
