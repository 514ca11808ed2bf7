"""Time that tests put forward reaches Discord, discord.py and Guildbase, and is put back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord as discord_py

from guildbase.core.clock import utcnow
from guildbase.simulator import Person, Simulator
from guildbase.testing.clock import MovableClock


async def test_all_clocks_go_together(
    clock: MovableClock, discord: Simulator, member: Person, moderator: Person
) -> None:
    before = utcnow()
    await moderator.times_out(member, 60)
    clock.advance(30, days=1, hours=2, minutes=3)
    expected = before + timedelta(days=1, hours=2, minutes=3, seconds=30)
    for moment in (clock.now(), utcnow(), discord_py.utils.utcnow(), discord.world.clock.now()):
        assert abs(moment - expected) < timedelta(seconds=5)
    clock.advance(timedelta(hours=1))
    assert abs(utcnow() - expected - timedelta(hours=1)) < timedelta(seconds=5)
    assert not discord.world.is_timed_out(member.guild.guild.members[member.id])


def test_the_next_test_has_the_time_of_day() -> None:
    for moment in (utcnow(), discord_py.utils.utcnow()):
        assert abs(moment - datetime.now(UTC)) < timedelta(seconds=5)
