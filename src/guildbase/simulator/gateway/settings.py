"""How the gateway behaves."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web


@dataclass(slots=True, frozen=True)
class GatewaySettings:
    """The defaults are Discord's, but for a concurrency that lets shards start at once.

    `request_all_interval` is the pause in seconds that must lie between two requests for all members of a guild;
    Discord's 30 would stop most tests for nothing, so it is off unless asked for.
    """

    heartbeat_interval: float = 41.25
    max_concurrency: int = 16
    identify_interval: float = 5.0
    session_seconds: float = 300.0
    replay_limit: int = 5000
    guilds_per_shard: int = 2500
    largest_frame: int = 15 << 10
    frames_per_minute: int = 120
    request_all_interval: float = 0.0


def advertised_gateway(request: web.Request) -> str:
    """Return the gateway's address as this client reaches it: by the host it has just used, without a path."""
    return f"{'wss' if request.secure else 'ws'}://{request.host}"
