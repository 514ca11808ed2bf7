"""Nothing of a person who asked to be erased is left anywhere, and nothing of anybody else is touched."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import struct
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from secrets import randbelow, token_hex
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import JSON, Column, Table, delete, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from structlog.testing import capture_logs

from guildbase.core import clock
from guildbase.core.errors import ConfigurationError, Conflict, InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.rights import ALL, Right
from guildbase.core.settings import Settings
from guildbase.core.snowflake import is_pseudonym
from guildbase.database.connections.address import sqlite_file
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import Treatment, is_id, is_text, policy_of, treatment_of
from guildbase.database.upkeep.erasure import scrub
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.access.controller import AccessController
from guildbase.platform.access.grants import Holder
from guildbase.platform.access.models import GrantSource, HolderKind
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.models import Guild, GuildCounter
from guildbase.platform.guilds.parts import SnapshotPart
from guildbase.platform.privacy.controller import MOST_PASSES, ErasureNotFound, PrivacyController
from guildbase.platform.privacy.events import DataErased
from guildbase.platform.privacy.jobs import reapply_erasures
from guildbase.platform.privacy.models import ErasureRequest, ErasureScope
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.platform.users.models import Member, User
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.due_work.recurring import Jobs
from guildbase.services.outbox import Outbox, OutboxEffect
from guildbase.services.tables import all_tables
from guildbase.testing.factories import Factory, fill_every_table
from guildbase.testing.postgresql import find_programs
from guildbase.testing.values import NO_VALUE
from tests.api.signing_in import KEYS
from tests.factories import member, new_id

CANARY = "Kanarienvogel"
OF_A_KIND = {"time_zone", "locale"}
"""Columns whose texts are checked, so that they take no canary."""
USER, GUILD = ErasureScope.USER, ErasureScope.GUILD
Rows = dict[str, set[str]]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, encryption_keys=SecretStr(KEYS), erasure_list_file=tmp_path / "erasures")


@pytest.fixture
def privacy(services: BotServices) -> PrivacyController:
    return services.get(PrivacyController)


@pytest.fixture
def database(services: BotServices) -> DatabaseManager:
    return services.get(DatabaseManager)


@pytest.fixture
def tables(registry: FeatureRegistry) -> list[Table]:
    return all_tables(registry)


def _planter(person_id: int | None) -> Callable[[Column[Any]], Any]:
    """Put the person into every column that may hold one, and the canary into every text about somebody."""

    def plant(column: Column[Any]) -> Any:
        if (column.primary_key or column.unique) and is_text(column):
            return token_hex(8)  # The factory begins anew with each call, and so do its texts.
        if column.primary_key and column.name == "minute":
            return clock.utcnow() + timedelta(minutes=randbelow(10**6))
        if person_id is None:
            return token_hex(8) if column.name == "unique_key" else NO_VALUE
        treatment = treatment_of(column)
        if treatment not in (Treatment.DELETE_ROW, Treatment.PSEUDONYMISE, Treatment.CLEAR):
            return NO_VALUE
        if is_id(column):
            return person_id
        if isinstance(column.type, JSON):
            return {"name": CANARY, "id": str(person_id), "nested": [{"number": person_id}]}
        if not is_text(column) or column.name in OF_A_KIND:
            return NO_VALUE
        about = getattr(policy_of(column), "of", None)
        if about is not None and treatment_of(column.table.c[about]) is Treatment.KEEP:
            return NO_VALUE  # It is about somebody else then: an id that is kept would be found afterwards.
        return f"{CANARY} <@{person_id}>"[: getattr(column.type, "length", None)]

    return plant


async def _fill(services: BotServices, person_id: int | None = None, *, seed: int = 1) -> None:
    async with services.get(DatabaseManager).transaction() as work:
        await fill_every_table(
            work.session, services.get(FeatureRegistry), rows=1, seed=seed, choose=_planter(person_id)
        )


async def _rows(database: DatabaseManager, tables: list[Table]) -> Rows:
    """Return every row of every table as text, but for what erasing itself writes."""
    async with database.read_session() as session:
        return {
            table.name: {str(tuple(row)) for row in await session.execute(select(table))}
            for table in tables
            if table.name not in ("erasure_request", "audit_entry")
        }


async def _erase(privacy: PrivacyController, scope: ErasureScope, subject_id: int) -> ErasureRequest:
    key = await privacy.request_erasure(SYSTEM, scope, subject_id)
    [done] = await privacy.finish(key)
    return done


def _raw(url: str, folder: Path) -> bytes:
    """Return all bytes that the database holds: the file with its companions, or a dump."""
    path = sqlite_file(url)
    if path is not None:
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    dump = folder / "dump.sql"
    subprocess.run([find_programs() / "pg_dump", "-f", dump, address], check=True, capture_output=True)
    return dump.read_bytes()


def _hits(content: bytes, person_id: int) -> int:
    """Count the canary, and the id in digits and as SQLite stores it."""
    return sum(
        content.count(needle) for needle in (CANARY.encode(), str(person_id).encode(), struct.pack(">q", person_id))
    )


async def test_the_canary_is_gone_from_every_byte_and_others_are_untouched(
    services: BotServices,
    privacy: PrivacyController,
    database: DatabaseManager,
    tables: list[Table],
    tmp_path: Path,
) -> None:
    person_id = new_id()
    await _fill(services, seed=1)
    await _fill(services, seed=2)
    others = await _rows(database, tables)
    await _fill(services, person_id, seed=3)
    with_person = await _rows(database, tables)
    plant = _planter(person_id)
    columns = [column for table in tables for column in table.columns]
    planted = [column for column in columns if not column.primary_key and plant(column) is not NO_VALUE]
    assert len(planted) >= 15
    assert _hits(_raw(database.url.render_as_string(hide_password=False), tmp_path), person_id) >= len(planted)

    heard: list[DataErased] = []

    async def hear(event: DataErased) -> None:
        heard.append(event)

    database.events.after_commit(DataErased, hear)
    with capture_logs() as logged:
        done = await _erase(privacy, USER, person_id)
    assert _hits(str(logged).encode(), person_id) == 0
    assert done.finished_at is not None
    assert (done.subject_id, done.pseudonym) == (None, None)
    assert heard.count(DataErased("user", person_id)) == 1
    left = await _rows(database, tables)
    url = database.url.render_as_string(hide_password=False)
    await services.close()
    assert _hits(_raw(url, tmp_path), person_id) == 0
    assert _hits((tmp_path / "erasures").read_bytes(), person_id) == 0
    for name, rows in others.items():
        assert rows <= left[name], name
        # How many erasures there were is counted there.
        assert len(left[name]) <= len(with_person[name]) + (name == "write_behind_mark")


async def test_a_person_becomes_the_same_stranger_everywhere_and_numbers_stay_dense(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager
) -> None:
    guild_id, person_id, other_id = new_id(), new_id(), new_id()
    async with database.transaction() as work:
        make = Factory(work.session).make
        await make(
            ModerationCase,
            guild_id=guild_id,
            number=1,
            target_id=person_id,
            target_name="Per",
            moderator_id=other_id,
            moderator_name="Oth",
            reason="Spam",
        )
        await make(
            ModerationCase,
            guild_id=guild_id,
            number=2,
            target_id=other_id,
            target_name="Oth",
            moderator_id=person_id,
            moderator_name="Per",
            reason=f"Hit <@{person_id}>, not {person_id}0",
        )
        await make(
            ModerationCase, guild_id=guild_id, number=3, target_id=other_id, moderator_id=other_id, reason="Calm"
        )
        await make(User, user_id=other_id)
        await make(Member, guild_id=guild_id, user_id=person_id)
    done = await _erase(privacy, USER, person_id)
    async with database.read_session() as session:
        found = (
            select(ModerationCase).where(col(ModerationCase.guild_id) == guild_id).order_by(col(ModerationCase.number))
        )
        told, telling, neither = (await session.execute(found)).scalars()
        assert await User.get_by_id(session, person_id) is None
        assert await User.get_by_id(session, other_id) is not None
        assert await Member.count(session, col(Member.guild_id) == guild_id) == 0
    assert [told.number, telling.number, neither.number] == [1, 2, 3]
    assert is_pseudonym(told.target_id)
    assert told.target_id == telling.moderator_id
    assert (told.target_name, told.reason, told.moderator_name) == ("", "", "Oth")
    assert (telling.target_name, telling.moderator_name) == ("Oth", "")
    assert telling.reason == f"Hit <@{told.target_id}>, not {person_id}0"
    assert (neither.reason, neither.target_id) == ("Calm", other_id)
    assert done.treated["moderation_case: pseudonymised by target_id"] == 1
    assert done.treated["moderation_case: mentions removed"] == 1


async def test_regression_no_right_of_who_was_erased_lives_on_in_a_snapshot(
    services: BotServices, privacy: PrivacyController
) -> None:
    guilds, access = services.get(GuildController), services.get(AccessController)
    guild_id, other_id, person_id = new_id(), new_id(), new_id()
    for joined in (guild_id, other_id):
        await guilds.join(joined)
    await access.grant_installer(guild_id, person_id, GrantSource.INSTALLER)
    person = Caller(person_id, guild_id)
    helper = Holder(HolderKind.USER, new_id())
    await access.grant(person, guild_id, helper, Right.MODERATE)
    untouched = await guilds.load(other_id)
    assert await access.rights_of(person, guild_id) == ALL
    await _erase(privacy, USER, person_id)
    assert await access.rights_of(person, guild_id) == Right.NONE
    assert await access.rights_of(Caller(helper.id, guild_id), guild_id) == Right.NONE
    assert guilds.peek(other_id) is untouched


async def test_a_part_of_the_snapshot_that_speaks_of_nobody_is_left_alone(
    services: BotServices, privacy: PrivacyController, monkeypatch: pytest.MonkeyPatch
) -> None:
    guilds, guild_id, person_id = services.get(GuildController), new_id(), new_id()
    await guilds.join(guild_id)
    part = SnapshotPart(dict, GuildCounter.__table__, ("kind", "value"), lambda *_: {})
    monkeypatch.setattr(FeatureRegistry, "snapshot_parts", lambda _: [part])
    untouched = await guilds.load(guild_id)
    await _erase(privacy, USER, person_id)
    assert guilds.peek(guild_id) is untouched


async def test_a_promised_effect_about_the_person_is_called_off_and_others_stay(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager
) -> None:
    person_id, outbox = new_id(), services.get(Outbox)
    async with database.transaction() as work:
        about = await outbox.promise(work, "test.tell", {"user": str(person_id)}, guild_id=None)
        longer = await outbox.promise(work, "test.tell", {"user": f"{person_id}1"}, guild_id=None)
        work.session.add(OutboxEffect(kind="test.failed", payload={}, error=f"no such user {person_id}"))
    await _erase(privacy, USER, person_id)
    assert await outbox.state(about) is None
    assert await outbox.state(longer) is not None
    async with database.read_session() as session:
        failed = await session.execute(select(col(OutboxEffect.error)).where(col(OutboxEffect.kind) == "test.failed"))
        assert failed.scalar_one() is None


async def test_a_dry_run_counts_and_changes_nothing(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager, tables: list[Table]
) -> None:
    person_id = new_id()
    await _fill(services, person_id)
    before = await _rows(database, tables)
    plan = await privacy.plan(SYSTEM, USER, person_id)
    assert await _rows(database, tables) == before
    assert await privacy.erasures(only_open=True) == await privacy.erasures(only_open=True)
    assert plan["discord_user: deleted"] == 1
    done = await _erase(privacy, USER, person_id)
    # A row with the same person in several columns is planned for each and treated with the first.
    assert set(done.treated) <= set(plan)
    assert await privacy.plan(SYSTEM, USER, person_id) == {}


async def test_no_audit_row_of_an_erasure_tells_whose_it_was(
    privacy: PrivacyController, database: DatabaseManager
) -> None:
    person_id = new_id()
    key = await privacy.request_erasure(Caller(user_id=person_id, name=CANARY), USER, person_id)
    assert await privacy.request_erasure(SYSTEM, USER, person_id) == key
    await privacy.finish()
    async with database.read_session() as session:
        entries = (await session.execute(select(AuditEntry))).scalars().all()
    assert {"privacy.erasure_requested", "privacy.erased"} <= {entry.action for entry in entries}
    assert {(entry.actor_id, entry.target_id, entry.actor_name) for entry in entries} == {(None, None, "system")}
    assert {entry.details["erasure"] for entry in entries} == {str(key)}


@pytest.mark.parametrize("scope", ErasureScope)
async def test_only_the_person_the_owner_and_the_operator_may_ask(
    privacy: PrivacyController, tmp_path: Path, scope: ErasureScope
) -> None:
    subject_id = new_id()
    for stranger in (
        Caller(user_id=new_id()),
        member(subject_id, permissions=-1),
        member(new_id(), is_guild_owner=True),
    ):
        with pytest.raises(PermissionDenied, match="not your data"):
            await privacy.request_erasure(stranger, scope, subject_id)
        with pytest.raises(PermissionDenied):
            await privacy.request_export(stranger, scope, subject_id, tmp_path / "export.zip")
        with pytest.raises(PermissionDenied):
            await privacy.plan(stranger, scope, subject_id)
    rightful = Caller(user_id=subject_id) if scope is USER else member(subject_id, is_guild_owner=True)
    assert await privacy.request_erasure(rightful, scope, subject_id)


@pytest.mark.parametrize("wrong", [0, -1, 5, 1 << 63, (7 << 60) + 5])
async def test_what_is_no_id_is_refused(privacy: PrivacyController, wrong: int) -> None:
    with pytest.raises(InvalidInput, match="is no id of a user"):
        await privacy.request_erasure(SYSTEM, USER, wrong)
    with pytest.raises(ErasureNotFound):
        await privacy.finish(uuid4())


async def test_an_erasure_that_cannot_be_remembered_does_not_begin(
    services: BotServices, registry: FeatureRegistry, database_url: str, tmp_path: Path
) -> None:
    settings = Settings(
        database_url=database_url, encryption_keys=SecretStr(KEYS), erasure_list_file=tmp_path / "nowhere" / "erasures"
    )
    own = assemble(settings, registry)
    privacy, person_id = own.get(PrivacyController), new_id()
    async with own.get(DatabaseManager).transaction() as work:
        await Factory(work.session).make(User, user_id=person_id)
    key = await privacy.request_erasure(SYSTEM, USER, person_id)
    with pytest.raises(ConfigurationError, match="list of erasures"):
        await privacy.finish(key)
    assert await privacy.plan(SYSTEM, USER, person_id) != {}
    (tmp_path / "nowhere").mkdir()
    assert len(await privacy.finish()) == 1
    await own.close()


async def test_erasing_a_guild_leaves_nothing_of_it_and_all_of_the_others(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager, tables: list[Table], tmp_path: Path
) -> None:
    guild_id, other_id = new_id(), new_id()

    def plant(column: Column[Any]) -> Any:
        return guild_id if column.name == "guild_id" else _planter(None)(column)

    async with database.transaction() as work:
        await fill_every_table(work.session, services.get(FeatureRegistry), rows=1, seed=2)
    before = await _rows(database, tables)
    await services.get(GuildController).join(other_id)
    async with database.transaction() as work:
        await fill_every_table(work.session, services.get(FeatureRegistry), rows=1, seed=3, choose=plant)
    assert (await services.get(GuildController).load(guild_id)).guild_id == guild_id
    await _erase(privacy, GUILD, guild_id)
    assert services.get(GuildController).peek(guild_id) is None
    async with database.read_session() as session:
        for table in tables:
            if "guild_id" in table.c and treatment_of(table.c["guild_id"]) is not Treatment.KEEP:
                found = select(table).where(table.c["guild_id"] == guild_id)
                assert (await session.execute(found)).first() is None, table.name
        assert await Guild.get_by_id(session, other_id) is not None
    after = await _rows(database, tables)
    assert all(rows <= after[name] for name, rows in before.items())


async def _left(services: BotServices, *, days_ago: float) -> int:
    """Return a guild with rows that the bot left so long ago."""
    guild_id = new_id()
    async with services.get(DatabaseManager).transaction() as work:
        case = await Factory(work.session, seed=guild_id).make(ModerationCase, guild_id=guild_id, number=1)
        assert case.guild_id == guild_id
    await services.get(GuildController).leave(guild_id)
    left = Guild.__table__.update().where(col(Guild.guild_id) == guild_id)
    then = clock.utcnow() - timedelta(days=days_ago)
    async with services.get(DatabaseManager).transaction() as work:
        await work.session.execute(left.values(left_at=then, purge_after=then + timedelta(days=30)))
    return guild_id


async def _cases(database: DatabaseManager, guild_id: int) -> int:
    async with database.read_session() as session:
        return await ModerationCase.count(session, col(ModerationCase.guild_id) == guild_id)


async def _sweep(services: BotServices) -> dict[str, int]:
    [outcome] = await Jobs(services).run_now(["privacy.erase"])
    return dict(outcome.result or {})


async def test_a_guild_that_was_left_is_announced_then_swept_when_its_time_is_over(
    services: BotServices, database: DatabaseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild_id, recent = await _left(services, days_ago=28), await _left(services, days_ago=5)
    assert await _sweep(services) == {"announced": 0, "erased": 0}
    monkeypatch.setattr(clock, "ahead", timedelta(days=1.5))
    assert await _sweep(services) == {"announced": 1, "erased": 0}
    assert await _sweep(services) == {"announced": 0, "erased": 0}
    async with database.read_session() as session:
        announced = select(AuditEntry).where(
            col(AuditEntry.guild_id) == guild_id, col(AuditEntry.action) == "privacy.sweep_announced"
        )
        assert "not_before" in (await session.execute(announced)).scalar_one().details
    assert await _cases(database, guild_id) == 1
    monkeypatch.setattr(clock, "ahead", timedelta(days=2.1))
    assert await _sweep(services) == {"announced": 0, "erased": 1}
    assert (await _cases(database, guild_id), await _cases(database, recent)) == (0, 1)
    async with database.read_session() as session:
        assert await Guild.get_by_id(session, guild_id) is None


async def test_a_return_within_the_term_undoes_everything(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild_id = await _left(services, days_ago=29.5)
    assert await _sweep(services) == {"announced": 1, "erased": 0}
    await services.get(GuildController).join(guild_id)
    monkeypatch.setattr(clock, "ahead", timedelta(days=40))
    await _sweep(services)
    assert await _cases(database, guild_id) == 1
    [request] = await privacy.erasures()
    assert request.finished_at is not None
    assert request.subject_id is None
    assert request.treated == {}
    # The next time that it is left, its term begins anew.
    await services.get(GuildController).leave(guild_id)
    assert await _sweep(services) == {"announced": 0, "erased": 0}
    assert await reapply_erasures(services) == 0
    assert await _cases(database, guild_id) == 1


async def test_a_return_in_the_middle_of_the_sweep_ends_it_and_nothing_new_is_lost(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager
) -> None:
    guild_id, guilds = await _left(services, days_ago=31), services.get(GuildController)
    await privacy.announce_sweeps()
    [request] = await privacy.erasures(only_open=True)
    returned: list[asyncio.Task[None]] = []

    async def come_back() -> None:
        await guilds.join(guild_id)
        async with database.transaction() as work:
            await Factory(work.session, seed=3).make(ModerationCase, guild_id=guild_id, number=2)

    def return_at_first_batch(_step: str, _rows: int) -> None:
        if not returned:
            returned.append(asyncio.create_task(come_back()))

    await privacy.finish(request.request_key, progress=return_at_first_batch)
    await returned[0]
    await _sweep(services)
    async with database.read_session() as session:
        guild = await Guild.get_by_id(session, guild_id)
        assert guild is not None
        assert guild.left_at is None
        assert await ModerationCase.get_by_id(session, (guild_id, 2)) is not None


async def test_regression_an_erasure_that_fails_keeps_no_other_from_being_done(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager
) -> None:
    held_id, person_id = new_id(), new_id()
    async with database.transaction() as work:
        make = Factory(work.session).make
        await make(User, user_id=held_id)
        await make(User, user_id=person_id)
        # A table of somebody else's that refers to the account without letting it go.
        await work.session.execute(text("CREATE TABLE badge (user_id BIGINT REFERENCES discord_user (user_id))"))
        await work.session.execute(text("INSERT INTO badge VALUES (:held)"), {"held": held_id})
    held, done = [await privacy.request_erasure(SYSTEM, USER, user_id) for user_id in (held_id, person_id)]
    with capture_logs() as logs, pytest.raises(IntegrityError):
        await privacy.finish()
    assert [line["erasure"] for line in logs if line["event"] == "erasure_failed"] == [str(held)]
    finished = {request.request_key: request.finished_at is not None for request in await privacy.erasures()}
    assert finished == {held: False, done: True}
    async with database.transaction() as work:
        await work.session.execute(text("DROP TABLE badge"))
    assert [request.request_key for request in await privacy.finish()] == [held]


async def test_regression_an_owner_who_asks_does_not_wait_for_the_sweep_that_is_announced(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager
) -> None:
    guild_id = await _left(services, days_ago=29.5)
    assert await _sweep(services) == {"announced": 1, "erased": 0}
    [announced] = await privacy.erasures()
    key = await privacy.request_erasure(SYSTEM, GUILD, guild_id)
    assert [request.request_key for request in await privacy.finish(key)] == [key] == [announced.request_key]
    assert await _cases(database, guild_id) == 0


def _copy(url: str, to: Path) -> Path:
    """Return a backup of the database, of the simplest kind."""
    path = sqlite_file(url)
    if path is not None:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
    else:
        subprocess.run([find_programs() / "pg_dump", "-Fc", "-f", to, _libpq(url)], check=True, capture_output=True)
    return to


async def _restore(copy: Path, url: str) -> None:
    path = sqlite_file(url)
    if path is not None:
        for companion in path.parent.glob(f"{path.name}-*"):
            companion.unlink()
        shutil.copyfile(copy, path)
    else:
        await asyncio.to_thread(_restore_dump, copy, _libpq(url))


def _restore_dump(copy: Path, address: str) -> None:
    programs = find_programs()
    empty = [str(programs / "psql"), "-q", "-d", address, "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public"]
    subprocess.run(empty, check=True, capture_output=True)
    subprocess.run([programs / "pg_restore", "-d", address, copy], check=True, capture_output=True)


def _libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def test_whom_a_restored_backup_brings_back_is_erased_again(
    services: BotServices,
    privacy: PrivacyController,
    database: DatabaseManager,
    registry: FeatureRegistry,
    settings: Settings,
    tmp_path: Path,
) -> None:
    person_id, guild_id, late_id = new_id(), new_id(), new_id()
    await _fill(services, person_id)
    await services.get(GuildController).join(guild_id)
    before_id = new_id()
    async with database.transaction() as work:
        await Factory(work.session).make(User, user_id=before_id)
    await _erase(privacy, USER, before_id)
    url = database.url.render_as_string(hide_password=False)
    copy = _copy(url, tmp_path / "copy")
    await _erase(privacy, USER, person_id)
    await _erase(privacy, GUILD, guild_id)
    async with database.transaction() as work:
        await Factory(work.session, seed=8).make(User, user_id=late_id)
    await _erase(privacy, USER, late_id)
    await services.close()
    await _restore(copy, url)

    restored = assemble(settings, registry)
    # Whoever came back after an erasure that the backup knew of is somebody new, and stays.
    async with restored.get(DatabaseManager).transaction() as work:
        await Factory(work.session, seed=9).make(User, user_id=before_id)
    assert _hits(_raw(url, tmp_path), person_id) > 0
    assert await reapply_erasures(restored) == 2
    assert await reapply_erasures(restored) == 0
    async with restored.get(DatabaseManager).read_session() as session:
        assert await User.get_by_id(session, before_id) is not None
        assert await Guild.get_by_id(session, guild_id) is None
    assert len(await restored.get(PrivacyController).erasures()) == 5  # One of them is a made-up row.
    await restored.close()
    assert _hits(_raw(url, tmp_path), person_id) == 0


async def test_the_same_person_erased_twice_is_reapplied_once(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager
) -> None:
    person_id = new_id()
    await _erase(privacy, USER, person_id)
    await _erase(privacy, USER, person_id)
    async with database.transaction() as work:
        await work.session.execute(delete(ErasureRequest))  # As a backup from before would have it.
        await Factory(work.session).make(User, user_id=person_id)
    assert await reapply_erasures(services) == 1
    assert [request.finished_at is not None for request in await privacy.erasures()] == [True, True]
    async with database.read_session() as session:
        assert await User.get_by_id(session, person_id) is None


async def test_a_database_that_is_in_use_is_scrubbed_later(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager
) -> None:
    person_id = new_id()
    await _fill(services, person_id)
    key = await privacy.request_erasure(SYSTEM, USER, person_id)
    async with database.read_session() as reader:
        await reader.execute(select(User))
        if database.is_sqlite:
            with pytest.raises(Conflict, match="could not be rewritten"):
                await privacy.finish(key)
            [request] = await privacy.erasures(only_open=True)
            assert request.subject_id is None
    await Jobs(services).run_now(["privacy.erase"])
    assert await privacy.erasures(only_open=True) == []
    assert await privacy.finish(key) == []


async def test_a_file_that_somebody_writes_is_scrubbed_later(database: DatabaseManager) -> None:
    async with database.transaction() as work:
        await Factory(work.session).make(User)
        if database.is_sqlite:
            with pytest.raises(Conflict, match="locked"):
                await scrub(database)
    await scrub(database)


async def test_rows_that_are_written_during_the_erasure_are_found_too(
    services: BotServices, privacy: PrivacyController, database: DatabaseManager
) -> None:
    person_id = new_id()
    written: list[str] = []
    await _fill(services, person_id)

    def write_behind(step: str, _rows: int) -> None:
        if step.startswith("moderation_case: pseudonymised by moderator_id") and len(written) < MOST_PASSES:
            written.append(step)
            with database.blocking.transaction() as session:
                session.add(AuditEntry(actor_id=person_id, actor_name=CANARY, action="test.late"))

    key = await privacy.request_erasure(SYSTEM, USER, person_id)
    await privacy.finish(key, progress=write_behind)
    assert len(written) > 1
    assert await privacy.plan(SYSTEM, USER, person_id) == {}


async def test_an_erasure_that_another_process_finishes_meanwhile_is_left_to_it(
    privacy: PrivacyController, database: DatabaseManager
) -> None:
    person_id = new_id()
    key = await privacy.request_erasure(SYSTEM, USER, person_id)

    def overtake(_step: str, _rows: int) -> None:
        with database.blocking.transaction() as session:
            session.execute(update(ErasureRequest).values(subject_id=None, pseudonym=None, finished_at=clock.utcnow()))

    assert await privacy.finish(key, progress=overtake) == []
    async with database.read_session() as session:
        actions = (await session.execute(select(col(AuditEntry.action)))).scalars().all()
    assert actions == ["privacy.erasure_requested"]


async def test_asked_twice_at_once_it_is_done_once(privacy: PrivacyController) -> None:
    person_id = new_id()
    keys = await asyncio.gather(*(privacy.request_erasure(SYSTEM, USER, person_id) for _ in range(5)))
    assert len(set(keys)) == 1
    first, second = await privacy.finish(keys[0], keys[0])
    assert first.finished_at == second.finished_at


async def test_without_rewriting_the_file_the_canary_would_still_be_in_it(
    services: BotServices,
    privacy: PrivacyController,
    database: DatabaseManager,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def no_scrub(_database: DatabaseManager) -> None:
        pass

    if not database.is_sqlite:
        return  # A dump never holds deleted rows.
    monkeypatch.setattr("guildbase.platform.privacy.controller.privacy.scrub", no_scrub)
    person_id, url = new_id(), database.url.render_as_string(hide_password=False)
    await _fill(services, person_id)
    await _erase(privacy, USER, person_id)
    assert _hits(_raw(url, tmp_path), person_id) > 0
