"""What tests of features need besides the fixtures of guildbase.testing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.local_features import LocalFeatures


@pytest.fixture
def features(tmp_path: Path) -> LocalFeatures:
    """An empty folder of local features."""
    return LocalFeatures(tmp_path / "features")
