"""Types of cases of a server's own: what they may be, and what they ask of their cases."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.controller import CaseTypesSection, ModerationController
from guildbase.features.moderation.controller import custom_types as module
from guildbase.features.moderation.controller.actions import NotInForce
from guildbase.features.moderation.controller.custom_types import CaseTypeNotFound, CustomTypeController, TypeState
from guildbase.features.moderation.controller.history import CaseChange, HistoryController, NewEnd
from guildbase.features.moderation.controller.opening import OpeningController
from guildbase.features.moderation.jobs import expire
from guildbase.features.moderation.kinds import EXPIRE, CaseState, CaseType, NoticeState
from guildbase.features.moderation.rules import NewAction
from guildbase.features.moderation.rules.ranks import MANAGE_GUILD, MODERATE_MEMBERS
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.queries import AuditFilter
from guildbase.services.container import BotServices
from guildbase.services.due_work.attempts import attempt
from guildbase.services.due_work.claims import Claims
from tests.factories import member, moderator, new_id, target
from tests.waiting import until

GUILD = new_id()
MOD, ADMIN = moderator(GUILD), moderator(GUILD, permissions=MANAGE_GUILD | MODERATE_MEMBERS)
SCHEMA = {
    "type": "object",
    "properties": {"points": {"type": "integer", "minimum": 1}},
    "required": ["points"],
    "additionalProperties": False,
}
SCAM = TypeState("Scam in trade", "Somebody was cheated", 7, requires_duration=True, metadata_schema=SCHEMA)


@pytest.fixture
async def types(services: BotServices) -> CustomTypeController:
    await services.get(GuildController).join(GUILD)
    return services.get(CustomTypeController)


def scam(**changes: Any) -> NewAction:
    new = NewAction(CaseType.CUSTOM, target(), "Cheated", timedelta(days=7), "scam", {"points": 3})
    return replace(new, **changes)


async def test_a_type_is_made_changed_and_archived(services: BotServices, types: CustomTypeController) -> None:
    assert (await types.add(ADMIN, GUILD, "scam", SCAM)).is_changed
    assert (await types.edit(ADMIN, GUILD, "scam", {"severity": 9})).is_changed
    assert not (await types.edit(ADMIN, GUILD, "scam", {"severity": 9})).is_changed
    await types.edit(ADMIN, GUILD, "scam", {"is_archived": True})
    [row] = await types.list_types(MOD, GUILD)
    assert TypeState.of(row) == replace(SCAM, severity=9, is_archived=True)
    entries = await services.get(AuditController).entries(SYSTEM, GUILD, AuditFilter(action="moderation.case_type"))
    assert [entry.details["before"] and entry.details["before"]["severity"] for entry in entries] == [9, 7, None]


async def test_only_admins_change_types_and_only_moderators_see_them(types: CustomTypeController) -> None:
    for work in (types.add(MOD, GUILD, "scam", SCAM), types.edit(MOD, GUILD, "scam", {})):
        with pytest.raises(PermissionDenied):
            await work
    with pytest.raises(PermissionDenied):
        await types.list_types(member(GUILD), GUILD)
    with pytest.raises(PermissionDenied):
        await types.get(member(GUILD), GUILD, "scam")


WRONG_TYPES: list[tuple[str, dict[str, Any], set[str]]] = [
    ("Scam", {}, {"name"}),
    ("x" * 33, {}, {"name"}),
    ("ok", {"display_name": "", "severity": 11}, {"display_name", "severity"}),
    ("ok", {"description": "x" * 501, "severity": True}, {"description", "severity"}),
    ("ok", {"display_name": "a\x00", "requires_duration": 1}, {"display_name", "requires_duration"}),
    ("ok", {"metadata_schema": {"type": "nonsense"}}, {"metadata_schema.type"}),
    ("ok", {"metadata_schema": {"$ref": "https://evil.example"}}, {"metadata_schema.$ref"}),
    ("ok", {"metadata_schema": []}, {"metadata_schema"}),
]


async def test_all_that_is_wrong_with_a_type_is_told_at_once(types: CustomTypeController) -> None:
    for name, changes, places in WRONG_TYPES:
        with pytest.raises(InvalidInput) as refused:
            await types.add(ADMIN, GUILD, name, replace(SCAM, **changes))
        assert set(refused.value.problems) == places
    assert await types.list_types(MOD, GUILD) == []


async def test_a_name_is_used_once_and_there_is_room_for_so_many(
    types: CustomTypeController, monkeypatch: pytest.MonkeyPatch
) -> None:
    await types.add(ADMIN, GUILD, "scam", SCAM)
    with pytest.raises(Conflict, match="There is a type scam here"):
        await types.add(ADMIN, GUILD, "scam", SCAM)
    monkeypatch.setattr(module, "MOST", 1)
    with pytest.raises(Conflict, match="at most 1 types"):
        await types.add(ADMIN, GUILD, "other", SCAM)
    for name in ("other", "NO NAME"):
        with pytest.raises(CaseTypeNotFound):
            await types.edit(ADMIN, GUILD, name, {})


async def test_a_case_of_a_type_is_opened_with_what_it_asks_for(
    services: BotServices, types: CustomTypeController
) -> None:
    await types.add(ADMIN, GUILD, "scam", SCAM)
    opening, history = services.get(OpeningController), services.get(HistoryController)
    opened = await opening.open(MOD, GUILD, scam())
    file = await history.view(MOD, GUILD, opened.number)
    assert (file.case.custom_type, file.case.details, file.custom_type and file.custom_type.severity) == (
        "scam", {"points": 3}, 7,
    )  # fmt: skip
    await history.edit(MOD, GUILD, opened.number, CaseChange(details={"points": 5}))
    with pytest.raises(InvalidInput) as refused:
        await history.edit(MOD, GUILD, opened.number, CaseChange(details={"points": 0}))
    assert set(refused.value.problems) == {"details.points"}
    file = await history.view(MOD, GUILD, opened.number)
    assert [(it.field, it.before, it.after) for it in file.edits] == [("details", '{"points": 3}', '{"points": 5}')]


async def test_a_case_of_a_type_ends_when_its_time_is_over(services: BotServices, types: CustomTypeController) -> None:
    await types.add(ADMIN, GUILD, "scam", SCAM)
    cases, history = services.get(ModerationController), services.get(HistoryController)
    opening, later = services.get(OpeningController), utcnow() + timedelta(days=9)
    lasting = (await opening.open(MOD, GUILD, scam())).number
    with pytest.raises(InvalidInput, match="need a duration"):
        await history.edit(MOD, GUILD, lasting, CaseChange(end=NewEnd(None)))
    assert (await history.edit(MOD, GUILD, lasting, CaseChange(end=NewEnd(later)))).is_changed
    assert (await cases.get_case(SYSTEM, GUILD, lasting)).expires_at == later
    number = (await opening.open(MOD, GUILD, scam(duration=timedelta(seconds=1)))).number
    claims = Claims(services.get(DatabaseManager), "worker")

    async def is_over() -> bool:
        for claim in await claims.claim([EXPIRE], 5):
            await attempt(services, claims, claim, expire)
        return (await cases.get_case(SYSTEM, GUILD, number)).state is CaseState.EXPIRED

    await until(is_over)
    # That the person is told of it late does not bring it back.
    told = await cases.confirm_case(SYSTEM, GUILD, number, NoticeState.DELIVERED)
    assert (told.state, told.notice) == (CaseState.EXPIRED, NoticeState.DELIVERED)
    with pytest.raises(NotInForce):
        await history.edit(MOD, GUILD, number, CaseChange(end=NewEnd(later)))


WRONG_CASES: list[tuple[dict[str, Any], str]] = [
    ({"duration": None}, "need a duration"),
    ({"details": {}}, "points"),
    ({"details": {"points": "many"}}, "details.points"),
    ({"details": {"points": 1, "more": "x"}}, "details"),
    ({"details": {"points": 1, "more": "x" * 2000}}, "more than 2000 characters"),
    ({"details": []}, "no JSON object"),
    ({"custom_type": "other"}, "no type of case other"),
    ({"custom_type": None}, "no type of case"),
    ({"case_type": CaseType.BAN, "duration": None, "details": {}}, "Only cases of the type custom"),
    ({"reason": ""}, "needs a reason"),
]


async def test_a_case_that_is_not_what_its_type_asks_for_is_refused(
    services: BotServices, types: CustomTypeController
) -> None:
    await types.add(ADMIN, GUILD, "scam", SCAM)
    for changes, message in WRONG_CASES:
        with pytest.raises((InvalidInput, CaseTypeNotFound), match=message):
            await services.get(OpeningController).open(MOD, GUILD, scam(**changes))
    assert (await services.get(HistoryController).search(MOD, GUILD)).cases == []


async def test_archived_types_and_types_without_details_take_none(
    services: BotServices, types: CustomTypeController
) -> None:
    await types.add(ADMIN, GUILD, "scam", replace(SCAM, metadata_schema={}))
    opening = services.get(OpeningController)
    with pytest.raises(InvalidInput, match="this type has none"):
        await opening.open(MOD, GUILD, scam())
    await opening.open(MOD, GUILD, scam(details={}))
    await types.edit(ADMIN, GUILD, "scam", {"is_archived": True})
    with pytest.raises(InvalidInput, match="is archived"):
        await opening.open(MOD, GUILD, scam(details={}))


async def test_types_travel_to_another_server(services: BotServices, types: CustomTypeController) -> None:
    section, guilds, there = CaseTypesSection(services), services.get(GuildController), new_id()
    await types.add(ADMIN, GUILD, "scam", SCAM)
    await types.add(ADMIN, GUILD, "raid", replace(SCAM, metadata_schema={}))
    await guilds.join(there)
    boss = moderator(there, permissions=MANAGE_GUILD | MODERATE_MEMBERS)
    async with types.reading() as session:
        data = await section.read(session, GUILD)
        assert await section.kept_of(session, [GUILD, there]) == {GUILD}
    assert (list(section.references(data)), section.mapped(data, {})) == ([], data)
    checked = section.check(data, 1)

    async def write(wanted: dict[str, Any]) -> dict[str, Any]:
        await guilds.change(boss, there, lambda work: section.write(work, there, wanted, "Moved"))
        async with types.reading() as session:
            return await section.read(session, there)

    assert await write(checked) == data
    await services.get(OpeningController).open(boss, there, scam())
    left = await write({})
    assert left == {"scam": asdict(replace(SCAM, is_archived=True))}
    assert await write({"scam": data["scam"]}) == {"scam": data["scam"]}


@pytest.mark.parametrize(
    "wrong",
    [[], {"scam": {}}, {"scam": 1}, {"No": asdict(SCAM)}, {"scam": asdict(SCAM) | {"severity": 0}},
     {f"t{number}": asdict(SCAM) for number in range(101)}],
    ids=["list", "empty", "number", "name", "severity", "many"],
)  # fmt: skip
def test_an_import_that_cannot_be_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidInput):
        CaseTypesSection.check(object.__new__(CaseTypesSection), wrong, 1)
