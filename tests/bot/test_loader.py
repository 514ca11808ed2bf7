"""Features are loaded, unloaded and swapped while the bot runs; a broken one harms no other."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest
from structlog.typing import EventDict

from guildbase.bot import identify, supervisor
from guildbase.bot.client import GuildbaseBot
from guildbase.bot.loader import SWAPPED
from guildbase.core.errors import Conflict, NotFound
from guildbase.core.registry import FeatureRegistry, read_manifest
from guildbase.database.manager import DatabaseManager
from guildbase.services.outbox import EffectState, Outbox
from guildbase.simulator import NoSuchCommand, NothingHeard, Person, ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures

COG = """
from . import rules, views


class Greet(BaseCog):
    @hybrid_command()
    async def greet(self, ctx: Context) -> None:
        "Greet somebody."
        await ctx.send(views.text(rules.WORD) + " {version}", ephemeral=True)


async def on_message(incoming: IncomingMessage) -> bool:
    if incoming.content != "hello bot":
        return False
    await incoming.message.reply(views.text(rules.WORD) + " {version}")
    return True
"""
EFFECTS = """
@effect("greet.call")
async def call(run: EffectRun) -> None:
    channel = run.bot.get_partial_messageable(run.payload["channel_id"])
    await channel.send("effect {version}", nonce=run.nonce)
