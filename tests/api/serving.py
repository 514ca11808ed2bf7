"""Serves the API as `guildbase api` does, where it matters what goes over the wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn

from guildbase.api.app import create_app
from guildbase.api.listeners import Listeners
from guildbase.api.server import configuration
from guildbase.core.settings import Settings
from guildbase.services.container import BotServices


@asynccontextmanager
async def serving(services: BotServices) -> AsyncIterator[tuple[httpx.AsyncClient, uvicorn.Server]]:
    """Yield a client with the operator's key, and the server that it asks."""
    server = uvicorn.Server(configuration(create_app(services), services.get(Settings)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        run = asyncio.create_task(server._serve(sockets=[listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
        try:
            headers = {"X-API-Key": services.get(Settings).api_key.get_secret_value()}
            async with httpx.AsyncClient(base_url=url, headers=headers, timeout=10, trust_env=False) as client:
                yield client, server
        finally:
            services.get(Listeners).end()
            server.should_exit = True
            await run
