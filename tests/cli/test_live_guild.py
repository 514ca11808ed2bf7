"""The API and the bot as two processes: the API asks the bot process that has the server, over Redis."""

from __future__ import annotations

import asyncio
import logging
import time

import httpx
import pytest

from guildbase.simulator import GatewaySettings, ScriptedGuild, Simulator
from guildbase.testing.valkey import ValkeyProcess
from tests.cli.conftest import Starter, discord_settings
from tests.waiting import until

log = logging.getLogger(__name__)


@pytest.mark.timeout(120)
@pytest.mark.discord(gateway=GatewaySettings(identify_interval=0))
async def test_the_api_asks_the_bot_process_and_says_so_when_it_cannot(
    start: Starter, postgresql_url: str, guildbase_valkey: ValkeyProcess, discord: Simulator, guild: ScriptedGuild
) -> None:
    settings = {
        "database_url": postgresql_url, "redis_url": guildbase_valkey.url, **discord_settings(discord), "lease_ttl": "4"
    }  # fmt: skip
    bot, api = await start("bot", **settings), await start("api", **settings)
    async with await api.api() as client:
        path = f"/guilds/{guild.id}/live"
        await until(lambda: _status(client, path, 200), timeout=40)
        live = (await client.get(path)).json()
        assert (live["id"], live["name"]) == (str(guild.id), "Test Guild")
        assert {channel["name"] for channel in live["channels"]} >= {"general", "mod-log"}
        began = time.perf_counter()
        answers = await asyncio.gather(*(client.get(path) for _ in range(20)))
        log.info("20 questions at once were answered in %.3f s", time.perf_counter() - began)
        assert {answer.status_code for answer in answers} == {200}

        # Redis holds no truth: without it the API says that nobody answers, and all is well when it is back.
        guildbase_valkey.kill()
        await until(lambda: _status(client, path, 503))
        refused = await client.get(path)
        assert (refused.json()["code"], refused.headers["Retry-After"]) == ("no_reply", "5")
        guildbase_valkey.start()
        await until(lambda: _status(client, path, 200), timeout=20)

        # A killed bot is asked in vain, until its lease is over and then no more.
        bot.process.kill()
        await until(lambda: _status(client, path, 503), timeout=20)
        assert (await client.get(path)).json()["hint"]
    assert await api.stops() == 0


async def _status(client: httpx.AsyncClient, path: str, status: int) -> bool:
    return (await client.get(path)).status_code == status
