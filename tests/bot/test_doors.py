"""What stands before commands and presses: whatever goes wrong there, whoever came gets an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from structlog.typing import EventDict

from guildbase.bot import views
from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.standing.controller import StandingController
from guildbase.platform.standing.models import StandingStatus
from guildbase.platform.standing.rules import Decision, Subject
from guildbase.services.rate_limits import FREE, PRESSES
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from guildbase.testing.running import RunningGuildbase
from tests.local_features import LocalFeatures

COG = """
from guildbase.bot.views import BaseView


async def hints(interaction: discord.Interaction, word: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name="hint", value="hint")]


class Counter(BaseView):
    def __init__(self, asker_id):
        super().__init__(asker_id, command="counter")
        self.count = 0
        self.place()

    def place(self):
        self.clear_items()
        self.button("more", "More", self.more)
        self.button("break", "Break", self.breaks)

    async def more(self, interaction):
        self.clear_items()
        await asyncio.sleep(0.05)
        self.count += 1
        self.place()
        await self.show(interaction, content=str(self.count))

    async def breaks(self, interaction):
        self.clear_items()
        raise Conflict("It broke.")


class Doors(BaseCog):
    @hybrid_command()
    async def counter(self, ctx: Context) -> None:
        "Count presses."
        await Counter(ctx.author.id).send(ctx, "0")

    bakery = app_commands.Group(name="bakery", description="Bread.")

    @bakery.command()
    async def order(self, interaction: discord.Interaction) -> None:
        "Order bread."
        await interaction.response.send_message("ordered")

    @hybrid_command()
    @app_commands.autocomplete(word=hints)
    async def hinted(self, ctx: Context, word: str) -> None:
        "Hints at what may be typed."
        await ctx.send(word)
"""


@pytest.fixture
async def running(start_guildbase: StartGuildbase, features: LocalFeatures) -> RunningGuildbase:
    features.write("doors", cog=COG)
    return await start_guildbase(features_dir=features.folder)


async def test_regression_a_command_in_a_group_of_slash_commands_alone_is_answered(
    running: RunningGuildbase, member: Person
) -> None:
    assert (await member.slash("bakery order")).text == "ordered"


async def test_regression_an_error_before_a_command_is_told(
    running: RunningGuildbase, member: Person, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    async def away(*_: object) -> None:
        raise DatabaseUnavailable("The database is away.")

    guilds = running.services.get(GuildController)
    monkeypatch.setattr(guilds, "peek", lambda _: None)
    monkeypatch.setattr(guilds, "load", away)
    assert (await member.slash("ping")).text.startswith("The database is away.")
    assert await member.completes("hinted", word="h") == []
    assert not [it for it in logs if it["event"] == "error_not_told"]


async def test_a_press_on_a_view_of_a_feature_that_was_unloaded_is_refused(
    running: RunningGuildbase, guild: ScriptedGuild, application_owner: Person
) -> None:
    page = await guild.owner.slash("setup")
    await application_owner.slash("cog unload", feature="setup")
    assert (await page.click("Next")).text == "This is too old, and nothing was changed. Use the command again."
    await application_owner.slash("cog load", feature="setup")
    assert "language and prefix" in (await page.click("Next")).text


async def test_who_presses_like_mad_is_slowed_down(
    running: RunningGuildbase, member: Person, application_owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(PRESSES, limits={FREE: 2})
    monkeypatch.setattr(views, "PRESSES", few)
    counter = await member.slash("counter")
    assert [(await counter.click("More")).text for _ in range(2)] == ["1", "2"]
    refused = await counter.click("More")
    assert refused.text.startswith("Not so fast.")
    assert refused.ephemeral
    counter = await application_owner.slash("counter")
    assert [(await counter.click("More")).text for _ in range(3)] == ["1", "2", "3"]


async def test_presses_at_the_same_moment_are_handled_one_after_another(
    running: RunningGuildbase, member: Person
) -> None:
    counter = await member.slash("counter")
    await asyncio.gather(*(counter.click("More") for _ in range(3)))
    # The first press has made new buttons, so the others were on what is gone.
    assert counter.text == "1"
    assert (await counter.click("More")).text == "2"


async def test_a_press_on_what_a_failed_press_has_taken_away_is_told_so(
    running: RunningGuildbase, member: Person
) -> None:
    counter = await member.slash("counter")
    assert (await counter.click("Break")).text == "It broke."
    assert (await counter.click("More")).text.startswith("This is too old")


@pytest.mark.parametrize("feature", ["configuration", "permissions", "access", "setup", "standing", "users", "guilds"])
async def test_a_reloaded_feature_works_as_before_and_hears_nothing_twice(
    start_guildbase: StartGuildbase,
    application_owner: Person,
    guild: ScriptedGuild,
    feature: str,
    logs: list[EventDict],
) -> None:
    bot = (await start_guildbase()).bot

    def everything() -> object:
        listeners = {name: len(found) for name, found in bot.extra_events.items() if found}
        lasting = len(bot.persistent_views)
        commands = sorted(command.qualified_name for command in bot.walk_commands())
        return listeners, lasting, commands, sorted(bot.executor.handlers), [route.name for route in bot.router.routes]

    before = everything()
    for _ in range(2):
        assert "Reloaded" in (await application_owner.slash("cog reload", feature=feature)).text
    assert everything() == before
    for command in ("config show", "permissions list", "access list", "setup", "blocklist list", "preferences show"):
        assert "went wrong" not in (await guild.owner.slash(command)).text, [
            it["exc_info"] for it in logs if "exc_info" in it
        ]


async def test_the_blocked_are_refused_without_rules_of_servers_too(
    start_guildbase: StartGuildbase, member: Person, guild: ScriptedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    discover = FeatureRegistry.discover

    def without(*args: object) -> FeatureRegistry:
        registry = discover(*args)  # type: ignore[arg-type]
        del registry.features["permissions"]
        return registry

    monkeypatch.setattr(FeatureRegistry, "discover", without)
    running = await start_guildbase()
    decision = Decision(StandingStatus.BLOCKED, "spam")
    await running.services.get(StandingController).decide(SYSTEM, guild.id, Subject(member.id), decision)
    assert "spam" in (await member.slash("ping")).text
    assert running.bot.checks == {("refused", "block"): 1}
