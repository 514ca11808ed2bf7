"""What programs do with tickets over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.core.ports import SYSTEM
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.features.tickets.controller import TicketController
from guildbase.features.tickets.controller.transcripts import Copy, TranscriptController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.factories import new_id
from tests.features.tickets.desk import Desk


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application; the test runs on SQLite and on PostgreSQL."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made


@pytest.fixture
async def desk(services: BotServices) -> Desk:
    return await Desk(services).begin(questions=[{"label": "Order?"}])


async def test_tickets_are_listed_in_pages_and_by_what_they_are(desk: Desk, client: httpx.AsyncClient) -> None:
    for _number in range(3):
        await desk.ticket(answers={"Order?": "42"})
    await desk.services.get(TicketController).claim(desk.staff, desk.guild_id, 2)
    path = f"/guilds/{desk.guild_id}/tickets"
    first = (await client.get(path, params={"limit": 2})).json()
    assert [it["number"] for it in first["tickets"]] == [3, 2]
    last = (await client.get(path, params={"limit": 2, "after": first["next_after"]})).json()
    assert ([it["number"] for it in last["tickets"]], last["next_after"]) == ([1], None)
    await desk.services.get(TicketController).tag(desk.staff, desk.guild_id, 3, "VIP")
    tagged = (await client.get(path, params={"tag": "VIP"})).json()
    assert [it["number"] for it in tagged["tickets"]] == [3]
    claimed = (await client.get(path, params={"state": "claimed", "assignee_id": str(desk.staff.user_id)})).json()
    assert [(it["number"], it["assignee_id"]) for it in claimed["tickets"]] == [(2, str(desk.staff.user_id))]
    one = (await client.get(f"{path}/1")).json()
    assert (one["category_name"], one["answers"], one["opener_id"]) == (
        "Support",
        {"Order?": "42"},
        str(desk.opener.user_id),
    )
    assert (await client.get(f"{path}/9")).status_code == 404
    assert (await client.get(path, params={"opener_id": "9" * 20})).status_code == 422
    assert (await client.get(path, headers={"X-API-Key": "wrong"})).status_code == 401
    assert (await client.get(f"/guilds/{new_id()}/tickets")).status_code == 404


async def test_a_ticket_is_closed_once_and_its_log_read_in_pages(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.ticket(answers={"Order?": "42"})
    path = f"/guilds/{desk.guild_id}/tickets/1"
    closed = (await client.post(f"{path}/close", json={"reason": "done"})).json()
    assert (closed["state"], closed["close_reason"]) == ("closed", "done")
    assert (await client.post(f"{path}/close", json={})).status_code == 409
    events = (await client.get(f"{path}/events", params={"after": 1})).json()
    assert [it["happening"] for it in events["events"]] == ["placed", "closed"]
    assert events["next_after"] is None


async def test_a_transcript_is_a_page_that_can_do_nothing_or_json(desk: Desk, client: httpx.AsyncClient) -> None:
    ticket = await desk.ticket(answers={"Order?": "42"})
    copy = Copy(new_id(), desk.opener.user_id or 0, "olga", "<b>hello</b>")
    await desk.services.get(TranscriptController).keep(desk.opener, desk.guild_id, ticket.number, copy)
    path = f"/guilds/{desk.guild_id}/tickets/1/transcript"
    page = await client.get(path)
    assert "&lt;b&gt;hello&lt;/b&gt;" in page.text
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    for rule in ("default-src 'none'", "frame-ancestors 'none'", "sandbox"):
        assert rule in policy
    assert page.headers["cache-control"] == "private, no-store"
    document = (await client.get(path, params={"form": "json"})).json()
    assert [it["content"] for it in document["messages"]] == ["<b>hello</b>"]
    assert (await client.get(f"/guilds/{desk.guild_id}/tickets/2/transcript")).status_code == 404
    noted = await desk.services.get(AuditController).entries(SYSTEM, desk.guild_id)
    assert [(it.action, it.details) for it in noted][:2] == [("tickets.transcript", {"ticket": 1})] * 2


async def test_figures_and_assignment_answer_over_http(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.ticket(answers={"Order?": "42"})
    path = f"/guilds/{desk.guild_id}/tickets"
    figures = (await client.get(f"{path}/metrics", params={"days": 7})).json()
    assert (figures["opened"], figures["open_now"], len(figures["by_day"])) == (1, 1, 7)
    # No bot process has this server, so nobody can say what roles the member has.
    refused = await client.post(f"{path}/1/assign", json={"user_id": str(desk.staff.user_id)})
    assert refused.status_code == 503
    assert (await client.post(f"{path}/1/assign", json={"user_id": "x"})).status_code == 422
