"""Whatever breaks in the bot is stored, with what it was about, and nobody waits for it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import text
from structlog.typing import EventDict

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.platform.telemetry.controller import ErrorController
from guildbase.platform.telemetry.models import ErrorEvent
from guildbase.services.outbox import EffectState, Outbox
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures
from tests.waiting import until

COG = """
class Trouble(BaseCog):
    @hybrid_command()
    async def crash(self, ctx: Context) -> None:
        "Fail unexpectedly."
        raise RuntimeError("a bug in a command")

    @app_commands.command()
    async def pure(self, interaction: discord.Interaction) -> None:
        "Fail in a command that is a slash command only."
        raise RuntimeError("a bug in a slash command")

    @hybrid_command()
    async def refuse(self, ctx: Context) -> None:
        "Fail as expected."
        raise Conflict("The door is locked.")


async def hears(message: IncomingMessage) -> bool:
    if message.content == "boom":
        raise RuntimeError("a bug in a message handler")
    return False
"""
EFFECTS = """
@effect("trouble.burn")
async def burn(run: EffectRun) -> None:
    raise LookupError("a bug in an effect")


@effect("trouble.refused")
async def refused(run: EffectRun) -> None:
    raise GuildbaseError("expected")
"""
ERROR_ID = re.compile(r"`([0-9a-f]{12})`")


@pytest.fixture
async def bot(start_guildbase: StartGuildbase, features: LocalFeatures) -> GuildbaseBot:
    features.write("trouble", "message_handlers=(MessageHandler('cog:hears'),)", cog=COG, effects=EFFECTS)
    return (await start_guildbase(features_dir=features.folder)).bot


async def stored(bot: GuildbaseBot) -> list[ErrorEvent]:
    errors = bot.services.get(ErrorController)
    await errors.flush()
    return list(await errors.errors(SYSTEM))


@pytest.mark.parametrize("command", ["crash", "pure"])
async def test_a_command_that_breaks_is_found_by_the_id_that_the_person_was_told(
    bot: GuildbaseBot, guild: ScriptedGuild, member: Person, command: str
) -> None:
    told = ERROR_ID.search((await member.slash(command)).text)
    assert told is not None
    [event] = await stored(bot)
    assert (event.error_id, event.kind, event.place) == (told[1], "command", command)
    assert (event.guild_id, event.user_id) == (guild.id, member.id)
    assert event.message.startswith("a bug in a")
    assert "features/trouble/cog.py" in event.traceback
    assert event.correlation_id


async def test_a_text_command_too_also_in_a_direct_message(bot: GuildbaseBot, member: Person) -> None:
    await member.sends_dm("!crash")
    told = ERROR_ID.search((await member.receives_dm()).text)
    assert told is not None
    [event] = await stored(bot)
    assert (event.error_id, event.guild_id, event.user_id) == (told[1], None, member.id)


async def test_an_expected_error_is_not_stored(bot: GuildbaseBot, member: Person) -> None:
    assert (await member.slash("refuse")).text == "The door is locked."
    assert await stored(bot) == []


async def test_a_message_handler_that_breaks(bot: GuildbaseBot, guild: ScriptedGuild, member: Person) -> None:
    await member.says("boom")

    async def is_there() -> bool:
        return bool(await stored(bot))

    await until(is_there)
    [event] = await stored(bot)
    assert (event.kind, event.place, event.message) == ("message", "trouble.hears", "a bug in a message handler")
    assert (event.guild_id, event.user_id) == (guild.id, member.id)


async def test_a_listener_that_breaks(bot: GuildbaseBot, member: Person) -> None:
    async def on_message(_message: object) -> None:
        raise RuntimeError("a bug in a listener")

    bot.add_listener(on_message)
    await member.says("hello")

    async def is_there() -> bool:
        return bool(await stored(bot))

    await until(is_there)
    [event] = await stored(bot)
    assert (event.kind, event.place, event.message) == ("listener", "on_message", "a bug in a listener")


async def test_an_effect_that_breaks_and_one_that_is_refused(bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    outbox, database = bot.services.get(Outbox), bot.services.get(DatabaseManager)
    async with database.transaction() as work:
        kinds = ("trouble.refused", "trouble.burn")
        promised = [await outbox.promise(work, kind, {}, guild_id=guild.id) for kind in kinds]

    async def were_tried() -> bool:
        return [await outbox.state(effect) for effect in promised] == [EffectState.PENDING] * 2 and bool(
            await stored(bot)
        )

    await until(were_tried)
    [event] = await stored(bot)
    assert (event.kind, event.place, event.guild_id) == ("effect", "trouble.burn", guild.id)


async def test_the_person_is_answered_although_nothing_can_be_stored(
    bot: GuildbaseBot, member: Person, logs: list[EventDict]
) -> None:
    async with bot.services.get(DatabaseManager).transaction() as work:
        await work.session.execute(text("ALTER TABLE error_event RENAME TO moved_away"))
    assert ERROR_ID.search((await member.slash("crash")).text)
    told: list[Any] = []

    def was_logged() -> bool:
        told[:] = [line for line in logs if line["event"] == "error_not_stored"]
        return bool(told)

    await until(was_logged)
