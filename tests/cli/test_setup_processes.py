"""The setup and settings across processes: a bot that is killed makes nothing twice, and a change is seen at once."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.features.setup.controller import SetupController
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.assembly import assemble
from guildbase.services.outbox import EffectState, Outbox
from guildbase.simulator import GatewaySettings, ScriptedGuild, Simulator
from guildbase.testing.valkey import ValkeyProcess
from tests.cli.conftest import Starter, discord_settings
from tests.waiting import until

log = logging.getLogger(__name__)


@pytest.mark.timeout(120)
@pytest.mark.discord(gateway=GatewaySettings(identify_interval=0))
async def test_a_bot_killed_after_making_a_channel_makes_no_second_one(
    start: Starter, postgresql_url: str, discord: Simulator, guild: ScriptedGuild, registry: FeatureRegistry
) -> None:
    settings = {"database_url": postgresql_url, **discord_settings(discord), "lease_ttl": "2"}
    services = assemble(Settings(database_url=postgresql_url), registry)
    bot = await start("bot", **settings)
    configuration, outbox = services.get(ConfigurationController), services.get(Outbox)

    def made() -> list[int]:
        return [it.id for it in guild.guild.channels.values() if it.name == "audit-log"]

    # The answer never comes, so the bot is sure to die before it knows.
    with discord.faults.rest("POST /guilds/{guild_id}/channels", cut="after"):
        effect_id = await services.get(SetupController).make_channel(SYSTEM, guild.id, "audit_log_channel")
        await until(lambda: bool(made()), timeout=40)
        bot.process.kill()
    await start("bot", **settings)

    async def is_done() -> bool:
        return await outbox.state(effect_id) is EffectState.DONE

    await until(is_done, timeout=40)
    current = await configuration.current(guild.id, "guilds")
    assert made() == [current.settings.audit_log_channel]  # type: ignore[attr-defined]
    await services.close()


@pytest.mark.timeout(120)
@pytest.mark.discord(gateway=GatewaySettings(identify_interval=0))
async def test_a_change_over_the_api_is_in_force_in_the_bot_at_once(
    start: Starter, postgresql_url: str, guildbase_valkey: ValkeyProcess, discord: Simulator, guild: ScriptedGuild
) -> None:
    settings = {"database_url": postgresql_url, "redis_url": guildbase_valkey.url, **discord_settings(discord)}
    _bot, api = await start("bot", **settings), await start("api", **settings)
    guild.member("mel")
    async with await api.api() as client:

        async def is_there() -> bool:
            return (await client.get(f"/guilds/{guild.id}/live")).status_code == 200

        await until(is_there, timeout=40)
        delays = []
        for prefix in ("?", "$", "%"):
            known = len(guild.messages("general"))
            changed = await client.patch(f"/guilds/{guild.id}/config/guilds", json={"changes": {"prefix": prefix}})
            assert changed.status_code == 200, changed.text
            began = time.perf_counter()
            await until(lambda prefix=prefix, known=known: _is_answered(discord, guild, prefix, known), timeout=40)  # type: ignore[misc]
            delays.append(time.perf_counter() - began)
        log.info("changes over the API were in force in the bot after %s s", [round(it, 3) for it in delays])
        # And the other way: what an admin sets in Discord the API shows.
        page = await guild.owner.slash("setup", step="staff")
        made = await page.click("Make the role Moderator")
        assert "Done." in made.text
        shown = (await client.get(f"/guilds/{guild.id}/config/guilds")).json()
        assert str(guild.role("Moderator").id) in str(shown)


async def _is_answered(discord: Simulator, guild: ScriptedGuild, prefix: str, known: int) -> bool:
    await guild.member("mel").says(f"{prefix}ping")
    await asyncio.sleep(0.1)  # Whoever writes more often is slowed down.
    new = guild.messages("general")[known:]
    return any(it.author_id == discord.world.bot.id for it in new)
