"""Cases as a file: whole, in order, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

import pytest

from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.core.snowflake import FIRST_PSEUDONYM
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.controller import ModerationController, export
from guildbase.features.moderation.controller.export import CaseExport, CaseExportController, ExportFormat
from guildbase.features.moderation.controller.history import HistoryController
from guildbase.features.moderation.models import ModerationCase
from guildbase.features.moderation.rules.ranks import BAN_MEMBERS, MANAGE_GUILD, MODERATE_MEMBERS
from guildbase.features.moderation.search import CaseFilter
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.queries import AuditFilter
from guildbase.services.container import BotServices
from tests.factories import moderator, new_id, target

GUILD = new_id()
MOD = moderator(GUILD)
ADMIN = moderator(GUILD, permissions=MANAGE_GUILD | MODERATE_MEMBERS)
RISKY = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "＝1", '"quoted", and\nbroken']  # noqa: RUF001 - it is meant.


@pytest.fixture
async def whom(services: BotServices) -> int:
    """Somebody with one case for each risky reason; the first is hidden."""
    on = target(name="=Terry")
    for reason in RISKY:
        await services.get(ModerationController).open_case(MOD, GUILD, on, reason)
    await services.get(HistoryController).hide(ADMIN, GUILD, 1, is_hidden=True)
    return on.user_id


async def read(made: CaseExport) -> str:
    return "".join([part async for part in made.parts()])


async def test_no_cell_is_a_formula_and_nothing_is_lost(
    services: BotServices, whom: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE", 4)
    made = await services.get(CaseExportController).export(ADMIN, GUILD)
    rows = list(csv.DictReader(io.StringIO(await read(made), newline="")))
    assert (made.count, made.next_before) == (len(RISKY), None)
    assert [row["number"] for row in rows] == ["6", "5", "4", "3", "2", "1"]
    assert [row["reason"] for row in reversed(rows)] == [*(f"'{it}" for it in RISKY[:5]), RISKY[5]]
    assert {(row["target_id"], row["target_name"]) for row in rows} == {(str(whom), "'=Terry")}
    assert (rows[-1]["is_hidden"], rows[0]["details"], rows[0]["expires_at"]) == ("true", "{}", "")
    assert tuple(rows[0]) == export.COLUMNS


async def test_as_json_it_is_what_was_written(services: BotServices, whom: int) -> None:
    wanted = CaseFilter(target_id=whom)
    made = await services.get(CaseExportController).export(ADMIN, GUILD, wanted, ExportFormat.JSON)
    found = json.loads(await read(made))
    assert found["guild_id"] == str(GUILD)
    assert [case["reason"] for case in reversed(found["cases"])] == RISKY
    assert {case["target_id"] for case in found["cases"]} == {str(whom)}
    (entry,) = await services.get(AuditController).entries(SYSTEM, GUILD, AuditFilter(action=export.EXPORT))
    assert entry.target_id == whom
    assert entry.details == {"format": "json", "target_id": str(whom), "is_struck": False}


@pytest.mark.parametrize("kind", list(ExportFormat))
async def test_where_there_is_no_room_the_file_is_whole_and_says_where_it_ends(
    services: BotServices, whom: int, kind: ExportFormat
) -> None:
    controller = services.get(CaseExportController)
    whole = len((await read(await controller.export(ADMIN, GUILD, kind=kind))).encode())
    made = await controller.export(ADMIN, GUILD, kind=kind, most_bytes=whole - 1)
    text = await read(made)
    assert len(text.encode()) < whole
    assert (made.count, made.next_before) == (5, 2)
    cases = json.loads(text)["cases"] if kind is ExportFormat.JSON else list(csv.DictReader(io.StringIO(text)))
    assert len(cases) == 5


async def test_nobody_who_was_erased_is_named(services: BotServices, whom: int) -> None:
    async with services.get(DatabaseManager).transaction(SYSTEM) as work:
        values = {"target_id": FIRST_PSEUDONYM + 1, "target_name": ""}
        await ModerationCase.update_many(work.session, guild_id=GUILD, values=values)
    made = await services.get(CaseExportController).export(ADMIN, GUILD, kind=ExportFormat.JSON)
    assert {case["target_id"] for case in json.loads(await read(made))["cases"]} == {None}


async def test_only_admins_take_cases_along(services: BotServices) -> None:
    for caller in (MOD, moderator(GUILD, permissions=BAN_MEMBERS)):
        with pytest.raises(PermissionDenied):
            await services.get(CaseExportController).export(caller, GUILD)