"""
MANIFEST = "message_handlers=(MessageHandler('cog:on_message'),)"


def write_greet(features: LocalFeatures, version: str, *, word: str = "Hello", mark: str = ".") -> Path:
    return features.write(
        "greet",
        MANIFEST,
        cog=COG.format(version=version),
        rules=f"WORD = {word!r}",
        views=f"def text(word):\n    return word + {mark!r}",
        effects=EFFECTS.format(version=version),
    )


@pytest.fixture
async def bot(start_guildbase: StartGuildbase, features: LocalFeatures) -> GuildbaseBot:
    """A bot with the local feature greet, in its first version."""
    write_greet(features, "one")
    return (await start_guildbase(features_dir=features.folder)).bot


async def run_effect(bot: GuildbaseBot, guild: ScriptedGuild) -> EffectState | None:
    outbox = bot.services.get(Outbox)
    async with bot.services.get(DatabaseManager).transaction() as work:
        channel_id = guild.find_channel("mod-log").id
        number = await outbox.promise(work, "greet.call", {"channel_id": channel_id}, guild_id=guild.id)
    return await outbox.outcome(number, timeout=5)


async def test_a_local_feature_brings_its_command_message_handler_and_effect(
    bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    assert (await member.slash("greet")).text == "Hello. one"
    await member.says("hello bot")
    assert (await member.hears()).text == "Hello. one"
    assert await run_effect(bot, guild) is EffectState.DONE
    assert [message.text for message in guild.messages("mod-log")] == ["effect one"]


async def test_a_reload_swaps_cog_rules_views_handler_and_effect(
    bot: GuildbaseBot, guild: ScriptedGuild, member: Person, application_owner: Person, features: LocalFeatures
) -> None:
    write_greet(features, "two", word="Welcome", mark="!")
    assert (await application_owner.slash("cog reload", feature="greet")).text == "Reloaded greet."
    assert (await member.slash("greet")).text == "Welcome! two"
    await member.says("hello bot")
    assert (await member.hears()).text == "Welcome! two"
    assert await run_effect(bot, guild) is EffectState.DONE
    assert [message.text for message in guild.messages("mod-log")] == ["effect two"]
    assert [route.name for route in bot.router.routes].count("greet.on_message") == 1


async def test_a_reload_tells_discord_of_new_commands(
    bot: GuildbaseBot, member: Person, application_owner: Person, features: LocalFeatures
) -> None:
    cog = features.folder / "greet" / "cog.py"
    cog.write_text(cog.read_text().replace("async def greet(", "async def welcome("))
    await application_owner.slash("cog reload", feature="greet")
    assert (await member.slash("welcome")).text == "Hello. one"
    with pytest.raises(NoSuchCommand):
        await member.slash("greet", within=0.1)


@pytest.mark.parametrize("file", ["cog", "views", "rules", "effects"])
async def test_new_code_that_does_not_load_leaves_the_old_running(
    bot: GuildbaseBot,
    guild: ScriptedGuild,
    member: Person,
    application_owner: Person,
    features: LocalFeatures,
    file: str,
) -> None:
    write_greet(features, "two", word="Welcome", mark="!")
    broken = features.folder / "greet" / f"{file}.py"
    broken.write_text("this is no Python\n")
    told = (await application_owner.slash("cog reload", feature="greet")).text
    assert told.startswith("The new code of greet does not load: SyntaxError")
    assert told.endswith("The old code goes on; mend the file and reload again.")
    assert (await member.slash("greet")).text == "Hello. one"
    await member.says("hello bot")
    assert (await member.hears()).text == "Hello. one"
    assert await run_effect(bot, guild) is EffectState.DONE

    write_greet(features, "three")
    assert (await application_owner.slash("cog reload", feature="greet")).text == "Reloaded greet."
    assert (await member.slash("greet")).text == "Hello. three"


async def test_a_reload_that_fails_when_its_cog_is_made_leaves_the_old_running(
    bot: GuildbaseBot, member: Person, application_owner: Person, features: LocalFeatures
) -> None:
    cog = features.folder / "greet" / "cog.py"
    cog.write_text(cog.read_text() + "\n\nclass Second(BaseCog):\n    async def cog_load(self):\n        1 / 0\n")
    told = (await application_owner.slash("cog reload", feature="greet")).text
    assert "ZeroDivisionError" in told
    assert (await member.slash("greet")).text == "Hello. one"
    assert set(bot.loader.loaded["greet"].cogs) == {"Greet"}


@pytest.mark.parametrize("file", ["models", "api", "controller", "schemas", "__init__"])
async def test_a_change_that_a_reload_cannot_swap_is_said_to_need_a_restart(
    bot: GuildbaseBot, application_owner: Person, features: LocalFeatures, file: str
) -> None:
    path = features.folder / "greet" / f"{file}.py"
    path.write_text((path.read_text() if path.exists() else "") + "# A change.\n")
    told = (await application_owner.slash("cog reload", feature="greet")).text
    assert told == f"Reloaded greet. Changes in {file}.py need a restart of the bot."


async def test_regression_a_change_of_what_no_bot_runs_needs_no_restart(
    bot: GuildbaseBot, application_owner: Person, features: LocalFeatures
) -> None:
    (features.folder / "greet" / "seeds.py").write_text("# A change.\n")
    told = (await application_owner.slash("cog reload", feature="greet")).text
    assert told == "Reloaded greet."


async def test_unload_takes_away_command_handler_and_effect_and_load_brings_them_back(
    bot: GuildbaseBot, guild: ScriptedGuild, member: Person, application_owner: Person
) -> None:
    told = (await application_owner.slash("cog unload", feature="greet")).text
    assert told == "Unloaded greet. Its data stays; `cog load greet` starts it again."
    assert "greet.on_message" not in [route.name for route in bot.router.routes]
    assert "greet.call" not in bot.executor.handlers
    with pytest.raises(NoSuchCommand):
        await member.slash("greet", within=0.1)
    await member.says("hello bot")
    with pytest.raises(NothingHeard):
        await member.hears(timeout=0.2)

    assert (await application_owner.slash("cog load", feature="greet")).text == "Loaded greet."
    assert (await member.slash("greet")).text == "Hello. one"
    await member.says("hello bot")
    assert (await member.hears()).text == "Hello. one"
    assert await run_effect(bot, guild) is EffectState.DONE


async def test_reloading_an_unloaded_feature_loads_it(
    bot: GuildbaseBot, member: Person, application_owner: Person
) -> None:
    await application_owner.slash("cog unload", feature="greet")
    assert (await application_owner.slash("cog reload", feature="greet")).text == "Reloaded greet."
    assert (await member.slash("greet")).text == "Hello. one"


async def test_a_failed_reload_of_an_unloaded_feature_leaves_it_unloaded(
    bot: GuildbaseBot, application_owner: Person, features: LocalFeatures
) -> None:
    await application_owner.slash("cog unload", feature="greet")
    (features.folder / "greet" / "views.py").write_text("1 / 0\n")
    told = (await application_owner.slash("cog reload", feature="greet")).text
    assert told.startswith("The new code of greet does not load: ZeroDivisionError")
    assert "greet" not in bot.loader.loaded


@pytest.mark.parametrize(
    ("command", "feature", "answer"),
    [
        ("cog load", "greet", "greet is loaded already. Reload it instead."),
        ("cog load", "gret", "There is no feature gret. There are: "),
        ("cog unload", "gret", "There is no feature gret. There are: "),
        ("cog reload", "gret", "There is no feature gret. There are: "),
    ],
)
async def test_a_wrong_name_or_state_is_explained(
    bot: GuildbaseBot, application_owner: Person, command: str, feature: str, answer: str
) -> None:
    assert (await application_owner.slash(command, feature=feature)).text.startswith(answer)


async def test_unloading_twice_is_explained(bot: GuildbaseBot, application_owner: Person) -> None:
    await application_owner.slash("cog unload", feature="greet")
    told = (await application_owner.slash("cog unload", feature="greet")).text
    assert told == "greet is not loaded. Load it first."


@pytest.mark.parametrize("command", ["cog load", "cog unload", "cog reload"])
async def test_only_owners_may_swap_features(
    bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, command: str
) -> None:
    # The server's owner sees the command, but the bot is not theirs.
    for person in (guild.owner, moderator):
        told = await person.slash(command, feature="greet", force=True)
        assert told.text == "Only the bot's owners may do this."
        assert told.ephemeral
    assert "greet" in bot.loader.loaded


async def test_people_named_in_the_settings_are_owners_too(
    start_guildbase: StartGuildbase, guild: ScriptedGuild, moderator: Person
) -> None:
    await start_guildbase(owner_ids=[guild.owner.id])
    assert "Only admins may do this." in (await moderator.slash("case export")).text
    assert (await guild.owner.slash("cog reload", feature="moderation")).text == "Reloaded moderation."
    # The controllers, in use by now, go on as they are with the new rules: who may not is still told so.
    assert "Only admins may do this." in (await moderator.slash("case export")).text


async def test_owner_commands_work_as_text_too(bot: GuildbaseBot, application_owner: Person) -> None:
    await application_owner.says("!cog reload greet")
    assert (await application_owner.hears()).text == "Reloaded greet."
    await application_owner.says("!cog")
    assert (await application_owner.hears()).text.startswith("Say what to do.")


async def test_a_broken_cog_does_not_stop_the_others_at_start(
    start_guildbase: StartGuildbase,
    features: LocalFeatures,
    member: Person,
    application_owner: Person,
    logs: list[EventDict],
) -> None:
    write_greet(features, "one")
    folder = features.write("broken", cog="raise RuntimeError('does not start')")
    features.write("unfinished", "message_handlers=(MessageHandler('cog:missing'),)", cog="")
    running = await start_guildbase(features_dir=features.folder)
    assert (await member.slash("greet")).text == "Hello. one"
    assert running.bot.loader.failed["broken"] == "broken does not load: RuntimeError: does not start."
    assert running.bot.loader.failed["unfinished"].startswith("unfinished has no cog:missing")
    assert {line["feature"] for line in logs if line["event"] == "feature_not_loaded"} == {"broken", "unfinished"}
    listed = (await application_owner.slash("cog list")).text
    assert "broken does not load: RuntimeError: does not start." in listed
    assert "**greet** (loaded)" in listed

    # Mended on disk, it is taken in without a restart.
    (folder / "cog.py").write_text("")
    assert (await application_owner.slash("cog load", feature="broken")).text == "Loaded broken."
    assert "broken" not in running.bot.loader.failed


async def test_a_feature_that_cannot_be_read_is_listed_with_its_reason(
    start_guildbase: StartGuildbase, features: LocalFeatures, application_owner: Person
) -> None:
    folder = features.write("torn")
    (folder / "__init__.py").write_text("raise RuntimeError('torn')\n")
    await start_guildbase(features_dir=features.folder)
    assert "**guildbase_local.torn** (refused): RuntimeError: torn" in (await application_owner.slash("cog list")).text


async def test_a_cog_may_be_a_folder(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person, application_owner: Person
) -> None:
    """A large cog is split into files; all of them are loaded and swapped."""
    write_greet(features, "one")
    feature = features.folder / "greet"
    source = (feature / "cog.py").read_text().replace("from . import", "from .words import MARK\nfrom .. import")
    (feature / "cog.py").unlink()
    (feature / "cog").mkdir()
    (feature / "cog" / "commands.py").write_text(source.replace('" one"', "MARK"))
    (feature / "cog" / "words.py").write_text("MARK = ' one'\n")
    (feature / "cog" / "__init__.py").write_text("from .commands import Greet, on_message\n")
    await start_guildbase(features_dir=features.folder)
    assert (await member.slash("greet")).text == "Hello. one"
    # What the other file took from it before is swapped with it.
    (feature / "cog" / "words.py").write_text("MARK = ' two'\n")
    assert (await application_owner.slash("cog reload", feature="greet")).text == "Reloaded greet."
    assert (await member.slash("greet")).text == "Hello. two"


MOODS = """
from enum import Enum


