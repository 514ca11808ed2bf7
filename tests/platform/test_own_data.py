"""What people do with what is kept about them: see it, take it along, have it erased, and think better of that."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from guildbase.api.app import create_app
from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, NotFound
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.privacy import rules
from guildbase.platform.privacy.api import EXPORTS
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureRequest, ErasureScope
from guildbase.platform.users.controller import UserController
from guildbase.services.container import BotServices
from tests.api.key_holders import give_keys, key
from tests.factories import new_id

DATA = "/users/me/data"
SURE = {"confirm": "erase my data"}
USER = ErasureScope.USER


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, erasure_list_file=tmp_path / "erasures")


@pytest.fixture
def privacy(services: BotServices) -> PrivacyController:
    return services.get(PrivacyController)


@pytest.fixture
def ann() -> Caller:
    return Caller(user_id=new_id(), name="=Ann")


@pytest.fixture
async def client(services: BotServices, ann: Caller) -> AsyncIterator[httpx.AsyncClient]:
    """Ann's browser, behind the sign-in; the test runs on SQLite and on PostgreSQL."""
    give_keys(services, ann=ann, program=SYSTEM)
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=key("ann")) as made:
        yield made


async def _prefers(services: BotServices, caller: Caller, zone: str = "Asia/Tokyo") -> None:
    await services.get(UserController).change_preferences(caller, caller.user_id or 0, {"time_zone": zone})


async def _rows(client: httpx.AsyncClient) -> dict[str, int]:
    rows: dict[str, int] = (await client.get(f"{DATA}/rows")).json()["rows"]
    return rows


async def test_people_see_what_is_kept_about_them_by_feature(
    client: httpx.AsyncClient, services: BotServices, ann: Caller
) -> None:
    await _prefers(services, Caller(user_id=new_id()))
    assert "user_preferences" not in await _rows(client)
    await _prefers(services, ann)
    assert (await _rows(client)).items() >= {"discord_user": 1, "user_preferences": 1}.items()
    found = (await client.get(DATA)).json()
    assert (found["erasure"], found["grace_days"]) == (None, rules.GRACE.days)
    tables = {it["name"]: it for it in found["tables"]}
    kept = tables["user_preferences"]
    assert kept["feature"] == "users"
    assert kept["columns"]["time_zone"] == "about the person in `user_id`; when they are erased, it is emptied."
    assert kept["terms"] == ["Rows are kept until they are erased."]
    assert tables["ticket_message"]["feature"] == "tickets"
    assert all(it["columns"] and it["about"] for it in tables.values())


async def test_an_export_holds_ones_own_rows_and_nobody_elses(
    client: httpx.AsyncClient, services: BotServices, ann: Caller
) -> None:
    other = Caller(user_id=new_id())
    for caller in (ann, other):
        await _prefers(services, caller)
    answer = await client.post(f"{DATA}/export")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.zip"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert int(answer.headers["content-length"]) == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        [row] = json.loads(archive.read("json/user_preferences.json"))
        [line] = csv.DictReader(io.StringIO(archive.read("csv/user_preferences.csv").decode()))
    assert row["user_id"] == line["user_id"] == str(ann.user_id)
    assert str(other.user_id).encode() not in everything


async def test_exports_have_a_limit(client: httpx.AsyncClient) -> None:
    answers = [await client.post(f"{DATA}/export") for _time in range(int(EXPORTS.limits["free"]) + 1)]
    assert [it.status_code for it in answers] == [200] * (len(answers) - 1) + [429]


async def test_an_erasure_waits_and_can_be_taken_back(
    client: httpx.AsyncClient, services: BotServices, privacy: PrivacyController, ann: Caller
) -> None:
    await _prefers(services, ann)
    for unsure in ({}, {"confirm": "yes"}, {**SURE, "user_id": str(new_id())}):
        assert (await client.post(f"{DATA}/erasure", json=unsure)).status_code == 422
    asked = await client.post(f"{DATA}/erasure", json=SURE)
    assert asked.status_code == 202
    assert (await client.post(f"{DATA}/erasure", json=SURE)).json() == asked.json()
    assert (await client.get(DATA)).json()["erasure"] == asked.json()
    assert await privacy.finish() == []
    assert (await services.get(UserController).preferences(ann.user_id or 0)).time_zone == "Asia/Tokyo"
    assert (await client.delete(f"{DATA}/erasure")).status_code == 204
    assert (await client.delete(f"{DATA}/erasure")).status_code == 404
    assert (await client.get(DATA)).json()["erasure"] is None


