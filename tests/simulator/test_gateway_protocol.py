from __future__ import annotations

import asyncio
import json
import sys
import zlib
from typing import Any

import discord
import pytest
import zstandard
from aiohttp import WSMsgType
from discord import utils

from guildbase.simulator import GatewaySettings, Simulator
from guildbase.simulator.world import channels, guilds, members, voice
from guildbase.simulator.world.entities import ChannelType, Overwrite
from tests.simulator.sockets import FAST, Socket, dialled, identify

_ZLIB_BOT = """
import sys
sys.modules["zstandard"] = None  # As if it were not installed: discord.py then asks for zlib-stream.
import discord, yarl
from discord import utils

discord.http.Route.BASE, gateway, token = sys.argv[1:]
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
client = discord.Client(intents=discord.Intents.all())

@client.event
async def on_message(message):
    print(utils._ActiveDecompressionContext.COMPRESSION_TYPE, len(message.content), flush=True)
    await client.close()

client.run(token, log_handler=None)
"""


async def test_discord_py_reads_a_zstd_stream(run: Any) -> None:
    assert utils._ActiveDecompressionContext.COMPRESSION_TYPE == "zstd-stream"
    async with Simulator(gateway=FAST) as sim:
        guild = sim.guild("A")
        async with run.connected(sim, run.Bot(enable_debug_events=True)) as bot:
            for number in range(50):
                await guild.member("ada").says(f"message {number} " * 40)
            await bot.until(lambda: len(bot.events("MESSAGE_CREATE")) == 50)
            assert bot.last("MESSAGE_CREATE")["content"].startswith("message 49 message 49")


async def test_discord_py_reads_a_zlib_stream() -> None:
    async with Simulator(gateway=FAST) as sim:
        guild = sim.guild("A")
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _ZLIB_BOT, sim.base_url, sim.gateway_url, sim.token, stdout=asyncio.subprocess.PIPE
        )
        await sim.until_connected()
        await guild.member("ada").says("hello " * 300)
        told, _ = await asyncio.wait_for(bot.communicate(), 15)
        assert told.split() == [b"zlib-stream", b"1800"]


async def test_a_zstd_stream_is_one_stream() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim, "?v=10&encoding=json&compress=zstd-stream") as client:
        stream = zstandard.ZstdDecompressor().decompressobj()
        hello = json.loads(stream.decompress((await client.socket.receive(timeout=3)).data))
        assert (hello["op"], hello["d"]["_trace"]) == (10, ["simulator"])
        await client.send(2, identify(sim))
        assert json.loads(stream.decompress((await client.socket.receive(timeout=3)).data))["t"] == "READY"


async def test_without_the_package_zstd_streams_are_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    async with Simulator(gateway=FAST) as sim, dialled(sim, "?v=10&encoding=json&compress=zstd-stream") as client:
        assert (await client.next())["op"] == 10


async def test_single_payloads_are_compressed_if_wished() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as client:
        assert (await client.next())["op"] == 10
        await client.send(2, identify(sim, compress=True))
        ready = await client.socket.receive(timeout=3)
        assert json.loads(zlib.decompress(ready.data))["t"] == "READY"


async def test_a_payload_may_not_be_larger_than_fifteen_kib() -> None:
    async with Simulator(gateway=FAST) as sim:
        async with dialled(sim) as client:
            await client.send(1, "x" * (15 << 10))
            assert await client.close_code() == 4002
        async with dialled(sim) as client:
            await client.send(1, "x" * 15_000)
            assert [(await client.next())["op"] for _ in range(2)] == [10, 11]


async def test_only_json_is_spoken() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim, "?v=10&encoding=etf") as client:
        assert await client.close_code() == 4002


async def test_too_many_guilds_need_shards() -> None:
    settings = GatewaySettings(identify_interval=0.0, guilds_per_shard=1)
    async with Simulator(shards=2, gateway=settings) as sim:
        sim.guild("A", shard=0)
        sim.guild("B", shard=1)
        async with dialled(sim) as client:
            await client.send(2, identify(sim))
            assert await client.close_code() == 4011
        async with dialled(sim) as client:
            await client.send(2, identify(sim, shard=[1, 2]))
            ready = await client.event("READY")
            assert len(ready["d"]["guilds"]) == 1


async def test_other_frames_do_not_stand_for_heartbeats() -> None:
    settings = GatewaySettings(identify_interval=0.0, heartbeat_interval=0.05, frames_per_minute=1_000_000)
    async with Simulator(gateway=settings) as sim, dialled(sim) as client:
        guild = sim.guild("A")
        await client.send(2, identify(sim))
        message = await client.socket.receive(timeout=3)
        while message.type is WSMsgType.TEXT:
            await client.send(43, {"guild_id": str(guild.id), "fields": []})
            message = await client.socket.receive(timeout=3)
        assert client.socket.close_code == 4009


