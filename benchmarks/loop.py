"""The event loop that every case runs on: the one `guildbase` itself chooses."""

from __future__ import annotations

try:
    from uvloop import new_event_loop
except ImportError:  # uvloop has no Windows build; there Guildbase runs on asyncio's own loop too.
    from asyncio import new_event_loop

__all__ = ["new_event_loop"]