async def test_after_its_days_an_erasure_is_carried_out(
    client: httpx.AsyncClient, services: BotServices, privacy: PrivacyController, ann: Caller
) -> None:
    await _prefers(services, ann)
    await client.post(f"{DATA}/erasure", json=SURE)
    async with services.get(DatabaseManager).transaction() as work:
        await work.session.execute(update(ErasureRequest).values(not_before=utcnow()))
    assert (await client.delete(f"{DATA}/erasure")).status_code == 409
    [done] = await privacy.finish()
    assert done.treated["user_preferences: deleted"] == 1
    assert (await client.get(DATA)).json()["erasure"] is None
    assert not (await _rows(client)).keys() & {"discord_user", "user_preferences"}


async def test_who_asks_elsewhere_to_be_erased_at_once_does_not_wait(
    services: BotServices, privacy: PrivacyController, ann: Caller
) -> None:
    await _prefers(services, ann)
    user_id = ann.user_id or 0
    key = await privacy.request_erasure(ann, USER, user_id, can_be_taken_back=True)
    assert await privacy.request_erasure(SYSTEM, USER, user_id) == key
    assert await privacy.request_erasure(ann, USER, user_id, can_be_taken_back=True) == key
    with pytest.raises(Conflict):
        await privacy.take_back(ann)
    [done] = await privacy.finish()
    assert (done.request_key, done.subject_id) == (key, None)
    with pytest.raises(NotFound):
        await privacy.take_back(ann)
    assert (await services.get(UserController).preferences(user_id)).time_zone == "UTC"


async def test_nobody_takes_back_what_another_asked_for(privacy: PrivacyController, ann: Caller) -> None:
    await privacy.request_erasure(ann, USER, ann.user_id or 0, can_be_taken_back=True)
    bob = Caller(user_id=new_id(), name="Bob")
    assert await privacy.own_erasure(bob) is None
    with pytest.raises(NotFound):
        await privacy.take_back(bob)
    taken = await asyncio.gather(*(privacy.take_back(ann) for _time in range(3)), return_exceptions=True)
    assert sorted(type(it).__name__ for it in taken) == ["NoneType", "NotFound", "NotFound"]


async def test_a_program_has_no_data_of_its_own(client: httpx.AsyncClient) -> None:
    client.headers.update(key("program"))
    for method, path in (
        ("GET", DATA),
        ("POST", f"{DATA}/export"),
        ("DELETE", f"{DATA}/erasure"),
        ("GET", "/users/me/preferences"),
    ):
        assert (await client.request(method, path)).status_code == 403
    assert (await client.post(f"{DATA}/erasure", json=SURE)).status_code == 403


async def test_people_change_their_own_preferences_alone(client: httpx.AsyncClient, ann: Caller) -> None:
    place = "/users/me/preferences"
    before = (await client.get(place)).json()
    assert (before["time_zone"], before["locale"], before["wants_dms"]) == ("UTC", None, True)
    assert {"locale": "de", "name": "Deutsch"} in before["languages"]
    assert {"UTC", "Europe/Berlin"} <= set(before["time_zones"])
    changed = (await client.patch(place, json={"locale": "de", "wants_dms": False})).json()
    assert (changed["locale"], changed["wants_dms"]) == ("de", False)
    refused = await client.patch(place, json={"locale": "xx"})
    assert (refused.status_code, set(refused.json()["problems"])) == (422, {"locale"})
    assert (await client.patch(place, json={"user_id": "1"})).status_code == 422
    assert (await client.get(f"/users/{new_id()}/preferences")).status_code == 403
    assert (await client.get(f"/users/{ann.user_id}/preferences")).json()["locale"] == "de"


@pytest.mark.parametrize(
    ("days", "can_be"), [(None, False), (timedelta(0), False), (timedelta(days=-1), False), (timedelta(days=1), True)]
)
def test_only_what_is_still_to_come_can_be_taken_back(days: timedelta | None, can_be: bool) -> None:
    now = utcnow()
    assert rules.can_be_taken_back(None if days is None else now + days, now) is can_be
