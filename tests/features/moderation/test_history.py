"""Cases are found, shown, changed, hidden and struck; what stood there before is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation import search
from guildbase.features.moderation.controller import ActionController, CaseNotFound, ModerationController
from guildbase.features.moderation.controller.actions import NotInForce
from guildbase.features.moderation.controller.history import CaseChange, HistoryController, NewEnd
from guildbase.features.moderation.controller.outcomes import OutcomeController
from guildbase.features.moderation.kinds import (
    MAX_NUMBER,
    CaseSource,
    CaseState,
    CaseType,
    NoticeState,
    PunishmentKind,
)
from guildbase.features.moderation.models import CaseRole, ModerationCase
from guildbase.features.moderation.rules import NewAction
from guildbase.features.moderation.rules.ranks import BAN_MEMBERS, MANAGE_GUILD, MODERATE_MEMBERS
from guildbase.features.moderation.search import CaseFilter
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.queries import AuditFilter
from guildbase.services.container import BotServices
from guildbase.services.idempotency import IdempotencyKey
from tests.factories import member, moderator, new_id, target

GUILD = new_id()
MOD, OTHER = moderator(GUILD), moderator(GUILD, name="Olga Other")
SENIOR = moderator(GUILD, permissions=BAN_MEMBERS | MODERATE_MEMBERS, name="Sena Senior")
ADMIN = moderator(GUILD, permissions=MANAGE_GUILD | MODERATE_MEMBERS, name="Ada Admin")


@pytest.fixture
def history(services: BotServices) -> HistoryController:
    return services.get(HistoryController)


@pytest.fixture
async def number(services: BotServices) -> int:
    """A warning of MOD's that was done."""
    return await warned(services)


async def warned(services: BotServices, by: Caller = MOD, **changes: Any) -> int:
    """Open a warning, let it be done, and put these values into its row."""
    cases = services.get(ModerationController)
    opened = await cases.open_case(by, GUILD, changes.pop("on", target()), changes.pop("reason", "Spam"))
    await cases.confirm_case(SYSTEM, GUILD, opened.case.number, NoticeState.DELIVERED)
    if changes:
        async with services.get(DatabaseManager).transaction(SYSTEM) as work:
            await ModerationCase.update_many(work.session, guild_id=GUILD, number=opened.case.number, values=changes)
    return opened.case.number


async def numbers(history: HistoryController, caller: Caller = MOD, **wanted: Any) -> list[int]:
    return [case.number for case in (await history.search(caller, GUILD, CaseFilter(**wanted))).cases]


async def test_a_changed_reason_leaves_the_old_one_in_the_history(
    services: BotServices, history: HistoryController, number: int
) -> None:
    assert (await history.edit(MOD, GUILD, number, CaseChange("  Much spam "))).is_changed
    assert not (await history.edit(MOD, GUILD, number, CaseChange("Much spam"))).is_changed
    await history.edit(SENIOR, GUILD, number, CaseChange("Spam, again"))
    file = await history.view(MOD, GUILD, number)
    assert file.case.reason == "Spam, again"
    assert [(it.edit, it.editor_name, it.field, it.before, it.after) for it in file.edits] == [
        (2, "Sena Senior", "reason", "Much spam", "Spam, again"),
        (1, "Mo Moderator", "reason", "Spam", "Much spam"),
    ]
    entries = await services.get(AuditController).entries(SYSTEM, GUILD, AuditFilter(action="moderation.case_edit"))
    assert [entry.details["reason"] for entry in entries] == [["Much spam", "Spam, again"], ["Spam", "Much spam"]]
    assert {entry.target_id for entry in entries} == {file.case.target_id}


async def test_the_copy_of_a_persons_cases_shows_the_change(
    services: BotServices, history: HistoryController, number: int
) -> None:
    cases, whom = services.get(ModerationController), (await history.view(MOD, GUILD, number)).case.target_id
    assert [it.reason for it in await cases.cases_of(MOD, GUILD, whom)] == ["Spam"]
    await history.edit(MOD, GUILD, number, CaseChange("Scam"))
    assert [it.reason for it in await cases.cases_of(MOD, GUILD, whom)] == ["Scam"]


async def test_changes_at_the_same_time_are_all_kept(history: HistoryController, number: int) -> None:
    await asyncio.gather(*(history.edit(MOD, GUILD, number, CaseChange(f"Reason {each}")) for each in range(4)))
    edits = (await history.view(MOD, GUILD, number)).edits
    assert [it.edit for it in edits] == [4, 3, 2, 1]
    assert all(newer.before == older.after for newer, older in pairwise(edits))


