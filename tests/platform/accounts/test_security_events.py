"""Security events: nobody changes them, the operator finds and takes them out, and addresses are forgotten."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import Table, select, text
from sqlalchemy.exc import DBAPIError

from guildbase.core.clock import utcnow
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import Caller
from guildbase.core.settings import DEFAULT_API_KEY
from guildbase.database.manager import DatabaseManager
from guildbase.database.upkeep.partitions import make_partitions
from guildbase.database.upkeep.personal_data import GuildView
from guildbase.platform.accounts.controller import SecurityController, SessionController
from guildbase.platform.accounts.controller.security import EventFilter
from guildbase.platform.accounts.models import SecurityEvent
from guildbase.services.container import BotServices
from guildbase.services.sessions import SessionStore
from tests.api.signing_in import visitor
from tests.factories import new_id

OPERATOR = {"X-API-Key": DEFAULT_API_KEY}


async def test_the_database_refuses_to_change_or_remove_an_event(api: BotServices) -> None:
    await api.get(SecurityController).note("test.kind", Caller(new_id()), address="10.0.0.1", details={"a": "b"})
    database = api.get(DatabaseManager)
    refused = (
        "UPDATE security_event SET kind = 'other'",
        "UPDATE security_event SET route = '/elsewhere'",
        "UPDATE security_event SET address = '10.0.0.2'",
        "UPDATE security_event SET created_at = '2020-01-01 00:00:00.000000'",
    )
    for statement in refused:
        with pytest.raises(DBAPIError, match="only added"):
            async with database.transaction() as work:
                await work.session.execute(text(statement))
    table: Table = SecurityEvent.__table__
    # On PostgreSQL it lies in the default partition first, from where it is moved to that of its month.
    for _ in range(2):
        with pytest.raises(DBAPIError, match="only added"):
            async with database.transaction() as work:
                await work.session.execute(text("DELETE FROM security_event"))
        made = await make_partitions(database, table, utcnow())
    assert made == []
    async with database.read_session() as session:
        assert len((await session.execute(select(SecurityEvent))).all()) == 1
    # Erasure and the term of addresses may empty what leads to a person.
    async with database.transaction() as work:
        await work.session.execute(text("UPDATE security_event SET address = NULL, user_id = 8070450532247928833"))
    async with database.read_session() as session:
        row = (await session.execute(text("SELECT kind, address FROM security_event"))).one()
    assert tuple(row) == ("test.kind", None)


async def test_events_are_found_page_by_page(api: BotServices) -> None:
    security, user, guild = api.get(SecurityController), new_id(), new_id()
    for number in range(5):
        await security.note("a.kind", Caller(user), guild_id=guild, details={"number": str(number)})
    await security.note("b.kind")
    async with visitor(api) as client:
        found: list[str] = []
        query = {"kind": "a.kind", "user_id": str(user), "guild_id": str(guild), "limit": "2"}
        while True:
            page = (await client.get("/security-events", params=query, headers=OPERATOR)).json()
            found += [event["details"]["number"] for event in page["events"]]
            if page["next_after"] is None:
                break
            query["after"] = page["next_after"]
        assert found == ["4", "3", "2", "1", "0"]
        later = {"since": (utcnow() + timedelta(minutes=1)).isoformat()}
        assert (await client.get("/security-events", params=later, headers=OPERATOR)).json()["events"] == []
        until = {"until": (utcnow() + timedelta(minutes=1)).isoformat()}
        assert len((await client.get("/security-events", params=until, headers=OPERATOR)).json()["events"]) == 6
        assert (await client.get("/security-events", params={"guild_id": "x"}, headers=OPERATOR)).status_code == 422
    with pytest.raises(PermissionDenied):
        await security.page(Caller(user), EventFilter())
    with pytest.raises(PermissionDenied):
        [_ async for _ in security.export(Caller(user), EventFilter())]


async def test_an_export_holds_all_and_no_formula(api: BotServices) -> None:
    security = api.get(SecurityController)
    hostile = ("=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", 'a"b,c\nd', "\ud800", "\x00")
    for it in hostile:
        await security.note(
            it[:40].replace("\ud800", "?").replace("\x00", "?"),
            route=it.replace("\ud800", "").replace("\x00", ""),
            details={"said": it},
        )
    for _ in range(100):
        await security.note("many")
    async with visitor(api) as client:
        answer = await client.get("/security-events/export", headers=OPERATOR)
        assert answer.headers["content-disposition"].endswith('"security-events.csv"')
        rows = list(csv.reader(io.StringIO(answer.text, newline="")))
        assert len(rows) == 1 + 109
        assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
        lines = (await client.get("/security-events/export?format=json", headers=OPERATOR)).text.splitlines()
        assert len([json.loads(line) for line in lines]) == 109
        assert (await client.get("/security-events/export")).status_code == 401


async def test_addresses_are_forgotten_after_their_term(api: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = api.get(SessionController)
    _token, session = await api.get(SessionStore).create(new_id())
    await sessions.describe(session, address="10.0.0.1", browser="Firefox")
    await api.get(SecurityController).note("test", address="10.0.0.1")
    assert await sessions.forget_addresses() == 0
    monkeypatch.setattr("guildbase.core.clock.ahead", timedelta(days=31))
    assert await sessions.forget_addresses() == 2
    assert await sessions.forget_addresses() == 0
    [row] = (await sessions.described(session.user_id)).values()
    assert (row.address, row.browser) == (None, "Firefox")


async def test_an_event_that_cannot_be_stored_harms_nobody(lone: BotServices) -> None:
    async with lone.get(DatabaseManager).transaction() as work:
        await work.session.execute(text("DROP TABLE security_event"))
    await lone.get(SecurityController).note("test")


def test_whoever_owns_a_server_is_not_shown_who_was_refused_from_where() -> None:
    assert GuildView(new_id()).condition(SecurityEvent.__table__) is None
