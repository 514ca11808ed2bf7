from __future__ import annotations

import pytest

from guildbase.core.ports import SYSTEM, GuildSnapshot


@pytest.mark.parametrize(
    ("roles", "level"), [(frozenset(), 0), (frozenset({9}), 0), (frozenset({1}), 2), (frozenset({1, 2, 9}), 5)]
)
def test_the_highest_level_of_the_roles_counts(roles: frozenset[int], level: int) -> None:
    assert GuildSnapshot(1, "!", "en-US", {1: 2, 2: 5}).level_of(roles) == level


def test_the_platform_is_nobody_in_particular() -> None:
    assert SYSTEM.is_system
    assert SYSTEM.user_id is None
    assert SYSTEM.guild_id is None
