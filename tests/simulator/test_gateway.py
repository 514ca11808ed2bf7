from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any

import discord
import pytest

from guildbase.simulator import GatewaySettings, NotConnected, Simulator
from guildbase.simulator.world import channels, members, messages
from guildbase.simulator.world.entities import ApplicationFlag, ChannelType, Member, User
from guildbase.simulator.world.messages import Draft
from tests.simulator.sockets import FAST, dialled, identify


async def test_resume_replays_what_was_missed(run: Any) -> None:
    async with Simulator(shards=2, gateway=FAST) as sim:
        guilds = [sim.guild("A", shard=0), sim.guild("B", shard=1)]
        bot = run.Bot(enable_debug_events=True)
        heard: list[str] = []

        async def on_message(message: discord.Message) -> None:
            heard.append(message.content)

        bot.add_listener(on_message)
        async with run.connected(sim, bot):
            ada = guilds[1].member("ada")
            assert await sim.drop_gateway(shard=1) == 1
            scene = sim.world
            messages.send(scene, guilds[1].channel("general"), ada.user, Draft("missed"))
            await bot.until(lambda: heard == ["missed"])
            assert (sim.stats.identifies, sim.stats.resumes) == (2, 1)
            assert await sim.drop_gateway(code=4000) == 2
            await bot.until(lambda: sim.stats.resumes == 3)
            assert await sim.reconnect() == 2
            await bot.until(lambda: sim.stats.resumes == 5)
            await sim.until_connected()
            assert await sim.invalidate(resumable=True, shard=0) == 1
            await bot.until(lambda: sim.stats.resumes == 6)
            assert await sim.invalidate(resumable=False) == 2
            await bot.until(lambda: sim.stats.identifies == 4, timeout=10)
            await sim.until_connected()
            await ada.says("after")
            await bot.until(lambda: heard == ["missed", "after"])


async def test_a_wrong_token_is_fatal(run: Any) -> None:
    async with Simulator(gateway=FAST) as sim:
        with run.pointed_at(sim):
            bot = run.Bot()
            with pytest.raises(discord.LoginFailure):
                await bot.start("wrong")
            await bot.close()


async def test_ungranted_intents_are_fatal(run: Any) -> None:
    async with Simulator(gateway=FAST, flags=ApplicationFlag(0)) as sim:
        with run.pointed_at(sim):
            bot = run.Bot()
            with pytest.raises(discord.PrivilegedIntentsRequired):
                await bot.start(sim.token)
            await bot.close()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"shard": [2, 2]}, 4010),
        ({"shard": [0]}, 4002),
        ({"intents": 1 << 30}, 4013),
        ({"intents": 1 << 1}, 4014),
        ({"intents": None}, 4002),
    ],
)
async def test_refused_identifies(changes: dict[str, Any], code: int) -> None:
    async with Simulator(gateway=FAST, flags=ApplicationFlag.MESSAGE_CONTENT_LIMITED) as sim, dialled(sim) as client:
        await client.send(2, identify(sim, **changes))
        assert await client.close_code() == code


async def test_protocol_errors() -> None:
    async with Simulator(gateway=FAST) as sim:
        async with dialled(sim) as client:
            await client.send(8, {})
            assert await client.close_code() == 4003
        async with dialled(sim) as client:
            await client.send(99)
            assert await client.close_code() == 4001
        for nonsense in ("{", "[]", '{"op":"x"}', '{"op":2,"d":{}}'):
            async with dialled(sim) as client:
                await client.socket.send_str(nonsense)
                assert await client.close_code() == 4002
        async with dialled(sim) as client:
            await client.send(2, identify(sim))
            await client.event("READY")
            await client.send(2, identify(sim))
            assert await client.close_code() == 4005
        async with dialled(sim) as client:
            await client.send(2, identify(sim))
            await client.send(6, {})
            assert await client.close_code() == 4005
        async with dialled(sim, "?v=9") as client:
            assert await client.close_code() == 4012
        async with dialled(sim) as client:
            for _ in range(121):
                await client.send(1)
            assert await client.close_code() == 4008


async def test_heartbeats_are_answered_and_missed() -> None:
    settings = GatewaySettings(heartbeat_interval=0.2)
    async with Simulator(gateway=settings) as sim, dialled(sim) as client:
        hello = await client.next()
        assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 200)
        await client.send(1, None)
        assert (await client.next())["op"] == 11
        assert await client.close_code() == 4009


async def test_regression_an_acknowledgement_takes_as_long_as_a_network_would(sim: Simulator) -> None:
    async with dialled(sim) as client:
        await client.next()
        began = asyncio.get_running_loop().time()
        await client.send(1, None)
        assert (await client.next())["op"] == 11
        assert asyncio.get_running_loop().time() - began > 0.015


