"""What a page may show: values that are what their kind says, and none of them without an end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.services.pages import Card, CellKind, Column

MAX_TEXT = 1000
"""Characters of a value that are shown."""
MAX_CARDS = 12
MAX_PROBLEMS = 10
"""Mistakes in a form that are told."""

Shown = str | int | float | None


def shown(kind: CellKind, value: object) -> Shown:
    """Return the value as JSON has it: ids and moments as text, and text without halves of characters.

    Raises:
        TypeError: it is not of its kind, which is the feature's mistake.
    """
    if value is None:
        return None
    if kind == "number":
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return value
    elif kind == "time":
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.isoformat()
    elif kind in ("text", "badge"):
        if isinstance(value, str):
            return whole(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"A page shows {value!r} as {kind}, which it is not.")


def whole(text: str) -> str:
    """Return the text as any answer can hold it: cut where it is too long, and without halves of characters."""
    return text[:MAX_TEXT].encode(errors="replace").decode()


def shown_rows(columns: Sequence[Column], rows: Sequence[Mapping[str, object]], limit: int) -> list[dict[str, Shown]]:
    """Return what is shown of the rows: the columns that the page declares, and no more rows than were asked for."""
    return [{column.name: shown(column.kind, row.get(column.name)) for column in columns} for row in rows[:limit]]


def shown_card(card: Card) -> Shown:
    """Return the card's value as JSON has it."""
    return shown(card.kind, card.value)


def filled_in(form: type[BaseModel] | None, given: Mapping[str, Any]) -> BaseModel | None:
    """Return the form as it was filled in, or None where there is none.

    Raises:
        InvalidInput: a value is wrong, or belongs to no field; all of them are told by field.
    """
    fields = form.model_json_schema().get("properties", {}) if form is not None else {}
    problems = {name: _("There is no such field.") for name in given if name not in fields}
    made: BaseModel | None = None
    if form is not None:
        try:
            made = form.model_validate(dict(given))
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            problems |= {".".join(map(str, it["loc"])): it["msg"] for it in found}
    if problems:
        told = dict(list(problems.items())[:MAX_PROBLEMS])
        raise InvalidInput(_("The form is not filled in rightly."), problems=told)
    return made
