"""The least that a simulator could be: an aiohttp server with one route, told in one line of JSON."""

from __future__ import annotations

import asyncio

import orjson
from aiohttp import web


async def answer(_: web.Request) -> web.Response:
    """Answer as a user is answered."""
    return web.Response(body=b'{"id":"1"}', content_type="application/json")


async def main() -> None:
    """Serve until the process is ended."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    told = {"rest_url": f"http://127.0.0.1:{runner.addresses[0][1]}", "token": "none"}
    print(orjson.dumps(told).decode(), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
