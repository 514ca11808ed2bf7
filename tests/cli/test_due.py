"""`guildbase due`: the operator sees what is due and what failed, has it tried again or cancels it."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.services.assembly import assemble
from guildbase.services.due_work.claims import Claims
from guildbase.services.due_work.settlement import failed
from tests.cli.conftest import Command
from tests.services.due_workers import schedule


@pytest.fixture
def failed_work(database_url: str, registry: FeatureRegistry, monkeypatch: pytest.MonkeyPatch) -> int:
    """The number of a piece of work that was given up."""
    monkeypatch.setenv("GUILDBASE_DATABASE_URL", database_url)

    async def fail() -> int:
        services = assemble(Settings(database_url=database_url), registry)
        number = await schedule(services, payload={"text": "private"}, guild_id=1 << 22)
        claims = Claims(services.get(DatabaseManager), "worker")
        [claim] = await claims.claim(["test"], 1)
        assert await claims.settle(failed(claim, "Forbidden: no"))
        await services.close()
        return number

    return asyncio.run(fail())


def test_failed_work_is_listed_tried_again_and_cancelled(run: Command, failed_work: int) -> None:
    listed = run("due", "list", "--state", "failed").out
    assert listed.startswith(f"{failed_work}  ")
    assert listed.endswith(f"failed  test  server {1 << 22}  attempt 1: Forbidden: no\n")
    [document] = run("due", "list", "--json").out.splitlines()
    told = orjson.loads(document)
    assert (told["work_id"], told["guild_id"], told["state"]) == (failed_work, str(1 << 22), "failed")
    assert "payload" not in told
    assert run("due", "retry", str(failed_work)).out == f"Work {failed_work} is tried again.\n"
    assert run("due", "list", "--state", "failed").out == "No work fits.\n"
    refused = run("due", "retry", str(failed_work))
    assert (refused.code, "is pending" in refused.complaint) == (1, True)
    assert run("due", "cancel", str(failed_work)).out == f"Work {failed_work} is cancelled.\n"
    assert " cancelled  test" in run("due", "list", "--kind", "test").out
    assert run("due", "list", "--kind", "other", "--json").out == ""


def test_an_unknown_state_is_told_with_those_that_there_are(run: Command, failed_work: int) -> None:
    refused = run("due", "list", "--state", "lost")
    assert refused.code == 1
    assert "pending, running, done, failed, cancelled" in refused.complaint
