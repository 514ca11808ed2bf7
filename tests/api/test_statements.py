"""No reading operation asks the database more often because there is more to read."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, event

from guildbase.api.app import create_app
from guildbase.api.operations import Guard, operations
from guildbase.core.clock import utcnow
from guildbase.core.logging import current_correlation_id
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import DEFAULT_API_KEY, Settings
from guildbase.features.antiraid.controller import NewRaider, RaidController
from guildbase.features.antiraid.kinds import Cause
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.reports.controller import FilingController
from guildbase.features.reports.controller.filing import NewReport
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from tests.api.populated import Populated, populate
from tests.factories import member, moderator, new_id, target
from tests.features.tickets.desk import Desk

log = logging.getLogger(__name__)

MORE = 3
CALLED = "counted"
ASKS_MORE = {"find_members", "explain_permission"}
"""Operations that need a query of their own; both look things up by ids that the client gives."""


@contextmanager
def counted() -> Iterator[list[str]]:
    """Yield a list to which each statement of the requests that are called so is added."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if current_correlation_id() == CALLED:  # Other loops of the process ask things, too.
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
async def services(
    guildbase_sqlite_template: Path, registry: FeatureRegistry, tmp_path: Path
) -> AsyncIterator[BotServices]:
    shutil.copyfile(guildbase_sqlite_template, tmp_path / "guildbase.db")
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'guildbase.db'}", api_rate_limit=10_000, api_address_limit=100_000
    )
    services = assemble(settings, registry)
    yield services
    await services.close()


async def grow(services: BotServices, client: httpx.AsyncClient, guild_id: int) -> None:
    """Add more of each kind that lists show."""
    for each in range(MORE):
        whom, someone = target(), new_id()
        await services.get(ModerationController).open_case(moderator(guild_id), guild_id, whom, "More")
        await services.get(FilingController).report(member(guild_id), guild_id, NewReport(new_id(), "More", "More"))
        raider = NewRaider(new_id(), "More", utcnow())
        raid = await services.get(RaidController).begin(guild_id, (Cause.JOINS,), [raider])
        assert raid is not None
        await (await Desk(services, guild_id).begin(questions=[], name=f"More {each}")).ticket()
        subject = {"subject": "member", "subject_id": str(someone), "scope": "everything", "access": "deny"}
        words = {"type": "words", "words": ["more"]}
        for method, path, body in [
            ("POST", "notes", {"target_id": str(whom.user_id), "content": "More"}),
            ("POST", "case-types", {"name": f"more-{someone}", "display_name": "More"}),
            ("PUT", f"custom-settings/more-{someone}", {"value_schema": {"type": "string"}}),
            ("POST", "standings", {"subject_id": str(someone), "status": "blocked", "reason": "More"}),
            ("POST", "permissions", subject),
            ("POST", "ticket-replies", {"name": f"more-{someone}", "content": "More"}),
            ("PUT", f"ticket-blocks/{someone}", {"reason": "More"}),
            ("PUT", f"automod/lists/more-{someone}", {"kind": "words", "entries": ["more"]}),
            (
                "POST",
                "automod/rules",
                {"name": f"more-{someone}", "document": {"trigger": words, "effects": [{"type": "delete"}]}},
            ),
        ]:
            answer = await client.request(method, f"/guilds/{guild_id}/{path}", json=body)
            assert answer.is_success, (path, answer.text)


async def statements(client: httpx.AsyncClient, app: FastAPI, server: Populated) -> dict[str, list[str]]:
    """Return what each reading operation asks the database."""
    found: dict[str, list[str]] = {}
    for one in operations(app.routes):
        if one.method != "GET" or one.guard is Guard.PUBLIC or one.name in ASKS_MORE:
            continue
        path = server.fill(one.path).removeprefix("/api/v1")
        with counted() as asked:
            answer = await client.get(path, headers={"X-Correlation-Id": CALLED})
        if answer.is_success:
            found[one.name] = asked[:]
    return found


async def test_no_reading_operation_asks_more_often_when_there_is_more_to_read(services: BotServices) -> None:
    app = create_app(services)
    transport = httpx.ASGITransport(app)
    headers = {"X-API-Key": DEFAULT_API_KEY}
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1", headers=headers) as client:
        server = await populate(services, client)
        few = await statements(client, app, server)
        await grow(services, client, server.guild_id)
        many = await statements(client, app, server)
    log.info("%s operations, at most %s statements", len(few), max(map(len, many.values())))
    more = {name: "\n".join(many[name]) for name in few if len(many[name]) > len(few[name])}
    assert not more, more
    assert len(few) > 50
