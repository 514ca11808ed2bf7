"""What one feature, one effect or one refusal of Discord's may not do to everything else."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from structlog.typing import EventDict

from guildbase.bot.effects import EffectHandler, EffectRun
from guildbase.bot.tree import CommandTree
from guildbase.database.manager import DatabaseManager
from guildbase.services.outbox import EffectState, Outbox, OutboxEffect
from guildbase.simulator import Person
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures
from tests.waiting import until

TOO_LONG = """
class Long(BaseCog):
    @hybrid_command(description="d" * 150)
    async def long(self, ctx: Context) -> None:
        await ctx.send("long")
"""
FINE = """
class Long(BaseCog):
    @hybrid_command()
    async def long(self, ctx: Context) -> None:
        "Is short enough."
        await ctx.send("short enough")
"""
EFFECTS = """
@effect("two.slow")
async def slow(run: EffectRun) -> None:
    await asyncio.sleep(3)


@effect("two.quick")
async def quick(run: EffectRun) -> None:
    pass
"""


async def test_regression_a_command_that_discord_refuses_does_not_keep_the_bot_from_starting(
    start_guildbase: StartGuildbase, features: LocalFeatures, application_owner: Person, logs: list[EventDict]
) -> None:
    features.write("fine", cog=FINE.replace("long", "fine").replace("Long", "Fine"))
    running = await start_guildbase(features_dir=features.folder)
    await running.stop()
    features.write("long", cog=TOO_LONG)
    await start_guildbase(features_dir=features.folder)
    assert [line["log_level"] for line in logs if line["event"] == "commands_not_synced"] == ["error"]
    # Discord still has the commands of the last start, and they are answered.
    assert (await application_owner.slash("fine")).text == "short enough"
    told = await application_owner.slash("cog reload", feature="long")
    assert "Discord refuses the commands" in told.text
    features.write("long", cog=FINE)
    assert "Reloaded long" in (await application_owner.slash("cog reload", feature="long")).text
    assert (await application_owner.slash("long")).text == "short enough"


async def test_regression_a_slow_effect_holds_up_no_other(
    start_guildbase: StartGuildbase, features: LocalFeatures
) -> None:
    features.write("two", effects=EFFECTS)
    running = await start_guildbase(features_dir=features.folder)
    outbox, database = running.services.get(Outbox), running.services.get(DatabaseManager)

    async def promise(kind: str) -> int:
        async with database.transaction() as work:
            return await outbox.promise(work, kind, {}, guild_id=None)

    slow = await promise("two.slow")

    async def is_running() -> bool:
        return await outbox.state(slow) is EffectState.RUNNING

    await until(is_running)
    began = time.monotonic()
    assert await outbox.outcome(await promise("two.quick"), timeout=5) is EffectState.DONE
    assert time.monotonic() - began < 2
    assert await outbox.state(slow) is EffectState.RUNNING


async def test_regression_loading_what_does_not_parse_tells_why(
    start_guildbase: StartGuildbase, features: LocalFeatures, application_owner: Person
) -> None:
    features.write("broken", cog="def (")
    await start_guildbase(features_dir=features.folder)
    for action in ("load", "reload"):
        told = await application_owner.slash(f"cog {action}", feature="broken")
        assert "SyntaxError" in told.text
        assert "mend" in told.text.lower()
    features.write("broken", cog=FINE)
    assert "Loaded broken" in (await application_owner.slash("cog load", feature="broken")).text
    features.write("broken", cog=FINE, views="def (")
    told = await application_owner.slash("cog reload", feature="broken")
    assert "SyntaxError" in told.text
    assert (await application_owner.slash("long")).text == "short enough"


async def test_regression_the_owner_cannot_lock_themselves_out(
    start_guildbase: StartGuildbase, application_owner: Person
) -> None:
    await start_guildbase()
    told = await application_owner.slash("cog unload", feature="status")
    assert "holds these commands" in told.text
    assert "loaded" in (await application_owner.slash("cog list")).text


async def test_regression_a_bot_starts_when_discord_does_not_tell_its_commands(
    start_guildbase: StartGuildbase, member: Person, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    running = await start_guildbase()
    await running.stop()

    async def unavailable(_tree: CommandTree, **_: object) -> list[object]:
        raise refusal(503)

    monkeypatch.setattr(CommandTree, "fetch_commands", unavailable)
    await start_guildbase()
    assert "Pong" in (await member.slash("ping")).text
    assert [line["event"] for line in logs if line["event"].startswith("commands_not")] == ["commands_not_compared"]


@pytest.mark.parametrize(("status", "state"), [(403, EffectState.FAILED), (401, EffectState.PENDING)])
async def test_regression_only_a_lasting_refusal_ends_an_effect_even_if_nobody_can_be_told(
    start_guildbase: StartGuildbase, status: int, state: EffectState
) -> None:
    running = await start_guildbase()
    outbox, database = running.services.get(Outbox), running.services.get(DatabaseManager)

    async def fail(_run: EffectRun) -> None:
        raise refusal(status)

    running.bot.executor.handlers["test.refused"] = EffectHandler("test.refused", fail, on_failed=fail)
    async with database.transaction() as work:
        effect_id = await outbox.promise(work, "test.refused", {}, guild_id=None)

    async def is_settled() -> bool:
        async with database.read_session() as session:
            effect = await session.get(OutboxEffect, effect_id)
        return effect is not None and (effect.state, effect.attempts) == (state, 1) and effect.error is not None

    await until(is_settled)


def refusal(status: int) -> discord.HTTPException:
    return discord.HTTPException(cast("Any", SimpleNamespace(status=status, reason="for a test")), "no")
