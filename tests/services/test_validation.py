"""Business rules: all refusals at once, rights before values, rules that read, and rules of other features."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import Caller
from guildbase.core.targets import Target
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.rules import NewCase
from guildbase.services.container import BotServices
from guildbase.services.validation import ValidationService, Violation
from tests.factories import new_id


@dataclass(frozen=True)
class Party:
    name: str
    guests: int
    host_age: int = 30


@dataclass(frozen=True)
class OtherParty:
    name: str


def named(party: Party) -> Violation | None:
    return None if party.name else Violation("name", "It needs a name.", "Think of one.")


async def with_room(party: Party) -> Violation | None:
    return Violation("guests", "There is no room for so many.", "Think of one.") if party.guests > 10 else None


async def not_alone(party: Party) -> Violation | None:
    return Violation("guests", "It needs another number.") if party.guests == 13 else None


def of_age(party: Party) -> Violation | None:
    return Violation("host", "The host is too young.", is_forbidden=True) if party.host_age < 18 else None


@pytest.fixture
def validation() -> ValidationService:
    service = ValidationService()
    service.add(Party, named, with_room)
    service.add(Party, of_age, not_alone, named)
    return service


async def test_what_meets_all_rules_passes(validation: ValidationService) -> None:
    await validation.validate(Party("x", 3))
    await validation.validate(OtherParty(""))


async def test_all_that_is_wrong_is_told_at_once(validation: ValidationService) -> None:
    with pytest.raises(InvalidInput) as refused:
        await validation.validate(Party("", 13))
    assert refused.value.problems == {
        "name": "It needs a name.",
        "guests": "There is no room for so many. It needs another number.",
    }
    assert refused.value.text == (
        "It needs a name. There is no room for so many. It needs another number. Think of one."
    )


async def test_who_lacks_the_right_hears_of_nothing_else(validation: ValidationService) -> None:
    with pytest.raises(PermissionDenied) as refused:
        await validation.validate(Party("", 13, host_age=7))
    assert refused.value.problems == {"host": "The host is too young."}


async def test_a_feature_may_add_a_rule_to_another_ones_action(services: BotServices) -> None:
    guild_id = new_id()
    moderator = Caller(user_id=new_id(), guild_id=guild_id, name="Mod", is_guild_owner=True)
    moderation, target = services.get(ModerationController), Target(new_id(), "Bert")

    def no_shouting(new: NewCase) -> Violation | None:
        return Violation("reason", "Do not shout.") if new.reason.isupper() else None

    services.get(ValidationService).add(NewCase, no_shouting)
    with pytest.raises(InvalidInput, match="Do not shout"):
        await moderation.open_case(moderator, guild_id, target, "SPAM")
    assert await moderation.list_cases(moderator, guild_id) == []
    assert (await moderation.open_case(moderator, guild_id, target, " spam ")).case.reason == "spam"
    with pytest.raises(PermissionDenied) as refused:
        await moderation.open_case(moderator, guild_id, Target(moderator.user_id or 0, "Mod"), "")
    assert refused.value.problems == {"target": "You cannot moderate yourself."}
