"""`guildbase outbox`: the operator looks at promised effects, and has some tried again."""

from __future__ import annotations

import asyncio
import json

import pytest

from guildbase.database.manager import DatabaseManager
from guildbase.services.outbox import Outbox
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub import PubSub
from tests.cli.conftest import Command
from tests.factories import new_id

GUILD = new_id()


@pytest.fixture
def effect_id(database_url: str) -> int:
    """The number of an effect that failed for good."""

    async def fail() -> int:
        database = DatabaseManager(database_url)
        outbox = Outbox(database, PubSub(ProcessIdentity()))
        async with database.transaction() as work:
            await outbox.promise(work, "test.tell", {"secret": "of a person"}, guild_id=GUILD)
        [effect] = await outbox.claim("w")
        await outbox.failed(effect, "Forbidden: 403")
        await database.close()
        return effect.id

    return asyncio.run(fail())


def test_what_failed_is_listed_and_tried_again(run: Command, database_url: str, effect_id: int) -> None:
    listed = run("outbox", "list", "--state", "failed", "--kind", "test.tell", database_url=database_url)
    assert listed.code == 0
    assert listed.out.split() == [
        str(effect_id), *listed.out.split()[1:3], "failed", "test.tell", "server", str(GUILD),
        "attempt", "1:", "Forbidden:", "403",
    ]  # fmt: skip
    [document] = map(json.loads, run("outbox", "list", "--json").out.splitlines())
    assert (document["effect_id"], document["state"], document["error"]) == (effect_id, "failed", "Forbidden: 403")
    assert document["guild_id"] == str(GUILD)
    assert "payload" not in document
    assert run("outbox", "retry", str(effect_id)).out == f"Effect {effect_id} is tried again.\n"
    assert run("outbox", "list", "--state", "failed").out == "No effect fits.\n"
    assert run("outbox", "list", "--state", "failed", "--json").out == ""


def test_mistakes_are_told_in_one_line(run: Command, database_url: str, effect_id: int) -> None:
    wrong = run("outbox", "list", "--state", "lost", database_url=database_url)
    assert wrong.complaint == "There is no state lost. There are: pending, running, done, failed."
    assert run("outbox", "retry", "999").complaint == (
        "There is no effect 999. `guildbase outbox list` shows what there is."
    )
