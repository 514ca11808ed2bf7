"""Scripted people sign the book of the real bot; the revisions go up and down with rows on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from guildbase.core.registry import FeatureRegistry
from guildbase.services.tables import compared_metadata
from guildbase.simulator import Person
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


async def test_the_revisions_keep_rows_and_are_what_the_models_say(
    guildbase_features: FeatureRegistry, guildbase_database_url: str
) -> None:
    url = guildbase_database_url

    def walk() -> list[str]:
        return assert_revisions_reversible(url, guildbase_features, feature="guestbook")

    assert await asyncio.to_thread(walk) == ["guestbook_0001"]
    await asyncio.to_thread(assert_models_match, url, compared_metadata(guildbase_features), guildbase_features)
