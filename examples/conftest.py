"""Strangers install the example and test it; this repository only lends it to the tests of this folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.testing.plugin import StartGuildbase

# A table may be defined once a process, and this one is no part of Guildbase: tests/examples runs it in its own.
collect_ignore = ["guestbook"]
SOURCE = Path(__file__).parent / "hello-cog" / "src"
sys.path[:0] = [str(SOURCE), str(Path(__file__).parent / "stranger-bot")]


@pytest.fixture
async def guildbase_bot(start_guildbase: StartGuildbase) -> GuildbaseBot:
    """The bot with the example in it."""
    return (await start_guildbase(features_dir=SOURCE)).bot
