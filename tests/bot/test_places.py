"""What runs at the same time: both sorts have places of their own, and no guild takes all."""

from __future__ import annotations

import pytest

from guildbase.bot.places import APART, AT_A_TIME, AT_ONCE, FAIRNESS, PER_GUILD, Places
from guildbase.bot.traffic import DiscordTraffic
from guildbase.core.clock import utcnow
from guildbase.services.outbox import ClaimedEffect, Priority, Wanted


def effect(priority: Priority, guild_id: int | None = None) -> ClaimedEffect:
    return ClaimedEffect(1, "test", guild_id, {}, priority, 1, "w", utcnow(), utcnow(), is_last_attempt=False)


@pytest.fixture
def places() -> Places:
    return Places(DiscordTraffic(50))


def _fill(places: Places, priority: Priority, count: int) -> None:
    for _ in range(count):
        places.take(effect(priority))


async def test_an_idle_bot_takes_anything_and_every_so_often_the_oldest(places: Places) -> None:
    found = [places.wanted() for _ in range(FAIRNESS * 2)]
    ordinary, by_age = Wanted(AT_A_TIME, busy_guilds=[]), Wanted(AT_A_TIME, oldest_first=True, busy_guilds=[])
    assert found == ([ordinary] * (FAIRNESS - 1) + [by_age]) * 2
    assert places.give_back(effect(Priority.NORMAL)) is False


@pytest.mark.parametrize(
    ("taken", "others", "first", "last"),
    [
        (Priority.NORMAL, Priority.MODERATION, Priority.MODERATION, Priority.MODERATION),
        (Priority.MODERATION, Priority.NORMAL, Priority.NORMAL, Priority.BULK),
    ],
)
async def test_neither_sort_can_take_the_places_of_the_other(
    places: Places, taken: Priority, others: Priority, first: Priority, last: Priority
) -> None:
    _fill(places, taken, AT_ONCE - 3)
    wanted = places.wanted()
    assert wanted is not None
    assert (wanted.limit, wanted.first, wanted.last) == (3, Priority.MODERATION, Priority.BULK)
    _fill(places, taken, 3)
    wanted = places.wanted()
    assert wanted is not None
    assert (wanted.limit, wanted.first, wanted.last) == (min(APART, AT_A_TIME), first, last)
    _fill(places, others, APART)
    assert places.wanted() is None
    assert places.give_back(effect(others)) is True
    wanted = places.wanted()
    assert wanted is not None
    assert (wanted.limit, wanted.first, wanted.last) == (1, first, last)


async def test_a_guild_with_its_share_gets_no_more_of_what_can_wait(places: Places) -> None:
    for _ in range(PER_GUILD):
        places.take(effect(Priority.BULK, guild_id=7))
    for _ in range(PER_GUILD):
        places.take(effect(Priority.MODERATION, guild_id=8))
    wanted = places.wanted()
    assert wanted is not None
    assert list(wanted.busy_guilds) == [7]
    assert places.give_back(effect(Priority.BULK, guild_id=7)) is True
    wanted = places.wanted()
    assert wanted is not None
    assert list(wanted.busy_guilds) == []


async def test_a_small_share_of_discords_limit_has_few_places() -> None:
    places = Places(DiscordTraffic(1))
    _fill(places, Priority.NORMAL, 2)
    wanted = places.wanted()
    assert wanted is not None
    assert (wanted.limit, wanted.last) == (2, Priority.MODERATION)
    _fill(places, Priority.MODERATION, 2)
    assert places.wanted() is None


async def test_near_a_ban_only_moderation_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guildbase.bot.traffic.MOST_INVALID", 1)
    traffic = DiscordTraffic(50)
    traffic._count_invalid()
    wanted = Places(traffic).wanted()
    assert wanted is not None
    assert wanted.last == Priority.MODERATION
