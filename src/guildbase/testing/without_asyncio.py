"""What a test gets that asks for a local Discord where pytest-asyncio is not installed."""

from __future__ import annotations

import pytest


@pytest.fixture
def discord() -> None:
    """Say what to install."""
    pytest.fail("guildbase.testing needs pytest-asyncio. Run: pip install pytest-asyncio", pytrace=False)


@pytest.fixture
def guild(discord: None) -> None:
    """Need the local Discord."""


@pytest.fixture
def member(discord: None) -> None:
    """Need the local Discord."""


@pytest.fixture
def moderator(discord: None) -> None:
    """Need the local Discord."""


@pytest.fixture
def run_bot(discord: None) -> None:
    """Need the local Discord."""
