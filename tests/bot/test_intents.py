"""The bot asks Discord for no more than its features declare, and privileged intents only where granted."""

from __future__ import annotations

import pytest
from structlog.typing import EventDict

from guildbase.bot.intents import plan_intents
from guildbase.core.errors import ConfigurationError
from guildbase.core.feature import Feature
from guildbase.core.registry import FeatureRegistry
from guildbase.simulator import NothingHeard, Person, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures


def registry_of(*features: Feature) -> FeatureRegistry:
    found = FeatureRegistry()
    for feature in features:
        found.add(feature)
    return found


def test_only_declared_intents_are_asked_for() -> None:
    found = registry_of(Feature("one", "One.", intents=("guilds",)), Feature("two", "Two.", intents=("moderation",)))
    plan = plan_intents(found, frozenset())
    assert {name for name, is_on in plan.intents if is_on} == {"guilds", "moderation"}
    assert not plan.text_commands


def test_a_bot_without_features_still_hears_of_its_guilds() -> None:
    assert {name for name, is_on in plan_intents(FeatureRegistry(), frozenset()).intents if is_on} == {"guilds"}


def test_message_content_brings_text_commands_and_what_they_need() -> None:
    plan = plan_intents(FeatureRegistry(), frozenset({"message_content"}))
    names = {name for name, is_on in plan.intents if is_on}
    assert names == {"guilds", "message_content", "guild_messages", "dm_messages"}
    assert plan.text_commands


def test_granted_intents_that_nobody_wants_stay_off() -> None:
    plan = plan_intents(FeatureRegistry(), frozenset({"members", "presences"}))
    assert not plan.intents.members
    assert not plan.intents.presences


@pytest.mark.parametrize("granted", [frozenset[str](), frozenset({"members"})])
def test_an_optional_privileged_intent_is_used_only_where_granted(granted: frozenset[str]) -> None:
    found = registry_of(Feature("welcome", "Welcome.", optional_intents=("members", "guild_reactions")))
    plan = plan_intents(found, granted)
    assert plan.intents.members is ("members" in granted)
    assert plan.intents.guild_reactions


def test_a_missing_privileged_intent_is_named_with_its_remedy() -> None:
    found = registry_of(Feature("welcome", "Welcome.", intents=("members", "presences")))
    with pytest.raises(ConfigurationError) as caught:
        plan_intents(found, frozenset({"message_content"}))
    assert "members, presences" in caught.value.message
    assert "https://discord.com/developers" in caught.value.hint


def test_a_misspelt_intent_is_a_clear_error() -> None:
    with pytest.raises(ConfigurationError, match=r"'guild_massages'.* is no gateway intent"):
        plan_intents(registry_of(Feature("typo", "Typo.", intents=("guild_massages",))), frozenset())


async def test_without_message_content_slash_works_and_text_does_not(
    start_guildbase: StartGuildbase, discord: Simulator, moderator: Person, logs: list[EventDict]
) -> None:
    running = await start_guildbase(intents_flags=0)
    await moderator.says("!ping")
    with pytest.raises(NothingHeard):
        await moderator.hears(timeout=0.3)
    assert (await moderator.slash("ping")).text.startswith("Pong!")
    assert not running.bot.intents.message_content
    assert len([line for line in logs if line["event"] == "text_commands_off"]) == 1
    # Discord closes with 4014 when an intent is asked for that is not granted, so both starts were modest.
    assert (discord.stats.identifies, discord.stats.refused_identifies) == (2, 0)


async def test_with_message_content_the_same_command_works_as_text(guildbase_bot: object, moderator: Person) -> None:
    await moderator.says("!ping")
    assert (await moderator.hears()).text.startswith("Pong!")


async def test_a_feature_that_needs_a_refused_intent_stops_the_start_with_a_clear_error(
    start_guildbase: StartGuildbase, discord: Simulator, features: LocalFeatures
) -> None:
    features.write("welcome", intents=("members",))
    with pytest.raises(ConfigurationError, match="privileged intents members"):
        await start_guildbase(features_dir=features.folder, intents_flags=0)
    assert discord.stats.identifies == 0