async def test_a_heartbeat_can_be_asked_for(run: Any) -> None:
    async with Simulator(gateway=FAST) as sim:
        sim.guild("A")
        async with run.connected(sim, run.Bot(enable_debug_events=True)) as bot:
            before = sum(it["op"] == 11 for it in bot.raw)
            assert sim.request_heartbeats() == 1
            await bot.until(lambda: sum(it["op"] == 11 for it in bot.raw) > before)


async def test_starts_are_counted_by_the_day() -> None:
    async with Simulator(gateway=FAST) as sim:
        assert sim.hub.start_limit()["reset_after"] == 0
        for _ in range(1000):
            assert sim.hub.starts.allow(0)
        assert not sim.hub.starts.allow(0)
        sim.advance(86_000)
        limit = sim.hub.start_limit()
        assert limit["remaining"] == 0
        assert 399_000 < limit["reset_after"] <= 400_000
        sim.advance(400)
        assert sim.hub.starts.allow(0)
        assert sim.hub.start_limit()["remaining"] == 999


async def test_resuming_with_a_wrong_number_ends_the_session() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as client:
        await client.send(2, identify(sim))
        session_id = (await client.event("READY"))["d"]["session_id"]
        async with dialled(sim) as other:
            await other.send(6, {"token": sim.token, "session_id": session_id, "seq": -1})
            assert await other.close_code() == 4007
        assert await client.close_code() == 1006
        assert sim.hub.find(session_id) is None


async def test_members_with_presences_and_limits() -> None:
    settings = GatewaySettings(identify_interval=0.0, request_all_interval=30.0)
    async with Simulator(gateway=settings) as sim, dialled(sim) as client:
        guild = sim.guild("A")
        people = [guild.member(f"person{number}") for number in range(120)]
        await client.send(2, identify(sim, intents=1 << 0 | 1 << 1 | 1 << 8))
        await client.event("GUILD_CREATE")
        ids = [str(it.id) for it in people] + ["7"]
        await client.send(8, {"guild_id": str(guild.id), "user_ids": ids, "presences": True, "nonce": "x" * 33})
        chunk = (await client.event("GUILD_MEMBERS_CHUNK"))["d"]
        assert (len(chunk["members"]), chunk["not_found"], chunk["nonce"]) == (100, ["7"], None)
        assert chunk["presences"] == []
        await client.send(8, {"guild_id": str(guild.id), "query": "person", "limit": 500})
        assert len((await client.event("GUILD_MEMBERS_CHUNK"))["d"]["members"]) == 100
        everyone = {"guild_id": str(guild.id), "query": "", "limit": 0, "presences": True, "nonce": "n"}
        await client.send(8, everyone)
        chunk = (await client.event("GUILD_MEMBERS_CHUNK"))["d"]
        assert (len(chunk["members"]), [it["status"] for it in chunk["presences"]]) == (122, ["online"])
        await client.send(8, everyone)
        limited = (await client.event("RATE_LIMITED"))["d"]
        assert (limited["opcode"], limited["meta"]) == (8, {"guild_id": str(guild.id), "nonce": "n"})
        assert 29 < limited["retry_after"] <= 30
        sim.advance(30)
        await client.send(8, everyone)
        await client.event("GUILD_MEMBERS_CHUNK")


async def test_voice_is_joined_with_a_server_to_talk_to() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as client, dialled(sim) as other:
        guild = sim.guild("A", bot_permissions=0)
        lounge = channels.create(sim.world, guild.guild, "Lounge", ChannelType.VOICE)
        for one in (client, other):
            await one.send(2, identify(sim, intents=1 << 0 | 1 << 7))
            await one.event("GUILD_CREATE")
        await client.send(4, {"guild_id": str(guild.id), "channel_id": str(lounge.id), "self_mute": True})
        state = (await client.event("VOICE_STATE_UPDATE"))["d"]
        assert (state["channel_id"], state["user_id"]) == (str(lounge.id), str(sim.bot_user_id))
        assert (state["self_mute"], state["self_deaf"]) == (True, False)
        server = (await client.event("VOICE_SERVER_UPDATE"))["d"]
        assert server["guild_id"] == str(guild.id)
        assert server["token"]
        assert server["endpoint"]
        await other.event("VOICE_STATE_UPDATE")
        await client.send(4, {"guild_id": str(guild.id), "channel_id": None})
        assert (await client.event("VOICE_STATE_UPDATE"))["d"]["channel_id"] is None
        assert (await other.event("VOICE_STATE_UPDATE"))["d"]["channel_id"] is None
        # Where it may not connect, in a text channel, and in a guild that is not there, nothing happens.
        channels.overwrite(sim.world, lounge, Overwrite(guild.id, 0, deny=1 << 20))
        await client.event("CHANNEL_UPDATE")
        for target in (lounge.id, guild.channel("general").id, 5):
            await client.send(4, {"guild_id": str(guild.id), "channel_id": str(target)})
        await client.send(4, {"guild_id": "5", "channel_id": None})
        await nothing_comes(client)


