"""Reports and appeals in both databases: rights, limits, duplicates, and all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from guildbase.api.app import create_app
from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied, RateLimited
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.features.moderation.controller import ActionController, CaseNotFound, ModerationController, Recorded
from guildbase.features.moderation.kinds import CaseSource, CaseType, NoticeState, PunishmentKind
from guildbase.features.moderation.rules import NewAction
from guildbase.features.reports.controller import AppealController, FilingController, QueueController, ReportNotFound
from guildbase.features.reports.controller.filing import NewReport
from guildbase.features.reports.controller.queue import Closing
from guildbase.features.reports.kinds import STRIKE, TELL, Happening, Outcome, ReportKind, ReportState
from guildbase.features.reports.models import Report, ReportEvent
from guildbase.features.reports.views.texts import told_text
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.services.outbox import Outbox
from tests.factories import member, moderator, new_id, target
from tests.waiting import until

ON_ONE = pytest.mark.databases("sqlite")
"""For what has nothing to do with how a database locks or sorts."""
SYSTEM_BY = Caller(user_id=1128754567890123457, name="Ada", is_system=True)


@pytest.fixture
async def guild_id(services: BotServices) -> int:
    """A server that takes reports and appeals."""
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    channels = {"report_channel": str(new_id()), "appeal_channel": str(new_id())}
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "reports", channels)
    return guild_id


@pytest.fixture
def filing(services: BotServices) -> FilingController:
    return services.get(FilingController)


@pytest.fixture
def queue(services: BotServices) -> QueueController:
    return services.get(QueueController)


@pytest.fixture
def appeals(services: BotServices) -> AppealController:
    return services.get(AppealController)


def about(**changes: Any) -> NewReport:
    return replace(NewReport(new_id(), "Offender", "spam"), **changes)


async def effects(services: BotServices, kind: str) -> list[dict[str, Any]]:
    return [effect.payload for effect in await services.get(Outbox).claim("w") if effect.kind == kind]


async def banned(services: BotServices, guild_id: int) -> tuple[Caller, int]:
    """Return somebody who was banned, and the number of the case."""
    whom = member(guild_id)
    assert whom.user_id is not None
    done = Recorded(CaseType.BAN, whom.user_id, whom.name, new_id(), "Mo", "raid", new_id())
    opened = await services.get(ActionController).record(guild_id, done)
    return Caller(user_id=whom.user_id, name=whom.name), opened.case.number


async def test_reports_of_the_same_at_the_same_moment_are_one(
    filing: FilingController, queue: QueueController, guild_id: int
) -> None:
    new = about(message_id=new_id(), channel_id=new_id(), evidence="buy\x00gold")
    callers = [member(guild_id) for _ in range(4)]
    filed = await asyncio.gather(*(filing.report(caller, guild_id, new) for caller in callers))
    assert sorted(it.is_new for it in filed) == [False, False, False, True]
    entry = await queue.entry(SYSTEM, guild_id, 1)
    assert entry.report.evidence == "buygold"
    assert [it.position for it in entry.events] == [1, 2, 3, 4]
    # The person as such, and another message, are something else; so is the same when it is closed.
    assert (await filing.report(callers[0], guild_id, replace(new, message_id=None))).report.number == 2
    assert (await filing.report(callers[0], guild_id, replace(new, message_id=new_id()))).report.number == 3
    await queue.finish(SYSTEM, guild_id, 1, Closing(Outcome.DISMISSED))
    assert (await filing.report(callers[1], guild_id, new)).report.number == 4


@ON_ONE
async def test_who_reports_too_often_is_slowed_down(filing: FilingController, guild_id: int) -> None:
    caller = member(guild_id)
    for _ in range(5):
        await filing.report(caller, guild_id, about())
    with pytest.raises(RateLimited):
        await filing.report(caller, guild_id, about())
    await filing.report(member(guild_id), guild_id, about())


@ON_ONE
async def test_what_cannot_be_reported_is_not_stored(
    services: BotServices, filing: FilingController, queue: QueueController, guild_id: int
) -> None:
    with pytest.raises(InvalidInput):
        await filing.report(member(guild_id), guild_id, about(reason=" "))
    with pytest.raises(PermissionDenied):
        await filing.report(member(guild_id), guild_id, about(is_bot=True))
    elsewhere = new_id()
    with pytest.raises(PermissionDenied, match="takes no reports"):
        await filing.report(member(elsewhere), elsewhere, about())
    assert await queue.page(SYSTEM, guild_id) == []


@ON_ONE
async def test_only_the_staff_sees_and_decides(filing: FilingController, queue: QueueController, guild_id: int) -> None:
    nosy = member(guild_id)
    await filing.report(nosy, guild_id, about())
    with pytest.raises(PermissionDenied):
        await queue.page(nosy, guild_id)
    with pytest.raises(PermissionDenied):
        await queue.entry(nosy, guild_id, 1)
    with pytest.raises(PermissionDenied):
        await queue.claim(nosy, guild_id, 1)
    with pytest.raises(PermissionDenied):
        await queue.ask(nosy, guild_id, 1, "?")
    with pytest.raises(PermissionDenied):
        await queue.finish(nosy, guild_id, 1, Closing(Outcome.DISMISSED))
    assert (await queue.entry(SYSTEM, guild_id, 1)).report.state is ReportState.OPEN


@ON_ONE
async def test_nobody_of_the_staff_decides_about_themselves(
    services: BotServices, filing: FilingController, queue: QueueController, appeals: AppealController, guild_id: int
) -> None:
    staff = moderator(guild_id)
    assert staff.user_id is not None
    await filing.report(member(guild_id), guild_id, about(target_id=staff.user_id))
    done = Recorded(CaseType.WARN, staff.user_id, staff.name, new_id(), "Boss", "rude", new_id())
    warned = await services.get(ActionController).record(guild_id, done)
    await appeals.appeal(staff, guild_id, warned.case.number, "please")
    for attempt in (
        queue.claim(staff, guild_id, 1),
        queue.finish(staff, guild_id, 1, Closing(Outcome.DISMISSED)),
        appeals.accept(staff, guild_id, 2),
    ):
        with pytest.raises(Conflict, match="about you"):
            await attempt


@ON_ONE
async def test_nobody_is_said_to_be_punished_without_a_case(
    filing: FilingController, queue: QueueController, guild_id: int
) -> None:
    await filing.report(member(guild_id), guild_id, about())
    for outcome in (Outcome.WARNED, Outcome.TIMED_OUT, Outcome.BANNED):
        with pytest.raises(InvalidInput, match="cannot end like that"):
            await queue.finish(SYSTEM, guild_id, 1, Closing(outcome))


def test_what_is_told_fits_a_message() -> None:
    now = utcnow()
    report = Report(guild_id=new_id(), number=1, kind=ReportKind.MEMBER, target_id=new_id())
    event = ReportEvent(
        guild_id=report.guild_id, number=1, position=1, happening=Happening.ASKED, text="*" * 1000, happened_at=now
    )
    assert len(told_text(report, event, "*" * 100)) == 2000


@ON_ONE
@pytest.mark.parametrize("number", [0, 2, 2**31])
async def test_a_number_that_is_not_there_is_said_to_be_not_there(
    queue: QueueController, guild_id: int, number: int
) -> None:
    with pytest.raises(ReportNotFound):
        await queue.entry(SYSTEM, guild_id, number)


async def test_what_is_closed_stays_closed(filing: FilingController, queue: QueueController, guild_id: int) -> None:
    reporter = member(guild_id)
    await filing.report(reporter, guild_id, about())
    with pytest.raises(InvalidInput):
        await queue.finish(SYSTEM, guild_id, 1, Closing(Outcome.ACCEPTED))
    closed = await asyncio.gather(
        *(queue.finish(moderator(guild_id), guild_id, 1, Closing(Outcome.DISMISSED, "ok")) for _ in range(3)),
        return_exceptions=True,
    )
    assert sorted(isinstance(it, Conflict) for it in closed) == [False, True, True]
    with pytest.raises(Conflict):
        await filing.answer(reporter, guild_id, 1, "but")
    assert [it.number for it in await queue.page(SYSTEM, guild_id, state=ReportState.CLOSED)] == [1]
    assert await queue.page(SYSTEM, guild_id) == []


async def test_a_punishment_that_is_refused_leaves_the_report_open(
    services: BotServices, filing: FilingController, queue: QueueController, guild_id: int
) -> None:
    await filing.report(member(guild_id), guild_id, about())
    by = moderator(guild_id)
    above = NewAction(CaseType.WARN, target(top_role=9), "spam", source=CaseSource.REPORT)
    with pytest.raises(PermissionDenied):
        await queue.finish(by, guild_id, 1, Closing(Outcome.WARNED, action=above))
    assert (await queue.entry(by, guild_id, 1)).report.state is ReportState.OPEN
    whom = target()
    warning = NewAction(CaseType.WARN, whom, "spam", source=CaseSource.REPORT)
    closed = await queue.finish(by, guild_id, 1, Closing(Outcome.WARNED, action=warning))
    assert (closed.case_number, closed.outcome) == (1, Outcome.WARNED)
    case = await services.get(ModerationController).get_case(SYSTEM, guild_id, 1)
    assert (case.source, case.target_id) == (CaseSource.REPORT, whom.user_id)


@ON_ONE
async def test_only_who_wants_to_hear_is_told(
    services: BotServices, filing: FilingController, queue: QueueController, guild_id: int
) -> None:
    new = about()
    for wants_answer in (False, True, False):
        await filing.report(member(guild_id), guild_id, replace(new, wants_answer=wants_answer))
    await queue.finish(SYSTEM, guild_id, 1, Closing(Outcome.DISMISSED))
    assert await effects(services, TELL) == [{"number": 1, "about": 4, "to": 2}]


@ON_ONE
async def test_answers_come_from_who_wrote(filing: FilingController, queue: QueueController, guild_id: int) -> None:
    reporter = member(guild_id)
    await filing.report(reporter, guild_id, about())
    await queue.ask(moderator(guild_id), guild_id, 1, "Where?")
    with pytest.raises(PermissionDenied):
        await filing.answer(member(guild_id), guild_id, 1, "Here")
    await filing.answer(reporter, guild_id, 1, "Here")
    events = (await queue.entry(SYSTEM, guild_id, 1)).events
    assert [it.happening for it in events] == [Happening.FILED, Happening.ASKED, Happening.ANSWERED]


async def test_an_accepted_appeal_lifts_the_ban(
    services: BotServices, appeals: AppealController, queue: QueueController, guild_id: int
) -> None:
    whom, number = await banned(services, guild_id)
    report = await appeals.appeal(whom, guild_id, number, "I was not there")
    assert (report.kind, report.case_number, report.target_id) == (ReportKind.APPEAL, number, whom.user_id)
    with pytest.raises(Conflict, match="appealed this already"):
        await appeals.appeal(whom, guild_id, number, "Again")
    await appeals.accept(SYSTEM_BY, guild_id, report.number, "Sorry")
    assert whom.user_id is not None
    governing = await services.get(ActionController).governing(guild_id, whom.user_id)
    assert PunishmentKind.BAN not in governing
    lifted = await services.get(ModerationController).get_case(SYSTEM, guild_id, number + 1)
    assert (lifted.case_type, lifted.source, lifted.reason) == (CaseType.UNBAN, CaseSource.APPEAL, "Sorry")
    # What is lifted already is not lifted twice.
    with pytest.raises(Conflict):
        await appeals.accept(SYSTEM_BY, guild_id, report.number)


async def test_an_accepted_appeal_against_a_warning_has_it_struck(
    services: BotServices, appeals: AppealController, guild_id: int
) -> None:
    cases, whom = services.get(ModerationController), member(guild_id)
    assert whom.user_id is not None
    on = target(user_id=whom.user_id)
    number = (await cases.open_case(moderator(guild_id), guild_id, on, "spam")).case.number
    await cases.confirm_case(SYSTEM, guild_id, number, NoticeState.DELIVERED)
    report = await appeals.appeal(whom, guild_id, number, "It was not me")
    await appeals.accept(SYSTEM_BY, guild_id, report.number)
    assert await effects(services, STRIKE) == [{"case": number}]


async def test_a_rejected_appeal_can_be_repeated_later_only(
    services: BotServices, appeals: AppealController, queue: QueueController, guild_id: int
) -> None:
    whom, number = await banned(services, guild_id)
    report = await appeals.appeal(whom, guild_id, number, "Please")
    await queue.finish(SYSTEM, guild_id, report.number, Closing(Outcome.REJECTED, "No"))
    with pytest.raises(Conflict, match="was rejected"):
        await appeals.appealable(whom, guild_id, number)
    await services.get(ConfigurationController).change(SYSTEM, guild_id, "reports", {"appeal_wait": "1s"})

    async def again() -> bool:
        try:
            return (await appeals.appealable(whom, guild_id, number)).number == number
        except Conflict:
            return False

    await until(again)


@ON_ONE
async def test_others_cases_cannot_be_appealed(services: BotServices, appeals: AppealController, guild_id: int) -> None:
    _whom, number = await banned(services, guild_id)
    with pytest.raises(CaseNotFound):
        await appeals.appealable(member(guild_id), guild_id, number)
    elsewhere = new_id()
    with pytest.raises(PermissionDenied, match="takes no appeals"):
        await appeals.appealable(member(elsewhere), elsewhere, 1)


@ON_ONE
async def test_what_is_over_is_accepted_without_lifting_anything(
    services: BotServices, appeals: AppealController, queue: QueueController, guild_id: int
) -> None:
    whom = member(guild_id)
    assert whom.user_id is not None
    done = Recorded(CaseType.KICK, whom.user_id, whom.name, new_id(), "Mo", "raid", new_id())
    number = (await services.get(ActionController).record(guild_id, done)).case.number
    report = await appeals.appeal(whom, guild_id, number, "Please")
    assert (await appeals.accept(SYSTEM_BY, guild_id, report.number)).outcome is Outcome.ACCEPTED
    assert len(await services.get(ModerationController).list_cases(SYSTEM, guild_id)) == 1
    # A report is not accepted.
    await services.get(FilingController).report(member(guild_id), guild_id, about())
    with pytest.raises(InvalidInput):
        await appeals.accept(SYSTEM_BY, guild_id, report.number + 1)


@pytest.fixture
async def client(services: BotServices) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the real application."""
    transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=False)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as made:
        yield made


