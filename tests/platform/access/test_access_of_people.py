"""What people may do over HTTP who signed in: what they were given, no more, and not a request longer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

import httpx
import pytest

from guildbase.services.container import BotServices
from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.api.signing_in import oauth_settings, sign_in, visitor
from tests.factories import new_id


class Visitors:
    """Browsers in which people are signed in."""

    def __init__(self, services: BotServices, discord: Simulator, stack: AsyncExitStack) -> None:
        self._services, self._discord, self._stack = services, discord, stack

    async def __call__(self, person: str) -> httpx.AsyncClient:
        """Return the browser of this person."""
        browser = await self._stack.enter_async_context(visitor(self._services))
        await sign_in(browser, self._discord, person)
        return browser


@pytest.fixture
async def browser_of(start_guildbase: StartGuildbase, discord: Simulator) -> AsyncIterator[Visitors]:
    running = await start_guildbase(**oauth_settings(discord))
    async with AsyncExitStack() as stack:
        yield Visitors(running.services, discord, stack)


def rule(kind: str, subject_id: int, access: str, target: str) -> dict[str, str]:
    return {"subject": kind, "subject_id": str(subject_id), "scope": "command", "target": target, "access": access}


async def test_what_was_given_counts_and_nothing_beyond_it(
    browser_of: Visitors, discord: Simulator, guild: ScriptedGuild
) -> None:
    cal, bob = guild.member("cal"), guild.member("bob")
    guild.member("mod", roles=["Moderator"])
    discord.guild("Elsewhere").member("stranger", roles=["Admin"])
    owner, colleague, stranger = await browser_of("owner"), await browser_of("cal"), await browser_of("stranger")
    path = f"/guilds/{guild.id}"
    areas = ("authorized-users", "authorized-users/me", "authorized-users/history", "permissions", "standings", "audit",
             "audit/stats", "audit/export", "export")  # fmt: skip
    for browser in (colleague, stranger):
        assert {(await browser.get(f"{path}/{area}")).status_code for area in areas} == {404}

    given = {"user_id": str(cal.id), "rights": ["edit_settings"], "reason": "helps"}
    viewer = await browser_of("mod")
    role_id = {it["name"]: it["id"] for it in (await owner.get(f"{path}/live")).json()["roles"]}["Moderator"]
    await owner.post(f"{path}/authorized-users", json={"role_id": role_id, "rights": ["view_settings"]})
    assert (await viewer.get(f"{path}/authorized-users")).json()["can_give"] == []
    assert (await viewer.get(f"{path}/permissions")).status_code == 200
    assert (await viewer.post(f"{path}/permissions", json={})).status_code == 403
    made = await owner.post(f"{path}/authorized-users", json=given)
    number = made.json()["number"]
    seen = {area: (await colleague.get(f"{path}/{area}")).status_code for area in areas}
    assert {area for area, status in seen.items() if status == 403} == {"audit", "audit/stats", "audit/export"}
    assert set(seen.values()) == {200, 403}
    own = (await colleague.get(f"{path}/authorized-users/me")).json()
    assert (own["rights"], own["by_discord"]) == (["edit_settings", "view_settings"], [])
    assert [(it["number"], it["effective"], it["lost"]) for it in own["grants"]] == [(number, ["edit_settings"], None)]
    listed = (await colleague.get(f"{path}/authorized-users")).json()
    assert (listed["can_give"], {it["can_change"] for it in listed["authorized"]}) == ([], {False})

    async def wrote(area: str, body: Mapping[str, object]) -> int:
        return (await colleague.post(f"{path}/{area}", json=body)).status_code

    assert await wrote("authorized-users", {"user_id": str(bob.id), "rights": ["view_settings"]}) == 403
    channel = guild.channel("general").id
    assert await wrote("permissions", rule("channel", channel, "deny", "ping")) == 200
    assert await wrote("permissions", rule("member", bob.id, "allow", "ping")) == 200
    assert await wrote("permissions", rule("member", bob.id, "allow", "ban")) == 403
    assert await wrote("permissions", rule("member", guild.owner.id, "deny", "ping")) == 403
    assert await wrote("permissions", rule("role", int(role_id), "deny", "ping")) == 403
    assert await wrote("permissions", rule("member", new_id(), "allow", "dance")) == 403
    assert await wrote("standings", {"subject_id": str(bob.id), "status": "blocked"}) == 200
    assert await wrote("standings", {"subject_id": str(guild.owner.id), "status": "blocked"}) == 403
    assert {(await stranger.get(f"{path}/{area}")).status_code for area in areas} == {404}

    assert (await owner.delete(f"{path}/authorized-users/{cal.id}")).json() == {"ended": [number]}
    assert await wrote("permissions", rule("channel", channel, "allow", "ping")) == 404
    assert {(await colleague.get(f"{path}/{area}")).status_code for area in areas} == {404}


async def test_what_was_handed_on_ends_with_whoever_handed_it_on(browser_of: Visitors, guild: ScriptedGuild) -> None:
    ada, bob = guild.member("ada"), guild.member("bob")
    owner, first, second = await browser_of("owner"), await browser_of("ada"), await browser_of("bob")
    path = f"/guilds/{guild.id}/authorized-users"
    given = {"user_id": str(ada.id), "rights": ["manage_access", "view_audit"]}
    number = (await owner.post(path, json=given)).json()["number"]
    assert set((await first.get(path)).json()["can_give"]) == {
        "manage_access", "edit_settings", "view_settings", "view_audit"
    }  # fmt: skip
    beyond = await first.post(path, json={"user_id": str(bob.id), "rights": ["moderate"]})
    assert (beyond.status_code, list(beyond.json()["problems"])) == (403, ["rights"])
    handed = (await first.post(path, json={"user_id": str(bob.id), "rights": ["view_audit"]})).json()["number"]
    entries = (await second.get(f"/guilds/{guild.id}/audit", params={"action": "access.grant"})).json()["entries"]
    assert [it["actor_name"] for it in entries][:2] == ["ada", "owner"]
    assert (await second.delete(f"{path}/{ada.id}")).status_code == 403
    assert (await owner.delete(f"{path}/{ada.id}")).json() == {"ended": [number, handed]}
    assert (await second.get(f"/guilds/{guild.id}/audit")).status_code == 404
