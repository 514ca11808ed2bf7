"""Access over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.rights import NAMES, Right
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.platform.access.controller import AccessController
from guildbase.platform.access.grants import Holder
from guildbase.platform.access.models import GrantSource, HolderKind
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from tests.factories import new_id


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application; the test runs on SQLite and on PostgreSQL."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made


@pytest.fixture
async def path(services: BotServices) -> str:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    return f"/guilds/{guild_id}/authorized-users"


async def test_access_is_given_listed_and_taken_back(client: httpx.AsyncClient, path: str) -> None:
    user, role = str(new_id()), str(new_id())
    body: dict[str, Any] = {
        "user_id": user,
        "rights": ["moderate", "edit_settings", "view_settings"],
        "reason": "helps",
    }
    given = await client.post(path, json=body | {"expires_at": "2099-01-01T00:00:00+01:00"})
    assert given.status_code == 201
    made = given.json()
    assert made.pop("created_at").endswith("Z")
    assert made == {
        "number": 1,
        "kind": "user",
        "id": user,
        "rights": ["edit_settings", "moderate"],
        "effective": ["edit_settings", "moderate"],
        "parent": None,
        "source": "operator",
        "given_by": None,
        "reason": "helps",
        "expires_at": "2098-12-31T23:00:00Z",
        "is_away": False,
        "can_change": True,
        "can_revoke": True,
    }
    assert (await client.post(path, json={"role_id": role, "rights": ["view_audit"]})).json()["kind"] == "role"
    changed = await client.post(path, json={"user_id": user, "rights": ["view_cases"]})
    assert (changed.json()["number"], changed.json()["rights"]) == (1, ["view_cases"])
    listed = (await client.get(path)).json()["authorized"]
    assert [(it["id"], it["rights"]) for it in listed] == [(user, ["view_cases"]), (role, ["view_audit"])]
    for number, subject in ((1, user), (2, role)):
        assert (await client.delete(f"{path}/{subject}")).json() == {"ended": [number]}
    assert (await client.get(path)).json()["authorized"] == []


async def test_a_list_tells_what_a_grant_is_worth_now(
    client: httpx.AsyncClient, path: str, services: BotServices
) -> None:
    guild_id = int(path.split("/")[2])
    controller, installer = services.get(AccessController), new_id()
    await controller.grant_installer(guild_id, installer, GrantSource.INSTALLER)
    await controller.member_moved(guild_id, installer, is_away=True)
    [one] = (await client.get(path)).json()["authorized"]
    assert (one["rights"], one["effective"], one["source"]) == (["owner"], [], "installer")


MISFITS: list[dict[str, Any]] = [
    {},
    {"rights": ["moderate"]},
    {"user_id": "1", "rights": ["moderate"]},
    {"user_id": "1128754567890123457", "role_id": "1128754567890123458", "rights": ["moderate"]},
    {"user_id": "1128754567890123457", "rights": []},
    {"user_id": "1128754567890123457", "rights": ["root"]},
    {"user_id": "1128754567890123457", "rights": ["moderate"], "source": "installer"},
    {"user_id": "1128754567890123457", "rights": ["moderate"], "is_away": False},
    {"user_id": "1128754567890123457", "rights": ["moderate"], "expires_at": "2099-01-01T00:00:00"},
    {"user_id": "1128754567890123457", "rights": ["moderate"], "expires_at": "2001-01-01T00:00:00Z"},
    {"user_id": "1128754567890123457", "rights": ["moderate"], "reason": "x" * 301},
    {"role_id": "1128754567890123457", "rights": ["owner"]},
]


async def test_what_does_not_fit_is_refused_and_gives_nothing(
    client: httpx.AsyncClient, path: str, services: BotServices
) -> None:
    for body in MISFITS:
        answer = await client.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input"), body
        assert answer.json()["problems"], body
    assert await services.get(AccessController).rows(SYSTEM, int(path.split("/")[2])) == []


async def test_access_of_another_server_is_not_found(
    client: httpx.AsyncClient, path: str, services: BotServices
) -> None:
    user, elsewhere = str(new_id()), new_id()
    await services.get(GuildController).join(elsewhere)
    await client.post(path, json={"user_id": user, "rights": ["moderate"]})
    other = f"/guilds/{elsewhere}/authorized-users"
    assert (await client.get(other)).json()["authorized"] == []
    answer = await client.delete(f"{other}/{user}")
    assert (answer.status_code, answer.json()["code"]) == (404, "grant_not_found")
    assert len((await client.get(path)).json()["authorized"]) == 1


async def test_a_server_that_nobody_knows_is_not_found(client: httpx.AsyncClient) -> None:
    path = f"/guilds/{new_id()}/authorized-users"
    body = {"user_id": str(new_id()), "rights": ["moderate"]}
    answers = [await client.get(path), await client.post(path, json=body), await client.delete(f"{path}/{new_id()}")]
    assert {(it.status_code, it.json()["code"]) for it in answers} == {(404, "guild_not_found")}


async def test_the_last_owner_is_not_taken_away(client: httpx.AsyncClient, path: str, services: BotServices) -> None:
    installer = new_id()
    await services.get(AccessController).grant_installer(int(path.split("/")[2]), installer, GrantSource.INSTALLER)
    answer = await client.delete(f"{path}/{installer}")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "owner" in answer.json()["hint"]


async def test_without_the_key_nothing_is_told_or_done(client: httpx.AsyncClient, path: str) -> None:
    del client.headers["X-API-Key"]
    answers = [await client.get(path), await client.post(path, json={}), await client.delete(f"{path}/{new_id()}")]
    assert {it.status_code for it in answers} == {401}


async def test_the_history_tells_each_change_in_pages(client: httpx.AsyncClient, path: str) -> None:
    user, role = str(new_id()), str(new_id())
    await client.post(path, json={"user_id": user, "rights": ["moderate"], "reason": "helps"})
    await client.post(path, json={"role_id": role, "rights": ["view_audit"]})
    await client.post(path, json={"user_id": user, "rights": ["view_cases"]})
    await client.delete(f"{path}/{user}", params={"reason": "left"})
    first = (await client.get(f"{path}/history", params={"limit": 3})).json()
    rest = (await client.get(f"{path}/history", params={"after": first["next_after"]})).json()
    found = [(it["action"], it["holder_id"], it["rights"], it["reason"]) for it in first["changes"] + rest["changes"]]
    assert found == [
        ("access.revoke", user, ["view_cases"], "left"),
        ("access.change", user, ["view_cases"], ""),
        ("access.grant", role, ["view_audit"], ""),
        ("access.grant", user, ["moderate"], "helps"),
    ]
    assert rest["next_after"] is None
    assert {(it["kind"], it["actor_name"], it["grant"]) for it in rest["changes"]} == {("user", "API key", 1)}


async def test_one_of_several_grants_is_taken_back(client: httpx.AsyncClient, path: str, services: BotServices) -> None:
    guild_id, user, bob = int(path.split("/")[2]), new_id(), new_id()
    controller, person = services.get(AccessController), Holder(HolderKind.USER, user)
    await controller.grant(SYSTEM, guild_id, Holder(HolderKind.USER, bob), Right.MANAGE_ACCESS | Right.VIEW_AUDIT)
    await controller.grant(SYSTEM, guild_id, person, Right.MODERATE)
    theirs = await controller.grant(Caller(bob, guild_id), guild_id, person, Right.VIEW_AUDIT)
    listed = (await client.get(path)).json()["authorized"]
    assert [(it["number"], it["parent"], it["can_change"]) for it in listed] == [
        (1, None, True), (2, None, True), (3, 1, False)
    ]  # fmt: skip
    assert (await client.delete(f"{path}/{user}", params={"grant": 1})).json()["code"] == "grant_not_found"
    ended = await client.delete(f"{path}/{user}", params={"grant": theirs.number})
    assert ended.json() == {"ended": [3]}
    assert [it["number"] for it in (await client.get(path)).json()["authorized"]] == [1, 2]


async def test_own_access_tells_what_comes_from_discord_and_what_was_given(
    client: httpx.AsyncClient, path: str
) -> None:
    own = (await client.get(f"{path}/me")).json()
    assert (own["by_discord"], own["grants"], own["is_guild_owner"]) == (["owner"], [], False)
    assert set(own["rights"]) == set(NAMES)


async def test_of_two_who_leave_at_once_one_owner_stays(
    client: httpx.AsyncClient, path: str, services: BotServices
) -> None:
    guild_id, ids = int(path.split("/")[2]), [new_id(), new_id()]
    for user in ids:
        await client.post(path, json={"user_id": str(user), "rights": ["owner"]})
    answers = await asyncio.gather(*(client.delete(f"{path}/{user}") for user in ids))
    assert sorted(it.status_code for it in answers) == [200, 409]
    [row] = await services.get(AccessController).rows(SYSTEM, guild_id)
    refused = next(user for user, it in zip(ids, answers, strict=True) if it.status_code == 409)
    assert (row.holder_id, row.rights) == (refused, int(Right.OWNER))
