"""How the application is served: whom it believes about where a request comes from, and how long it waits for one."""

from __future__ import annotations

import asyncio

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from guildbase.core.settings import Settings

LOOK_EVERY = 30.0
"""Seconds. Whoever has not said all of a request within one to two of these is hung up on."""
STOP_WITHIN = 10
"""Seconds that the answers which are under way have to end."""


def configuration(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Return how to serve the application."""
    return uvicorn.Config(
        app,
        http=ImpatientProtocol,
        log_config=None,
        access_log=False,
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=STOP_WITHIN,
    )


class ImpatientProtocol(H11Protocol):
    """Speaks HTTP. Without an end to its patience, a few who send nothing would take every connection there can be."""

    _looking: asyncio.TimerHandle
    _seen: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look after the connection."""
        super().connection_made(transport)
        self._looking = self.loop.call_later(LOOK_EVERY, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._looking.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        is_waiting = cycle is None or cycle.more_body or cycle.response_complete
        if is_waiting and cycle is self._seen:
            self.transport.close()
            return
        self._seen = cycle
        self._looking = self.loop.call_later(LOOK_EVERY, self._look)
