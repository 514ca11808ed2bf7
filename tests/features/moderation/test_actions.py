"""Acting on people: rights, what replaces what, repeated requests, ends and what was done by hand."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.core.errors import GuildbaseError, InvalidInput, PermissionDenied
from guildbase.core.ports import ADMINISTRATOR, SYSTEM, Caller
from guildbase.core.snowflake import DISCORD_EPOCH_MS
from guildbase.core.targets import BotStanding, Target
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller import (
    ActionController,
    CaseNotFound,
    ModerationController,
    OpenedCase,
    Recorded,
)
from guildbase.features.moderation.controller.actions import NotInForce
from guildbase.features.moderation.controller.outcomes import OutcomeController
from guildbase.features.moderation.controller.punishments import AlreadySo
from guildbase.features.moderation.jobs.expiry import expire
from guildbase.features.moderation.kinds import (
    ENFORCE,
    EXPIRE,
    TELL_TARGET,
    CaseSource,
    CaseState,
    CaseType,
    NoticeState,
    PunishmentKind,
)
from guildbase.features.moderation.models import CaseEdit, Punishment
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueItem, DueState
from guildbase.services.due_work.attempts import attempt
from guildbase.services.due_work.claims import Claims
from guildbase.services.outbox import Outbox
from tests.factories import moderator, new_id, target

HOUR = timedelta(hours=1)


class Staff:
    """A moderator of one guild, with all that a test looks at."""

    def __init__(self, services: BotServices) -> None:
        self.services, self.guild_id = services, new_id()
        self.actions, self.outcomes = services.get(ActionController), services.get(OutcomeController)
        self.caller: Caller = moderator(self.guild_id, permissions=ADMINISTRATOR)
        self.on: Target = target()

    async def acts(self, case_type: CaseType, **more: Any) -> OpenedCase:
        new = NewAction(case_type, more.pop("target", self.on), more.pop("reason", "Spam"), **more)
        return await self.actions.act(self.caller, self.guild_id, new)

    async def by_hand(self, case_type: CaseType, entry_id: int | None = None) -> OpenedCase:
        done = Recorded(case_type, self.on.user_id, "Terry", new_id(), "Ada", "By hand", entry_id or new_id())
        return await self.actions.record(self.guild_id, done)

    async def case(self, number: int) -> Any:
        return await self.services.get(ModerationController).get_case(SYSTEM, self.guild_id, number)

    async def in_force(self) -> dict[PunishmentKind, int]:
        found = await self.actions.governing(self.guild_id, self.on.user_id)
        return {kind: row.number for kind, row in found.items()}

    async def work_is_done(self) -> None:
        claims = Claims(self.services.get(DatabaseManager), "worker")
        for claim in await claims.claim([EXPIRE], 50):
            await attempt(self.services, claims, claim, expire)

    async def scheduled(self) -> list[int]:
        async with self.services.get(DatabaseManager).read_session() as session:
            open_work = (col(DueItem.guild_id) == self.guild_id, col(DueItem.state) == DueState.PENDING)
            rows = await session.execute(select(col(DueItem.payload)).where(*open_work))
            return sorted(payload["number"] for payload in rows.scalars())


@pytest.fixture
def staff(services: BotServices) -> Staff:
    return Staff(services)


async def test_a_ban_is_a_case_that_governs_an_audit_row_and_a_promise(staff: Staff) -> None:
    opened = await staff.acts(CaseType.TEMPBAN, duration=HOUR, details={"delete_seconds": 60}, is_hidden=True)
    case = await staff.case(1)
    assert case == opened.case
    assert (case.state, case.notice, case.source) == (CaseState.OPEN, NoticeState.PENDING, CaseSource.COMMAND)
    assert (case.is_hidden, case.details, case.expires_at) == (True, {"delete_seconds": 60}, case.created_at + HOUR)
    assert await staff.in_force() == {PunishmentKind.BAN: 1}
    assert await staff.scheduled() == [1]
    [effect] = await staff.services.get(Outbox).claim("w")
    assert (effect.id, effect.kind, effect.payload) == (opened.effect_id, ENFORCE, {"number": 1})
    [entry] = await staff.services.get(AuditController).entries(SYSTEM, staff.guild_id)
    assert (entry.action, entry.details) == ("moderation.tempban", {"case": 1})


async def test_a_warning_goes_the_short_way_or_with_more_to_it_the_long_one(staff: Staff) -> None:
    plain = await staff.acts(CaseType.WARN)
    silent = await staff.acts(CaseType.WARN, is_silent=True, source=CaseSource.AUTOMOD)
    assert (plain.case.notice, silent.case.notice) == (NoticeState.PENDING, NoticeState.NONE)
    assert {effect.kind for effect in await staff.services.get(Outbox).claim("w")} == {TELL_TARGET}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((CaseType.TEMPBAN, HOUR), (CaseType.BAN, None)),
        ((CaseType.BAN, None), (CaseType.TEMPBAN, HOUR)),
        ((CaseType.TIMEOUT, HOUR), (CaseType.TIMEOUT, 2 * HOUR)),
    ],
    ids=["longer", "shorter", "again"],
)
async def test_a_newer_decision_replaces_the_older(
    staff: Staff, first: tuple[CaseType, timedelta | None], second: tuple[CaseType, timedelta | None]
) -> None:
    await staff.acts(first[0], duration=first[1])
    opened = await staff.acts(second[0], duration=second[1])
    assert opened.replaced == 1
    assert set((await staff.in_force()).values()) == {2}
    older = await staff.case(1)
    assert older.ending_case == 2
    assert older.ended_at is not None
    assert await staff.scheduled() == ([2] if second[1] else [])


async def test_what_would_change_nothing_is_refused_and_uses_no_number(staff: Staff) -> None:
    await staff.acts(CaseType.BAN)
    for again in (CaseType.BAN, CaseType.HACKBAN, CaseType.SOFTBAN):
        with pytest.raises(AlreadySo, match="Case #1 does that already"):
            await staff.acts(again)
    with pytest.raises(AlreadySo, match="not in jail"):
        await staff.acts(CaseType.UNJAIL)
    assert (await staff.acts(CaseType.WARN)).case.number == 2


async def test_a_mute_needs_the_role_that_it_gives(staff: Staff) -> None:
    with pytest.raises(InvalidInput, match="has not set which role"):
        await staff.acts(CaseType.MUTE)
    assert (await staff.acts(CaseType.UNMUTE)).case.details == {}
    roles = [str(new_id()), str(new_id())]
    for role_id in roles:
        values = {"mute_role": role_id}
        await staff.services.get(ConfigurationController).change(SYSTEM, staff.guild_id, "moderation", values)
        await staff.acts(CaseType.MUTE, duration=HOUR)
    # They have the first role, whatever the setting says by now.
    assert (await staff.acts(CaseType.UNMUTE)).case.details == {"role_id": roles[0]}


async def test_the_same_request_at_once_is_one_case_and_one_promise(staff: Staff) -> None:
    request_id = new_id()
    acting = (staff.acts(CaseType.TEMPBAN, duration=HOUR, request_id=request_id) for _ in range(6))
    opened = await asyncio.gather(*acting)
    assert {one.case.number for one in opened} == {1}
    assert len([one for one in opened if one.effect_id is not None]) == 1


async def test_bans_and_unbans_of_one_person_at_once_leave_one_that_decides(staff: Staff) -> None:
    types = [CaseType.TEMPBAN, CaseType.UNBAN] * 5
    acting = (staff.acts(it, duration=HOUR if it is CaseType.TEMPBAN else None) for it in types)
    opened = await asyncio.gather(*acting)
    assert sorted(one.case.number for one in opened) == list(range(1, 11))
    last = max(opened, key=lambda one: one.case.number)
    expected = {PunishmentKind.BAN: 10} if last.case.case_type is CaseType.TEMPBAN else {}
    assert await staff.in_force() == expected


async def test_of_many_each_is_judged_by_itself(staff: Staff) -> None:
    people = [target(), target(top_role=9), target(is_guild_owner=True), target()]
    news = [NewAction(CaseType.BAN, person, "Raid") for person in people]
    results = await staff.actions.act_on_many(staff.caller, staff.guild_id, news)
    assert [isinstance(result, GuildbaseError) for result in results] == [False, True, True, False]


async def test_an_action_may_be_part_of_another_transaction(staff: Staff) -> None:
    await staff.services.get(GuildController).run(
        SYSTEM, lambda work: staff.services.get(GuildController).ensure(work, staff.guild_id)
    )
    new = NewAction(CaseType.BAN, staff.on, "Spam")

    async def act_and(work: UnitOfWork, *, fails: bool) -> None:
        await staff.actions.act_in(work, staff.caller, staff.guild_id, new)
        if fails:
            raise InvalidInput("Not today.")

    for fails in (True, False):
        async with staff.actions.changing(staff.guild_id, staff.on.user_id):
            try:
                await staff.actions.run(SYSTEM, lambda work, fails=fails: act_and(work, fails=fails))  # type: ignore[misc]
            except InvalidInput:
                assert await staff.in_force() == {}
    assert await staff.in_force() == {PunishmentKind.BAN: 1}


async def test_what_was_done_by_hand_is_a_case_once(staff: Staff) -> None:
    entry_id = new_id()
    for _ in range(2):
        opened = await staff.by_hand(CaseType.BAN, entry_id)
        assert (opened.case.number, opened.case.state) == (1, CaseState.CONFIRMED)
    assert await staff.in_force() == {PunishmentKind.BAN: 1}
    assert await staff.services.get(Outbox).claim("w") == []
    assert (await staff.by_hand(CaseType.UNBAN)).replaced == 1
    assert await staff.in_force() == {}
    assert (await staff.by_hand(CaseType.UNBAN)).replaced is None
    assert (await staff.by_hand(CaseType.KICK)).case.number == 4


async def test_a_ban_by_hand_of_which_discord_tells_late_does_not_undo_the_unban(staff: Staff) -> None:
    before = (int(utcnow().timestamp() * 1000) - 60_000 - DISCORD_EPOCH_MS) << 22
    await staff.acts(CaseType.UNBAN)
    late = await staff.by_hand(CaseType.BAN, before)
    assert (late.case.state, late.case.ending_case) == (CaseState.CONFIRMED, 1)
    assert await staff.in_force() == {}
    decision = await staff.outcomes.decision(staff.guild_id, staff.on.user_id, PunishmentKind.BAN)
    assert decision is not None
    assert (decision.number, decision.is_free) == (1, True)
    assert (await staff.by_hand(CaseType.KICK, before + 1)).case.ending_case is None


async def test_an_extension_moves_the_end_and_is_kept_as_an_edit(staff: Staff) -> None:
    await staff.acts(CaseType.TEMPBAN, duration=HOUR)
    await staff.acts(CaseType.TIMEOUT, duration=HOUR)
    end = utcnow() + 5 * HOUR
    for number in (1, 2):
        assert (await staff.actions.extend(staff.caller, staff.guild_id, number, end)).expires_at == end
    assert await staff.scheduled() == [1, 2]
    assert (await staff.actions.extend(staff.caller, staff.guild_id, 1, None)).expires_at is None
    assert await staff.scheduled() == [2]
    async with staff.services.get(DatabaseManager).read_session() as session:
        edits = (await session.execute(select(CaseEdit).where(col(CaseEdit.number) == 1))).scalars().all()
    assert [(edit.edit, edit.field, edit.after) for edit in edits if edit.guild_id == staff.guild_id] == [
        (1, "expires_at", end.isoformat()),
        (2, "expires_at", ""),
    ]


async def test_only_what_is_in_force_can_be_extended_and_only_by_who_may(staff: Staff) -> None:
    await staff.acts(CaseType.TEMPBAN, duration=HOUR)
    await staff.acts(CaseType.TIMEOUT, duration=HOUR)
    soon = utcnow() + HOUR

    async def extend(number: int, end: Any, caller: Caller = staff.caller) -> None:
        await staff.actions.extend(caller, staff.guild_id, number, end)

    with pytest.raises(InvalidInput, match="for ever"):
        await extend(2, None)
    for wrong in (utcnow() - HOUR, utcnow() + timedelta(days=5000)):
        with pytest.raises(InvalidInput, match="lie ahead"):
            await extend(1, wrong)
    for who in (moderator(new_id()), moderator(staff.guild_id)):
        with pytest.raises(PermissionDenied):
            await extend(1, soon, who)
    with pytest.raises(CaseNotFound):
        await extend(99, soon)
    await staff.acts(CaseType.UNBAN)
    for number in (1, 3):
        with pytest.raises(NotInForce):
            await extend(number, soon)


async def test_what_fails_gives_the_older_case_its_place_back(staff: Staff) -> None:
    await staff.acts(CaseType.TEMPBAN, duration=HOUR)
    await staff.outcomes.settle(staff.guild_id, 1, was_done=True)
    await staff.acts(CaseType.BAN)
    await staff.outcomes.fail(staff.guild_id, 2, "No permission.")
    failed, older = await staff.case(2), await staff.case(1)
    assert (failed.state, failed.failure) == (CaseState.FAILED, "No permission.")
    assert (older.state, older.ended_at, older.ending_case) == (CaseState.CONFIRMED, None, None)
    assert await staff.in_force() == {PunishmentKind.BAN: 1}
    assert await staff.scheduled() == [1]
    # With nothing before it, nobody is punished any more.
    await staff.acts(CaseType.UNBAN)
    await staff.outcomes.settle(staff.guild_id, 3, was_done=True)
    await staff.acts(CaseType.BAN)
    await staff.outcomes.fail(staff.guild_id, 4, "No permission.")
    assert await staff.in_force() == {}


async def test_a_case_that_a_later_one_overtook_is_void_whatever_became_of_it(staff: Staff) -> None:
    await staff.acts(CaseType.TEMPBAN, duration=HOUR)
    await staff.acts(CaseType.BAN)
    await staff.acts(CaseType.UNBAN)
    await staff.outcomes.settle(staff.guild_id, 1, was_done=False)
    await staff.outcomes.fail(staff.guild_id, 2, "No permission.")
    assert [(await staff.case(number)).state for number in (1, 2)] == [CaseState.VOID, CaseState.VOID]
    await staff.outcomes.settle(staff.guild_id, 3, was_done=True)
    await staff.outcomes.fail(staff.guild_id, 3, "Later.")
    assert (await staff.case(3)).state is CaseState.CONFIRMED
    await staff.acts(CaseType.KICK)
    await staff.outcomes.fail(staff.guild_id, 4, "Gone.")
    assert (await staff.case(4)).state is CaseState.FAILED


async def test_roles_are_kept_for_the_case_that_governs_only(staff: Staff) -> None:
    values = {"jail_role": str(new_id())}
    await staff.acts(CaseType.WARN)
    await staff.services.get(ConfigurationController).change(SYSTEM, staff.guild_id, "moderation", values)
    await staff.acts(CaseType.JAIL, duration=HOUR)
    roles = frozenset({new_id(), new_id()})
    for _ in range(2):
        assert await staff.outcomes.keep_roles(staff.guild_id, 2, roles)
    assert await staff.outcomes.keep_roles(staff.guild_id, 2, [])
    await staff.acts(CaseType.JAIL)
    assert not await staff.outcomes.keep_roles(staff.guild_id, 2, [new_id()])
    await staff.acts(CaseType.UNJAIL)
    assert not await staff.outcomes.keep_roles(staff.guild_id, 4, [new_id()])
    assert [await staff.outcomes.kept_roles(staff.guild_id, number) for number in (2, 3, 4)] == [roles] * 3


async def test_what_has_had_its_time_is_over_and_is_to_be_lifted(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    await staff.acts(CaseType.TEMPBAN, duration=HOUR)
    await staff.acts(CaseType.CUSTOM, duration=HOUR, custom_type=None)
    await staff.work_is_done()
    assert await staff.in_force() == {PunishmentKind.BAN: 1}
    monkeypatch.setattr(clock, "ahead", 2 * HOUR)
    await staff.work_is_done()
    for number in (1, 2):
        case = await staff.case(number)
        assert case.state is CaseState.EXPIRED
        assert case.ended_at is not None
        assert case.ending_case is None
    assert await staff.in_force() == {}
    with pytest.raises(NotInForce):
        await staff.actions.extend(staff.caller, staff.guild_id, 1, utcnow() + 5 * HOUR)
    # Until Discord has been told, the row remembers whom it is about.
    order = await staff.outcomes.order(staff.guild_id, 1)
    assert order.user_id == staff.on.user_id
    await staff.outcomes.settle(staff.guild_id, 1, was_done=False)
    assert (await staff.case(1)).state is CaseState.EXPIRED
    async with staff.services.get(DatabaseManager).read_session() as session:
        assert await session.get(Punishment, (staff.guild_id, staff.on.user_id, PunishmentKind.BAN)) is None


async def test_an_end_that_fails_is_shown_and_nothing_older_comes_back(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    await staff.acts(CaseType.BAN)
    await staff.acts(CaseType.TEMPBAN, duration=HOUR)
    monkeypatch.setattr(clock, "ahead", 2 * HOUR)
    await staff.work_is_done()
    await staff.outcomes.fail(staff.guild_id, 2, "No permission.")
    case = await staff.case(2)
    assert (case.state, case.failure, case.ended_at is not None) == (CaseState.FAILED, "No permission.", True)
    assert await staff.in_force() == {}


async def test_work_of_a_case_that_does_not_govern_any_more_does_nothing(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    await staff.acts(CaseType.TEMPBAN, duration=HOUR)
    monkeypatch.setattr(clock, "ahead", 2 * HOUR)
    claims = Claims(staff.services.get(DatabaseManager), "worker")
    [claim] = await claims.claim([EXPIRE], 50)
    # The worker hangs, and meanwhile a moderator bans them for good.
    await staff.acts(CaseType.BAN)
    await attempt(staff.services, claims, claim, expire)
    assert await staff.in_force() == {PunishmentKind.BAN: 2}
    assert (await staff.case(1)).state is CaseState.OPEN


async def test_a_long_timeout_comes_up_again_before_discord_forgets_it(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    await staff.acts(CaseType.TIMEOUT, duration=timedelta(days=60))
    await staff.services.get(Outbox).claim("w")
    monkeypatch.setattr(clock, "ahead", timedelta(days=27, minutes=1))
    await staff.work_is_done()
    assert await staff.in_force() == {PunishmentKind.TIMEOUT: 1}
    assert await staff.scheduled() == [1]
    assert len(await staff.services.get(Outbox).claim("other")) >= 1


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"case_type": CaseType.TEMPBAN}, "for how long"),
        ({"case_type": CaseType.BAN, "duration": HOUR}, "takes no duration"),
        ({"case_type": CaseType.TIMEOUT, "duration": timedelta(days=4000)}, "between a second and"),
        ({"case_type": CaseType.BAN, "details": {"delete_seconds": 604801}}, "seven days"),
        ({"case_type": CaseType.BAN, "details": {"delete_seconds": "x"}}, "seven days"),
        ({"case_type": CaseType.BAN, "details": {"delete_seconds": True}}, "seven days"),
        ({"case_type": CaseType.NICKNAME, "details": {"nickname": "x" * 33}}, "at most 32"),
        # The bot keeps there which role it gave, and takes that one at the end.
        ({"case_type": CaseType.UNMUTE, "details": {"role_id": "1"}}, "no such details: role_id"),
        ({"case_type": CaseType.KICK, "target": target(is_member=False)}, "not in this server"),
        ({"case_type": CaseType.BAN, "reason": "x" * 10_000}, "10000 characters"),
    ],
    ids=["endless", "no end", "too long", "deletes", "no number", "a flag", "nickname", "role", "absent", "reason"],
)
async def test_nonsense_is_refused_clearly(staff: Staff, more: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        await staff.acts(**more)


async def test_the_bot_that_cannot_is_told_before_anything_is_written(staff: Staff) -> None:
    with pytest.raises(PermissionDenied, match="lacks the permission Ban Members"):
        await staff.acts(CaseType.BAN, bot=BotStanding(0, 9))
    with pytest.raises(PermissionDenied, match="as high as the bot's"):
        await staff.acts(CaseType.BAN, bot=BotStanding(ADMINISTRATOR, 1))
    assert (await staff.acts(CaseType.BAN, bot=BotStanding(ADMINISTRATOR, 9))).case.number == 1


async def test_a_moderator_without_the_permission_hears_which_it_takes(staff: Staff) -> None:
    staff.caller = moderator(staff.guild_id)
    with pytest.raises(PermissionDenied, match="takes the Ban Members permission"):
        await staff.acts(CaseType.BAN)
    assert (await staff.acts(CaseType.TIMEOUT, duration=HOUR)).case.number == 1


async def test_bringing_discord_in_line_can_be_asked_for_again(staff: Staff) -> None:
    await staff.acts(CaseType.BAN)
    assert await staff.actions.enforce(staff.guild_id, 1) > 0
    assert len(await staff.services.get(Outbox).claim("w")) == 2
    assert not await staff.outcomes.has_replaced(await staff.case(1))
    await staff.outcomes.told(staff.guild_id, 1, NoticeState.DELIVERED)
    assert (await staff.case(1)).notice is NoticeState.DELIVERED


async def test_the_guide_acts(staff: Staff) -> None:
    guide = (Path(__file__).parents[3] / "docs/guides/moderation-actions.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "moderation-actions.md", "exec"), names)  # noqa: S102 - it is our own guide.
    bot, message_id = Caller(new_id(), is_system=True, name="Guildbase"), new_id()
    opened = await names["send_to_rest"](staff.services, bot, staff.guild_id, staff.on, message_id)
    assert (opened.case.moderator_name, opened.case.source) == ("Guildbase", CaseSource.AUTOMOD)
    again = await names["send_to_rest"](staff.services, bot, staff.guild_id, staff.on, message_id)
    assert (again.case.number, again.effect_id) == (1, None)


async def test_nothing_is_decided_about_who_has_no_case(staff: Staff) -> None:
    assert await staff.outcomes.decision(staff.guild_id, new_id(), PunishmentKind.BAN) is None
