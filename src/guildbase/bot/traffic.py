"""Sees every call of the bot to Discord: keeps them at the pace, and counts how they were answered."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from types import SimpleNamespace

import aiohttp
import structlog
import yarl

from guildbase.bot.pace import RequestPace
from guildbase.bot.target import api_base
from guildbase.services.shard_ranges import ShardRange

log = structlog.get_logger(__name__)

MOST_INVALID = 2_000
"""Refusals within ten minutes after which only moderation goes on: at 10,000 Discord bans the address.

Source: https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
"""
WITHIN = 600.0  # seconds
INVALID = (401, 403, 429)
EXEMPT = ("interactions", "webhooks")
"""First words of paths that Discord's global limit leaves out."""


class DiscordTraffic:
    """The calls of one process by REST."""

    def __init__(self, per_second: int) -> None:
        self.pace = RequestPace(per_second)
        self.answers: Counter[tuple[str, int]] = Counter()
        """By the first word of the path and the status."""
        self.invalid = 0
        """Refusals that Discord counts."""
        self._refused: deque[float] = deque(maxlen=MOST_INVALID)
        self._warned = -WITHIN

    def keep_to_share(self, per_second: int, shards: ShardRange) -> None:
        """Take as much of the bot's limit as this process has of its shards."""
        self.pace.limit(max(1, per_second * len(shards.ids) // shards.count))

    @property
    def is_near_ban(self) -> bool:
        """Whether so many calls were refused lately that all but moderation has to wait."""
        is_full = len(self._refused) == MOST_INVALID
        return is_full and asyncio.get_running_loop().time() - self._refused[0] < WITHIN

    def trace(self) -> aiohttp.TraceConfig:
        """Return what discord.py's HTTP session is to call before and after each call."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._on_start)
        config.on_request_end.append(self._on_end)
        return config

    async def _on_start(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, call: aiohttp.TraceRequestStartParams
    ) -> None:
        kind = _kind(call.url)
        if kind is not None and kind not in EXEMPT:
            await self.pace.wait()

    async def _on_end(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, call: aiohttp.TraceRequestEndParams
    ) -> None:
        kind = _kind(call.url)
        if kind is None:
            return
        status, headers = call.response.status, call.response.headers
        self.answers[kind, status] += 1
        scope = headers.get("X-RateLimit-Scope")
        if status in INVALID and scope != "shared":
            self._count_invalid()
        if status == 429 and scope == "global":
            self.pace.hold(_seconds(headers.get("Retry-After", "")))
            log.warning("discord_global_limit", per_second=self.pace.per_second)

    def _count_invalid(self) -> None:
        now = asyncio.get_running_loop().time()
        self.invalid += 1
        self._refused.append(now)
        if self.is_near_ban and now - self._warned >= WITHIN:
            self._warned = now
            log.error(
                "discord_refuses_too_much", refused=MOST_INVALID, seconds=WITHIN, reason="Only moderation goes on."
            )


def _kind(url: yarl.URL) -> str | None:
    """Return the first word of the call's path, or None for what is no call of the API, such as the gateway."""
    base, text = api_base() + "/", str(url)
    return text[len(base) :].split("/", 1)[0].split("?", 1)[0] if text.startswith(base) else None


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0
