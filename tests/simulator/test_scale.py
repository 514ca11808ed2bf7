"""Large worlds: a crowd behaves as if every one of its people were there, and takes no memory for them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest

from guildbase.simulator import GatewaySettings, Simulator
from guildbase.simulator.seed import seed
from guildbase.simulator.world import members, roles, search
from guildbase.simulator.world.entities import Guild, Member, Members, Users
from guildbase.simulator.world.entities.crowd import STEP


@pytest.fixture
def crowded() -> Members:
    """Three stored members and a crowd of ten, of which one is stored by now and one has left."""
    found = Members(range(100, 100 + 10 * STEP, STEP))
    for user_id in (1, 2, 1 << 60):
        found[user_id] = Member(user_id, found.crowd_joined_at)
    assert found[100 + 2 * STEP].roles == ()
    del found[100 + 3 * STEP]
    return found


def test_a_crowd_is_a_mapping(crowded: Members) -> None:
    eager = dict(crowded.items())
    assert len(crowded) == len(eager) == 12
    assert list(crowded) == list(crowded.keys()) == list(eager)
    assert list(crowded.values()) == list(eager.values())
    assert all(crowded.peek(it) == one for it, one in eager.items())
    assert all(it in crowded for it in eager)
    for stranger in (0, 101, 100 + 3 * STEP, 100 + 10 * STEP, 100 - STEP, None, "1"):
        assert stranger not in crowded
    assert crowded.get(101) is None
    with pytest.raises(KeyError):
        crowded[100 + 3 * STEP]
    with pytest.raises(KeyError):
        crowded.peek(101)
    with pytest.raises(KeyError):
        del crowded[101]


def test_only_who_is_asked_for_is_stored(crowded: Members) -> None:
    before = set(crowded.stored)
    for _ in (*crowded.values(), *crowded.items()):
        pass
    crowded.peek(100)
    assert crowded.after(0, 100)
    assert 100 + STEP in crowded
    assert set(crowded.stored) == before
    crowded[100].nick = "kept"
    assert crowded[100].nick == "kept"
    assert crowded[100] is crowded.get(100)
    assert len(crowded) == 12
    assert crowded.pop(100).nick == "kept"
    assert 100 not in crowded
    crowded[100] = Member(100, crowded.crowd_joined_at)
    assert len(crowded) == 12


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_go_through_all_in_order(crowded: Members, limit: int) -> None:
    seen: list[int] = []
    while page := crowded.after(seen[-1] if seen else 0, limit):
        assert len(page) <= limit
        seen += [it.user_id for it in page]
    assert seen == sorted(crowded)


def test_guests_are_found_by_name() -> None:
    users = Users(range(100, 100 + 10 * STEP, STEP))
    found = users.named("guest_3")
    assert found is not None
    assert found.id == 100 + 2 * STEP
    assert found is users[found.id]
    for name in ("guest_0", "guest_11", "guest_03", "guest_", "guest_x", "Guest 3", ""):
        assert users.named(name) is None


@pytest.mark.parametrize("query", ["", "g", "guest_1", "Guest 2", "mara", "old", "renamed", "guest_x", "z"])
def test_a_search_finds_whom_going_through_all_finds(query: str) -> None:
    sim = Simulator()
    seed(sim, guilds=1, members=60)
    world, guild = sim.world, last_guild(sim)
    guild.members[guild.members.crowd[0]].nick = "Old Hand"
    world.users[guild.members.crowd[1]].username = "renamed"
    names = {it: (world.users.peek(it).username, world.users.peek(it).global_name) for it in guild.members}
    expected = {
        user_id
        for user_id, member in guild.members.items()
        if any((it or "").lower().startswith(query.lower()) for it in (*names[user_id], member.nick or "?"))
    }
    assert {it.user_id for it in search.by_name(world, guild, query)} == expected


@pytest.fixture
async def many() -> AsyncIterator[Simulator]:
    """Guilds enough that the later ones are all guests, and that not all are sent at once."""
    async with Simulator(shards=2, gateway=GatewaySettings(identify_interval=0.0)) as sim:
        seed(sim, guilds=520, members=30)
        yield sim


def last_guild(sim: Simulator) -> Guild:
    return list(sim.world.guilds.values())[-1]


async def test_discord_py_sees_every_guild_and_guest(many: Simulator, run: Any) -> None:
    bot = run.Bot()
    async with run.connected(many, bot):
        await many.until_connected()
        await bot.until(lambda: len(bot.guilds) == 520 and all(len(it.members) == 31 for it in bot.guilds))
        there = bot.get_guild(last_guild(many).id)
        assert there is not None
        assert sum(it.name.startswith("guest_") for it in there.members) == 28
        guest = max(there.members, key=lambda it: it.id if it.name.startswith("guest_") else 0)
        assert guest.display_name == f"Guest {guest.name.removeprefix('guest_')}"
        # Nobody had to do with anybody yet.
        assert len(last_guild(many).members.stored) == 3
        assert len(many.world.users.stored) == 26
        await guest.edit(nick="Chosen")
        await guest.add_roles(discord.utils.get(there.roles, name="Member"))
        await bot.until(lambda: guest.nick == "Chosen" and len(guest.roles) == 2)
        other = next(it for it in there.members if it.name.startswith("guest_") and it != guest)
        await other.kick()
        await bot.until(lambda: there.get_member(other.id) is None)
        listed = [it.id async for it in there.fetch_members(limit=None)]
        assert sorted(listed) == sorted(it.id for it in there.members)
        assert len(listed) == 30
        assert [it.nick for it in await there.query_members("chosen")] == ["Chosen"]
        assert len(last_guild(many).members.stored) == 4


async def test_what_happens_before_a_guild_is_sent_is_not_told_twice(many: Simulator) -> None:
    """The last guild changes while the first ones are still on their way to a client that does not read."""
    guild = last_guild(many)
    shard = many.world.recommended_shards - 1
    assert (guild.id >> 22) % 2 == shard
    async with aiohttp.ClientSession() as session, session.ws_connect(many.gateway_url) as socket:
        await socket.receive()
        wish = {"token": many.token, "intents": 1, "shard": [shard, 2], "properties": {}}
        await socket.send_str(json.dumps({"op": 2, "d": wish}))
        assert (await socket.receive_json())["t"] == "READY"
        roles.create(many.world, guild, "Late")
        await many.guild(list(many.world.guilds.values())[-3].name).remove_bot()
        heard: list[Any] = []
        while sum(it["t"] in ("GUILD_CREATE", "GUILD_DELETE") for it in heard) < 260:
            heard.append(await socket.receive_json())
    assert [it["t"] for it in heard].count("GUILD_DELETE") == 1
    late = [it for it in heard if it["d"].get("guild_id") == str(guild.id)]
    assert late == []
    assert "Late" in [it["name"] for it in heard[-1]["d"]["roles"]]
    assert [it["s"] for it in heard] == list(range(2, 262))


async def test_a_session_that_never_heard_of_all_guilds_cannot_be_resumed(many: Simulator) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(many.gateway_url) as socket:
            await socket.receive()
            wish = {"token": many.token, "intents": 1, "shard": [0, 2], "properties": {}}
            await socket.send_str(json.dumps({"op": 2, "d": wish}))
            ready = await socket.receive_json()
        async with session.ws_connect(many.gateway_url) as socket:
            await socket.receive()
            resume = {"token": many.token, "session_id": ready["d"]["session_id"], "seq": 1}
            await socket.send_str(json.dumps({"op": 6, "d": resume}))
            assert await socket.receive_json() == {"op": 9, "d": False, "s": None, "t": None}


def test_ten_thousand_guilds_with_a_million_members_fit() -> None:
    """Far below one object for each member, and in a moment."""
    sim = Simulator(shards=16)
    seed(sim, guilds=10_000, members=100)
    world = sim.world
    assert sum(len(it.members) for it in world.guilds.values()) == 1_010_000
    assert len(world.users) > 960_000
    assert sum(len(it.members.stored) for it in world.guilds.values()) < 50_000
    guild = last_guild(sim)
    guest = guild.members.after(0, 1)[0]
    assert sim.guild(guild.name).member(world.users[guest.user_id].username).id == guest.user_id
    members.change(world, guild, guild.members[guest.user_id], nick="One of a million")
    assert world.member(guild, guest.user_id).nick == "One of a million"


async def test_a_guild_of_two_hundred_thousand_can_be_asked_for_while_others_are_served() -> None:
    async with Simulator() as sim, aiohttp.ClientSession() as session:
        seed(sim, guilds=1, members=200_000)
        guild = last_guild(sim)
        async with session.ws_connect(sim.gateway_url, max_msg_size=0) as socket:
            await socket.receive()
            wish = {"token": sim.token, "intents": 3, "shard": [0, 1], "properties": {}}
            await socket.send_str(json.dumps({"op": 2, "d": wish}))
            await socket.send_str(json.dumps({"op": 8, "d": {"guild_id": guild.id, "query": "", "limit": 0}}))
            chunks: list[dict[str, Any]] = []
            while not chunks:
                frame = await socket.receive_json()
                chunks += [frame["d"]] if frame["t"] == "GUILD_MEMBERS_CHUNK" else []
            # The heartbeat is acknowledged between chunks, not after the last.
            await socket.send_str('{"op":1,"d":1}')
            acknowledged = 0
            while len(chunks) < chunks[0]["chunk_count"]:
                frame = await socket.receive_json()
                if frame["op"] == 11:
                    acknowledged = len(chunks)
                else:
                    chunks.append(frame["d"])
        assert 0 < acknowledged < 150
        assert [it["chunk_index"] for it in chunks] == list(range(201))
        assert sum(len(it["members"]) for it in chunks) == len(guild.members) == 200_001
        assert len(guild.members.stored) == 25