@ON_ONE
async def test_the_queue_is_read_and_worked_through_over_http(
    client: httpx.AsyncClient, services: BotServices, filing: FilingController, guild_id: int
) -> None:
    for _ in range(3):
        await filing.report(member(guild_id), guild_id, about())
    page = (await client.get(f"/guilds/{guild_id}/reports", params={"limit": 2})).json()
    assert ([it["number"] for it in page["reports"]], page["next_after"]) == ([3, 2], "2")
    rest = (await client.get(f"/guilds/{guild_id}/reports", params={"after": 2, "kind": "member"})).json()
    assert ([it["number"] for it in rest["reports"]], rest["next_after"]) == ([1], None)
    one = (await client.get(f"/guilds/{guild_id}/reports/1")).json()
    assert (one["state"], one["claimed_by"], isinstance(one["target_id"], str)) == ("open", None, True)
    happened = (await client.get(f"/guilds/{guild_id}/reports/1/events")).json()
    assert ([it["happening"] for it in happened["events"]], happened["next_after"]) == (["filed"], None)
    closing = {"outcome": "dismissed", "note": "fine"}
    closed = (await client.post(f"/guilds/{guild_id}/reports/1/close", json=closing)).json()
    happened = (await client.get(f"/guilds/{guild_id}/reports/1/events")).json()
    assert (closed["outcome"], happened["events"][-1]["text"]) == ("dismissed", "fine")
    assert (await client.get(f"/guilds/{guild_id}/reports/9/events")).status_code == 404
    again = await client.post(f"/guilds/{guild_id}/reports/1/close", json=closing)
    assert again.status_code == 409
    assert (await client.get(f"/guilds/{guild_id}/reports/9")).status_code == 404
    whom, number = await banned(services, guild_id)
    await services.get(AppealController).appeal(whom, guild_id, number, "Please")
    accepted = await client.post(f"/guilds/{guild_id}/reports/4/close", json={"outcome": "accepted"})
    assert accepted.status_code == 200, accepted.text


async def test_two_appeals_at_the_same_moment_are_one(
    services: BotServices, appeals: AppealController, guild_id: int
) -> None:
    whom, number = await banned(services, guild_id)
    sent = await asyncio.gather(
        *(appeals.appeal(whom, guild_id, number, "Please") for _ in range(3)), return_exceptions=True
    )
    assert sorted(isinstance(it, Conflict) for it in sent) == [False, True, True]


@ON_ONE
async def test_who_waits_for_nothing_is_asked_nothing(
    services: BotServices, appeals: AppealController, queue: QueueController, guild_id: int
) -> None:
    whom, number = await banned(services, guild_id)
    assert await appeals.open_question(whom, guild_id, number) is None
    await appeals.appeal(whom, guild_id, number, "Please")
    assert await appeals.open_question(whom, guild_id, number) is None
    await queue.ask(SYSTEM_BY, guild_id, 1, "Why?")
    found = await appeals.open_question(whom, guild_id, number)
    assert found is not None
    assert (found[0].number, found[1]) == (1, "Why?")
    assert await appeals.open_question(member(guild_id), guild_id, number) is None
