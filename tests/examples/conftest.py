from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _processes_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole test suites of strangers run here in processes of their own; measuring their coverage takes minutes."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
