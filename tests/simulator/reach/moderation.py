from __future__ import annotations

from datetime import timedelta

import discord
import pytest

from guildbase.simulator import NotAllowed
from tests.simulator.reach.journey import Journey, collected, scenario


@scenario
async def automod_rules(it: Journey) -> None:
    rule, _ = await it.hears(
        "automod_rule_create",
        it.guild.create_automod_rule(
            name="Words",
            event_type=discord.AutoModRuleEventType.message_send,
            trigger=discord.AutoModTrigger(keyword_filter=["badword"]),
            actions=[discord.AutoModRuleAction(custom_message="No")],
            enabled=True,
        ),
    )
    assert [one.id for one in await it.guild.fetch_automod_rules()] == [rule.id]
    assert (await it.guild.fetch_automod_rule(rule.id)).name == "Words"
    await it.hears("automod_rule_update", rule.edit(name="Other"))
    await it.hears("automod_action", _says_a_bad_word(it))
    await it.hears("automod_rule_delete", rule.delete())


async def _says_a_bad_word(it: Journey) -> None:
    with pytest.raises(NotAllowed, match="No"):
        await it.person.says("badword")


@scenario
async def scheduled_events(it: Journey) -> None:
    start = discord.utils.utcnow() + timedelta(days=1)
    event, _ = await it.hears(
        "scheduled_event_create",
        it.guild.create_scheduled_event(
            name="Party",
            start_time=start,
            end_time=start + timedelta(hours=1),
            entity_type=discord.EntityType.external,
            location="Here",
            privacy_level=discord.PrivacyLevel.guild_only,
        ),
    )
    assert await it.guild.fetch_scheduled_events() == [event]
    assert (await it.guild.fetch_scheduled_event(event.id)).name == "Party"
    await it.hears("scheduled_event_update", event.edit(name="Other"))
    kept = it.home.guild.scheduled_events[event.id]
    from guildbase.simulator.world import scheduled_events as world_events

    await it.hears(
        "scheduled_event_user_add",
        lambda: world_events.subscribe(it.sim.world, it.home.guild, kept, it.person.user),
    )
    assert it.person.id in [one.id for one in await collected(event.users())]
    await it.hears(
        "scheduled_event_user_remove",
        lambda: world_events.unsubscribe(it.sim.world, it.home.guild, kept, it.person.user),
    )
    await it.hears("scheduled_event_delete", event.delete())
