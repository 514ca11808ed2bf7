"""The collector's rest during a start."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from guildbase.core.loading import loading, without


@pytest.fixture(autouse=True)
def _collector_as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_collector_rests_inside_and_passes_over_what_was_made() -> None:
    before = gc.get_freeze_count()
    with loading():
        assert not gc.isenabled()
        made = [[number] for number in range(1000)]

    assert gc.isenabled()
    assert gc.get_freeze_count() - before >= len(made)


def test_collector_goes_on_after_an_error() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError

    assert gc.isenabled()


def test_collector_that_somebody_turned_off_stays_off() -> None:
    gc.disable()
    with loading():
        pass

    assert not gc.isenabled()


def test_a_package_left_out_is_missing_inside_and_there_afterwards() -> None:
    import colorsys

    with without("colorsys"), pytest.raises(ImportError):
        import colorsys as again

        raise AssertionError(again)

    assert sys.modules["colorsys"] is colorsys


def test_a_package_left_out_before_its_first_import_can_be_imported_later() -> None:
    sys.modules.pop("this", None)
    with pytest.raises(RuntimeError), without("this"):
        raise RuntimeError

    assert "this" not in sys.modules
