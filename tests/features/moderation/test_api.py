"""The cases of a server over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.features.moderation.controller import ModerationController
from guildbase.services.container import BotServices
from tests.factories import moderator, new_id, target


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application; the test runs on SQLite and on PostgreSQL."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made


async def warned(services: BotServices, guild_id: int, count: int) -> None:
    controller = services.get(ModerationController)
    for number in range(1, count + 1):
        await controller.open_case(moderator(guild_id), guild_id, target(), f"reason {number}")


async def test_cases_come_newest_first_page_by_page(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    await warned(services, guild_id, 7)
    seen: list[int] = []
    after: str | None = None
    for _ in range(4):
        query: dict[str, str | int] = {"limit": 3} if after is None else {"limit": 3, "after": after}
        page = (await client.get(f"/guilds/{guild_id}/cases", params=query)).json()
        seen += [case["number"] for case in page["cases"]]
        after = page["next_after"]
        if after is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_a_page_that_is_just_full_is_the_last_one(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    await warned(services, guild_id, 3)
    page = (await client.get(f"/guilds/{guild_id}/cases", params={"limit": 3})).json()
    assert (len(page["cases"]), page["next_after"]) == (3, None)
    empty = (await client.get(f"/guilds/{guild_id}/cases", params={"after": 1})).json()
    assert empty == {"cases": [], "next_after": None}


async def test_a_case_tells_all_and_its_ids_are_text(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    by, whom = moderator(guild_id), target()
    await services.get(ModerationController).open_case(by, guild_id, whom, "spam")
    (case,) = (await client.get(f"/guilds/{guild_id}/cases")).json()["cases"]
    assert case.pop("created_at").endswith("Z")
    assert case == {
        "number": 1,
        "type": "warn",
        "custom_type": None,
        "state": "open",
        "failure": None,
        "notice": "pending",
        "source": "command",
        "target_id": str(whom.user_id),
        "target_name": whom.name,
        "moderator_id": str(by.user_id),
        "moderator_name": by.name,
        "reason": "spam",
        "details": {},
        "expires_at": None,
        "ended_at": None,
        "ending_case": None,
        "is_hidden": False,
        "struck_at": None,
    }


async def test_cases_of_another_server_are_not_shown(client: httpx.AsyncClient, services: BotServices) -> None:
    ours, theirs = new_id(), new_id()
    await warned(services, ours, 1)
    await warned(services, theirs, 2)
    assert len((await client.get(f"/guilds/{ours}/cases")).json()["cases"]) == 1


async def test_an_unknown_server_is_not_found(client: httpx.AsyncClient) -> None:
    guild_id = new_id()
    answer = await client.get(f"/guilds/{guild_id}/cases")
    assert (answer.status_code, answer.json()["code"]) == (404, "guild_not_found")
    assert answer.json()["detail"] == f"There is no server {guild_id} here."


@pytest.mark.parametrize(
    "guild_id",
    [
        "abc",
        "0",
        "-1",
        "1",
        "1.5",
        "9" * 19 + "9",
        str(2**63),
        str(2**64),
        "٣" * 18,
        "1e18",
        "%00",
        "1%200",
        "9" * 5000,
    ],
)
async def test_an_id_that_discord_cannot_have_made_is_malformed(client: httpx.AsyncClient, guild_id: str) -> None:
    answer = await client.get(f"/guilds/{guild_id}/cases")
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_input"


@pytest.mark.parametrize(
    "query",
    [
        "after=-1",
        "after=x",
        "limit=0",
        "limit=101",
        "limit=x",
        f"after={2**31}",
        f"after={2**63}",
        "limit=NaN",
    ],
)
async def test_a_malformed_query_is_named(client: httpx.AsyncClient, services: BotServices, query: str) -> None:
    guild_id = new_id()
    await warned(services, guild_id, 1)
    answer = await client.get(f"/guilds/{guild_id}/cases?{query}")
    assert answer.status_code == 422
    assert f"query.{query.partition('=')[0]}" in answer.json()["detail"]


async def test_the_largest_bounds_work(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = new_id()
    await warned(services, guild_id, 1)
    answer = await client.get(f"/guilds/{guild_id}/cases", params={"after": 2**31 - 1, "limit": 100})
    assert (answer.status_code, len(answer.json()["cases"])) == (200, 1)
