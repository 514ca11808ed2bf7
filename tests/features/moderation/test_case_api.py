"""What programs do with cases, notes and types over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import ADMINISTRATOR, SYSTEM
from guildbase.core.rights import Right
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.features.moderation.controller import ActionController, CaseNotFound, ModerationController
from guildbase.features.moderation.controller.custom_types import CustomTypeController
from guildbase.features.moderation.controller.export import CaseExportController
from guildbase.features.moderation.controller.history import CaseChange, HistoryController
from guildbase.features.moderation.controller.ladders import LadderController
from guildbase.features.moderation.controller.notes import NoteController
from guildbase.features.moderation.kinds import CaseType, NoticeState
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.simulator import Person, ScriptedGuild
from tests.factories import member as member_of
from tests.factories import moderator, new_id, target
from tests.waiting import until

WHOM = target()
TYPE = {"name": "scam", "display_name": "Scam", "severity": 3, "metadata_schema": {"type": "object"}}


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application; the test runs on SQLite and on PostgreSQL."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    """A server with one warning that was done."""
    guild_id, cases = new_id(), services.get(ModerationController)
    await cases.open_case(moderator(guild_id), guild_id, WHOM, "spam")
    await cases.confirm_case(SYSTEM, guild_id, 1, NoticeState.DELIVERED)
    return guild_id


async def test_a_case_is_edited_hidden_struck_and_restored(client: httpx.AsyncClient, guild_id: int) -> None:
    case = f"/guilds/{guild_id}/cases/1"
    edited = (await client.patch(case, json={"reason": "scam"})).raise_for_status().json()
    assert edited["reason"] == "scam"
    [edit] = edited["edits"]
    assert (edit["before"], edit["after"], edit["editor_id"], edit["editor_name"]) == ("spam", "scam", None, "API key")
    assert (await client.put(f"{case}/hidden", json={"is_hidden": True})).json()["is_hidden"]
    assert (await client.delete(case, params={"reason": "a mistake"})).json()["struck_at"]
    assert (await client.get(f"/guilds/{guild_id}/cases")).json()["cases"] == []
    [struck] = (await client.get(f"/guilds/{guild_id}/cases", params={"struck": True})).json()["cases"]
    assert struck["number"] == 1
    assert (await client.post(f"{case}/restore")).json()["struck_at"] is None
    assert (await client.get(case)).json()["edits"][0]["field"] == "deleted_at"


async def test_cases_are_searched_and_exported(client: httpx.AsyncClient, guild_id: int) -> None:
    cases = f"/guilds/{guild_id}/cases"
    for query, count in (
        ({"target": str(WHOM.user_id), "words": "SPAM", "since": "2020-01-01T00:00:00Z"}, 1),
        ({"type": "ban"}, 0),
        ({"state": "confirmed", "source": "command"}, 1),
        ({"until": "2020-01-01T00:00:00Z"}, 0),
        ({"custom_type": "scam", "moderator": str(new_id())}, 0),
    ):
        assert len((await client.get(cases, params=query)).raise_for_status().json()["cases"]) == count, query
    made = await client.get(f"{cases}/export")
    assert made.headers["content-type"] == "text/csv; charset=utf-8"
    assert made.text.splitlines()[1].startswith('"1","warn"')
    found = (await client.get(f"{cases}/export", params={"format": "json"})).json()["cases"]
    assert [case["reason"] for case in found] == ["spam"]


async def test_a_key_works_once_and_not_for_something_else(client: httpx.AsyncClient, guild_id: int) -> None:
    headers, notes = {"Idempotency-Key": "one"}, f"/guilds/{guild_id}/notes"
    body = {"target_id": str(WHOM.user_id), "target_name": "Terry", "content": "x"}
    first = await client.post(notes, json=body, headers=headers)
    again = await client.post(notes, json=body, headers=headers)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = await client.post(notes, json=body | {"content": "y"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    listed = (await client.get(notes, params={"target": str(WHOM.user_id)})).json()
    assert ([it["content"] for it in listed["notes"]], listed["next_after"]) == (["x"], None)


async def test_notes_are_written_changed_paged_and_deleted(client: httpx.AsyncClient, guild_id: int) -> None:
    notes, query = f"/guilds/{guild_id}/notes", {"target": str(WHOM.user_id), "limit": "2"}
    for number in range(3):
        body = {"target_id": str(WHOM.user_id), "content": f"note {number}"}
        assert (await client.post(notes, json=body)).status_code == 201
    page = (await client.get(notes, params=query)).json()
    assert ([it["number"] for it in page["notes"]], page["next_after"]) == ([3, 2], "2")
    assert (await client.patch(f"{notes}/3", json={"content": "other"})).json()["content"] == "other"
    assert (await client.delete(f"{notes}/3")).status_code == 204
    page = (await client.get(notes, params=query)).json()
    assert [it["number"] for it in page["notes"]] == [2, 1]


async def test_types_are_made_changed_and_listed(client: httpx.AsyncClient, guild_id: int) -> None:
    types = f"/guilds/{guild_id}/case-types"
    assert (await client.post(types, json=TYPE)).status_code == 201
    assert (await client.post(types, json=TYPE)).status_code == 409
    changed = (await client.patch(f"{types}/scam", json={"is_archived": True})).json()
    assert changed == (await client.get(types)).json()[0]
    assert (changed["severity"], changed["is_archived"], changed["description"]) == (3, True, "")
    wrong = await client.patch(f"{types}/scam", json={"metadata_schema": {"type": "x"}})
    assert wrong.status_code == 422


async def test_what_is_not_there_is_not_found(client: httpx.AsyncClient, guild_id: int) -> None:
    asked: list[tuple[str, str, dict[str, Any] | None]] = [
        ("GET", "cases/9", None),
        ("PATCH", "cases/9", {"reason": "x"}),
        ("DELETE", "cases/9", None),
        ("PATCH", "notes/9", {"content": "x"}),
        ("PATCH", "case-types/none", {"severity": 2}),
    ]
    for method, path, body in asked:
        assert (await client.request(method, f"/guilds/{guild_id}/{path}", json=body)).status_code == 404


async def test_without_a_bot_nobody_is_acted_on(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    body = {"type": "warn", "target_id": str(new_id()), "reason": "x"}
    answer = await client.post(f"/guilds/{guild_id}/cases", json=body)
    assert (answer.status_code, answer.json()["code"]) == (503, "no_reply")


async def test_who_acts_over_the_api_is_held_to_what_the_command_is_held_to(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    cases, headers = f"/guilds/{guild.id}/cases", {"Idempotency-Key": "ban"}
    body = {"type": "tempban", "target_id": str(member.id), "reason": "spam", "duration": "1d"}
    for _ in range(2):
        opened = await guildbase_api.post(cases, json=body, headers=headers)
        assert (opened.status_code, opened.json()) == (201, {"number": 1, "replaced": None})

    async def is_done() -> bool:
        return bool((await guildbase_api.get(f"{cases}/1")).json()["state"] != "open")

    await until(is_done)
    case = (await guildbase_api.get(f"{cases}/1")).json()
    me = guildbase_bot.user
    assert me is not None
    assert (case["state"], case["source"], case["moderator_id"], case["moderator_name"]) == (
        "confirmed", "api", str(me.id), "API key",
    )  # fmt: skip
    longer = await guildbase_api.patch(f"{cases}/1", json={"expires_at": None})
    assert longer.json()["expires_at"] is None
    refused = await guildbase_api.delete(f"{cases}/1")
    assert (refused.status_code, "still lasts" in refused.json()["detail"]) == (409, True)
    for target_id, status in ((guild.owner.id, 403), (me.id, 403), (new_id(), 404)):
        answer = await guildbase_api.post(cases, json=body | {"target_id": str(target_id)})
        assert answer.status_code == status, answer.json()
    wrong = await guildbase_api.post(cases, json=body | {"duration": "soon"})
    assert wrong.status_code == 422


@pytest.mark.databases("sqlite")
async def test_hidden_cases_are_found_apart(client: httpx.AsyncClient, guild_id: int) -> None:
    cases = f"/guilds/{guild_id}/cases"
    await client.put(f"{cases}/1/hidden", json={"is_hidden": True})
    for hidden, count in ((True, 1), (False, 0)):
        assert len((await client.get(cases, params={"hidden": hidden})).json()["cases"]) == count


@pytest.mark.databases("sqlite")
async def test_what_somebody_s_warnings_come_to_is_told(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    await services.get(ModerationController).open_case(moderator(guild_id), guild_id, WHOM, "spam")
    settings = {"warning_steps": ["3 in 30d = timeout 1h"]}
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "moderation", settings)
    record = (await client.get(f"/guilds/{guild_id}/people/{WHOM.user_id}/record")).raise_for_status().json()
    assert (record["points"], record["next_step"], record["lasting"]) == (1, "3 in 30d = timeout 1h", [])
    assert [it["number"] for it in record["warnings"]] == [1]
    ban = NewAction(CaseType.BAN, WHOM, "spam")
    await services.get(ActionController).act(moderator(guild_id, permissions=ADMINISTRATOR), guild_id, ban)
    [lasting] = (await client.get(f"/guilds/{guild_id}/people/{WHOM.user_id}/record")).json()["lasting"]
    assert lasting == {"kind": "ban", "number": 2, "expires_at": None}


@pytest.mark.databases("sqlite")
async def test_who_may_view_cases_reads_them_and_changes_nothing(services: BotServices, guild_id: int) -> None:
    viewer = member_of(guild_id, rights=Right.VIEW_CASES)
    history, notes = services.get(HistoryController), services.get(NoteController)
    assert len((await history.search(viewer, guild_id)).cases) == 1
    assert (await history.view(viewer, guild_id, 1)).case.number == 1
    assert await notes.list_notes(viewer, guild_id, WHOM.user_id) == []
    assert await services.get(CustomTypeController).list_types(viewer, guild_id) == []
    assert (await services.get(LadderController).record_of(viewer, guild_id, WHOM.user_id)).points == 1
    for attempt in (
        history.edit(viewer, guild_id, 1, CaseChange("x")),
        notes.add(viewer, guild_id, WHOM.user_id, "", "x"),
        services.get(CaseExportController).export(viewer, guild_id),
        history.search(replace(viewer, guild_id=new_id()), guild_id),
        services.get(LadderController).record_of(member_of(guild_id), guild_id, WHOM.user_id),
    ):
        with pytest.raises(PermissionDenied):
            await attempt
    await history.hide(moderator(guild_id, level=4), guild_id, 1, is_hidden=True)
    with pytest.raises(CaseNotFound):
        await history.view(viewer, guild_id, 1)
