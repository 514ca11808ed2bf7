from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.events import Event
from guildbase.core.ports import SYSTEM, AuditRecord, AuditSink, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller import CaseNotFound, ModerationController
from guildbase.features.moderation.events import CaseOpened
from guildbase.features.moderation.kinds import MAX_NUMBER, MAX_REASON, TELL_TARGET, CaseState, CaseType, NoticeState
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.guilds.models import Guild, GuildCounter
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.platform.users.models import Member, User
from guildbase.services.container import BotServices
from guildbase.services.outbox import Outbox, OutboxEffect
from tests.factories import member, moderator, new_id, target

Count = Callable[[], Awaitable[list[int]]]
TABLES = (Guild, GuildCounter, User, Member, ModerationCase, AuditEntry, OutboxEffect)


@pytest.fixture
def moderation(services: BotServices) -> ModerationController:
    return services.get(ModerationController)


@pytest.fixture
def guild_id() -> int:
    return new_id()


@pytest.fixture
def rows(services: BotServices) -> Count:
    """Tells how many rows each table has."""

    async def count() -> list[int]:
        async with services.get(DatabaseManager).read_session() as session:
            counts = [select(func.count()).select_from(table) for table in TABLES]
            return [(await session.execute(statement)).scalar_one() for statement in counts]

    return count


async def test_a_warning_is_a_case_an_audit_row_and_a_promise(
    services: BotServices, moderation: ModerationController, guild_id: int, rows: Count
) -> None:
    caller, on, request_id = moderator(guild_id), target(name="Terry"), new_id()
    opened = await moderation.open_case(caller, guild_id, on, "  Spam \n", request_id=request_id)
    case = await moderation.get_case(caller, guild_id, 1)
    assert case == opened.case
    assert (case.number, case.case_type, case.state, case.notice) == (
        1,
        CaseType.WARN,
        CaseState.OPEN,
        NoticeState.PENDING,
    )
    assert (case.target_id, case.target_name) == (on.user_id, "Terry")
    assert (case.moderator_id, case.moderator_name) == (caller.user_id, "Mo Moderator")
    assert (case.reason, case.request_id) == ("Spam", request_id)

    [entry] = await services.get(AuditController).entries(SYSTEM, guild_id)
    assert (entry.action, entry.actor_id, entry.target_id) == ("moderation.warn", caller.user_id, on.user_id)
    assert (entry.reason, entry.details) == ("Spam", {"case": 1})

    [effect] = await services.get(Outbox).claim("w")
    assert effect.id == opened.effect_id
    assert (effect.kind, effect.guild_id, effect.payload) == (TELL_TARGET, guild_id, {"number": 1})
    assert await rows() == [1] * len(TABLES)


class BrokenSink:
    async def record(self, _transaction: UnitOfWork, _caller: Caller, _record: AuditRecord) -> None:
        raise OSError("the audit is full")


async def test_a_case_whose_audit_row_cannot_be_written_is_not_opened(
    services: BotServices, moderation: ModerationController, guild_id: int, rows: Count
) -> None:
    services.add(AuditSink, BrokenSink())
    with pytest.raises(OSError, match="the audit is full"):
        await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
    assert await rows() == [0] * len(TABLES)


async def test_a_case_is_not_opened_if_another_feature_objects(
    services: BotServices, moderation: ModerationController, guild_id: int, rows: Count
) -> None:
    async def object_to_it(_event: CaseOpened, _work: UnitOfWork) -> None:
        raise InvalidInput("Not on a Sunday.")

    services.get(DatabaseManager).events.inside(CaseOpened, object_to_it)
    with pytest.raises(InvalidInput, match="Sunday"):
        await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
    assert await rows() == [0] * len(TABLES)


async def test_others_hear_of_a_case_once_it_is_stored(
    services: BotServices, moderation: ModerationController, guild_id: int
) -> None:
    heard: list[Event] = []

    async def hear(event: CaseOpened) -> None:
        assert (await moderation.get_case(SYSTEM, event.guild_id, event.number)).reason == "Spam"
        heard.append(event)

    services.get(DatabaseManager).events.after_commit(CaseOpened, hear)
    await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
    assert heard == [CaseOpened(guild_id, 1)]


async def test_cases_opened_at_once_have_dense_numbers(moderation: ModerationController, guild_id: int) -> None:
    callers = [moderator(guild_id) for _ in range(3)]
    opening = (moderation.open_case(callers[n % 3], guild_id, target(), f"Spam {n}") for n in range(60))
    numbers = [opened.case.number for opened in await asyncio.gather(*opening)]
    assert sorted(numbers) == list(range(1, 61))


