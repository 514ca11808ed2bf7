"""Which Discord the bot talks to: the real one, or another at other base URLs such as the simulator."""

from __future__ import annotations

import discord
import yarl
from discord.gateway import DiscordWebSocket

from guildbase.core.settings import Settings


def point_at(settings: Settings) -> None:
    """Send this process's REST and gateway traffic where the settings say, before a client is built.

    These are discord.py's own class attributes; nothing of it is replaced.
    """
    # Guildbase plays no sound, so the missing voice libraries are no news.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    if settings.discord_api_url:
        discord.http.Route.BASE = settings.discord_api_url.rstrip("/")
    if settings.discord_gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)


def api_base() -> str:
    """Return the REST base URL in use."""
    return discord.http.Route.BASE
