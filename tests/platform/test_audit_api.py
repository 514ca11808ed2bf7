"""The audit log over HTTP: filters, pages, counts and files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.core.clock import utcnow
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.database.manager import DatabaseManager
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.controller.export import AuditExportController
from guildbase.platform.telemetry.queries import EVERYTHING
from guildbase.platform.telemetry.schemas import AuditFormat
from guildbase.services.container import BotServices
from tests.factories import new_id


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application; the test runs on SQLite and on PostgreSQL."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made


async def note(services: BotServices, caller: Caller, *records: AuditRecord) -> None:
    controller = services.get(AuditController)
    for record in records:
        async with services.get(DatabaseManager).transaction(caller) as work:
            await controller.record(work, caller, record)


async def test_entries_are_found_by_action_person_and_time_in_pages(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    guild_id, mara, target = new_id(), Caller(new_id(), name="Mara"), new_id()
    records = [AuditRecord(f"test.{verb}", guild_id, "user", target, "why", {"n": 1}) for verb in "abcd"]
    await note(services, mara, *records)
    await note(services, SYSTEM, AuditRecord("test.a", guild_id), AuditRecord("test.a", new_id()))
    path = f"/guilds/{guild_id}/audit"

    async def found(**query: str | int | list[str]) -> list[str]:
        entries = (await client.get(path, params=query)).json()["entries"]
        return [it["action"].removeprefix("test.") for it in entries]

    assert await found() == ["a", "d", "c", "b", "a"]
    assert await found(action=["test.a", "test.c"]) == ["a", "c", "a"]
    assert await found(actor=str(mara.user_id)) == await found(target=str(target)) == ["d", "c", "b", "a"]
    assert await found(since=(utcnow() + timedelta(hours=1)).isoformat()) == []
    assert await found(until=(utcnow() + timedelta(hours=1)).isoformat(), limit=2) == ["a", "d"]
    first = (await client.get(path, params={"limit": 3, "action": ["test.a", "test.b", "test.c"]})).json()
    rest = (await client.get(path, params={"after": first["next_after"]})).json()
    assert [it["action"] for it in first["entries"]] == ["test.a", "test.c", "test.b"]
    assert ([it["action"] for it in rest["entries"]], rest["next_after"]) == (["test.a"], None)
    [entry] = rest["entries"]
    told = (entry["actor_name"], entry["actor_id"], entry["target_id"], entry["reason"], entry["details"])
    assert told == ("Mara", str(mara.user_id), str(target), "why", {"n": 1})


async def test_days_are_counted_by_action(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    await note(services, SYSTEM, *(AuditRecord(action, guild_id) for action in ("test.a", "test.a", "test.b")))
    days = (await client.get(f"/guilds/{guild_id}/audit/stats")).json()["days"]
    assert [(it["action"], it["entries"]) for it in days] == [("test.a", 2), ("test.b", 1)]
    for query in ({"since": "2020-01-01", "until": "2026-01-01"}, {"since": "2026-02-01", "until": "2026-01-01"}):
        refused = await client.get(f"/guilds/{guild_id}/audit/stats", params=query)
        assert (refused.status_code, list(refused.json()["problems"])) == (422, ["since"])
    for end, status in (("0001-01-01", 200), ("9999-12-31", 422), ("2026-13-01", 422)):
        assert (await client.get(f"/guilds/{guild_id}/audit/stats", params={"until": end})).status_code == status


async def test_a_file_has_every_entry_and_no_formula(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    reasons = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", '"quoted"\nline', "plain"]
    await note(services, SYSTEM, *(AuditRecord("test.a", guild_id, reason=reason) for reason in reasons))
    path = f"/guilds/{guild_id}/audit/export"
    table = await client.get(path, params={"action": "test.a"})
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert [row["reason"] for row in reversed(rows)] == [
        "'=HYPERLINK(1)", "'+1", "'-1", "'@SUM(A1)", '"quoted"\nline', "plain"
    ]  # fmt: skip
    document = json.loads((await client.get(path, params={"format": "json"})).text)
    assert document["guild_id"] == str(guild_id)
    assert [it["reason"] for it in reversed(document["entries"]) if it["action"] == "test.a"] == reasons
    nothing = await client.get(path, params={"format": "json", "action": "test.z"})
    assert nothing.json()["entries"] == []
    took = [it["details"] for it in document["entries"] if it["action"] == "telemetry.export"]
    assert took == [{"format": "json"}, {"format": "csv", "actions": ["test.a"]}]


async def test_a_file_goes_on_over_pages_and_ends_at_its_limit(services: BotServices) -> None:
    guild_id = new_id()
    await note(services, SYSTEM, *(AuditRecord(f"test.a{number}", guild_id) for number in range(5)))
    export = services.get(AuditExportController)
    parts = await export.export(SYSTEM, guild_id, EVERYTHING, AuditFormat.JSON, most_rows=4)
    entries = json.loads("".join([part async for part in parts]))["entries"]
    assert [it["action"] for it in entries] == ["telemetry.export", "test.a4", "test.a3", "test.a2"]
    with pytest.raises(PermissionDenied):
        await export.export(Caller(new_id(), guild_id), guild_id, EVERYTHING, AuditFormat.CSV)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"}, {"limit": "101"}, {"after": "x"}, {"action": "a b"}, {"action": "x" * 81}, {"actor": "ada"},
        {"target": str(2**64)}, {"since": "2026-01-01T00:00:00"}, {"sort": "up"}, {"action": ["a"] * 21},
    ],
    ids=str,
)  # fmt: skip
async def test_what_is_no_filter_is_refused(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    answer = await client.get(f"/guilds/{new_id()}/audit", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_moments_at_the_ends_of_the_calendar_find_what_lies_between(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    guild_id = new_id()
    await note(services, SYSTEM, AuditRecord("test.a", guild_id))
    path, ends = f"/guilds/{guild_id}/audit", {"since": "0001-01-01T00:00:00Z", "until": "9999-12-31T23:59:59Z"}
    assert len((await client.get(path, params=ends)).json()["entries"]) == 1
