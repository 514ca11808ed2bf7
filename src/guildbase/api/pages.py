"""How every list is paged: `after` takes the `next_after` of the page before, which means nothing else to a client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BeforeValidator

from guildbase.core.i18n import _

RowT = TypeVar("RowT")

LARGEST_NUMBER, LARGEST_BIG_NUMBER = 2**31 - 1, 2**63 - 1
_TOLD = "The `next_after` of the page before; without it the list begins."


def _at_most(largest: int) -> BeforeValidator:
    def number(value: object) -> int:
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= largest):
            raise ValueError(_("not the `next_after` of a page"))
        return int(text)

    return BeforeValidator(number, json_schema_input_type=str)


_Place = Annotated[int, _at_most(LARGEST_NUMBER)]
_BigPlace = Annotated[int, _at_most(LARGEST_BIG_NUMBER)]

Limit = Annotated[int, Query(ge=1, le=100, description="How many of the list at most.")]
After = Annotated[str | None, Query(max_length=500, description=_TOLD)]
"""The place in a list that is paged by several columns."""
AfterNumber = Annotated[_Place | None, Query(description=_TOLD)]
"""The place in a list that is in the order of its numbers."""
AfterBigNumber = Annotated[_BigPlace | None, Query(description=_TOLD)]
"""The same where the numbers are those of the whole installation."""
AfterId = Annotated[UUID | None, Query(description=_TOLD)]
"""The place in a list that is in the order of its ids."""


def cut(found: Sequence[RowT], limit: int) -> tuple[Sequence[RowT], RowT | None]:
    """Return a page and its last row if more follow; one row more than fits was asked for, to know that."""
    page = found[:limit]
    return page, page[-1] if len(found) > limit else None
