"""The event loop that every case runs on: the one `guildbase` itself chooses."""

from __future__ import annotations

import asyncio


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a new loop; uvloop has no Windows build, and there Guildbase runs on asyncio's own loop too."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
