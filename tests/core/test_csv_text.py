"""Lines of CSV: no cell runs in a spreadsheet, and every value is told as it is."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from guildbase.core.csv_text import FORMULA_BEGINS, csv_line


def read(line: str) -> list[str]:
    """Return the cells as a program reads them."""
    [cells] = csv.reader(io.StringIO(line, newline=""))
    return cells


@pytest.mark.parametrize("begin", FORMULA_BEGINS)
def test_no_text_is_a_formula(begin: str) -> None:
    hostile = f'{begin}HYPERLINK("http://evil","a,b")\nnext'
    assert read(csv_line([hostile, f"a{begin}"])) == [f"'{hostile}", f"a{begin}"]


def test_values_are_told_as_they_are() -> None:
    values = [None, True, 7, -7, -0.5, {"a": "ä"}, [1], datetime(2026, 1, 2, tzinfo=UTC), "x"]
    told = ["", "true", "7", "-7", "-0.5", '{"a": "ä"}', "[1]", "2026-01-02 00:00:00+00:00", "x"]
    assert read(csv_line(values)) == told
