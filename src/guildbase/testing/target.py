"""Where discord.py connects to. It keeps that in its classes, so whoever changes it must put it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import discord
import yarl
from discord.gateway import DiscordWebSocket

from guildbase.simulator import Simulator


@contextmanager
def pointed_at(simulator: Simulator) -> Iterator[None]:
    """Let every discord.py bot connect to the simulator; then point it back to where it pointed before."""
    with restored_target():
        discord.http.Route.BASE = simulator.base_url
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(simulator.gateway_url)
        discord.Asset.BASE = simulator.cdn_url
        # Here is no voice to be warned about.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        yield


@contextmanager
def restored_target() -> Iterator[None]:
    """Point discord.py back to where it pointed before."""
    base, gateway, assets = discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Asset.BASE
    nacl, dave = discord.VoiceClient.warn_nacl, discord.VoiceClient.warn_dave
    try:
        yield
    finally:
        discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, discord.Asset.BASE = base, gateway, assets
        discord.VoiceClient.warn_nacl, discord.VoiceClient.warn_dave = nacl, dave
