"""What the dashboard does with tickets over HTTP, and who may do it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col

from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.tickets.controller import TicketController
from guildbase.features.tickets.controller.categories import CategoryController
from guildbase.features.tickets.controller.errors import TicketNotFound
from guildbase.features.tickets.controller.messages import FileNotKept, MessageController
from guildbase.features.tickets.controller.panels import PanelController
from guildbase.features.tickets.controller.transcripts import Copy, TranscriptController, Wanted
from guildbase.features.tickets.kinds import POST_PANEL
from guildbase.features.tickets.models import TicketMessage
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.api.conftest import client as api_client
from tests.factories import new_id
from tests.features.tickets.desk import Desk

client = api_client
XSS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    "<svg/onload=alert(1)>",
    "{{constructor.constructor('alert(1)')()}}",
)


@pytest.fixture
async def desk(services: BotServices) -> Desk:
    return await Desk(services).begin()


def _file(file_id: int, name: str, url: str = "https://cdn.discordapp.com/a.png") -> dict[str, Any]:
    return {"id": str(file_id), "name": name, "size": 3, "type": "text/html", "url": url}


async def _say(desk: Desk, content: str, **details: Any) -> int:
    message_id = new_id()
    copy = Copy(message_id, desk.opener.user_id or 0, "olga", content, details=details)
    await desk.services.get(TranscriptController).keep(desk.opener, desk.guild_id, 1, copy)
    return message_id


async def _actions(desk: Desk) -> list[str]:
    return [it.action for it in await desk.services.get(AuditController).entries(SYSTEM, desk.guild_id)]


async def test_tickets_are_found_by_priority_and_by_words(desk: Desk, client: httpx.AsyncClient) -> None:
    for _number in range(2):
        await desk.ticket()
    path = f"/guilds/{desk.guild_id}/tickets"
    changed = await client.post(f"{path}/2/priority", json={"priority": "urgent"})
    assert changed.json()["priority"] == "urgent"

    async def numbers(**query: str) -> list[int]:
        return [it["number"] for it in (await client.get(path, params=query)).json()["tickets"]]

    assert await numbers(priority="urgent") == [2]
    assert await numbers(text="HELP") == await numbers(text="olga") == [2, 1]
    assert await numbers(text="%") == await numbers(text="nobody") == []
    assert (await client.get(path, params={"text": "\0"})).status_code == 422


async def test_staff_works_on_a_ticket_and_each_step_is_refused_twice(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.ticket()
    path = f"/guilds/{desk.guild_id}/tickets/1"
    assert (await client.post(f"{path}/tags", json={"tag": "VIP"})).status_code == 200
    assert (await client.post(f"{path}/tags", json={"tag": "vip"})).status_code == 409
    assert (await client.get(path)).json()["tags"] == ["vip"]
    assert (await client.delete(f"{path}/tags/vip")).status_code == 200
    assert (await client.delete(f"{path}/tags/vip")).status_code == 409
    await desk.services.get(TicketController).claim(desk.staff, desk.guild_id, 1)
    assert (await client.post(f"{path}/unclaim")).json()["assignee_id"] is None
    assert (await client.post(f"{path}/unclaim")).status_code == 409
    await client.post(f"{path}/close", json={})
    assert (await client.post(f"{path}/reopen")).json()["state"] == "open"
    assert (await client.post(f"{path}/reopen")).status_code == 409
    assert (await client.post(f"{path}/claim")).status_code == 200
    for what, extra in (("close", {"state": "open"}), ("priority", {"priority": "low", "rating": 5})):
        assert (await client.post(f"{path}/{what}", json=extra)).status_code == 422


async def test_a_note_is_written_once_for_each_key_and_only_the_staff_sees_it(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    await desk.ticket()
    tickets, path = desk.services.get(TicketController), f"/guilds/{desk.guild_id}/tickets/1/notes"
    written = [
        await client.post(path, json={"note": XSS[0]}, headers={"Idempotency-Key": "a note"}) for _time in range(2)
    ]
    assert [it.status_code for it in written] == [201, 201]
    assert written[0].json() == written[1].json()
    assert written[0].json()["details"] == {"note": XSS[0]}
    assert "noted" in [it.happening for it in await tickets.events(desk.staff, desk.guild_id, 1)]
    assert "noted" not in [it.happening for it in await tickets.events(desk.opener, desk.guild_id, 1)]
    with pytest.raises(PermissionDenied):
        await tickets.note(desk.opener, desk.guild_id, 1, "mine")
    with pytest.raises(TicketNotFound):
        await tickets.note(desk.stranger, desk.guild_id, 1, "mine")
    with pytest.raises(InvalidInput):
        await tickets.note(desk.staff, desk.guild_id, 1, "  ")
    entries = await desk.services.get(AuditController).entries(SYSTEM, desk.guild_id)
    assert [it.details for it in entries if it.action == "tickets.noted"] == [{"ticket": 1}]


async def test_what_was_written_comes_as_data_in_pages_and_the_first_is_noted(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    await desk.ticket()
    said = [await _say(desk, text, embeds=[{"title": text, "fields": [{"name": text, "value": text}]}]) for text in XSS]
    path = f"/guilds/{desk.guild_id}/tickets/1/messages"
    first = (await client.get(path, params={"limit": 4})).json()
    rest = (await client.get(path, params={"after": first["next_after"]})).json()
    found = first["messages"] + rest["messages"]
    assert ([it["id"] for it in found], rest["next_after"]) == ([str(it) for it in said], None)
    assert [it["content"] for it in found] == list(XSS)
    assert found[0]["embeds"] == [{"title": XSS[0], "text": "", "fields": [{"name": XSS[0], "value": XSS[0]}]}]
    assert (await _actions(desk)).count("tickets.transcript") == 1
    for wrong in ("x", "9" * 19, "-1"):
        assert (await client.get(path, params={"after": wrong})).status_code == 422


async def test_a_file_is_only_ever_saved_and_never_shown(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.ticket()
    name = 'a"\r\nX-Evil: 1;.html'
    files = [_file(1, name), _file(2, "b.html", "javascript:alert(1)")]
    message_id = await _say(desk, "", files=files)
    keeper = desk.services.get(TranscriptController)
    await keeper.keep_file(desk.guild_id, 1, Wanted(message_id, 1, ""), b"<b>")
    path = f"/guilds/{desk.guild_id}/tickets/1/messages"
    shown = (await client.get(path)).json()["messages"][0]["files"]
    assert [(it["url"], it["is_copied"]) for it in shown] == [(files[0]["url"], True), ("", False)]
    file = await client.get(f"{path}/{message_id}/files/1")
    assert (file.content, file.headers["content-type"]) == (b"<b>", "application/octet-stream")
    assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''a%22%0D%0AX-Evil")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in file.headers["content-security-policy"]
    assert "x-evil" not in file.headers
    for missing in (f"{message_id}/files/2", f"{new_id()}/files/1"):
        assert (await client.get(f"{path}/{missing}")).json()["code"] == "ticket_file_not_kept"


async def test_who_was_only_added_reads_no_message_and_no_file(desk: Desk) -> None:
    await desk.ticket()
    message_id = await _say(desk, "secret", files=[_file(1, "a")])
    messages = desk.services.get(MessageController)
    await desk.services.get(TranscriptController).keep_file(desk.guild_id, 1, Wanted(message_id, 1, ""), b"a")
    await desk.services.get(TicketController).add(desk.staff, desk.guild_id, 1, desk.stranger.user_id or 0)
    with pytest.raises(PermissionDenied):
        await messages.page(desk.stranger, desk.guild_id, 1)
    with pytest.raises(PermissionDenied):
        await messages.file(desk.stranger, desk.guild_id, 1, message_id, 1)
    elsewhere = await Desk(desk.services).begin()
    for other in (elsewhere.admin, elsewhere.staff):
        with pytest.raises(TicketNotFound):
            await messages.page(other, desk.guild_id, 1)
        with pytest.raises(TicketNotFound):
            await messages.file(other, desk.guild_id, 1, message_id, 1)
    assert (await messages.file(desk.opener, desk.guild_id, 1, message_id, 1)).content == b"a"
    async with desk.services.get(DatabaseManager).transaction() as work:
        emptied = update(TicketMessage).where(col(TicketMessage.message_id) == message_id).values(details={})
        await work.session.execute(emptied)
    with pytest.raises(FileNotKept):
        await messages.file(desk.opener, desk.guild_id, 1, message_id, 1)


@pytest.mark.parametrize(
    ("form", "kind"), [("text", "text/plain"), ("html", "text/html"), ("json", "application/json")]
)
async def test_a_transcript_is_saved_in_each_form(desk: Desk, client: httpx.AsyncClient, form: str, kind: str) -> None:
    await desk.ticket()
    await _say(desk, "two\nlines", files=[_file(1, "a.txt")], embeds=[{"title": "Box"}])
    answer = await client.get(
        f"/guilds/{desk.guild_id}/tickets/1/transcript", params={"form": form, "download": "true"}
    )
    assert answer.headers["content-type"].startswith(kind)
    assert "ticket-1." in answer.headers["content-disposition"]
    assert answer.headers["content-disposition"].startswith("attachment;")
    if form == "text":
        assert "olga: two\n    lines\n    [a.txt]\n    Box\n" in answer.text


async def test_categories_and_panels_are_made_changed_and_taken_away(desk: Desk, client: httpx.AsyncClient) -> None:
    base = f"/guilds/{desk.guild_id}"
    role_id = str(new_id())
    wanted = {"name": "Billing", "staff_roles": [role_id], "questions": [{"label": "Invoice?"}]}
    made = [
        await client.post(f"{base}/ticket-categories", json=wanted, headers={"Idempotency-Key": "once"})
        for _time in range(2)
    ]
    assert [it.json()["number"] for it in made] == [2, 2]
    found = (await client.get(f"{base}/ticket-categories")).json()["categories"]
    assert [(it["name"], it["staff_roles"]) for it in found] == [
        ("Support", [str(desk.role_id)]),
        ("Billing", [role_id]),
    ]
    changed = await client.put(f"{base}/ticket-categories/2", json={**wanted, "name": "Money", "open_limit": 3})
    assert (changed.json()["name"], changed.json()["open_limit"]) == ("Money", 3)
    taken = await client.post(f"{base}/ticket-categories", json=wanted | {"name": "Money"})
    assert taken.json()["problems"] == {"name": "It is in use."}

    panel = {"channel_id": str(new_id()), "title": "Help", "categories": ["Support", "Money"]}
    made = [
        await client.post(f"{base}/ticket-panels", json=panel, headers={"Idempotency-Key": "panel"})
        for _time in range(2)
    ]
    assert [it.json()["number"] for it in made] == [1, 1]
    assert len(await desk.promised(POST_PANEL)) == 1
    other = (await client.put(f"{base}/ticket-panels/1", json={**panel, "is_menu": True})).json()
    assert (other["is_menu"], other["categories"], other["message_id"]) == (True, ["Support", "Money"], None)
    assert (await client.delete(f"{base}/ticket-categories/2")).status_code == 204
    assert [it["categories"] for it in (await client.get(f"{base}/ticket-panels")).json()["panels"]] == [["Support"]]
    promised = len(await desk.promised(POST_PANEL))
    for _time in range(2):
        reposted = await client.post(f"{base}/ticket-panels/1/repost", headers={"Idempotency-Key": "again"})
        assert (reposted.status_code, reposted.json()["title"]) == (200, "Help")
    assert len(await desk.promised(POST_PANEL)) == promised + 1
    assert (await client.post(f"{base}/ticket-panels/1/repost")).status_code == 200
    assert len(await desk.promised(POST_PANEL)) == promised + 2
    assert (await client.delete(f"{base}/ticket-panels/1")).status_code == 204
    assert (await client.delete(f"{base}/ticket-panels/1")).status_code == 404
    assert {"tickets.category_create", "tickets.panel_repost", "tickets.panel_delete"} <= set(await _actions(desk))


async def test_only_admins_set_tickets_up(desk: Desk) -> None:
    categories, panels = desk.services.get(CategoryController), desk.services.get(PanelController)
    for caller in (desk.staff, desk.stranger, (await Desk(desk.services).begin()).admin):
        with pytest.raises(PermissionDenied):
            await categories.create_once(caller, desk.guild_id, {"name": "Mine"}, None)
        with pytest.raises(PermissionDenied):
            await panels.create_once(caller, desk.guild_id, {}, None)
        with pytest.raises(PermissionDenied):
            await panels.all_with_categories(caller, desk.guild_id)


async def test_the_staff_keeps_answers_and_a_block_list(desk: Desk, client: httpx.AsyncClient) -> None:
    base = f"/guilds/{desk.guild_id}"
    reply = {"name": "refund", "content": "Hello {user}"}
    for _time in range(2):
        kept = await client.post(f"{base}/ticket-replies", json=reply, headers={"Idempotency-Key": "reply"})
        assert (kept.status_code, kept.json()["content"]) == (201, "Hello {user}")
    assert (await client.post(f"{base}/ticket-replies", json=reply)).status_code == 422
    changed = await client.put(f"{base}/ticket-replies/refund", json={"content": "Bye"})
    assert changed.json()["content"] == "Bye"
    assert [it["name"] for it in (await client.get(f"{base}/ticket-replies")).json()["replies"]] == ["refund"]
    assert (await client.delete(f"{base}/ticket-replies/refund")).status_code == 204

    people = sorted(new_id() for _number in range(3))
    for user_id in people:
        wanted = {"reason": XSS[0], "duration": "2 days"}
        blocked = (await client.put(f"{base}/ticket-blocks/{user_id}", json=wanted)).json()
        assert (blocked["reason"], blocked["expires_at"] is None) == (XSS[0], False)
    first = (await client.get(f"{base}/ticket-blocks", params={"limit": 2})).json()
    rest = (await client.get(f"{base}/ticket-blocks", params={"after": first["next_after"]})).json()
    assert [it["user_id"] for it in first["blocks"] + rest["blocks"]] == [str(it) for it in people]
    assert rest["next_after"] is None
    assert (await client.delete(f"{base}/ticket-blocks/{people[0]}")).status_code == 204
    assert (await client.delete(f"{base}/ticket-blocks/{people[0]}")).status_code == 404


async def test_figures_count_the_hours_of_the_day(desk: Desk, client: httpx.AsyncClient) -> None:
    ticket = await desk.ticket()
    hours = (await client.get(f"/guilds/{desk.guild_id}/tickets/metrics")).json()["by_hour"]
    assert (len(hours), sum(hours), hours[ticket.created_at.hour]) == (24, 1, 1)
