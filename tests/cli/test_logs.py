"""`guildbase db audit|errors|usage|housekeeping`: what an operator reads and starts by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select, text
from sqlmodel import col

from guildbase.cli import serve
from guildbase.core.clock import utcnow
from guildbase.core.ports import AuditRecord, Caller, ErrorReport, ErrorSink
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.connections.process_lock import single_process
from guildbase.database.manager import DatabaseManager
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.telemetry.controller import AuditController, UsageController
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueItem
from guildbase.services.due_work.claims import Claims
from tests.cli.conftest import Command
from tests.factories import new_id
from tests.waiting import until

Prepare = Callable[[Callable[[BotServices], Awaitable[None]]], None]


@pytest.fixture
def prepare(database_url: str, monkeypatch: pytest.MonkeyPatch, registry: FeatureRegistry) -> Prepare:
    """Let something happen in the database that the commands will look at."""
    monkeypatch.setenv("GUILDBASE_DATABASE_URL", database_url)

    def run(work: Callable[[BotServices], Awaitable[None]]) -> None:
        async def use() -> None:
            services = assemble(Settings(database_url=database_url), registry)
            await work(services)
            await services.close()

        asyncio.run(use())

    return run


def test_the_audit_log_is_listed_and_filtered(run: Command, prepare: Prepare) -> None:
    guild_id, target_id, actor = new_id(), new_id(), Caller(new_id(), name="Mo")

    async def change(services: BotServices) -> None:
        async with services.get(DatabaseManager).transaction(actor) as work:
            for record in (
                AuditRecord("moderation.warn", guild_id, "user", target_id, "Spam"),
                AuditRecord("guilds.configure", guild_id),
            ):
                await services.get(AuditController).record(work, actor, record)

    prepare(change)
    lines = run("db", "audit").out.splitlines()
    assert [f"Mo ({actor.user_id})  " in line for line in lines] == [True, True]
    assert lines[0].endswith("guilds.configure")
    assert lines[1].endswith(f"{guild_id}  Mo ({actor.user_id})  moderation.warn on user {target_id}: Spam")
    [document] = run("db", "audit", "--guild", str(guild_id), "--target", str(target_id), "--json").out.splitlines()
    entry = orjson.loads(document)
    assert (entry["guild_id"], entry["target_id"], entry["reason"]) == (str(guild_id), str(target_id), "Spam")
    assert run("db", "audit", "--guild", str(new_id()), "--json").out == ""
    assert len(run("db", "audit", "--actor", str(actor.user_id), "--days", "1", "--limit", "1").out.splitlines()) == 1
    assert run("db", "audit", "--action", "moderation.warn").out.count("\n") == 1


def test_the_use_of_commands_is_listed(run: Command, prepare: Prepare) -> None:
    assert run("db", "usage").out == "No command was used.\n"
    guild_id, other = new_id(), new_id()

    async def use(services: BotServices) -> None:
        for each in (guild_id, other):
            await services.get(GuildController).join(each)
        sink = services.get(UsageController)
        for has_failed in (False, True):
            sink.command_used("warn", guild_id, has_failed=has_failed)
        sink.command_used("ping", other, has_failed=False)

    prepare(use)
    today = utcnow().date()
    assert run("db", "usage").out.splitlines() == [f"{today}  ping  1 x", f"{today}  warn  2 x, 1 failed"]
    assert run("db", "usage", "--guild", str(other), "--days", "1").out == f"{today}  ping  1 x\n"
    [document] = run("db", "usage", "--guild", str(guild_id), "--json").out.splitlines()
    assert orjson.loads(document) == {"day": str(today), "command": "warn", "used": 2, "failed": 1}
    assert run("db", "usage", "--guild", str(new_id()), "--json").out == ""


def test_an_error_is_found_by_the_id_that_somebody_quotes(run: Command, prepare: Prepare) -> None:
    told: list[str] = []

    async def fail(services: BotServices) -> None:
        for name in ("burn", "freeze"):
            try:
                raise LookupError(f"no {name}")
            except LookupError as error:
                told.append(services.get(ErrorSink).report(error, ErrorReport("command", name, new_id())))

    prepare(fail)
    lines = run("db", "errors").out.splitlines()
    assert [line.partition("  command ")[2] for line in lines] == [
        "freeze  1 x  LookupError: no freeze",
        "burn  1 x  LookupError: no burn",
    ]
    shown = run("db", "errors", told[0]).out
    assert "no burn" in shown
    assert "Traceback (most recent call last)" in shown
    assert "freeze" not in shown
    [document] = run("db", "errors", told[1], "--json").out.splitlines()
    assert orjson.loads(document)["error_id"] == told[1]


def test_an_unknown_error_is_told_as_such(run: Command, sqlite_url: str) -> None:
    ran = run("db", "errors", "nonsense", database_url=sqlite_url)
    assert (ran.code, ran.complaint) == (
        1, "No error nonsense is stored. The log may still have it; look there for the id.",
    )  # fmt: skip


def test_housekeeping_says_what_it_did(run: Command, prepare: Prepare, database_url: str) -> None:
    ran = run("db", "housekeeping")
    assert ran.code == 0
    assert "telemetry.stats: days 0 (" in ran.out
    made = 12 if database_url.startswith("postgresql") else 0
    [outcome] = orjson.loads(run("db", "housekeeping", "--job", "telemetry.partitions", "--json").out)
    assert (outcome["kind"], outcome["result"], outcome["error"]) == ("telemetry.partitions", {"made": 0}, None)
    assert f"telemetry.partitions: made {made} (" in ran.out


def test_regression_all_jobs_are_told_to_programs(run: Command, prepare: Prepare) -> None:
    outcomes = {outcome["kind"]: outcome["result"] for outcome in orjson.loads(run("db", "housekeeping", "--json").out)}
    assert outcomes["telemetry.retention"]["audit_day"] == 0


def test_regression_an_empty_list_is_said_to_be_empty(run: Command, prepare: Prepare) -> None:
    assert run("db", "audit").out == "No entry fits.\n"
    assert run("db", "errors").out == "No error is stored.\n"
    assert run("db", "audit", "--json").out == run("db", "errors", "--json").out == ""


def test_a_job_that_fails_is_exit_code_1(run: Command, prepare: Prepare) -> None:
    async def damage(services: BotServices) -> None:
        async with services.get(DatabaseManager).transaction() as work:
            await work.session.execute(text("ALTER TABLE audit_day RENAME TO moved_away"))

    prepare(damage)
    ran = run("db", "housekeeping", "--job", "telemetry.stats")
    assert ran.code == 1
    assert ran.out.startswith("telemetry.stats: failed (")


def test_a_job_that_another_process_is_at_is_left_to_it(run: Command, prepare: Prepare) -> None:
    async def hold(services: BotServices) -> None:
        elsewhere = Claims(services.get(DatabaseManager), "another")
        await elsewhere.ensure({"telemetry.stats": timedelta(hours=1)})
        assert await elsewhere.claim_now("telemetry.stats") is not None

    prepare(hold)
    ran = run("db", "housekeeping", "--job", "telemetry.stats")
    assert (ran.code, ran.out) == (0, "telemetry.stats: another process is at it\n")


def test_housekeeping_leaves_a_file_alone_that_a_bot_uses(run: Command, sqlite_url: str) -> None:
    with single_process(sqlite_url):
        ran = run("db", "housekeeping", database_url=sqlite_url)
    assert ran.code == 1
    assert "already uses" in ran.complaint


def test_an_unknown_job_and_an_empty_database_are_told_in_one_line(
    run: Command, sqlite_url: str, tmp_path: Path
) -> None:
    assert (
        "There is no job nonsense." in run("db", "housekeeping", "--job", "nonsense", database_url=sqlite_url).complaint
    )
    path = tmp_path / "empty.db"
    absent = run("db", "audit", database_url=f"sqlite:///{path}")
    assert (absent.code, f"There is no file {path}." in absent.complaint, path.exists()) == (1, True, False)
    path.touch()
    empty = run("db", "audit", database_url=f"sqlite:///{path}")
    assert (empty.code, "guildbase db upgrade" in empty.complaint) == (1, True)


async def test_a_process_does_due_work_while_it_runs_and_stops_at_once(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, stop = Settings(database_url=sqlite_url, api_port=0), asyncio.Event()
    monkeypatch.setattr(serve, "FIRST_ROUND", 0.0)
    monkeypatch.setattr(serve, "_stop_on_signals", lambda: stop)
    running = asyncio.create_task(serve.serve(settings, with_bot=False, with_api=True))
    database = DatabaseManager(sqlite_url)

    async def was_done() -> bool:
        async with database.read_session() as session:
            done = select(DueItem).where(
                col(DueItem.kind) == "telemetry.retention", col(DueItem.finished_at).is_not(None)
            )
            return (await session.execute(done)).first() is not None

    await until(was_done)
    stop.set()
    await running
    await database.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "loop-due-work"]