async def test_every_guild_numbers_its_own_cases(moderation: ModerationController) -> None:
    for guild_id in (new_id(), new_id()):
        opened = await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
        assert opened.case.number == 1


async def test_the_same_request_opens_one_case_and_uses_one_number(
    moderation: ModerationController, guild_id: int, rows: Count
) -> None:
    caller, on, request_id = moderator(guild_id), target(), new_id()
    first = await moderation.open_case(caller, guild_id, on, "Spam", request_id=request_id)
    again = await moderation.open_case(caller, guild_id, on, "Spam", request_id=request_id)
    assert again.case == first.case
    assert again.effect_id is None
    assert await rows() == [1] * len(TABLES)
    other = await moderation.open_case(caller, guild_id, on, "Spam", request_id=new_id())
    assert other.case.number == 2


async def test_regression_the_answer_to_a_repeated_request_can_be_read(
    moderation: ModerationController, guild_id: int
) -> None:
    # The second attempt is rolled back, which used to leave an empty row in the caller's hands.
    request_id = new_id()
    for _ in range(2):
        opened = await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam", request_id=request_id)
    assert (opened.case.number, opened.case.reason, opened.case.request_id) == (1, "Spam", request_id)


async def test_the_same_request_at_once_opens_one_case(
    moderation: ModerationController, guild_id: int, rows: Count
) -> None:
    caller, on, request_id = moderator(guild_id), target(), new_id()
    opening = (moderation.open_case(caller, guild_id, on, "Spam", request_id=request_id) for _ in range(12))
    results = await asyncio.gather(*opening)
    assert {opened.case.number for opened in results} == {1}
    assert len([opened for opened in results if opened.effect_id is not None]) == 1
    assert await rows() == [1] * len(TABLES)


async def test_two_guilds_may_see_the_same_request(moderation: ModerationController) -> None:
    request_id = new_id()
    for guild_id in (new_id(), new_id()):
        opened = await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam", request_id=request_id)
        assert opened.effect_id is not None


async def test_cases_without_a_request_are_never_taken_for_the_same(
    moderation: ModerationController, guild_id: int
) -> None:
    caller, on = moderator(guild_id), target()
    numbers = [(await moderation.open_case(caller, guild_id, on, "Spam")).case.number for _ in range(3)]
    assert numbers == [1, 2, 3]


@pytest.mark.parametrize("reason", ["x", "x" * MAX_REASON, "  " + "x" * MAX_REASON + "\n", "Ünï 🦀 ' \" ; --", "a\nb"])
async def test_a_good_reason_is_kept_without_the_space_around_it(
    moderation: ModerationController, guild_id: int, reason: str
) -> None:
    caller = moderator(guild_id)
    await moderation.open_case(caller, guild_id, target(), reason)
    assert (await moderation.get_case(caller, guild_id, 1)).reason == reason.strip()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("", "needs a reason"),
        (" \n\t ", "needs a reason"),
        ("x" * (MAX_REASON + 1), f"has {MAX_REASON + 1} characters; {MAX_REASON} are allowed"),
        ("a\x00b", "cannot be stored"),
        ("\x00", "cannot be stored"),
    ],
)
async def test_a_bad_reason_is_refused_before_anything_is_written(
    moderation: ModerationController, guild_id: int, rows: Count, reason: str, told: str
) -> None:
    with pytest.raises(InvalidInput, match=told) as refused:
        await moderation.open_case(moderator(guild_id), guild_id, target(), reason)
    assert refused.value.hint
    assert await rows() == [0] * len(TABLES)


async def test_long_names_are_cut(moderation: ModerationController, guild_id: int) -> None:
    caller = moderator(guild_id, name="m" * 101)
    opened = await moderation.open_case(caller, guild_id, target(name="t" * 101), "Spam")
    assert (opened.case.moderator_name, opened.case.target_name) == ("m" * 100, "t" * 100)