async def test_identifies_come_one_by_one_per_bucket() -> None:
    settings = GatewaySettings(max_concurrency=1, identify_interval=60.0)
    async with Simulator(gateway=settings) as sim:
        async with dialled(sim) as client:
            await client.send(2, identify(sim))
            await client.event("READY")
        async with dialled(sim) as client:
            await client.next()
            await client.send(2, identify(sim, shard=[0, 1]))
            assert await client.next() == {"op": 9, "d": False, "s": None, "t": None}
        limit = sim.hub.start_limit()
        assert (limit["remaining"], limit["max_concurrency"]) == (999, 1)
        assert sim.stats.refused_identifies == 1


async def test_sessions_end() -> None:
    settings = GatewaySettings(identify_interval=0.0, replay_limit=2)
    async with Simulator(gateway=settings) as sim:
        guild = sim.guild("A")

        async def begin() -> str:
            async with dialled(sim) as client:
                await client.send(2, identify(sim))
                ready = await client.event("READY")
                assert ready["d"]["resume_gateway_url"] == sim.gateway_url
                found: str = ready["d"]["session_id"]
                client.socket._response.connection.transport.abort()  # type: ignore[union-attr]
            await sim.world.watch.until(lambda: not list(sim.hub.sessions()) or None, 3)
            return found

        async def resumes(session_id: str, sequence: int) -> bool:
            async with dialled(sim) as client:
                await client.next()
                await client.send(6, {"token": sim.token, "session_id": session_id, "seq": sequence})
                return bool((await client.next())["op"] == 0)

        session_id = await begin()
        assert not await resumes("unknown", 0)
        assert await resumes(session_id, 1)
        session_id = await begin()
        async with dialled(sim) as client:
            await client.send(6, {"token": sim.token, "session_id": session_id, "seq": 99})
            assert await client.close_code() == 4007
        assert not await resumes(session_id, 1)
        session_id = await begin()
        for _ in range(5):
            guild.channel(f"c{_}")
        assert not await resumes(session_id, 1)
        session_id = await begin()
        session = sim.hub.find(session_id)
        assert session is not None
        session.detached_at -= 1000
        assert sim.hub.find(session_id) is None
        with pytest.raises(NotConnected, match=r"no bot listens to .+: is it running"):
            await sim.scene.bot_connected(None, timeout=0.01)


async def test_a_clean_goodbye_gives_the_session_up() -> None:
    async with Simulator(gateway=FAST) as sim:
        async with dialled(sim) as client:
            await client.send(2, identify(sim))
            session_id = (await client.event("READY"))["d"]["session_id"]
        await sim.world.watch.until(lambda: sim.hub.find(session_id) is None or None, 3)
        assert sim.hub.find(session_id) is None


async def test_a_second_socket_takes_the_session_over() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as first, dialled(sim) as second:
        await first.send(2, identify(sim))
        session_id = (await first.event("READY"))["d"]["session_id"]
        await second.send(6, {"token": sim.token, "session_id": session_id, "seq": 1})
        assert (await second.event("RESUMED"))["s"] == 2
        assert await first.close_code() == 1006


async def test_intents_decide_what_is_heard() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as blind, dialled(sim) as reader:
        guild = sim.guild("A")
        ada = guild.member("ada")
        await blind.send(2, identify(sim, intents=1 << 0 | 1 << 9 | 1 << 12))
        created = await blind.event("GUILD_CREATE")
        assert [it["user"]["username"] for it in created["d"]["members"]] == ["guildbase"]
        await reader.send(2, identify(sim, intents=1 << 0 | 1 << 1 | 1 << 8 | 1 << 9 | 1 << 15))
        created = await reader.event("GUILD_CREATE")
        assert {it["user"]["username"] for it in created["d"]["members"]} == {"guildbase", "ada", "owner"}

        said = await ada.says("secret")
        assert (await reader.event("MESSAGE_CREATE"))["d"]["content"] == "secret"
        assert (await blind.event("MESSAGE_CREATE"))["d"]["content"] == ""
        await ada.says(f"<@{sim.bot_user_id}> hello", reply_to=said)
        told = (await blind.event("MESSAGE_CREATE"))["d"]
        assert told["content"].endswith("hello")
        await ada.says("quiet reply", reply_to=said)
        told = (await blind.event("MESSAGE_CREATE"))["d"]
        assert (told["content"], told["referenced_message"]["content"]) == ("", "")
        await ada.sends_dm("private")
        assert (await blind.event("MESSAGE_CREATE"))["d"]["content"] == "private"

        bob = guild.member("bob")
        await bob.leaves()
        assert (await reader.event("GUILD_MEMBER_REMOVE"))["d"]["user"]["id"] == str(bob.id)
        membership = guild.guild.members[sim.bot_user_id]
        members.change(sim.world, guild.guild, membership, nick="Me")
        assert (await blind.next())["t"] == "GUILD_MEMBER_UPDATE"
        with pytest.raises(AttributeError, match="no colour"):
            members.change(sim.world, guild.guild, membership, colour=1)
        await guild.remove_bot()
        await ada.leaves()
        assert (await blind.next())["t"] == "GUILD_DELETE"
        await blind.send(1)
        assert (await blind.next())["op"] == 11


