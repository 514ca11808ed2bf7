"""Raids over HTTP."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from guildbase.core.clock import utcnow
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.core.rights import Right
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.features.antiraid.controller import NewRaider, RaidController, RaiderController
from guildbase.features.antiraid.controller.raids import NoSuchRaid
from guildbase.features.antiraid.kinds import Cause, RaiderState
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from tests.factories import member, new_id


async def _raided(services: BotServices, *causes: Cause) -> int:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    settings = {"level": "on", "action": "timeout"}
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "antiraid", settings)
    raiders = [NewRaider(new_id(), f"raider {number}", utcnow()) for number in range(3)]
    await services.get(RaidController).begin(guild_id, causes, raiders)
    return guild_id


@pytest.fixture
def client(services: BotServices) -> httpx.AsyncClient:
    """A client of the real application."""
    from guildbase.api.app import create_app

    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    return httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers)


async def test_a_raid_is_seen_acted_on_locked_and_ended(client: httpx.AsyncClient, services: BotServices) -> None:
    guild_id = await _raided(services, Cause.JOINS, Cause.NAMES)
    raid = f"/guilds/{guild_id}/raids/1"
    page = (await client.get(f"/guilds/{guild_id}/raids")).raise_for_status().json()
    assert (page["level"], page["action"], page["next_after"]) == ("on", "timeout", None)
    assert [(it["number"], it["state"], it["causes"]) for it in page["raids"]] == [(1, "active", ["joins", "names"])]
    assert (await client.get(raid)).json()["counts"] == {"due": 3}
    raiders = f"{raid}/raiders"
    first = (await client.get(raiders, params={"limit": 2})).json()
    rest = (await client.get(raiders, params={"after": first["next_after"], "state": "due"})).json()
    assert (len(first["raiders"]), len(rest["raiders"]), rest["next_after"]) == (2, 1, None)
    ids = [it["user_id"] for it in first["raiders"] + rest["raiders"]]
    assert ids == sorted(ids, key=int)
    banned = (await client.post(f"{raid}/action", json={"action": "ban"})).json()
    assert (banned["action"], banned["counts"]) == ("ban", {"due": 3})
    assert (await client.post(f"{raid}/action", json={"action": "none"})).json()["counts"] == {"released": 3}
    assert (await client.post(f"{raid}/lock")).status_code == 200
    ended = (await client.post(f"{raid}/end")).json()
    assert (ended["state"], ended["ended_by_id"]) == ("ended", None)
    for path, body in (("end", None), ("lock", None)):
        assert (await client.post(f"{raid}/{path}", json=body)).status_code == 404
    assert (await client.post(f"{raid}/action", json={"action": "hug"})).status_code == 422


@pytest.mark.databases("sqlite")
async def test_raids_are_paged_and_only_the_one_that_goes_on_is_ended(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    guild_id = await _raided(services, Cause.JOINS)
    raids = services.get(RaidController)
    await raids.end(SYSTEM, guild_id, 1)
    await raids.begin(guild_id, (Cause.NEW,), [NewRaider(new_id(), "x", utcnow())])
    page = (await client.get(f"/guilds/{guild_id}/raids", params={"limit": 1})).json()
    assert ([it["number"] for it in page["raids"]], page["next_after"]) == ([2], "2")
    older = (await client.get(f"/guilds/{guild_id}/raids", params={"after": "2"})).json()
    assert [it["number"] for it in older["raids"]] == [1]
    with pytest.raises(NoSuchRaid):
        await raids.end(SYSTEM, guild_id, 1)
    elsewhere = await _raided(services)
    for path in ("raids/2", "raids/2/raiders"):
        assert (await client.get(f"/guilds/{elsewhere}/{path}")).status_code == 404
    assert (await client.post(f"/guilds/{elsewhere}/raids/2/action", json={"action": "ban"})).status_code == 404


@pytest.mark.databases("sqlite")
async def test_who_may_view_cases_sees_raids_and_does_nothing_about_them(services: BotServices) -> None:
    guild_id = await _raided(services, Cause.JOINS)
    raids, raiders = services.get(RaidController), services.get(RaiderController)
    viewer = member(guild_id, rights=Right.VIEW_CASES)
    assert len(await raids.list(viewer, guild_id)) == 1
    assert len(await raiders.list(viewer, guild_id, 1, state=RaiderState.DUE)) == 3
    for attempt in (
        raids.end(viewer, guild_id),
        raiders.release(viewer, guild_id, 1),
        raids.view(member(guild_id), guild_id, 1),
        raids.list(replace(viewer, guild_id=new_id()), guild_id),
    ):
        with pytest.raises(PermissionDenied):
            await attempt
