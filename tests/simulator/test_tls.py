from __future__ import annotations

import asyncio
import io
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands
from discord.ext import commands

from guildbase.simulator import Simulator, SimulatorError
from guildbase.simulator.tls import DiscordHere
from tests.simulator.sockets import FAST


@contextmanager
def unpatched() -> Iterator[None]:
    """Undo what the other tests of this folder set, for as long as the block runs."""
    known = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = "https://discord.com/api/v10"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL("wss://gateway.discord.gg/")
    try:
        yield
    finally:
        discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = known


async def test_an_unpatched_bot_finds_discord_here() -> None:
    """Mode 1: nothing of discord.py is set but the connector that its constructor takes."""
    assert discord.Asset.BASE == "https://cdn.discordapp.com"
    async with Simulator(gateway=FAST, tls=True) as sim:
        guild = sim.guild("A")
        ada = guild.member("ada")
        intents = discord.Intents.all()
        bot = commands.Bot("!", intents=intents, connector=sim.connector(), guild_ready_timeout=0.05)
        heard: asyncio.Queue[discord.Message] = asyncio.Queue()

        @bot.event
        async def on_message(message: discord.Message) -> None:
            if message.author != bot.user:
                await heard.put(message)

        @bot.tree.command(description="Answers")
        @app_commands.describe(text="What to say")
        async def echo(interaction: discord.Interaction, text: str) -> None:
            await interaction.response.send_message(text)

        with unpatched():
            await bot.login(sim.token)
            await bot.tree.sync()
            task = asyncio.create_task(bot.connect())
            await asyncio.wait_for(bot.wait_until_ready(), 10)

            # Gateway and REST.
            await ada.says("hello")
            message = await asyncio.wait_for(heard.get(), 5)
            assert message.content == "hello"
            assert (await ada.slash("echo", text="over TLS")).text == "over TLS"

            # Files go up and come down again.
            sent = await message.channel.send(file=discord.File(io.BytesIO(b"contents"), "a.txt"))
            assert sent.attachments[0].url.startswith("https://")
            assert await sent.attachments[0].read() == b"contents"
            assert (await message.author.default_avatar.read()).startswith(b"\x89PNG")

            # A session that was cut is resumed.
            await sim.drop_gateway()
            await ada.says("still there?")
            assert (await asyncio.wait_for(heard.get(), 10)).content == "still there?"
            assert (sim.stats.identifies, sim.stats.resumes) == (1, 1)
            await bot.close()
            await asyncio.wait([task])


async def test_webhooks_by_their_real_address() -> None:
    async with Simulator(tls=True) as sim:
        guild = sim.guild("A")
        path = f"/api/v10/channels/{guild.channel('general').id}/webhooks"
        async with aiohttp.ClientSession(connector=sim.connector()) as session:
            headers = {"Authorization": f"Bot {sim.token}"}
            async with session.post(f"https://discord.com{path}", headers=headers, json={"name": "News"}) as answer:
                made = await answer.json()
            assert answer.status == 200, made
            with unpatched():
                url = f"https://discord.com/api/webhooks/{made['id']}/{made['token']}"
                webhook = discord.Webhook.from_url(url, session=session)
                sent = await webhook.send("by its address", wait=True)
            assert (sent.content, guild.messages("general")[-1].text) == ("by its address", "by its address")


async def test_every_host_of_discord_leads_here() -> None:
    async with Simulator(tls=True) as sim, aiohttp.ClientSession(connector=sim.connector()) as session:
        for host in ("discord.com", "canary.discord.com", "discordapp.com"):
            async with session.get(f"https://{host}/api/v10/gateway") as answer:
                assert await answer.json() == {"url": f"wss://{host}"}
        async with session.get("https://cdn.discordapp.com/attachments/1/2/none.txt") as answer:
            assert answer.status == 404
        async with session.ws_connect("wss://gateway.discord.gg/?v=10&encoding=json") as socket:
            assert (await socket.receive_json())["op"] == 10
        async with session.get(f"{sim.base_url}/gateway") as answer:
            assert await answer.json() == {"url": sim.gateway_url}
        assert sim.gateway_url.startswith("wss://")
    async with Simulator(tls=True) as sim, aiohttp.ClientSession() as stranger:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await stranger.get(f"{sim.base_url}/gateway")


async def test_only_the_authority_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    async with Simulator(tls=True, tls_dir=folder) as sim:
        assert sim.ca_file == folder / "ca.pem"
        assert [it.name for it in folder.iterdir()] == ["ca.pem"]
        assert b"PRIVATE" not in sim.ca_file.read_bytes()
        assert not sim.ca_file.stat().st_mode & stat.S_IWOTH
    assert sim.ca_file.exists()
    async with Simulator(tls=True) as sim:
        temporary = sim.ca_file
        assert temporary.exists()
    assert not temporary.exists()


async def test_without_its_package_there_is_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(SimulatorError, match="pip install trustme"):
        Simulator(tls=True)


async def test_the_connector_finds_other_hosts_where_they_are() -> None:
    async with Simulator(tls=True) as sim:
        resolver = DiscordHere(sim.host, sim.port)
        assert {it["port"] for it in await resolver.resolve("gateway.discord.gg", 443)} == {sim.port}
        assert {it["port"] for it in await resolver.resolve("localhost", 80)} == {80}
        await resolver.close()


async def test_without_tls_there_is_no_authority(sim: Simulator) -> None:
    with pytest.raises(SimulatorError, match="start it with tls=True"):
        sim.connector()


@pytest.mark.parametrize(("path", "status", "code"), [("/api/v9", 400, 50041), ("/api/v99", 400, 50041)])
async def test_other_versions_are_refused(sim: Simulator, path: str, status: int, code: int) -> None:
    root = sim.base_url.removesuffix("/api/v10")
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{root}{path}/gateway") as answer:
            body: Any = await answer.json()
        assert (answer.status, body["code"]) == (status, code)
        for known in ("/api", "/api/v10"):
            async with session.get(f"{root}{known}/gateway") as answer:
                assert answer.status == 200