async def test_who_is_no_moderator_here_may_do_nothing_and_learn_nothing(
    moderation: ModerationController, guild_id: int, rows: Count
) -> None:
    await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
    before = await rows()
    for caller in (member(guild_id), moderator(new_id()), replace(moderator(guild_id), guild_id=None)):
        for attempt in (
            lambda by: moderation.open_case(by, guild_id, target(), "Spam"),
            lambda by: moderation.get_case(by, guild_id, 1),
            lambda by: moderation.get_case(by, guild_id, 99),
            lambda by: moderation.list_cases(by, guild_id),
        ):
            with pytest.raises(PermissionDenied, match="Only moderators"):
                await attempt(caller)
    assert await rows() == before


async def test_regression_only_a_moderator_or_the_platform_confirms(
    moderation: ModerationController, guild_id: int
) -> None:
    await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
    with pytest.raises(PermissionDenied):
        await moderation.confirm_case(moderator(new_id()), guild_id, 1, NoticeState.DELIVERED)
    assert (await moderation.get_case(SYSTEM, guild_id, 1)).state is CaseState.OPEN


async def test_a_target_that_stands_as_high_is_refused(
    moderation: ModerationController, guild_id: int, rows: Count
) -> None:
    with pytest.raises(PermissionDenied, match="Terry Target has a role as high"):
        await moderation.open_case(moderator(guild_id), guild_id, target(top_role=5), "Spam")
    assert await rows() == [0] * len(TABLES)


@pytest.mark.parametrize("notice", [NoticeState.DELIVERED, NoticeState.REFUSED, NoticeState.FAILED])
async def test_confirming_keeps_whether_the_member_was_told(
    moderation: ModerationController, guild_id: int, notice: NoticeState
) -> None:
    await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
    await moderation.confirm_case(SYSTEM, guild_id, 1, notice)
    await moderation.confirm_case(SYSTEM, guild_id, 1, notice)
    case = await moderation.get_case(SYSTEM, guild_id, 1)
    assert (case.state, case.notice, case.reason) == (CaseState.CONFIRMED, notice, "Spam")


@pytest.mark.parametrize("number", [-1, 0, 2, MAX_NUMBER, MAX_NUMBER + 1, 2**63])
async def test_regression_a_case_that_is_not_there_is_not_found_whatever_its_number(
    moderation: ModerationController, guild_id: int, number: int
) -> None:
    await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam")
    with pytest.raises(CaseNotFound, match=f"no case #{number} here") as refused:
        await moderation.get_case(SYSTEM, guild_id, number)
    assert refused.value.status == 404
    with pytest.raises(CaseNotFound):
        await moderation.confirm_case(SYSTEM, guild_id, number, NoticeState.DELIVERED)
    listed = await moderation.list_cases(SYSTEM, guild_id, before=number)
    assert [case.number for case in listed] == [1 for _ in range(number > 1)]


async def test_a_case_of_another_guild_is_not_found(moderation: ModerationController, guild_id: int) -> None:
    other = new_id()
    await moderation.open_case(moderator(other), other, target(), "Spam")
    with pytest.raises(CaseNotFound):
        await moderation.get_case(moderator(guild_id), guild_id, 1)
    assert await moderation.list_cases(moderator(guild_id), guild_id) == []


async def test_cases_are_listed_newest_first_in_pages(moderation: ModerationController, guild_id: int) -> None:
    caller = moderator(guild_id)
    offender, other = target(), target()
    for number in range(1, 8):
        await moderation.open_case(caller, guild_id, offender if number % 2 else other, f"Spam {number}")

    async def listed(**how: Any) -> list[int]:
        return [case.number for case in await moderation.list_cases(caller, guild_id, **how)]

    assert await listed() == [7, 6, 5, 4, 3, 2, 1]
    assert await listed(limit=3) == [7, 6, 5]
    assert await listed(limit=3, before=5) == [4, 3, 2]
    assert await listed(limit=3, before=2) == [1]
    assert await listed(before=1) == []
    assert await listed(target_id=other.user_id) == [6, 4, 2]
    assert await listed(target_id=other.user_id, before=6, limit=1) == [4]
    assert await listed(target_id=new_id()) == []
    assert await listed(moderator_id=caller.user_id, limit=2) == [7, 6]
    assert await listed(moderator_id=new_id()) == []


async def test_the_database_itself_refuses_a_second_case_for_one_request(
    services: BotServices, moderation: ModerationController, guild_id: int
) -> None:
    opened = await moderation.open_case(moderator(guild_id), guild_id, target(), "Spam", request_id=new_id())
    copy = ModerationCase(**opened.case.model_dump() | {"number": 2})
    with pytest.raises(IntegrityError):
        async with services.get(DatabaseManager).transaction() as work:
            work.session.add(copy)
