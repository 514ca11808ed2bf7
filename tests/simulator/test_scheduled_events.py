from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import discord
import pytest

from guildbase.simulator import Permission, ScriptedGuild, Simulator
from guildbase.simulator.world import scheduled_events
from tests.simulator.conformance.pictures import PNG


@pytest.fixture
def tomorrow(sim: Simulator) -> datetime:
    return sim.world.clock.now() + timedelta(days=1)


async def test_a_planned_event(
    bot: Any, there: discord.Guild, guild: ScriptedGuild, sim: Simulator, tomorrow: datetime
) -> None:
    made = await there.create_scheduled_event(
        name="Picnic",
        start_time=tomorrow,
        end_time=tomorrow + timedelta(hours=3),
        entity_type=discord.EntityType.external,
        privacy_level=discord.PrivacyLevel.guild_only,
        location="Park",
        image=PNG,
        reason="summer",
    )
    known = await bot.until(lambda: there.get_scheduled_event(made.id))
    assert (known.location, known.cover_image is not None, known.user_count) == ("Park", True, 1)
    ada = guild.member("ada")
    event = guild.guild.scheduled_events[made.id]
    scheduled_events.subscribe(sim.world, guild.guild, event, ada.user)
    await bot.until(lambda: bot.last("GUILD_SCHEDULED_EVENT_USER_ADD").get("user_id") == str(ada.id))
    assert [it.id async for it in made.users()] == sorted([ada.id, bot.user.id])
    scheduled_events.unsubscribe(sim.world, guild.guild, event, ada.user)
    await bot.until(lambda: bot.last("GUILD_SCHEDULED_EVENT_USER_REMOVE").get("user_id") == str(ada.id))
    edited = await made.edit(name="Great picnic", description="Cake", location="Meadow")
    assert (edited.name, edited.location) == ("Great picnic", "Meadow")
    entry: Any = await anext(there.audit_logs(action=discord.AuditLogAction.scheduled_event_update))
    assert (entry.before.name, entry.after.name, entry.after.location) == ("Picnic", "Great picnic", "Meadow")
    assert isinstance(entry.target, discord.ScheduledEvent)
    started = await edited.start()
    assert started.status is discord.EventStatus.active
    ended = await started.end()
    assert ended.status is discord.EventStatus.completed
    assert await there.fetch_scheduled_events() == []


async def test_an_event_in_a_channel(bot: Any, there: discord.Guild, guild: ScriptedGuild, tomorrow: datetime) -> None:
    lounge = await there.create_voice_channel("Lounge")
    made = await there.create_scheduled_event(
        name="Chat", start_time=tomorrow, channel=lounge, privacy_level=discord.PrivacyLevel.guild_only
    )
    assert (made.channel_id, made.entity_type) == (lounge.id, discord.EntityType.voice)
    fetched = await there.fetch_scheduled_event(made.id, with_counts=True)
    assert fetched.user_count == 1
    cancelled = await made.cancel()
    assert cancelled.status is discord.EventStatus.cancelled
    again = await there.create_scheduled_event(
        name="Chat", start_time=tomorrow, channel=lounge, privacy_level=discord.PrivacyLevel.guild_only
    )
    await again.delete()
    await bot.until(lambda: bot.last("GUILD_SCHEDULED_EVENT_DELETE").get("id") == str(again.id))
    assert not guild.guild.scheduled_events


async def test_who_may_plan(there: discord.Guild, guild: ScriptedGuild, tomorrow: datetime) -> None:
    async def plan() -> discord.ScheduledEvent:
        return await there.create_scheduled_event(
            name="Walk",
            start_time=tomorrow,
            end_time=tomorrow + timedelta(hours=1),
            entity_type=discord.EntityType.external,
            privacy_level=discord.PrivacyLevel.guild_only,
            location="Hill",
        )

    foreign = await plan()
    guild.guild.scheduled_events[foreign.id].creator_id = guild.owner.id
    guild.grant_bot(Permission.CREATE_EVENTS)
    own = await plan()
    await own.edit(name="Hike")
    with pytest.raises(discord.Forbidden):
        await foreign.delete()
    guild.grant_bot(Permission.MANAGE_EVENTS)
    await foreign.delete()
    with pytest.raises(discord.Forbidden):
        await plan()


_GOOD = {"name": "E", "privacy_level": 2, "entity_type": 3, "entity_metadata": {"location": "Here"}}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"entity_metadata": None}, "entity_metadata.location"),
        ({"scheduled_end_time": None}, "scheduled_end_time"),
        ({"entity_type": 2}, "channel_id"),
        ({"scheduled_start_time": "2020-01-01T00:00:00Z"}, "scheduled_start_time"),
        ({"scheduled_start_time": "3020-01-01T00:00:00Z"}, "scheduled_end_time"),
        ({"scheduled_start_time": "soon"}, "scheduled_start_time"),
        ({"privacy_level": 1}, "privacy_level"),
        ({"name": "x" * 101}, "name"),
        ({"recurrence_rule": {"start": "2030-01-01T00:00:00Z", "frequency": 9}}, "recurrence_rule.frequency"),
        (
            {"recurrence_rule": {"start": "2030-01-01T00:00:00Z", "frequency": 0, "by_weekday": [1]}},
            "recurrence_rule.by_weekday",
        ),
    ],
)
async def test_what_is_no_event(
    guild: ScriptedGuild, api: Any, tomorrow: datetime, change: dict[str, Any], place: str
) -> None:
    times = {"scheduled_start_time": tomorrow, "scheduled_end_time": tomorrow + timedelta(hours=1)}
    body = _GOOD | {name: it.isoformat() for name, it in times.items()} | change
    status, answer, _ = await api("POST", f"/guilds/{guild.id}/scheduled-events", body)
    assert (status, answer["code"]) == (400, 50035)
    at = answer["errors"]
    for step in place.split("."):
        at = at[step]
    assert at["_errors"]
    assert not guild.guild.scheduled_events


async def test_events_go_forward_only(guild: ScriptedGuild, api: Any, tomorrow: datetime) -> None:
    times = {"scheduled_start_time": tomorrow, "scheduled_end_time": tomorrow + timedelta(hours=1)}
    body = _GOOD | {name: it.isoformat() for name, it in times.items()}
    path = f"/guilds/{guild.id}/scheduled-events"
    made = (await api("POST", path, body))[1]
    assert (await api("PATCH", f"{path}/{made['id']}", {"status": 3}))[1]["code"] == 180000
    assert (await api("PATCH", f"{path}/{made['id']}", {"status": 2}))[0] == 200
    assert (await api("PATCH", f"{path}/{made['id']}", {"status": 4}))[1]["code"] == 180000
    assert (await api("GET", f"{path}/5"))[1]["code"] == 10070
