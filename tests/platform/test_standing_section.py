"""Standings in a server's export: read, checked however hostile, mapped and written back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from guildbase.core.errors import InvalidInput
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.standing import rules
from guildbase.platform.standing.controller import StandingController, StandingSection
from guildbase.platform.standing.models import MAX_REASON, StandingStatus
from guildbase.platform.standing.rules import Decision, Subject
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from tests.factories import new_id
from tests.statements import heard

ENDS = "2001-02-03T04:05:06+00:00"
BLOCKED = {"status": "blocked", "reason": "spam", "is_silent": False, "expires_at": None}
TRUSTED = {"status": "trusted", "reason": "", "is_silent": True, "expires_at": ENDS}


@pytest.fixture
def section(services: BotServices) -> StandingSection:
    return StandingSection(services)


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    return guild_id


async def read(services: BotServices, guild_id: int) -> Any:
    async with services.get(DatabaseManager).read_session() as session:
        return await StandingSection(services).read(session, guild_id)


async def write(services: BotServices, guild_id: int, data: Any, caller: Caller = SYSTEM) -> None:
    async def action(work: UnitOfWork) -> None:
        await StandingSection(services).write(work, guild_id, data, "import")

    await services.get(GuildController).change(caller, guild_id, action)


async def test_what_was_read_is_written_back_and_only_changes_leave_traces(
    services: BotServices, section: StandingSection, guild_id: int
) -> None:
    one, two, three = (str(new_id()) for _ in range(3))
    await write(services, guild_id, {one: BLOCKED, two: TRUSTED})
    data = await read(services, guild_id)
    assert data == {one: BLOCKED, two: TRUSTED}
    assert section.check(data, 1) == data
    entries = await services.get(AuditController).entries(SYSTEM, guild_id)
    await write(services, guild_id, data)
    assert len(await services.get(AuditController).entries(SYSTEM, guild_id)) == len(entries)
    await write(services, guild_id, {two: BLOCKED, three: BLOCKED})
    assert await read(services, guild_id) == {two: BLOCKED, three: BLOCKED}
    told = await services.get(AuditController).entries(SYSTEM, guild_id)
    new = {(entry.action, entry.target_id, entry.reason) for entry in told[: len(told) - len(entries)]}
    assert new == {
        ("standing.lift", int(one), "import"),
        ("standing.block", int(two), "import"),
        ("standing.block", int(three), "import"),
    }


async def test_regression_many_standings_are_written_with_few_statements(services: BotServices, guild_id: int) -> None:
    people = [str(new_id()) for _ in range(100)]
    with heard(services.get(DatabaseManager)) as statements:
        await write(services, guild_id, dict.fromkeys(people, BLOCKED))
        await write(services, guild_id, dict.fromkeys(people[:50], BLOCKED) | dict.fromkeys(people[50:90], TRUSTED))
    assert len(statements) < 30
    assert await read(services, guild_id) == dict.fromkeys(people[:50], BLOCKED) | dict.fromkeys(people[50:90], TRUSTED)


async def test_an_import_blocks_neither_the_bots_owners_nor_who_imports(services: BotServices, guild_id: int) -> None:
    owner, author = new_id(), new_id()
    services.get(StandingController).immune |= {owner}
    caller = Caller(author, guild_id, is_guild_owner=True)
    await write(services, guild_id, {str(owner): BLOCKED, str(author): BLOCKED}, caller)
    assert await read(services, guild_id) == {}
    await services.get(StandingController).decide(
        SYSTEM, guild_id, Subject(author), Decision(StandingStatus.TRUSTED, "Helps", datetime(2101, 1, 1, tzinfo=UTC))
    )
    (entry,) = (await read(services, guild_id)).values()
    assert (entry["status"], entry["expires_at"]) == ("trusted", "2101-01-01T00:00:00+00:00")


def test_people_are_told_of_and_replaced(section: StandingSection) -> None:
    one, two, other = new_id(), new_id(), new_id()
    data = {str(one): BLOCKED, str(two): TRUSTED}
    assert list(section.references(data)) == [
        Reference(Refers.MEMBER, one, "is blocked"),
        Reference(Refers.MEMBER, two, "is trusted"),
    ]
    assert section.mapped(data, {one: other, two: None}) == {str(other): BLOCKED}


def test_what_may_be_left_out_is_filled_in_and_moments_are_utc(section: StandingSection) -> None:
    one, two = str(new_id()), str(new_id())
    moment = "2001-02-03T05:05:06+01:00"
    checked = section.check({one: {"status": "trusted"}, two: TRUSTED | {"expires_at": moment}}, 1)
    assert checked[one] == {"status": "trusted", "reason": "", "is_silent": False, "expires_at": None}
    assert checked[two] == TRUSTED


HOSTILE: dict[str, Any] = {
    "no object": "blocked",
    "unknown status": BLOCKED | {"status": "king"},
    "status that is no text": BLOCKED | {"status": ["blocked"]},
    "reason that is no text": BLOCKED | {"reason": 7},
    "too long a reason": BLOCKED | {"reason": "x" * (MAX_REASON + 1)},
    "NUL": BLOCKED | {"reason": "\x00"},
    "no truth value": BLOCKED | {"is_silent": "yes"},
    "no moment": BLOCKED | {"expires_at": "tomorrow"},
    "a moment without a zone": BLOCKED | {"expires_at": "2001-02-03T04:05:06"},
    "a number for a moment": BLOCKED | {"expires_at": 5},
    "a moment beyond the calendar": BLOCKED | {"expires_at": "9999-12-31T23:59:59-14:00"},
    "more than it takes": BLOCKED | {"level": 9},
}


@pytest.mark.parametrize("entry", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_entry_that_is_wrong_is_refused_by_name(section: StandingSection, entry: Any) -> None:
    wrong, right = str(new_id()), str(new_id())
    with pytest.raises(InvalidInput) as refused:
        section.check({right: BLOCKED, wrong: entry}, 1)
    assert list(refused.value.problems) == [wrong]


def test_what_is_no_list_of_people_is_refused(section: StandingSection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_IN_GUILD", 1)
    many = {str(new_id()): BLOCKED for _ in range(2)}
    wrong: list[tuple[Any, int]] = [([], 1), (None, 1), ({}, 2), ({"ada": BLOCKED}, 1), ({7: BLOCKED}, 1), (many, 1)]
    for data, version in wrong:
        with pytest.raises(InvalidInput):
            section.check(data, version)
