"""The error sink: what is stored, how often, and that it never gets in anybody's way."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

import guildbase
from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.logging import correlation
from guildbase.core.ports import SYSTEM, Caller, ErrorReport, ErrorSink
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.platform.telemetry.controller import ErrorController
from guildbase.platform.telemetry.controller import errors as sink
from guildbase.platform.telemetry.models import ErrorEvent
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.errors import report
from tests.factories import new_id
from tests.waiting import until

COMMAND = ErrorReport("command", "ban")


def failing(message: str = "broken") -> Exception:
    """An error that was really raised."""
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


@pytest.fixture
def errors(services: BotServices) -> ErrorController:
    return services.get(ErrorController)


async def stored(errors: ErrorController) -> list[ErrorEvent]:
    await errors.flush()
    return list(await errors.errors(SYSTEM))


async def test_an_error_is_found_by_the_id_that_people_quote(errors: ErrorController) -> None:
    guild_id, user_id = new_id(), new_id()
    with correlation("from-the-log"):
        told = errors.report(failing("no pan"), ErrorReport("command", "burn", guild_id, user_id))
    await errors.flush()
    [event] = await errors.errors(SYSTEM, error_id=told)
    assert (event.kind, event.place, event.guild_id, event.user_id) == ("command", "burn", guild_id, user_id)
    assert (event.error_type, event.message, event.count) == ("ValueError", "no pan", 1)
    assert (event.correlation_id, event.version) == ("from-the-log", guildbase.__version__)
    assert "in failing" in event.traceback
    assert event.traceback.endswith("ValueError: no pan\n")
    assert await errors.errors(SYSTEM, error_id="another") == []


async def test_it_is_stored_by_itself_and_in_the_background(errors: ErrorController) -> None:
    errors.report(failing(), COMMAND)

    async def is_there() -> bool:
        return len(await errors.errors(SYSTEM)) == 1

    await until(is_there)


async def test_the_same_error_again_is_counted_and_told_under_the_same_id(
    errors: ErrorController, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink, "GATHER", 0.01)
    told = {errors.report(failing(str(number)), COMMAND) for number in range(500)}
    assert len(told) == 1
    [event] = await stored(errors)
    assert (event.count, event.message) == (500, "0")
    errors.report(failing(), COMMAND)

    async def is_counted() -> bool:
        return (await errors.errors(SYSTEM))[0].count == 501

    await until(is_counted)
    [later] = await errors.errors(SYSTEM)
    assert later.last_at > event.last_at


async def test_different_errors_are_kept_apart(errors: ErrorController) -> None:
    other = failing()
    try:
        raise ValueError("from another line")
    except ValueError as error:
        elsewhere = error
    errors.report(failing(), COMMAND)
    errors.report(other, ErrorReport("command", "kick"))
    errors.report(elsewhere, COMMAND)
    errors.report(LookupError("never raised"), COMMAND)
    assert len(await stored(errors)) == 4


async def test_after_a_minute_the_same_error_is_a_new_one(
    errors: ErrorController, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = errors.report(failing(), COMMAND)
    await errors.flush()
    monkeypatch.setattr(sink, "SAME_WITHIN", -1.0)
    second = errors.report(failing(), COMMAND)
    assert first != second
    newest, oldest = await stored(errors)
    assert (newest.error_id, oldest.error_id) == (second, first)


async def test_a_flood_of_different_errors_is_bounded(errors: ErrorController) -> None:
    with capture_logs() as logs:
        told = [errors.report(failing(), ErrorReport("command", f"c{number}")) for number in range(sink.MOST + 5)]
    assert len(set(told)) == sink.MOST + 5
    assert len([line for line in logs if line["event"] == "error_not_kept"]) == 5
    await errors.flush()
    assert len(await errors.errors(SYSTEM, limit=200)) == sink.MOST


async def test_an_id_that_was_told_already_is_kept(errors: ErrorController) -> None:
    for told in ("of-one-request", "of-another"):
        assert errors.report(failing(), ErrorReport("request", "/x", error_id=told)) == told
    [event] = await stored(errors)
    assert (event.error_id, event.count) == ("of-one-request", 2)


async def test_no_secret_and_nothing_that_a_database_refuses_is_stored(errors: ErrorController) -> None:
    errors.report(failing("postgresql://bot:hunter2@db/main said \0 \ud800"), COMMAND)
    [event] = await stored(errors)
    assert event.message == "postgresql://bot:[redacted]@db/main said  ?"
    assert "hunter2" not in event.traceback


async def test_a_huge_error_is_trimmed(errors: ErrorController) -> None:
    def deep(depth: int) -> None:
        if depth:
            deep(depth - 1)
        raise RuntimeError("x" * 100_000)

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    with pytest.raises(RuntimeError) as raised:
        deep(200)
    errors.report(raised.value, ErrorReport("command", "c" * 1000))
    errors.report(Mute(), COMMAND)
    mute, huge = await stored(errors)
    assert (len(huge.message), len(huge.place)) == (500, 100)
    assert len(huge.traceback) <= 8000
    assert mute.message == "(its text cannot be read)"


async def test_a_store_that_fails_is_logged_and_harms_nobody(services: BotServices, errors: ErrorController) -> None:
    async with services.get(DatabaseManager).transaction() as work:
        await work.session.execute(text("ALTER TABLE error_event RENAME TO moved_away"))
    with capture_logs() as logs:
        assert errors.report(failing(), COMMAND)
        await errors.flush()
        await errors.flush()
    assert [line["event"] for line in logs] == ["error_not_stored"]


async def test_the_end_of_the_process_stores_the_rest(database_url: str, registry: FeatureRegistry) -> None:
    services = assemble(Settings(database_url=database_url), registry)
    told = services.get(ErrorSink).report(failing(), COMMAND)
    await services.close()
    again = assemble(Settings(database_url=database_url), registry)
    assert len(await again.get(ErrorController).errors(SYSTEM, error_id=told)) == 1
    await again.close()


async def test_the_end_does_not_wait_for_a_database_that_hangs(
    services: BotServices, errors: ErrorController, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(sink, "LAST_WRITE_WITHIN", 0.01)
    monkeypatch.setattr(errors, "flush", hang)
    with capture_logs() as logs:
        await errors.close()
    assert [line["event"] for line in logs] == ["error_not_stored"]


async def test_without_an_event_loop_it_waits_for_the_next_chance(errors: ErrorController) -> None:
    await asyncio.to_thread(errors.report, failing(), COMMAND)
    assert len(await stored(errors)) == 1


async def test_pages_go_back_in_time(errors: ErrorController) -> None:
    guild_id = new_id()
    for number in range(5):
        errors.report(failing(), ErrorReport("command", f"c{number}", guild_id if number % 2 else None))
    await errors.flush()
    first = await errors.errors(SYSTEM, limit=3)
    assert [event.place for event in first] == ["c4", "c3", "c2"]
    assert [event.place for event in await errors.errors(SYSTEM, before=first[-1].event_id)] == ["c1", "c0"]
    assert [event.place for event in await errors.errors(SYSTEM, guild_id=guild_id)] == ["c3", "c1"]
    assert isinstance(first[0].event_id, UUID)
    assert abs(first[0].created_at - first[0].last_at) < timedelta(minutes=1)


async def test_only_the_operator_reads_errors(errors: ErrorController) -> None:
    with pytest.raises(PermissionDenied, match="Only the operator"):
        await errors.errors(Caller(user_id=new_id(), permissions=-1))
    with pytest.raises(InvalidInput, match="1 to 200"):
        await errors.errors(SYSTEM, limit=201)


async def test_whoever_reports_is_never_harmed(services: BotServices) -> None:
    class Broken:
        def report(self, error: BaseException, what: ErrorReport) -> str:
            raise RuntimeError("the sink itself")

    services.add(ErrorSink, Broken())
    with capture_logs() as logs:
        assert len(report(services, failing(), COMMAND)) == 12
        assert report(services, failing(), ErrorReport("request", "/", error_id="given")) == "given"
    assert [line["event"] for line in logs] == ["error_not_reported"] * 2
