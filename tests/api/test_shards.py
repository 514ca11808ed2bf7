"""The API tells of all shards, whoever runs them."""

from __future__ import annotations

import httpx

from guildbase.services.container import BotServices
from guildbase.services.process import ProcessIdentity
from guildbase.services.shard_ranges import ShardRanges
from guildbase.services.shards import ShardReport, Shards


async def test_without_a_bot_there_are_no_shards(client: httpx.AsyncClient) -> None:
    answer = await client.get("/shards")
    assert (answer.status_code, answer.json()) == (200, {"shards": []})


async def test_a_shard_without_a_report_shows_who_runs_it_and_no_more(
    client: httpx.AsyncClient, services: BotServices
) -> None:
    await ShardRanges(services).wait(1)
    (shard,) = (await client.get("/shards")).json()["shards"]
    assert (shard["process"], shard["state"], shard["is_stale"]) == (services.get(ProcessIdentity).id, "unknown", True)
    assert (shard["guilds"], shard["latency"], shard["latency_history"]) == (None, None, [])


async def test_the_shards_need_the_key(client: httpx.AsyncClient) -> None:
    assert (await client.get("/shards", headers={"X-API-Key": ""})).status_code == 401


async def test_health_tells_how_the_bot_fares(client: httpx.AsyncClient, services: BotServices) -> None:
    await ShardRanges(services).wait(2)
    bot = (await client.get("/health/ready")).json()["bot"]
    assert bot == {"state": "degraded", "shards": 2, "ready": 0}
    process = services.get(ProcessIdentity).id
    reports = [ShardReport(number, process, "1", "ready", 3, 0.1, (0.1,), 0.5) for number in range(2)]
    await services.get(Shards).report(reports)
    answer = (await client.get("/health/ready")).json()
    assert (answer["status"], answer["bot"]) == ("ok", {"state": "ok", "shards": 2, "ready": 2})