async def test_news_of_sounds_and_voice_channels() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as client:
        guild = sim.guild("A")
        lounge = channels.create(sim.world, guild.guild, "Lounge", ChannelType.VOICE)
        await client.send(2, identify(sim))
        await client.send(31, {"guild_ids": [str(guild.id), "5"]})
        told = await client.event("SOUNDBOARD_SOUNDS")
        assert told["d"] == {"guild_id": str(guild.id), "soundboard_sounds": []}
        voice.set_status(sim.world, lounge, "Karaoke")
        await client.send(43, {"guild_id": str(guild.id), "fields": ["status", "voice_start_time"]})
        info = await client.event("CHANNEL_INFO")
        assert info["d"]["channels"] == [{"id": str(lounge.id), "status": "Karaoke"}]
        await nothing_comes(client)


async def test_an_outage_hides_a_guild_and_brings_it_back(run: Any) -> None:
    async with Simulator(gateway=FAST) as sim:
        guild = sim.guild("A")
        ada = guild.member("ada")
        async with run.connected(sim, run.Bot(enable_debug_events=True)) as bot:
            gone: list[int] = []
            back: list[int] = []

            async def on_guild_unavailable(it: discord.Guild) -> None:
                gone.append(it.id)

            async def on_guild_available(it: discord.Guild) -> None:
                back.append(it.id)

            bot.add_listener(on_guild_unavailable)
            bot.add_listener(on_guild_available)
            with sim.outage(guild):
                await bot.until(lambda: gone == [guild.id])
                assert bot.get_guild(guild.id).unavailable
                await ada.says("nobody hears this")
                async with dialled(sim) as client:
                    await client.send(2, identify(sim))
                    ready = await client.event("READY")
                    assert ready["d"]["guilds"] == [{"id": str(guild.id), "unavailable": True}]
                    await nothing_comes(client)
                # What happened meanwhile is replayed as it was.
                await sim.drop_gateway()
                await bot.until(lambda: sim.stats.resumes == 1)
            await bot.until(lambda: back == [guild.id])
            await ada.says("now they do")
            await bot.until(lambda: bot.events("MESSAGE_CREATE"))
            assert [it["content"] for it in bot.events("MESSAGE_CREATE")] == ["now they do"]


async def test_two_sessions_of_one_shard_hear_the_same() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as first, dialled(sim) as second:
        guild = sim.guild("A")
        for client in (first, second):
            await client.send(2, identify(sim))
            await client.event("GUILD_CREATE")
        await guild.member("ada").says("both")
        assert {(await it.event("MESSAGE_CREATE"))["s"] for it in (first, second)} == {3}


async def test_what_bots_hear_of_places_they_cannot_see() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as client:
        guild = sim.guild("A", bot_permissions=0)
        secret = channels.create(sim.world, guild.guild, "secret")
        await client.send(2, identify(sim))
        await client.event("GUILD_CREATE")
        channels.overwrite(sim.world, secret, Overwrite(guild.id, 0, deny=1 << 10))
        assert (await client.next())["t"] == "CHANNEL_UPDATE"
        owner = guild.member("owner")
        await owner.says("behind closed doors", channel=secret)
        await owner.says("in the open")
        assert (await client.event("MESSAGE_CREATE"))["d"]["channel_id"] == str(guild.channel("general").id)
        membership = guild.guild.members[sim.bot_user_id]
        members.change(sim.world, guild.guild, membership, nick="Me")
        assert (await client.next())["t"] == "GUILD_MEMBER_UPDATE"
        guilds.bot_leaves(sim.world, guild.guild)
        assert (await client.next())["t"] == "GUILD_DELETE"


async def nothing_comes(client: Socket) -> None:
    """Everything sent before a heartbeat's acknowledgement has come before it."""
    await client.send(1)
    frame = await client.next()
    while frame["op"] == 11 and frame.get("t"):
        frame = await client.next()
    assert frame["op"] == 11, frame