async def test_others_cases_are_for_seniors_and_no_case_is_for_members(history: HistoryController, number: int) -> None:
    with pytest.raises(PermissionDenied) as refused:
        await history.edit(OTHER, GUILD, number, CaseChange("x"))
    assert "Ban Members" in refused.value.hint
    for work in (
        history.hide(OTHER, GUILD, number, is_hidden=True),
        history.strike(SENIOR, GUILD, number),
        history.restore(SENIOR, GUILD, number),
    ):
        with pytest.raises(PermissionDenied):
            await work
    stranger, elsewhere = member(GUILD), replace(ADMIN, guild_id=new_id())
    for caller in (stranger, elsewhere):
        works: list[Awaitable[object]] = [
            history.search(caller, GUILD),
            history.view(caller, GUILD, number),
            history.edit(caller, GUILD, number, CaseChange("x")),
            history.edit(caller, GUILD, number, CaseChange(end=NewEnd(None))),
            history.strike(caller, GUILD, number),
        ]
        for refused_work in works:
            with pytest.raises(PermissionDenied):
                await refused_work


async def test_a_reason_that_cannot_be_kept_changes_nothing(history: HistoryController, number: int) -> None:
    for reason in ("", "  ", "x" * 1001, "a\x00b"):
        with pytest.raises(InvalidInput):
            await history.edit(MOD, GUILD, number, CaseChange(reason))
    assert (await history.view(MOD, GUILD, number)).case.reason == "Spam"


async def test_details_are_for_types_of_the_servers_own(history: HistoryController, number: int) -> None:
    with pytest.raises(InvalidInput, match="Only cases of a server's own types"):
        await history.edit(MOD, GUILD, number, CaseChange(details={"points": 1}))


async def test_a_case_that_is_not_there_is_not_found(history: HistoryController, number: int) -> None:
    for wrong in (0, -1, number + 1, MAX_NUMBER, MAX_NUMBER + 1, 2**70):
        with pytest.raises(CaseNotFound):
            await history.view(MOD, GUILD, wrong)
        with pytest.raises(CaseNotFound):
            await history.edit(MOD, GUILD, wrong, CaseChange("x"))


async def test_a_hidden_case_is_there_for_seniors_and_who_opened_it_only(
    history: HistoryController, number: int
) -> None:
    assert (await history.hide(SENIOR, GUILD, number, is_hidden=True)).is_changed
    assert not (await history.hide(SENIOR, GUILD, number, is_hidden=True)).is_changed
    for caller in (MOD, SENIOR, ADMIN, SYSTEM):
        assert (await history.view(caller, GUILD, number)).case.is_hidden
        assert await numbers(history, caller) == [number]
    with pytest.raises(CaseNotFound):
        await history.view(OTHER, GUILD, number)
    assert await numbers(history, OTHER) == await numbers(history, replace(OTHER, user_id=None)) == []
    await history.hide(SENIOR, GUILD, number, is_hidden=False)
    assert await numbers(history, OTHER) == [number]


async def test_a_struck_case_is_kept_and_can_come_back(
    services: BotServices, history: HistoryController, number: int
) -> None:
    assert (await history.strike(ADMIN, GUILD, number, "A mistake")).is_changed
    assert not (await history.strike(ADMIN, GUILD, number)).is_changed
    assert await numbers(history) == []
    assert await numbers(history, is_struck=True) == await numbers(history, is_struck=None) == [number]
    assert (await history.view(MOD, GUILD, number)).case.deleted_at is not None
    with pytest.raises(Conflict, match="is struck"):
        await history.edit(MOD, GUILD, number, CaseChange("x"))
    assert await warned(services) == number + 1
    assert (await history.restore(ADMIN, GUILD, number)).is_changed
    assert await numbers(history) == [number + 1, number]
    assert [it.field for it in (await history.view(MOD, GUILD, number)).edits] == ["deleted_at", "deleted_at"]
    (entry,) = await services.get(AuditController).entries(SYSTEM, GUILD, AuditFilter(action="moderation.case_strike"))
    assert entry.reason == "A mistake"


