"""The way to the page: its files, and a websocket for each window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from guildbase.simulator.browsers import is_from_our_page
from guildbase.simulator.chat import pages
from guildbase.simulator.chat.window import Window
from guildbase.simulator.world.state import Event

if TYPE_CHECKING:
    from guildbase.simulator.server import Simulator


class ChatServer:
    """Answers requests for `/` and `/chat/`, and passes events on to open windows."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._windows: set[Window] = set()
        simulator.world.subscribe(self._note)

    def _note(self, event: Event) -> None:
        for window in self._windows:
            window.note(event)

    async def handle(self, request: web.Request, name: str) -> web.StreamResponse:
        """Answer one request, whose path is given without the `/chat/` in front."""
        if name != "live":
            return pages.serve(request, name)
        if not is_from_our_page(request):
            return web.Response(status=403, text="Only this simulator's own page may connect here.")
        window = Window(self._simulator)
        self._windows.add(window)
        try:
            return await window.serve(request)
        finally:
            self._windows.discard(window)

    def outdate(self) -> None:
        """Have all windows come back, because the world has been replaced by another."""
        for window in self._windows:
            window.outdate()

    async def close(self) -> None:
        """Close all windows."""
        for window in list(self._windows):
            await window.close()
