"""Tickets in the dashboard: set up, found, read and worked on; what people write is text wherever it is shown."""

from __future__ import annotations

import re

from playwright.async_api import expect

from guildbase.core.ports import SYSTEM, Caller
from guildbase.features.tickets.controller import CategoryController, NewTicket, OpeningController, TicketController
from guildbase.features.tickets.controller.transcripts import Copy, TranscriptController
from guildbase.simulator import ScriptedGuild
from tests.dashboard.conftest import Dashboard, Windows, accessibility_problems
from tests.factories import new_id

XSS = '<img src=x onerror="window.stolen=1"><script>window.stolen=1</script>'


async def _ticket(dashboard: Dashboard, server: ScriptedGuild, subject: str) -> int:
    """Open a ticket with two messages in it, whose channel is there."""
    services, priya = dashboard.running.services, server.member("priya")
    categories = services.get(CategoryController)
    if not await categories.all(server.id):
        await categories.create(SYSTEM, server.id, {"name": "Support", "open_limit": 20})
    caller = Caller(user_id=priya.id, guild_id=server.id, name=XSS[:100])
    openings = services.get(OpeningController)
    opened = await openings.open(caller, server.id, NewTicket(1, subject=subject))
    for text in (f"**help** {XSS}", "[click](javascript:window.stolen=1) https://example.org"):
        copy = Copy(new_id(), priya.id, XSS[:100], text, details={"embeds": [{"title": XSS, "text": XSS}]})
        await services.get(TranscriptController).keep(caller, server.id, opened.ticket.number, copy)
    return opened.ticket.number


async def test_a_ticket_is_found_read_worked_on_and_closed(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    await _ticket(dashboard, server, f"order {XSS}")
    await _ticket(dashboard, server, "something else")
    page = await window(server.owner.name, f"/g/{server.id}/tickets")
    rows = page.get_by_role("table").get_by_role("row")
    await expect(rows).to_have_count(3)
    assert await accessibility_problems(page) == []
    await page.get_by_label("Subject or name").fill("order")
    await expect(page).to_have_url(re.compile("text=order"))
    await expect(rows).to_have_count(2)
    await page.get_by_role("link", name=re.compile("#1")).click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(XSS)

    messages = page.get_by_role("list", name="Messages")
    await expect(messages.get_by_text("help", exact=True)).to_be_visible()
    await expect(messages.get_by_text(XSS).first).to_be_visible()
    await expect(messages.get_by_role("link")).to_have_count(1)
    assert await messages.locator("img, script").count() == 0
    assert await page.evaluate("window.stolen") is None
    assert await accessibility_problems(page) == []

    await page.get_by_role("textbox", name="Note for the staff").fill(XSS)
    await page.get_by_role("button", name="Add note").click()
    await expect(page.get_by_role("listitem").filter(has_text="wrote a note").get_by_text(XSS)).to_be_visible()
    await page.get_by_role("combobox", name="Priority").click()
    await page.get_by_role("option", name="Urgent").click()
    await expect(page.get_by_role("listitem").filter(has_text="changed the priority")).to_be_visible()
    await page.get_by_role("button", name="Close", exact=True).click()
    await page.get_by_role("textbox", name="Why").fill("answered")
    await page.get_by_role("button", name="Close ticket").click()
    await expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    detail = await dashboard.running.services.get(TicketController).get(SYSTEM, server.id, 1)
    assert (detail.ticket.close_reason, detail.ticket.priority) == ("answered", "urgent")


async def test_a_category_and_a_panel_are_made_and_the_bot_posts_it(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    page = await window(server.owner.name, f"/g/{server.id}/tickets?tab=setup", theme="dark")
    await page.get_by_role("button", name="New category").click()
    await page.get_by_role("textbox", name="Name", exact=True).fill("Billing")
    await page.get_by_role("button", name="Add question").click()
    await page.get_by_role("textbox", name="Question 1").fill("Invoice?")
    assert await accessibility_problems(page) == []
    await page.get_by_role("button", name="Create category").click()
    await expect(page.get_by_text("Only admins answer")).to_be_visible()
    await page.get_by_role("button", name="New panel").click()
    await page.get_by_role("combobox", name="Channel").click()
    await page.get_by_role("combobox", name="Search").fill("general")
    await page.get_by_role("option", name="general").first.click()
    await page.get_by_role("textbox", name="Title").fill("Need help?")
    await page.get_by_role("checkbox", name="Billing").check()
    await page.get_by_role("button", name="Post panel").click()
    await expect(page.get_by_text("Need help?")).to_be_visible()
    posted = await server.owner.hears(in_channel="general", matching="Need help?")
    assert "Billing" in str(posted)


async def test_figures_fit_a_phone_and_say_in_words_what_they_show(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    await _ticket(dashboard, server, "late")
    page = await window(server.owner.name, f"/g/{server.id}/tickets?tab=figures", phone=True)
    await expect(page.get_by_text("0 closed, 1 open now")).to_be_visible()
    await expect(page.get_by_text(re.compile("Most were opened between"))).to_be_visible()
    await expect(page.get_by_role("figure", name="Tickets opened by hour")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await accessibility_problems(page) == []


async def test_a_stranger_learns_nothing_of_a_ticket(dashboard: Dashboard, window: Windows) -> None:
    server = await dashboard.server()
    await _ticket(dashboard, server, "secret")
    server.member("stan")
    window.expects("404", "403")
    page = await window("stan", f"/g/{server.id}/tickets/1")
    await expect(page.get_by_text("There is no such server for you")).to_be_visible()
    await expect(page.get_by_text("secret")).to_have_count(0)
