"""Asks Discord, before a client is built, whether the token works and what the application may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp

from guildbase.bot.target import api_base
from guildbase.core.errors import ConfigurationError, GuildbaseError
from guildbase.core.settings import Settings

TIMEOUT = aiohttp.ClientTimeout(total=15)
GRANTS = {
    "presences": (1 << 12) | (1 << 13),
    "members": (1 << 14) | (1 << 15),
    "message_content": (1 << 18) | (1 << 19),
}
"""Privileged intent to the application flags that grant it.

Source: https://discord.com/developers/docs/resources/application#application-object-application-flags
"""


class DiscordUnreachable(GuildbaseError):
    """Discord does not answer, or not sensibly."""

    code = "discord_unreachable"
    status = 503


@dataclass(frozen=True, slots=True)
class Preflight:
    """What Discord says of the application and of the starts that it may still make."""

    application_id: int
    name: str
    granted: frozenset[str]
    """Names of the privileged intents that are granted."""
    gateway_url: str
    shards: int
    max_concurrency: int
    starts_left: int
    starts_total: int
    starts_reset_after: float
    """Seconds until the number of starts is full again."""


def require_token(settings: Settings) -> str:
    """Return the token; raise ConfigurationError if there is none."""
    token = settings.discord_token.get_secret_value().strip()
    if not token:
        raise ConfigurationError(
            "No Discord token is set.",
            hint="Put GUILDBASE_DISCORD_TOKEN into .env (https://discord.com/developers), or try `guildbase demo`.",
        )
    return token


async def preflight(settings: Settings) -> Preflight:
    """Ask Discord about our token.

    Raises:
        ConfigurationError: there is no token, or Discord refuses it.
        DiscordUnreachable: Discord does not answer.
    """
    headers = {"Authorization": f"Bot {require_token(settings)}"}
    async with aiohttp.ClientSession(headers=headers, timeout=TIMEOUT) as session:
        application = await _get(session, "/applications/@me")
        gateway = await _get(session, "/gateway/bot")
    try:
        return _read(application, gateway)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_discord(api_base()) from error


def _read(application: dict[str, Any], gateway: dict[str, Any]) -> Preflight:
    flags = int(application.get("flags") or 0)
    limit = gateway["session_start_limit"]
    return Preflight(
        application_id=int(application["id"]),
        name=application["name"],
        granted=frozenset(name for name, bits in GRANTS.items() if flags & bits),
        gateway_url=gateway["url"],
        shards=gateway["shards"],
        max_concurrency=limit["max_concurrency"],
        starts_left=limit["remaining"],
        starts_total=limit["total"],
        starts_reset_after=limit["reset_after"] / 1000,
    )


async def _get(session: aiohttp.ClientSession, path: str) -> dict[str, Any]:
    url = f"{api_base()}{path}"
    try:
        async with session.get(url) as response:
            if response.status == 401:
                raise ConfigurationError(
                    "Discord refuses the token.",
                    hint="Copy it again from https://discord.com/developers into GUILDBASE_DISCORD_TOKEN.",
                )
            response.raise_for_status()
            try:
                answer: dict[str, Any] = await response.json()
            except ValueError as error:
                raise _not_discord(url) from error
            return answer
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DiscordUnreachable(
            f"Discord does not answer at {url}: {type(error).__name__}.", hint="Check the network and try again."
        ) from error


def _not_discord(url: str) -> DiscordUnreachable:
    return DiscordUnreachable(
        f"What answers at {url} is not Discord.", hint="Check GUILDBASE_DISCORD_API_URL, and the network for a proxy."
    )
