"""Counts the messages that a gateway sends: `python -m benchmarks.bots.listener URL TOKEN SHARDS EACH`.

It parses nothing. It prints a line when all shards are connected, and one each time that EACH messages have come.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import orjson

from benchmarks.loop import new_event_loop

INTENTS = 1 | 1 << 9 | 1 << 15
MESSAGE = '{"op":0,"t":"MESSAGE_CREATE"'


class Listener:
    """All shards of a client that parses no message."""

    def __init__(self, each: int) -> None:
        self._each = each
        self._count = 0

    async def listen(self, url: str, identify: bytes, ready: asyncio.Event) -> None:
        """Connect one shard and count until the gateway is gone."""
        async with aiohttp.ClientSession() as session, session.ws_connect(url, max_msg_size=0) as socket:
            await socket.send_str(identify.decode())
            async for frame in socket:
                if frame.data.startswith(MESSAGE):
                    self._count += 1
                    if self._count % self._each == 0:
                        print(self._count, flush=True)
                elif '"READY"' in frame.data[:40]:
                    ready.set()


async def main(url: str, token: str, shards: int, each: int) -> None:
    """Listen on all shards."""
    listener = Listener(each)
    states = [asyncio.Event() for _ in range(shards)]
    async with asyncio.TaskGroup() as tasks:
        for number, state in enumerate(states):
            wish = {"token": token, "intents": INTENTS, "shard": [number, shards], "properties": {}}
            tasks.create_task(listener.listen(url, orjson.dumps({"op": 2, "d": wish}), state))
        for state in states:
            await state.wait()
        print("ready", flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
