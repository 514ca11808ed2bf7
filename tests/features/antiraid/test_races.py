"""A raid that ends at the very moment when it is being held off leaves nothing closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from guildbase.bot import executor
from guildbase.bot.client import GuildbaseBot
from guildbase.core.clock import utcnow
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.antiraid.controller import RaidController
from guildbase.features.antiraid.kinds import Cause
from guildbase.features.channels.controller.lockdown import LockdownController
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.outbox import outbox
from guildbase.simulator import ScriptedGuild, Simulator
from tests.waiting import until


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(executor, "POLL", 0.02)


async def _effects(bot: GuildbaseBot, state: str) -> int:
    counted = text("SELECT count(*) FROM outbox_effect WHERE kind LIKE 'antiraid.%' AND state = :state")
    async with bot.services.get(DatabaseManager).read_session() as session:
        return int((await session.execute(counted, {"state": state})).scalar_one())


@pytest.mark.parametrize("held_up", ["has_locked", "invites_before"])
async def test_a_raid_that_ends_while_it_closes_the_server_leaves_it_open(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, monkeypatch: pytest.MonkeyPatch, held_up: str
) -> None:
    raids, locks = guildbase_bot.services.get(RaidController), guildbase_bot.services.get(LockdownController)
    changes = {"level": "lockdown", "action": "none"}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "antiraid", changes)
    note, has_ended = raids.note, False

    async def is_alone() -> bool:
        """Tell whether the effect that is held up is all that is left."""
        left = await _effects(guildbase_bot, "running"), await _effects(guildbase_bot, "pending")
        return left == (1, 0)

    async def ends_first(guild_id: int, number: int, **values: Any) -> None:
        """Hold the effect up until the raid has ended, and its end has found nothing to open."""
        nonlocal has_ended
        if held_up in values and not has_ended:
            await raids.end(SYSTEM, guild_id)
            await until(is_alone, timeout=15)
            has_ended = True
        await note(guild_id, number, **values)

    monkeypatch.setattr(raids, "note", ends_first)
    await raids.begin(guild.id, (Cause.JOINS,), ())

    async def is_done() -> bool:
        return has_ended and not (await _effects(guildbase_bot, "running") + await _effects(guildbase_bot, "pending"))

    await until(is_done, timeout=30)
    assert not await locks.is_server_locked(guild.id)
    assert guild.guild.settings.invites_disabled_until is None


async def test_a_pause_of_invites_that_is_over_is_not_given_back(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild
) -> None:
    raids = guildbase_bot.services.get(RaidController)
    changes = {"level": "on", "action": "none"}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "antiraid", changes)
    await raids.begin(guild.id, (Cause.JOINS,), ())
    await until(lambda: guild.guild.settings.invites_disabled_until is not None)
    await raids.note(guild.id, 1, invites_before=utcnow() - timedelta(minutes=1))
    await raids.end(SYSTEM, guild.id)
    await until(lambda: guild.guild.settings.invites_disabled_until is None)
