"""`@cached` methods: their keys, their types, and what they refuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel

from guildbase.core.settings import Settings
from guildbase.services.cache import CacheService, JsonCodec, cached
from guildbase.services.cache.service import Outcome
from guildbase.services.container import BotServices


@dataclass(frozen=True, slots=True)
class Badge:
    """What the methods below hand out."""

    guild_id: int
    name: str


class Note(BaseModel):
    text: str


def badge_tags(guild_id: int, name: str | None, *, loud: bool = False) -> tuple[str, ...]:
    return (f"badges:{guild_id}",)


def note_tags() -> tuple[str, ...]:
    return ("notes",)


class Badges:
    """A controller, as far as the decorator cares."""

    def __init__(self, services: BotServices) -> None:
        self.services = services
        self.reads = 0

    @cached("badges", ttl="guild_config_ttl", tags=badge_tags)
    async def badges(self, guild_id: int, name: str | None, *, loud: bool = False) -> tuple[Badge, ...]:
        """Return the badges of the name."""
        self.reads += 1
        return (Badge(guild_id, f"{name}{'!' * loud}"),)

    @cached("notes", ttl="user_cases_ttl", tags=note_tags)
    async def notes(self) -> list[Note]:
        self.reads += 1
        return [Note(text="kept")]


@pytest.fixture
def badges(cache: CacheService) -> Badges:
    services = BotServices()
    services.add(CacheService, cache)
    services.add(Settings, Settings())
    return Badges(services)


async def test_a_result_is_kept_by_all_its_arguments(badges: Badges) -> None:
    snowflake = 1_128_754_567_890_123_457
    for _ in range(2):
        assert await badges.badges(snowflake, "a") == (Badge(snowflake, "a"),)
        assert await badges.badges(snowflake, "a", loud=True) == (Badge(snowflake, "a!"),)
        assert await badges.badges(snowflake, "a,loud=True") == (Badge(snowflake, "a,loud=True"),)
        assert await badges.badges(snowflake, None) == (Badge(snowflake, "None"),)
        assert await badges.badges(snowflake, "None") == (Badge(snowflake, "None"),)
        assert await badges.notes() == [Note(text="kept")]
    assert badges.reads == 6
    assert badges.services.get(CacheService).stats().requests["badges", Outcome.HIT] == 5


async def test_a_change_of_its_tag_ends_it(badges: Badges) -> None:
    await badges.badges(1, "a")
    await badges.badges(2, "a")
    await badges.services.get(CacheService).invalidate("badges:1")
    await badges.badges(1, "a")
    await badges.badges(2, "a")
    assert badges.reads == 3


async def test_what_has_no_lasting_name_cannot_be_an_argument(badges: Badges) -> None:
    nobody: Any = object()
    with pytest.raises(TypeError, match="A object cannot be part"):
        await badges.badges(1, nobody)


def test_the_time_of_a_result_is_a_setting() -> None:
    with pytest.raises(ValueError, match="no setting some_ttl"):
        cached("badges", ttl="some_ttl", tags=badge_tags)


def test_a_method_keeps_its_name_and_its_words() -> None:
    assert (Badges.badges.__name__, Badges.badges.__doc__) == ("badges", "Return the badges of the name.")


def test_values_come_back_as_they_went() -> None:
    codec = JsonCodec[tuple[Badge, ...]](tuple[Badge, ...])
    value = (Badge(2**62, "a\n\x00ü"),)
    assert codec.decode(codec.encode(value)) == value
    with pytest.raises(ValueError, match="guild_id"):
        codec.decode(b'[{"name": "a"}]')
