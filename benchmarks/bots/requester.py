"""Sends the same request again and again: `python -m benchmarks.bots.requester HOST PORT CONNECTIONS`.

Each line on standard input is a request in base64 with the number of times it is to be sent; a line is printed
when all have been answered. It reads no more of an answer than its status and its length.
"""

from __future__ import annotations

import asyncio
import base64
import re
import sys

from benchmarks.loop import new_event_loop

Socket = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


async def send(socket: Socket, request: bytes, count: int) -> None:
    """Send the request one time after another on one connection; every answer must be a success."""
    reader, writer = socket
    for _ in range(count):
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        found = _LENGTH.search(head)
        body = await reader.readexactly(int(found[1]) if found else 0)
        if not head.startswith(b"HTTP/1.1 2"):
            raise AssertionError(f"{head!r} {body!r}")


async def main(host: str, port: int, connections: int) -> None:
    """Do what the lines of the input say."""
    sockets = [await asyncio.open_connection(host, port) for _ in range(connections)]
    print("ready", flush=True)
    for line in iter(sys.stdin.readline, ""):
        request, count = line.split()
        raw = base64.b64decode(request)
        await asyncio.gather(*(send(it, raw, int(count) // connections) for it in sockets))
        print("done", flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