async def test_plain_lists_keep_what_is_hidden_from_those_who_may_not_see_it(
    services: BotServices, history: HistoryController, number: int
) -> None:
    cases, whom = services.get(ModerationController), (await history.view(MOD, GUILD, number)).case.target_id
    assert [it.number for it in await cases.cases_of(OTHER, GUILD, whom)] == [number]
    await history.hide(SENIOR, GUILD, number, is_hidden=True)
    assert await cases.cases_of(OTHER, GUILD, whom) == ()
    for caller, found in ((OTHER, []), (MOD, [number]), (SENIOR, [number])):
        assert [it.number for it in await cases.list_cases(caller, GUILD)] == found
    with pytest.raises(CaseNotFound):
        await cases.get_case(OTHER, GUILD, number)
    assert (await cases.get_case(MOD, GUILD, number)).is_hidden
    await history.hide(SENIOR, GUILD, number, is_hidden=False)
    await history.strike(ADMIN, GUILD, number)
    assert await cases.cases_of(OTHER, GUILD, whom) == ()


async def test_what_is_under_way_or_still_lasts_cannot_be_struck(
    services: BotServices, history: HistoryController
) -> None:
    new = NewAction(CaseType.TEMPBAN, target(), "Spam", timedelta(days=1))
    number = (await services.get(ActionController).act(SENIOR, GUILD, new)).case.number
    with pytest.raises(Conflict, match="under way"):
        await history.strike(ADMIN, GUILD, number)
    async with services.get(DatabaseManager).transaction(SYSTEM) as work:
        values = {"state": CaseState.CONFIRMED}
        await ModerationCase.update_many(work.session, guild_id=GUILD, number=number, values=values)
    with pytest.raises(Conflict, match="still lasts") as refused:
        await history.strike(ADMIN, GUILD, number)
    assert "/unban" in refused.value.hint


async def test_what_decides_again_if_its_end_fails_cannot_be_struck(
    services: BotServices, history: HistoryController
) -> None:
    whom, actions, outcomes = target(), services.get(ActionController), services.get(OutcomeController)
    ban = (await actions.act(SENIOR, GUILD, NewAction(CaseType.BAN, whom, "Spam"))).case.number
    await outcomes.settle(GUILD, ban, was_done=True)
    unban = (await actions.act(SENIOR, GUILD, NewAction(CaseType.UNBAN, whom, "Sorry"))).case.number
    with pytest.raises(Conflict, match="under way"):
        await history.strike(ADMIN, GUILD, ban)
    await outcomes.fail(GUILD, unban, "Discord refused it.")
    assert (await actions.governing(GUILD, whom.user_id))[PunishmentKind.BAN].number == ban
    again = (await actions.act(SENIOR, GUILD, NewAction(CaseType.UNBAN, whom, "Sorry"))).case.number
    await outcomes.settle(GUILD, again, was_done=True)
    assert (await history.strike(ADMIN, GUILD, ban)).is_changed


async def test_another_end_is_kept_in_the_history(services: BotServices, history: HistoryController) -> None:
    new = NewAction(CaseType.TEMPBAN, target(), "Spam", timedelta(days=1))
    case = (await services.get(ActionController).act(SENIOR, GUILD, new)).case
    with pytest.raises(PermissionDenied):
        await history.edit(OTHER, GUILD, case.number, CaseChange(end=NewEnd(None)))
    end = utcnow() + timedelta(days=9)
    assert (await history.edit(SENIOR, GUILD, case.number, CaseChange(end=NewEnd(end)))).is_changed
    assert not (await history.edit(SENIOR, GUILD, case.number, CaseChange(end=NewEnd(end)))).is_changed
    [edit] = (await history.view(SENIOR, GUILD, case.number)).edits
    assert (edit.field, edit.after) == ("expires_at", end.isoformat())
    await history.edit(SENIOR, GUILD, case.number, CaseChange("Scam", end=NewEnd(None)))
    file = await history.view(SENIOR, GUILD, case.number)
    assert (file.case.expires_at, file.case.reason) == (None, "Scam")
    assert [(it.edit, it.field, it.after) for it in file.edits[:2]] == [(3, "reason", "Scam"), (2, "expires_at", "")]


async def test_a_change_of_which_one_part_cannot_be_is_not_made_at_all(
    services: BotServices, history: HistoryController, number: int
) -> None:
    with pytest.raises(NotInForce):
        await history.edit(MOD, GUILD, number, CaseChange("Scam", end=NewEnd(utcnow() + timedelta(days=1))))
    new = NewAction(CaseType.TEMPBAN, target(), "Spam", timedelta(days=1))
    ban = (await services.get(ActionController).act(SENIOR, GUILD, new)).case
    with pytest.raises(InvalidInput):
        await history.edit(SENIOR, GUILD, ban.number, CaseChange("Scam", end=NewEnd(utcnow() - timedelta(days=1))))
    for each in (number, ban.number):
        file = await history.view(SENIOR, GUILD, each)
        assert (file.case.reason, file.edits) == ("Spam", [])


