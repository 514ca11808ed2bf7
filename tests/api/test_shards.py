"""The API tells of all shards, whoever runs them."""

from __future__ import annotations

import httpx

from guildbase.services.container import BotServices
from guildbase.services.process import ProcessIdentity
from guildbase.services.shard_ranges import ShardRanges


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
