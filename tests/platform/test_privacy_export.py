"""An export holds all that is kept about a person or a guild, nothing about others, and can be checked."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import Table, insert
from sqlmodel import select

from guildbase.core.errors import InvalidInput
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import is_pseudonym
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import is_text, person_columns
from guildbase.database.rows import keyset
from guildbase.features.moderation.kinds import CaseType
from guildbase.features.moderation.models import ModerationCase
from guildbase.features.tickets.controller.blocks import BlockController
from guildbase.platform.guilds.rules import MANAGE_GUILD
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureScope
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.platform.users.models import User
from guildbase.services.container import BotServices
from guildbase.services.outbox import OutboxEffect
from guildbase.services.personal_export import whole_file
from guildbase.services.tables import all_tables
from guildbase.testing.factories import Factory, fill_every_table
from guildbase.testing.values import NO_VALUE
from tests import factories
from tests.api.signing_in import KEYS
from tests.factories import new_id
from tests.small_files import no_file_larger_than

HIDDEN = "**********"


@dataclass
class Export:
    path: Path

    def __post_init__(self) -> None:
        with zipfile.ZipFile(self.path) as archive:
            assert archive.testzip() is None
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self.manifest: dict[str, Any] = orjson.loads(self.files["manifest.json"])

    def rows(self, table: str) -> list[dict[str, Any]]:
        return list(orjson.loads(self.files[f"json/{table}.json"]))

    def lines(self, table: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.files[f"csv/{table}.csv"].decode(), newline="")))


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, encryption_keys=SecretStr(KEYS), erasure_list_file=tmp_path / "erasures")


async def _export(services: BotServices, path: Path, *, user: int = 0, guild: int = 0) -> Export:
    scope = ErasureScope.USER if user else ErasureScope.GUILD
    await services.get(PrivacyController).request_export(SYSTEM, scope, user or guild, path)
    return Export(path)


async def test_it_has_every_table_with_the_person_and_its_files_are_as_the_manifest_says(
    services: BotServices, registry: FeatureRegistry, tmp_path: Path
) -> None:
    person_id = new_id()

    def plant(column: Any) -> Any:
        if (column.primary_key or column.unique) and is_text(column):
            return token_hex(8)  # The second factory's texts are those of the first.
        return person_id if column in person_columns(column.table) and column.name != "subject_id" else NO_VALUE

    async with services.get(DatabaseManager).transaction() as work:
        await fill_every_table(work.session, registry, rows=2)
        await Factory(work.session, seed=5).make(User)
        factory = Factory(work.session, seed=9, choose=plant)
        for table in all_tables(registry):
            if person_columns(table) and table.name not in ("erasure_request", "discord_user"):
                await factory.fill(table)
    export = await _export(services, tmp_path / "mine.zip", user=person_id)
    expected = {table.name for table in all_tables(registry) if person_columns(table)} - {"erasure_request"}
    assert set(export.manifest["tables"]) == expected
    assert (export.manifest["scope"], export.manifest["subject_id"]) == ("user", str(person_id))
    assert export.manifest["revision"]
    for name in expected:
        # A row that others hang on is there for each of them, too.
        assert len(export.rows(name)) == len(export.lines(name)) - 1 == export.manifest["tables"][name] >= 1
        assert all(str(person_id) in row.values() for row in export.rows(name))
    # Whoever gets hold of the file must not be able to ask Discord in the person's name.
    assert {row[name] for row in export.rows("discord_token") for name in ("access_token", "refresh_token")} == {HIDDEN}
    assert set(export.files) == {*export.manifest["members"], "manifest.json"}
    for name, member in export.manifest["members"].items():
        content = export.files[name]
        assert member == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    assert export.path.stat().st_mode & 0o077 == 0


async def test_others_in_it_are_strangers_and_what_is_about_them_is_left_out(
    services: BotServices, tmp_path: Path
) -> None:
    guild_id, person_id, moderator_id, other_id = (new_id() for _ in range(4))
    async with services.get(DatabaseManager).transaction() as work:
        make = Factory(work.session).make
        people = {"guild_id": guild_id, "moderator_id": moderator_id, "moderator_name": "Moritz"}
        for number in (1, 2):
            await make(ModerationCase, **people, number=number, target_id=person_id, target_name="Per", reason="Spam")
        await make(ModerationCase, guild_id=guild_id, number=3, target_id=other_id, target_name="Otto", reason="Rude",
                   moderator_id=person_id, moderator_name="Per")  # fmt: skip
        await make(ModerationCase, **people, number=4, target_id=other_id, reason=f"hit <@{person_id}>")
    export = await _export(services, tmp_path / "mine.zip", user=person_id)
    one, two, mine = export.rows("moderation_case")
    assert (one["target_id"], one["target_name"], one["reason"]) == (str(person_id), "Per", "Spam")
    assert one["moderator_id"] == two["moderator_id"] != str(moderator_id)
    assert is_pseudonym(int(one["moderator_id"]))
    assert one["moderator_name"] is None
    assert (mine["moderator_id"], mine["moderator_name"]) == (str(person_id), "Per")
    assert (mine["target_name"], mine["reason"]) == (None, None)
    assert one["guild_id"] == str(guild_id)
    assert one["created_at"].endswith("+00:00")
    everything = b"".join(export.files.values())
    for stranger in (str(moderator_id), str(other_id), "Moritz", "Otto", "Rude"):
        assert stranger.encode() not in everything
    again = await _export(services, tmp_path / "again.zip", user=person_id)
    assert again.rows("moderation_case")[0]["moderator_id"] != one["moderator_id"]


async def test_a_block_from_tickets_is_handed_over_with_its_reason_and_without_who_set_it(
    services: BotServices, tmp_path: Path
) -> None:
    guild_id, person_id = new_id(), new_id()
    staff, blocks = factories.member(guild_id, permissions=MANAGE_GUILD), services.get(BlockController)
    await blocks.block(staff, guild_id, person_id, "Opens ten a day", duration=timedelta(days=2))
    await blocks.block(staff, guild_id, new_id(), "Somebody else's")
    export = await _export(services, tmp_path / "mine.zip", user=person_id)
    [block] = export.rows("ticket_block")
    assert (block["guild_id"], block["user_id"]) == (str(guild_id), str(person_id))
    assert block["reason"] == "Opens ten a day"
    assert block["expires_at"].endswith("+00:00")
    assert is_pseudonym(int(block["created_by"]))
    assert str(staff.user_id).encode() not in b"".join(export.files.values())


async def test_a_document_is_the_persons_if_their_id_stands_in_it(services: BotServices, tmp_path: Path) -> None:
    person_id = new_id()
    async with services.get(DatabaseManager).transaction() as work:
        for user in (str(person_id), f"{person_id}0", str(new_id())):
            work.session.add(OutboxEffect(kind="test.tell", payload={"user": user}))
    export = await _export(services, tmp_path / "mine.zip", user=person_id)
    assert [row["payload"] for row in export.rows("outbox_effect")] == [{"user": str(person_id)}]


async def test_regression_a_text_about_the_person_names_no_others(services: BotServices, tmp_path: Path) -> None:
    person_id, other_id, channel_id = new_id(), new_id(), new_id()
    text = (
        f"<@{person_id}> hit <@!{other_id}>, then {other_id}, in <#{channel_id}>, <:no:{channel_id}>, <@&{channel_id}>"
    )
    async with services.get(DatabaseManager).transaction() as work:
        await Factory(work.session).make(ModerationCase, target_id=person_id, reason=text)
        work.session.add(OutboxEffect(kind="test.tell", payload={"user": person_id, "by": [str(other_id), other_id]}))
    export = await _export(services, tmp_path / "mine.zip", user=person_id)
    assert str(other_id).encode() not in b"".join(export.files.values())
    [case], [effect] = export.rows("moderation_case"), export.rows("outbox_effect")
    stand_in = effect["payload"]["by"][1]
    assert is_pseudonym(stand_in)
    assert effect["payload"] == {"user": person_id, "by": [str(stand_in), stand_in]}
    assert case["reason"] == text.replace(str(other_id), str(stand_in))


async def test_a_guilds_export_has_its_rows_as_they_are_and_no_others(services: BotServices, tmp_path: Path) -> None:
    guild_id, moderator_id = new_id(), new_id()
    async with services.get(DatabaseManager).transaction() as work:
        make = Factory(work.session).make
        about = {"case_type": CaseType.WARN, "moderator_id": moderator_id, "reason": "Spam"}
        await make(ModerationCase, guild_id=guild_id, number=1, **about)
        await make(ModerationCase, number=2, reason="Elsewhere")
    export = await _export(services, tmp_path / "guild.zip", guild=guild_id)
    [case] = export.rows("moderation_case")
    assert (case["moderator_id"], case["reason"], case["case_type"]) == (str(moderator_id), "Spam", "warn")
    assert b"Elsewhere" not in b"".join(export.files.values())
    assert "discord_user" not in export.manifest["tables"]


@pytest.mark.parametrize("begin", ["=", "＝"])  # noqa: RUF001 - full width is what is meant.
async def test_no_cell_is_a_formula(services: BotServices, tmp_path: Path, begin: str) -> None:
    guild_id, reason = new_id(), f'{begin}HYPERLINK("http://evil","a,b")\nnext'
    async with services.get(DatabaseManager).transaction() as work:
        await Factory(work.session).make(ModerationCase, guild_id=guild_id, reason=reason)
    export = await _export(services, tmp_path / "guild.zip", guild=guild_id)
    head, line = export.lines("moderation_case")
    assert line[head.index("reason")] == f"'{reason}"
    assert export.rows("moderation_case")[0]["reason"] == reason


async def test_nobody_is_an_empty_export_and_it_is_audited(services: BotServices, tmp_path: Path) -> None:
    person_id = new_id()
    export = await _export(services, tmp_path / "none.zip", user=person_id)
    assert export.manifest["tables"] == {}
    assert set(export.files) == {"manifest.json"}
    async with services.get(DatabaseManager).read_session() as session:
        entry = (await session.execute(select(AuditEntry))).scalar_one()
    assert (entry.action, entry.target_id) == ("privacy.export", person_id)


async def test_many_rows_come_in_pages_each_once_and_in_order(
    services: BotServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild_id, person_id, count = new_id(), new_id(), 1_700
    async with services.get(DatabaseManager).transaction() as work:
        await Factory(work.session).make(ModerationCase, guild_id=guild_id, number=count + 1)
        case = ModerationCase(guild_id=guild_id, number=1, case_type=CaseType.WARN, target_id=person_id,
                              target_name="Per", moderator_id=person_id, moderator_name="Per", reason="x")  # fmt: skip
        rows = [{**case.model_dump(), "number": number} for number in range(1, count + 1)]
        await work.session.execute(insert(ModerationCase), rows)
    largest = 0
    original = keyset.page_after

    def watched(*arguments: Any) -> Any:
        nonlocal largest
        largest += 1
        return original(*arguments)

    monkeypatch.setattr(keyset, "page_after", watched)
    export = await _export(services, tmp_path / "mine.zip", user=person_id)
    assert [row["number"] for row in export.rows("moderation_case")] == list(range(1, count + 1))
    assert [line[1] for line in export.lines("moderation_case")[1:]] != []
    assert largest >= 2 * (count // keyset.PAGE)


async def test_an_export_that_fails_leaves_no_file(
    services: BotServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    with pytest.raises(InvalidInput, match="cannot be written"):
        await _export(services, tmp_path / "missing" / "mine.zip", user=new_id())
    old = folder / "mine.zip"
    old.write_text("the old one")
    too_large = pytest.raises(InvalidInput, match="cannot be written: File too large")
    with too_large, no_file_larger_than(50), whole_file(old) as file:
        file.write(b"x" * 100_000)

    def broken(_table: Table, _row: Any) -> Any:
        raise RuntimeError("power cut")

    guild_id = new_id()
    async with services.get(DatabaseManager).transaction() as work:
        await Factory(work.session).make(ModerationCase, guild_id=guild_id)
    monkeypatch.setattr("guildbase.database.upkeep.personal_data.plain", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        await _export(services, old, guild=guild_id)
    assert [path.name for path in folder.iterdir()] == ["mine.zip"]
    assert old.read_text() == "the old one"
