"""What tests of the bot need besides the fixtures of guildbase.testing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.local_features import LocalFeatures


@pytest.fixture
def features(tmp_path: Path) -> LocalFeatures:
    """An empty folder of local features."""
    return LocalFeatures(tmp_path / "features")


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    """Everything that is logged during the test."""
    with capture_logs() as captured:
        yield captured
