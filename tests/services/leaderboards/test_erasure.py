"""An erasure that is done has left nobody in a copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from guildbase.core.ports import SYSTEM
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureScope
from guildbase.services.container import BotServices
from tests.factories import new_id
from tests.services.leaderboards.ranking import XP, Ranking


@pytest.mark.parametrize("scope", ErasureScope)
async def test_who_is_erased_is_in_no_copy_any_more(
    ranking: Ranking,
    services: BotServices,
    backing: dict[str, Any],
    scope: ErasureScope,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    guild, other, member = new_id(), new_id(), new_id()
    await ranking.set(guild, {member: 1})
    await ranking.set(other, {new_id(): 1})
    for each in (guild, other):
        assert await ranking.boards.build(XP, each)
    privacy = services.get(PrivacyController)
    await privacy.finish(await privacy.request_erasure(SYSTEM, scope, guild if scope is ErasureScope.GUILD else member))
    ranking.boards.counts.clear()
    await ranking.boards.page(XP, guild)
    assert ranking.boards.counts["copy"] == 0
    await ranking.boards.page(XP, other)
    assert ranking.boards.counts["copy"] == 1
