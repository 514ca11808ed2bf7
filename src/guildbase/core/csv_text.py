"""Lines of CSV that no spreadsheet takes for formulas; see https://owasp.org/www-community/attacks/CSV_Injection."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - full width is what is meant.
"""A spreadsheet would run a text that begins so as a formula."""


def csv_line(values: Iterable[Any]) -> str:
    """Return the values as one line: None as nothing, documents as JSON, and no text as a formula.

    A text that looks like one begins with an apostrophe; a number cannot be one, also below zero.
    """
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow([_cell(value) for value in values])
    return line.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list | bool):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_BEGINS) and not isinstance(value, int | float) else text