class Mood(Enum):
    GLAD = 1
"""
JUDGING = """
from .kinds import Mood


def judged(mood):
    return "glad" if mood is Mood.GLAD else "sad"
"""
ASKING = """
from . import queries, rules


class Greet(BaseCog):
    @hybrid_command()
    async def greet(self, ctx: Context) -> None:
        "Say how one feels."
        await ctx.send(rules.judged(queries.MOOD) + " {version}", ephemeral=True)
"""


async def test_an_enum_of_kinds_is_the_same_before_and_after_a_reload_and_other_files_need_a_restart(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person, application_owner: Person
) -> None:
    """The files that are swapped, and those that are not, go on comparing it by identity."""
    queries = "from .kinds import Mood\n\nMOOD = Mood.GLAD\n"
    cog, memory = ASKING.format(version="one"), "KEPT = 1\n"
    features.write("greet", cog=cog, rules=JUDGING, kinds=MOODS, queries=queries, memory=memory)
    await start_guildbase(features_dir=features.folder)
    assert (await member.slash("greet")).text == "glad one"
    features.write("greet", cog=ASKING.format(version="two"), rules=JUDGING, memory="KEPT = 2\n")
    told = (await application_owner.slash("cog reload", feature="greet")).text
    assert told == "Reloaded greet. Changes in memory.py need a restart of the bot."
    assert (await member.slash("greet")).text == "glad two"


def test_no_file_that_a_reload_swaps_has_an_enum(registry: FeatureRegistry) -> None:
    found = []
    for feature in registry.features.values():
        folder = Path(str(sys.modules[feature.package].__file__)).parent
        sources = (it for file in SWAPPED for it in (folder / f"{file}.py", *(folder / file).rglob("*.py")))
        for source in filter(Path.is_file, sources):
            found += [str(source) for line in source.read_text().splitlines() if re.match(r"class \w+\(.*Enum\)", line)]
    assert found == []


async def test_loading_code_that_is_broken_is_explained(
    bot: GuildbaseBot, application_owner: Person, features: LocalFeatures
) -> None:
    features.write("late", cog="")
    bot.loader._registry.add(read_manifest("guildbase_local.late"))
    (features.folder / "late" / "cog.py").write_text("1 / 0\n")
    told = (await application_owner.slash("cog load", feature="late")).text
    assert told == "late does not load: ZeroDivisionError: division by zero. Mend the file and reload it."


async def test_a_change_that_needs_a_restart_still_does_after_the_bot_was_built_anew(
    start_guildbase: StartGuildbase,
    features: LocalFeatures,
    application_owner: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The supervisor builds a new bot in the same process, which still runs the modules of the first."""
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(identify, "WINDOW", 0.01)
    folder = write_greet(features, "one")
    running = await start_guildbase(features_dir=features.folder)
    (folder / "controller.py").write_text("# A change.\n")
    first = running.bot
    await first.close()
    await running.until_ready(instead_of=first)
    told = (await application_owner.slash("cog reload", feature="greet")).text
    assert told == "Reloaded greet. Changes in controller.py need a restart of the bot."


async def test_reloads_at_the_same_time_wait_for_each_other(bot: GuildbaseBot, member: Person) -> None:
    results = await asyncio.gather(*(bot.loader.reload("greet") for _ in range(5)))
    assert [result.needs_restart for result in results] == [()] * 5
    assert (await member.slash("greet")).text == "Hello. one"


async def test_of_two_loads_or_unloads_at_the_same_time_one_is_told_that_it_is_late(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person
) -> None:
    slow = "    async def cog_load(self) -> None:\n        await asyncio.sleep(0.01)\n"
    slow += "    async def cog_unload(self) -> None:\n        await asyncio.sleep(0.01)\n"
    cog = write_greet(features, "one") / "cog.py"
    cog.write_text(cog.read_text().replace("    @hybrid_command", f"{slow}\n    @hybrid_command"))
    bot = (await start_guildbase(features_dir=features.folder)).bot
    results = await asyncio.gather(*(bot.loader.unload("greet") for _ in range(2)), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), NotFound]
    results = await asyncio.gather(*(bot.loader.load("greet") for _ in range(2)), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), Conflict]
    assert (await member.slash("greet")).text == "Hello. one"
