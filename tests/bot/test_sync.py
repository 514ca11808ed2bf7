"""Discord is told our commands when they changed, and only then."""

from __future__ import annotations

import discord
import pytest
from discord import app_commands
from structlog.typing import EventDict

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.intents import IntentPlan
from guildbase.bot.sync import sync_commands, tree_hash
from guildbase.services.shard_ranges import HeldShards
from guildbase.simulator import Person, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures

PUT = "PUT /applications/{application_id}/commands"
COG = """
class Greet(BaseCog):
    @hybrid_command()
    async def greet(self, ctx: Context) -> None:
        "{description}"
        await ctx.send("Hello.")
"""


async def test_commands_are_sent_once_and_again_only_after_a_change(
    start_guildbase: StartGuildbase, discord: Simulator, features: LocalFeatures
) -> None:
    features.write("greet", cog=COG.format(description="Greet."))
    first = await start_guildbase(features_dir=features.folder)
    assert discord.stats.requests[PUT] == 1
    await first.stop()

    second = await start_guildbase(features_dir=features.folder)
    assert discord.stats.requests[PUT] == 1
    features.write("greet", cog=COG.format(description="Greet somebody."))
    await second.bot.loader.reload("greet")
    assert await sync_commands(second.bot)
    assert not await sync_commands(second.bot)
    assert discord.stats.requests[PUT] == 2


async def test_commands_that_somebody_removed_at_discord_are_sent_again(
    start_guildbase: StartGuildbase, discord: Simulator, member: Person
) -> None:
    await (await start_guildbase()).stop()
    discord.world.commands[None].clear()
    await start_guildbase()
    assert discord.stats.requests[PUT] == 2
    assert (await member.slash("ping")).text.startswith("Pong!")


async def test_all_built_in_commands_fit_into_discords_limit(
    start_guildbase: StartGuildbase, discord: Simulator
) -> None:
    bot = (await start_guildbase()).bot
    ours = {command.name for command in bot.tree.get_commands()}
    assert {"warn", "case", "cases", "ping", "status", "help", "cog"} <= ours
    assert len(ours) <= 100
    assert {command.name for command in discord.world.commands[None].values()} == ours


async def test_every_command_and_option_has_a_description(start_guildbase: StartGuildbase) -> None:
    bot = (await start_guildbase()).bot
    for command in bot.tree.walk_commands():
        assert command.description not in ("", "…"), command.qualified_name
        if isinstance(command, app_commands.Command):
            bare = [option.name for option in command.parameters if str(option.description) == "…"]
            assert not bare, command.qualified_name


async def test_the_hash_does_not_depend_on_the_order_of_loading(start_guildbase: StartGuildbase) -> None:
    bot = (await start_guildbase()).bot
    before, commands = tree_hash(bot), bot.tree.get_commands()
    for command in commands:
        kind = command.type if isinstance(command, app_commands.ContextMenu) else discord.AppCommandType.chat_input
        bot.tree.remove_command(command.name, type=kind)
    assert not bot.tree.get_commands()
    assert tree_hash(bot) != before
    for command in reversed(commands):
        bot.tree.add_command(command)
    assert tree_hash(bot) == before


async def test_a_command_that_discord_refuses_keeps_nobody_from_answering(
    start_guildbase: StartGuildbase,
    features: LocalFeatures,
    member: Person,
    application_owner: Person,
    logs: list[EventDict],
) -> None:
    await (await start_guildbase()).stop()
    features.write("greet", cog=COG.format(description="x" * 101))
    running = await start_guildbase(features_dir=features.folder)
    assert [line["log_level"] for line in logs if line["event"] == "commands_not_synced"] == ["error"]
    assert (await member.slash("ping")).text.startswith("Pong!")
    told = (await application_owner.slash("cog reload", feature="greet")).text
    assert told.startswith("Discord refuses the commands: ")
    assert told.endswith("Mend the command that it names.")

    features.write("greet", cog=COG.format(description="Greet."))
    assert (await application_owner.slash("cog reload", feature="greet")).text == "Reloaded greet."
    assert (await member.slash("greet")).text == "Hello."
    assert running.bot.loader.failed == {}


async def test_before_the_login_there_is_no_application_to_sync_for(start_guildbase: StartGuildbase) -> None:
    bot = (await start_guildbase()).bot
    plan, shards = IntentPlan(bot.intents, text_commands=False), HeldShards(bot.shard_range, bot.lease)
    before_login = GuildbaseBot(bot.services, plan, bot.throttle, shards)
    with pytest.raises(RuntimeError, match="Log in before"):
        await sync_commands(before_login)
