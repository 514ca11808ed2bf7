"""Scripted people sign the book of the real bot; its page shows it; revisions go up and down on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from guildbase.core.registry import FeatureRegistry
from guildbase.services.tables import compared_metadata
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.migrations import assert_models_match, assert_revisions_reversible

SOURCE = Path(__file__).parents[1] / "src"


@pytest.fixture(scope="session")
def guildbase_features_dir() -> Path:
    """Where the bot finds the feature; a package that is installed needs no such fixture."""
    return SOURCE


@pytest.mark.usefixtures("guildbase_bot")
async def test_a_signature_is_kept_and_can_be_replaced(member: Person, moderator: Person) -> None:
    assert (await member.slash("guestbook")).text == "Nobody has signed yet."
    await member.slash("sign", text="Nice *here*")
    await member.slash("sign", text="Very nice *here*")
    reply = await moderator.slash("guestbook")
    assert reply.text.endswith(r": Very nice \*here\*")


async def test_the_dashboard_has_a_page_of_it_without_a_build(
    guildbase_api: httpx.AsyncClient, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    await member.slash("sign", text="<b>First</b>")
    await moderator.slash("sign", text="Second")
    listed = (await guildbase_api.get(f"/guilds/{guild.id}/pages")).json()["pages"]
    assert [(page["feature"], page["name"], page["icon"]) for page in listed] == [("guestbook", "entries", "book")]

    page = f"/guilds/{guild.id}/pages/guestbook/entries"
    kinds = [block["kind"] for block in (await guildbase_api.get(page)).json()["blocks"]]
    assert kinds == ["stats", "table", "action"]
    first = (await guildbase_api.get(f"{page}/tables/lines", params={"limit": 1})).json()
    second = (await guildbase_api.get(f"{page}/tables/lines", params={"after": first["next_after"]})).json()
    assert [row["text"] for row in (*first["rows"], *second["rows"])] == ["Second", "<b>First</b>"]
    assert second["rows"][0]["who"] == str(member.id)

    once = {"Idempotency-Key": "remove-it"}
    for _attempt in range(2):
        wish = {"form": {"user": str(member.id), "reason": "spam"}}
        done = await guildbase_api.post(f"{page}/actions/remove", json=wish, headers=once)
        assert done.json() == {"message": "The line is removed."}
    cards = (await guildbase_api.get(f"{page}/stats/figures")).json()["cards"]
    assert (cards[0]["label"], cards[0]["value"]) == ("Lines", 1)


async def test_the_revisions_keep_rows_and_are_what_the_models_say(
    guildbase_features: FeatureRegistry, guildbase_database_url: str
) -> None:
    url = guildbase_database_url

    def walk() -> list[str]:
        return assert_revisions_reversible(url, guildbase_features, feature="guestbook")

    assert await asyncio.to_thread(walk) == ["guestbook_0001"]
    await asyncio.to_thread(assert_models_match, url, compared_metadata(guildbase_features), guildbase_features)
