"""Standings over HTTP: in one server and everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.standing.controller import StandingController
from guildbase.services.container import BotServices
from tests.factories import new_id


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application; the test runs on SQLite and on PostgreSQL."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made


def block(subject_id: int, **more: Any) -> dict[str, Any]:
    return {"subject_id": str(subject_id), "status": "blocked", "reason": "spam"} | more


async def test_somebody_is_blocked_listed_and_freed_in_a_server(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    guild_id, ids = new_id(), [new_id() for _ in range(3)]
    await services.get(GuildController).join(guild_id)
    for user_id in ids:
        made = (await client.post(f"/guilds/{guild_id}/standings", json=block(user_id))).json()
        assert (made["subject_id"], made["subject_kind"], made["reason"]) == (str(user_id), "user", "spam")
        assert (made["set_by_name"], made["set_by_id"]) == ("API key", None)
    first = (await client.get(f"/guilds/{guild_id}/standings", params={"limit": 2})).json()
    query = {"limit": 2, "after": first["next_after"]}
    second = (await client.get(f"/guilds/{guild_id}/standings", params=query)).json()
    found = [it["subject_id"] for it in (*first["standings"], *second["standings"])]
    assert (sorted(found), second["next_after"]) == (sorted(map(str, ids)), None)
    gone = await client.delete(f"/guilds/{guild_id}/standings/{ids[0]}")
    assert gone.json()["subject_id"] == str(ids[0])
    again = await client.delete(f"/guilds/{guild_id}/standings/{ids[0]}")
    assert (again.status_code, again.json()["code"]) == (404, "standing_not_found")


async def test_people_and_servers_are_blocked_and_freed_everywhere(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    user_id, guild_id = new_id(), new_id()
    await client.post("/standings", json=block(user_id, subject_kind="user", expires_at="2101-01-01T00:00:00Z"))
    made = await client.post("/standings", json=block(guild_id, subject_kind="guild", leave=True))
    assert made.json()["subject_kind"] == "guild"
    standings = services.get(StandingController)
    assert standings.refusal(user_id, None) is not None
    listed = (await client.get("/standings")).json()["standings"]
    assert {it["subject_id"] for it in listed} == {str(user_id), str(guild_id)}
    assert (await client.delete(f"/standings/user/{user_id}")).status_code == 200
    assert standings.refusal(user_id, None) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject_id": "ada"},
        {"status": "king"},
        {"reason": "x" * 301},
        {"expires_at": "2001-01-01T00:00:00Z"},
        {"expires_at": "2101-01-01T00:00:00"},
        {"reason": "a\x00b"},
    ],
    ids=lambda wrong: "-".join(wrong),
)
async def test_what_is_unsound_is_refused(
    client: httpx.AsyncClient, services: BotServices, wrong: dict[str, Any]
) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    answer = await client.post(f"/guilds/{guild_id}/standings", json=block(new_id()) | wrong)
    assert answer.status_code == 422
    assert (await client.get(f"/guilds/{guild_id}/standings")).json()["standings"] == []


async def test_a_server_that_is_not_known_has_no_list(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/guilds/{new_id()}/standings")).status_code == 404
    assert (await client.post(f"/guilds/{new_id()}/standings", json=block(new_id()))).status_code == 404