async def test_a_bot_without_guilds_intent_hears_no_guilds() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as client:
        sim.guild("A")
        await client.send(2, identify(sim, intents=0))
        ready = await client.event("READY")
        assert len(ready["d"]["guilds"]) == 1
        await client.send(3, {"status": "idle"})
        await client.send(1)
        assert (await client.next())["op"] == 11


async def test_members_on_request() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as client, dialled(sim) as poor:
        guild = sim.guild("A")
        people = [guild.member(f"person{number}") for number in range(3)]
        for number in range(1100):
            user = User(sim.world.new_id(), f"crowd{number}")
            sim.world.users[user.id] = user
            guild.guild.members[user.id] = Member(user.id, people[0].membership.joined_at)  # type: ignore[union-attr]
        await client.send(2, identify(sim, intents=1 << 0 | 1 << 1))
        await client.event("GUILD_CREATE")
        await client.send(8, {"guild_id": guild.id, "query": "", "limit": 0, "nonce": "n"})
        first, second = await client.event("GUILD_MEMBERS_CHUNK"), await client.event("GUILD_MEMBERS_CHUNK")
        assert (len(first["d"]["members"]), len(second["d"]["members"])) == (1000, 105)
        assert (second["d"]["chunk_index"], second["d"]["chunk_count"], second["d"]["nonce"]) == (1, 2, "n")
        await client.send(8, {"guild_id": str(guild.id), "query": "PERS", "limit": 2})
        assert len((await client.event("GUILD_MEMBERS_CHUNK"))["d"]["members"]) == 2
        await client.send(8, {"guild_id": guild.id, "user_ids": [people[0].id, "5"], "limit": 1})
        chunk = (await client.event("GUILD_MEMBERS_CHUNK"))["d"]
        assert (len(chunk["members"]), chunk["not_found"]) == (1, ["5"])
        await client.send(8, {"guild_id": guild.id, "user_ids": people[1].id})
        assert len((await client.event("GUILD_MEMBERS_CHUNK"))["d"]["members"]) == 1
        await client.send(8, {"guild_id": "5", "query": ""})
        await client.send(1)
        assert (await client.next())["op"] == 11
        await poor.send(2, identify(sim))
        await poor.send(8, {"guild_id": guild.id, "query": "", "limit": 0})
        assert len((await poor.event("GUILD_MEMBERS_CHUNK"))["d"]["members"]) == 1


async def test_voice_state_on_request() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as client:
        guild = sim.guild("A")
        lounge = channels.create(sim.world, guild.guild, "Lounge", ChannelType.VOICE)
        await client.send(2, identify(sim, intents=1 << 0 | 1 << 7))
        await client.event("GUILD_CREATE")
        await client.send(4, {"guild_id": str(guild.id), "channel_id": str(lounge.id)})
        assert (await client.event("VOICE_STATE_UPDATE"))["d"]["channel_id"] == str(lounge.id)
        await client.send(4, {"guild_id": str(guild.id), "channel_id": None})
        assert (await client.event("VOICE_STATE_UPDATE"))["d"]["channel_id"] is None


async def test_discord_py_chunks_a_guild(bot: Any, guild: Any, there: discord.Guild) -> None:
    guild.member("ada")
    assert {it.name for it in await there.chunk(cache=False)} == {"ada", "owner", "guildbase"}
    assert [it.name for it in await there.query_members("ada")] == ["ada"]


async def test_compression() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim, "?v=10&compress=zlib-stream") as client:
        message = await client.socket.receive(timeout=3)
        assert json.loads(zlib.decompressobj().decompress(message.data))["op"] == 10


async def test_a_kill_and_a_new_identify_leave_one_session(run: Any) -> None:
    async with Simulator(gateway=FAST) as sim:
        sim.guild("A")
        for _ in range(2):
            async with dialled(sim) as client:
                await client.send(2, identify(sim))
                await client.event("READY")
                client.socket._response.connection.transport.abort()  # type: ignore[union-attr]
            await sim.world.watch.until(lambda: not list(sim.hub.sessions()) or None, 3)
        assert len(sim.hub._sessions) == 1
        await asyncio.sleep(0)
