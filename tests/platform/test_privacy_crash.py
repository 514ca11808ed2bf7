"""An erasure may be cut off at any moment: the next process goes on, and no row is missed or treated twice."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select
from sqlmodel import col

from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.snowflake import is_pseudonym
from guildbase.database.upkeep import erasure
from guildbase.features.moderation.kinds import CaseType
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureScope
from guildbase.services.assembly import assemble
from guildbase.services.erasure_list import ErasureList
from guildbase.services.tables import all_tables
from tests.api.signing_in import KEYS
from tests.factories import new_id

CASES, BATCH = 800, 20
KILLS = 5
ERASER = f"""
import asyncio, sys
from pathlib import Path
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.upkeep import erasure
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.services.assembly import assemble

erasure.BATCH = {BATCH}

async def main(url, folder):
    settings = Settings(database_url=url, erasure_list_file=Path(folder) / "erasures")
    services = assemble(settings, FeatureRegistry.discover())
    await services.get(PrivacyController).finish(progress=lambda step, rows: print(step, rows, flush=True))
    await services.close()

asyncio.run(main(*sys.argv[1:]))
"""


def _live_and_die(url: str, folder: Path, lines: int) -> bool:
    """Erase, and die after so many batches; return whether it came to the end before."""
    with subprocess.Popen([sys.executable, "-c", ERASER, url, str(folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    return process.returncode == 0


async def test_an_erasure_that_is_killed_again_and_again_is_finished(
    database_url: str, registry: FeatureRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "BATCH", BATCH)
    services = assemble(
        Settings(database_url=database_url, encryption_keys=SecretStr(KEYS), erasure_list_file=tmp_path / "erasures"),
        registry,
    )
    guild_id, person_id, moderator_id = new_id(), new_id(), new_id()
    await services.get(GuildController).join(guild_id)
    case = ModerationCase(guild_id=guild_id, number=1, case_type=CaseType.WARN, target_id=person_id,
                          target_name="Per", moderator_id=moderator_id, moderator_name="Mo", reason="Spam")  # fmt: skip
    rows = [{**case.model_dump(), "number": number} for number in range(1, CASES + 1)]
    controller = services.get(PrivacyController)
    async with controller.transaction(SYSTEM) as work:
        await work.session.execute(insert(ModerationCase), rows)
    key = await controller.request_erasure(SYSTEM, ErasureScope.USER, person_id)

    dice = secrets.SystemRandom()
    # The first comes as far as the cases, however many tables are gone through before them.
    steps = [step.name for step in erasure.person_steps(all_tables(registry))]
    before = next(number for number, name in enumerate(steps) if name.startswith("moderation_case"))
    for lines in [before + 1, *(dice.randint(1, 6) for _ in range(KILLS))]:
        assert not _live_and_die(database_url, tmp_path, lines)
    [request] = await controller.erasures(only_open=True)
    assert 0 < sum(request.treated.values()) < CASES
    await controller.finish()

    async with controller.reading() as session:
        found = select(col(ModerationCase.number), col(ModerationCase.target_id), col(ModerationCase.target_name))
        treated = (await session.execute(found.order_by(col(ModerationCase.number)))).all()
    assert [number for number, _, _ in treated] == list(range(1, CASES + 1))
    assert {name for _, _, name in treated} == {""}
    [stranger] = {target_id for _, target_id, _ in treated}
    assert is_pseudonym(stranger)
    [request] = await controller.erasures()
    assert request.finished_at is not None
    assert request.treated["moderation_case: pseudonymised by target_id"] == CASES
    assert [entry.request_key for entry in ErasureList(tmp_path / "erasures").read().entries] == [key]
    await services.close()
