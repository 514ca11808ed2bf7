"""The guards of the dispatch benchmark, on a real discord.py client and a few real frames."""

from __future__ import annotations

import discord
import pytest

from benchmarks.frames import Traffic, make_traffic
from benchmarks.harness import Figure
from benchmarks.message_dispatch import BareClient
from benchmarks.offline import connect, feed


@pytest.fixture(autouse=True)
def _small_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.frames.GUILDS", 3)
    monkeypatch.setattr("benchmarks.frames.MESSAGES", 60)
    monkeypatch.setattr("benchmarks.offline.LIMIT", 0.1)


async def test_every_frame_comes_to_the_listener_as_a_message() -> None:
    client, traffic = BareClient(), make_traffic()
    door = await connect(client, traffic)

    sample = await feed(door, traffic.mixed, lambda: client.handled)

    assert client.handled == 60
    assert len(client.guilds) == 3
    assert sample[Figure.CPU] > 0
    assert sample[Figure.WALL] > 0


async def test_a_client_that_drops_messages_is_found_out() -> None:
    class Lazy(BareClient):
        async def on_message(self, message: discord.Message) -> None:
            if message.mentions:
                await super().on_message(message)

    client, traffic = Lazy(), make_traffic()
    door = await connect(client, traffic)

    with pytest.raises(AssertionError, match="handled where 60 came in"):
        await feed(door, traffic.talk, lambda: client.handled)


def test_traffic_is_the_same_at_every_call_and_has_commands_and_mentions() -> None:
    first, second = make_traffic(), make_traffic()

    def contents(traffic: Traffic) -> list[str]:
        return [frame.split('"content":"')[1].split('"')[0] for frame in traffic.mixed]

    assert contents(first) == contents(second)
    assert 0 < first.commands == sum(text.startswith("!noop") for text in contents(first))
    assert any("<@" in text for text in contents(first))