async def test_two_who_change_the_end_at_once_are_both_in_the_history(
    services: BotServices, history: HistoryController
) -> None:
    new = NewAction(CaseType.TEMPBAN, target(), "Spam", timedelta(days=1))
    number = (await services.get(ActionController).act(SENIOR, GUILD, new)).case.number
    changes = [CaseChange(f"Reason {days}", end=NewEnd(utcnow() + timedelta(days=days))) for days in range(2, 6)]
    await asyncio.gather(*(history.edit(SENIOR, GUILD, number, change) for change in changes))
    assert [it.edit for it in (await history.view(SENIOR, GUILD, number)).edits] == [*range(8, 0, -1)]


async def test_a_case_is_shown_with_the_roles_that_are_kept(
    services: BotServices, history: HistoryController, number: int
) -> None:
    roles = [new_id(), new_id()]
    async with services.get(DatabaseManager).transaction(SYSTEM) as work:
        work.session.add_all(CaseRole(guild_id=GUILD, number=number, role_id=role_id) for role_id in roles)
    assert (await history.view(MOD, GUILD, number)).role_ids == roles


async def test_the_same_request_changes_a_case_once(history: HistoryController, number: int) -> None:
    key = IdempotencyKey.of("k", b"first")
    first = await history.edit(MOD, GUILD, number, CaseChange("Scam"), key=key)
    assert await history.edit(MOD, GUILD, number, CaseChange("Scam"), key=key) == first
    assert len((await history.view(MOD, GUILD, number)).edits) == 1


async def test_cases_are_found_by_whatever_is_known_of_them(services: BotServices, history: HistoryController) -> None:
    whom, now = target(), utcnow()
    day = timedelta(days=1)
    await warned(services, on=whom, reason="Old 100% spam", created_at=now - 9 * day)
    await warned(services, SENIOR, reason="under_score", state=CaseState.FAILED, created_at=now - 5 * day)
    await warned(services, on=whom, source=CaseSource.AUTOMOD, created_at=now - 3 * day)
    await warned(services, case_type=CaseType.CUSTOM, custom_type="scam", reason="SPAM links")
    await warned(services, case_type=CaseType.KICK, on=whom, state=CaseState.EXPIRED)
    expected: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [5, 4, 3, 2, 1]),
        ({"target_id": whom.user_id}, [5, 3, 1]),
        ({"moderator_id": SENIOR.user_id}, [2]),
        ({"case_type": CaseType.KICK}, [5]),
        ({"case_type": CaseType.WARN}, [3, 2, 1]),
        ({"custom_type": "scam"}, [4]),
        ({"state": CaseState.FAILED}, [2]),
        ({"state": CaseState.CONFIRMED}, [4, 3, 1]),
        ({"source": CaseSource.AUTOMOD}, [3]),
        ({"source": CaseSource.COMMAND}, [5, 4, 2, 1]),
        ({"since": now - 6 * day}, [5, 4, 3, 2]),
        ({"until": now - 4 * day}, [2, 1]),
        ({"since": now - 6 * day, "until": now - 2 * day}, [3, 2]),
        ({"since": now + day}, []),
        ({"until": now - 99 * day}, []),
        ({"words": "spam"}, [5, 4, 3, 1]),
        ({"words": "100%"}, [1]),
        ({"words": "r_s"}, [2]),
        ({"words": "%"}, [1]),
        ({"words": "spam", "target_id": whom.user_id, "until": now - day}, [3, 1]),
        ({"state": CaseState.FAILED, "moderator_id": MOD.user_id}, []),
    ]
    for wanted, found in expected:
        assert await numbers(history, **wanted) == found, wanted


async def test_pages_follow_each_other_to_the_oldest_case(services: BotServices, history: HistoryController) -> None:
    for _ in range(5):
        await warned(services)
    seen, before = [], None
    for _ in range(3):
        page = await history.search(MOD, GUILD, before=before, limit=2)
        seen.append([case.number for case in page.cases])
        before = page.next_before
    assert (seen, before) == ([[5, 4], [3, 2], [1]], None)


async def test_a_page_looks_at_so_many_cases_and_says_where_to_look_on(
    services: BotServices, history: HistoryController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_LOOKED_AT", 3)
    await warned(services, reason="the needle")
    for _ in range(6):
        await warned(services)
    wanted, pages, before = CaseFilter(words="needle", case_type=CaseType.WARN), [], None
    while True:
        page = await history.search(MOD, GUILD, wanted, before=before, limit=20)
        pages.append(([case.number for case in page.cases], page.next_before))
        if (before := page.next_before) is None:
            break
    assert pages == [([], 5), ([], 2), ([1], None)]
