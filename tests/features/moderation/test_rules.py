"""Every kind of caller against every kind of target."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from guildbase.core.ports import ADMINISTRATOR, SYSTEM, Caller
from guildbase.features.moderation.rules import (
    MODERATE_MEMBERS,
    MODERATOR_LEVEL,
    Target,
    hierarchy_refusal,
    may_moderate,
)
from tests.factories import new_id

GUILD, ELSEWHERE, SELF, OTHER = (new_id() for _ in range(4))
ALL_BUT_OURS = ~(ADMINISTRATOR | MODERATE_MEMBERS) & (1 << 50) - 1

RIGHTS: dict[str, tuple[dict[str, Any], bool]] = {
    "nobody": ({}, False),
    "owner": ({"is_guild_owner": True}, True),
    "administrator": ({"permissions": ADMINISTRATOR}, True),
    "moderator": ({"permissions": MODERATE_MEMBERS}, True),
    "moderator with more": ({"permissions": MODERATE_MEMBERS | 1 << 11}, True),
    "every other permission": ({"permissions": ALL_BUT_OURS}, False),
    **{f"level {level}": ({"level": level}, level >= MODERATOR_LEVEL) for level in range(8)},
}
CALLERS = {
    "system": SYSTEM,
    "owner": Caller(user_id=SELF, guild_id=GUILD, is_guild_owner=True, top_role=0),
    "high": Caller(user_id=SELF, guild_id=GUILD, permissions=ADMINISTRATOR, top_role=6),
    "equal": Caller(user_id=SELF, guild_id=GUILD, permissions=ADMINISTRATOR, top_role=5),
    "low": Caller(user_id=SELF, guild_id=GUILD, permissions=ADMINISTRATOR, top_role=4),
}
TARGETS = {
    "member": Target(OTHER, "Terry", top_role=5),
    "self": Target(SELF, "Terry", top_role=5),
    "bot": Target(OTHER, "Terry", top_role=5, is_bot=True),
    "owner": Target(OTHER, "Terry", top_role=5, is_guild_owner=True),
    "own bot": Target(SELF, "Terry", top_role=5, is_bot=True),
    "owner and self": Target(SELF, "Terry", top_role=5, is_guild_owner=True),
}
ONESELF, BOT, OWNER = "cannot moderate yourself", "Bots cannot be warned", "The owner of the server"
ROLE = "Terry has a role as high as yours or higher"
EXPECTED: dict[str, dict[str, str | None]] = {
    "member": {"system": None, "owner": None, "high": None, "equal": ROLE, "low": ROLE},
    "self": {"system": None, "owner": ONESELF, "high": ONESELF, "equal": ONESELF, "low": ONESELF},
    "bot": dict.fromkeys(CALLERS, BOT),
    "owner": dict.fromkeys(CALLERS, OWNER),
    "own bot": {"system": BOT, "owner": ONESELF, "high": ONESELF, "equal": ONESELF, "low": ONESELF},
    "owner and self": {"system": OWNER, "owner": ONESELF, "high": ONESELF, "equal": ONESELF, "low": ONESELF},
}


@pytest.mark.parametrize("rights", RIGHTS)
def test_a_moderator_is_one_in_this_very_guild(rights: str) -> None:
    given, allowed = RIGHTS[rights]
    assert may_moderate(Caller(user_id=SELF, guild_id=GUILD, **given), GUILD) is allowed
    assert not may_moderate(Caller(user_id=SELF, guild_id=ELSEWHERE, **given), GUILD)
    assert not may_moderate(Caller(user_id=SELF, guild_id=None, **given), GUILD)


@pytest.mark.parametrize("guild_id", [None, GUILD, ELSEWHERE], ids=["nowhere", "here", "elsewhere"])
def test_the_platform_moderates_everywhere(guild_id: int | None) -> None:
    assert may_moderate(replace(SYSTEM, guild_id=guild_id), GUILD)


@pytest.mark.parametrize(("target", "caller"), list(product(TARGETS, CALLERS)))
def test_who_may_act_on_whom(target: str, caller: str) -> None:
    expected = EXPECTED[target][caller]
    refusal = hierarchy_refusal(CALLERS[caller], TARGETS[target])
    if expected is None:
        assert refusal is None
    else:
        assert refusal is not None
        assert expected in refusal


@pytest.mark.parametrize(("mine", "theirs"), list(product(range(4), range(4))))
def test_only_a_higher_role_lets_one_act(mine: int, theirs: int) -> None:
    caller = Caller(user_id=SELF, guild_id=GUILD, permissions=ADMINISTRATOR, level=7, top_role=mine)
    refusal = hierarchy_refusal(caller, Target(OTHER, "Terry", top_role=theirs))
    assert (refusal is None) is (mine > theirs)
