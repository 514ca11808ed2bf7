"""The prompt of the demo, as somebody types who has not read how it is left."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from guildbase.cli.demo.prompt import LEAVING, talk
from guildbase.simulator import ScriptedGuild, Simulator


@pytest.mark.parametrize("word", [*LEAVING, "  EXIT "])
async def test_every_usual_word_leaves(
    discord: Simulator, guild: ScriptedGuild, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild.member("priya")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{word}\nunread\n"))
    told = io.StringIO()
    await talk(discord, Console(file=told))
    assert "unread" not in told.getvalue()
    assert guild.messages("general") == []
