"""What the bot shows of itself always fits into Discord's limits."""

from __future__ import annotations

import math

import pytest

from guildbase.features.status import views


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0421, "42 ms"),
        (0.0, "0 ms"),
        (math.inf, "not known yet"),
        (math.nan, "not known yet"),
        (-1.0, "not known yet"),
    ],
)
def test_a_latency_before_the_first_heartbeat_is_not_known(seconds: float, text: str) -> None:
    assert views.milliseconds(seconds) == text


def test_a_missing_shard_shows() -> None:
    shards = [views.ShardLine(0, "ready", 0.04, 3), views.ShardLine(1, "connecting", math.inf, 0)]
    embed = views.status_embed(views.Report(61, 3, shards, "sqlite, 1 ms", "0 entries", "not used", "1.0"))
    fields = {field.name: field.value for field in embed.fields}
    assert fields["Shards"] == "1 of 2 ready"
    assert fields["Latency"] == "#0 ready, 40 ms, 3 servers\n#1 connecting, not known yet, 0 servers"
    assert embed.colour != views.GREEN


def test_hundreds_of_shards_and_features_still_fit() -> None:
    shards = [views.ShardLine(number, "ready", 0.04, 1000) for number in range(200)]
    embed = views.status_embed(views.Report(61, 3, shards, "sqlite", "0 entries", "not used", "1.0"))
    assert max(len(field.value or "") for field in embed.fields) <= 1024
    assert len(embed) <= 6000
    assert len(views.features_embed([("name", "loaded", "x" * 100)] * 100).description or "") <= 4096
    assert len(views.help_embed({f"Part {number}": ["`/x` y"] for number in range(40)}).fields) == 25


def test_a_bot_without_shards_yet_shows_none() -> None:
    embed = views.status_embed(views.Report(0, 0, [], "sqlite", "0 entries", "not used", "1.0"))
    assert {field.name: field.value for field in embed.fields}["Latency"] == "none"
