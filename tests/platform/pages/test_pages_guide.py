"""The feature in the guide of pages does what the guide says."""

from __future__ import annotations

from pathlib import Path

import httpx

from guildbase.api.app import create_app
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from tests.factories import new_id
from tests.platform.pages.lottery import write_lottery


async def test_the_page_of_the_guide_works(settings: Settings, tmp_path: Path) -> None:
    services = assemble(settings, FeatureRegistry.discover(write_lottery(tmp_path / "features")))
    guild_id, user_id = new_id(), new_id()
    await services.get(GuildController).join(guild_id)
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    base = f"http://test/api/v1/guilds/{guild_id}/pages/lottery/draw"
    async with httpx.AsyncClient(transport=transport, headers={"X-API-Key": DEFAULT_API_KEY}) as client:
        for person, tickets in ((user_id, 3), (new_id(), 1)):
            wish = {"form": {"user": str(person), "tickets": tickets}}
            done = await client.post(f"{base}/actions/enter", json=wish)
            assert done.json() == {"message": f"Entered with {tickets}."}
        refused = await client.post(f"{base}/actions/enter", json={"form": {"user": str(user_id), "tickets": 11}})
        assert set(refused.json()["problems"]) == {"tickets"}
        first = (await client.get(f"{base}/tables/entries", params={"limit": 1})).json()
        second = (await client.get(f"{base}/tables/entries", params={"after": first["next_after"]})).json()
        assert (first["rows"], len(second["rows"])) == ([{"who": str(user_id), "tickets": 3}], 1)
        cards = (await client.get(f"{base}/stats/figures")).json()["cards"]
        assert [card["value"] for card in cards] == [2, 4]
    await services.close()
