from __future__ import annotations

from typing import Any

import discord
import pytest

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.world import presences
from tests.simulator.sockets import FAST, dialled, identify

SEEING = 1 << 0 | 1 << 1 | 1 << 8


async def test_discord_py_sees_people_come_and_go(
    sim: Simulator, bot: Any, guild: ScriptedGuild, there: discord.Guild
) -> None:
    ada = guild.member("ada_online")
    await bot.until(lambda: there.get_member(ada.id))
    member = there.get_member(ada.id)
    assert member is not None
    assert str(member.status) == "offline"
    presences.change(sim.world, ada.user, "idle", [{"name": "chess", "type": 0}], client="mobile")
    await bot.until(lambda: member.status is discord.Status.idle)
    assert (member.mobile_status, member.is_on_mobile()) == (discord.Status.idle, True)
    assert member.activity is not None
    assert (member.activity.name, member.activity.type) == ("chess", discord.ActivityType.playing)
    presences.change(sim.world, ada.user, "invisible")
    await bot.until(lambda: member.status is discord.Status.offline)
    assert member.activities == ()
    with pytest.raises(ValueError, match="no status 'busy'"):
        presences.change(sim.world, ada.user, "busy")


async def test_the_bot_shows_itself(run: Any) -> None:
    async with Simulator(gateway=FAST) as sim:
        sim.guild("A")
        assert sim.bot_user_id not in sim.world.presences
        game = discord.Game("chess")
        async with run.connected(
            sim, run.Bot(status=discord.Status.dnd, activity=game, enable_debug_events=True)
        ) as bot:
            seen = sim.world.presences[sim.bot_user_id]
            assert (seen.status, seen.activities[0]["name"]) == ("dnd", "chess")
            assert bot.guilds[0].me.status is discord.Status.dnd
            await bot.change_presence(status=discord.Status.idle)
            await bot.until(lambda: bot.last("PRESENCE_UPDATE").get("status") == "idle")
            # A session that resumes comes back as it was.
            await sim.drop_gateway()
            assert await sim.world.watch.until(lambda: sim.stats.resumes or None, 5)
            assert sim.world.presences[sim.bot_user_id].status == "idle"
        assert await sim.world.watch.until(lambda: sim.bot_user_id not in sim.world.presences or None, 3)


async def test_presences_come_with_the_guild_and_only_to_those_with_the_intent() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as seeing, dialled(sim) as blind:
        guild = sim.guild("A")
        ada, bob = guild.member("ada"), guild.member("bob")
        presences.change(sim.world, ada.user, "online", [{"name": "chess", "type": 0}])
        await seeing.send(2, identify(sim, intents=SEEING))
        await blind.send(2, identify(sim))
        told = (await seeing.event("GUILD_CREATE"))["d"]
        online = {it["user"]["id"]: it["status"] for it in told["presences"]}
        assert online == {str(ada.id): "online", str(sim.bot_user_id): "online"}
        assert {it["user"]["id"] for it in told["members"]} >= {str(ada.id), str(bob.id)}
        assert (await blind.event("GUILD_CREATE"))["d"]["presences"] == []

        presences.change(sim.world, bob.user, "dnd")
        presences.change(sim.world, bob.user, "dnd")
        changed = (await seeing.event("PRESENCE_UPDATE"))["d"]
        assert changed == {
            "user": {"id": str(bob.id)},
            "guild_id": str(guild.id),
            "status": "dnd",
            "activities": [],
            "client_status": {"desktop": "dnd"},
        }
        await ada.says("no second update in between")
        await blind.send(1)
        heard = [(await blind.next())["t"] for _ in range(2)]
        assert heard == ["MESSAGE_CREATE", None]


async def test_of_a_large_guild_only_those_who_are_there_come_along() -> None:
    async with Simulator(gateway=FAST) as sim, dialled(sim) as client:
        guild = sim.guild("A")
        people = [guild.member(f"person{number}") for number in range(60)]
        presences.change(sim.world, people[7].user, "online")
        await client.send(2, identify(sim, intents=SEEING, large_threshold=50))
        told = (await client.event("GUILD_CREATE"))["d"]
        assert told["member_count"] == 62
        assert {it["user"]["username"] for it in told["members"]} == {"guildbase", "person7"}
