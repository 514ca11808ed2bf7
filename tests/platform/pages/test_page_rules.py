"""What a page may show and take, and how it may be declared."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, Field

from guildbase.core.errors import ConfigurationError, InvalidInput
from guildbase.core.feature import Feature
from guildbase.platform.pages import rules
from guildbase.services.pages import Card, CellKind, Page, Stats

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Form(BaseModel):
    """A form with all that can go wrong."""

    amount: int = Field(ge=1)
    note: str = ""


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("text", None, None),
        ("text", "<b>x</b>", "<b>x</b>"),
        ("text", "half \ud83d", "half ?"),
        ("badge", "y" * 2000, "y" * 1000),
        ("number", 3, 3),
        ("number", 0.5, 0.5),
        ("time", NOON, "2026-05-01T12:00:00+00:00"),
        ("user", 1128754567890123457, "1128754567890123457"),
        ("role", 7, "7"),
        ("channel", 8, "8"),
    ],
)
def test_values_are_shown_as_their_kind(kind: CellKind, value: object, shown: rules.Shown) -> None:
    assert rules.shown(kind, value) == shown


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 3),
        ("number", True),
        ("number", "3"),
        ("number", math.nan),
        ("time", NOON.replace(tzinfo=None)),
        ("time", "noon"),
        ("user", "1128754567890123457"),
        ("role", True),
    ],
)
def test_what_is_not_of_its_kind_is_the_features_mistake(kind: CellKind, value: object) -> None:
    with pytest.raises(TypeError):
        rules.shown(kind, value)


def test_a_card_has_its_own_kind() -> None:
    assert rules.shown_card(Card("Last", NOON, kind="time")) == NOON.isoformat()


def test_a_form_is_checked_and_every_mistake_told() -> None:
    assert rules.filled_in(Form, {"amount": 2}) == Form(amount=2)
    assert rules.filled_in(None, {}) is None
    with pytest.raises(InvalidInput) as wrong:
        rules.filled_in(Form, {"amount": 0, "extra": 1})
    assert set(wrong.value.problems) == {"amount", "extra"}
    with pytest.raises(InvalidInput) as many:
        rules.filled_in(None, {f"field{number}": 1 for number in range(30)})
    assert len(many.value.problems) == rules.MAX_PROBLEMS


class Renamed(BaseModel):
    """A form whose field has another name outside."""

    sender: str = Field(alias="from")


def test_a_form_is_filled_in_by_the_names_that_are_shown() -> None:
    assert rules.filled_in(Renamed, {"from": "x"}) == Renamed.model_validate({"from": "x"})
    for wrong in ({"sender": "x"}, {"from": "x", "sender": "x"}):
        with pytest.raises(InvalidInput) as refused:
            rules.filled_in(Renamed, wrong)
        assert "sender" in refused.value.problems


async def no_cards(_visit: Any) -> list[Card]:
    return []


@pytest.mark.parametrize("name", ["", "Shop", "a b", "../x", "x" * 41])
def test_a_name_that_no_address_could_have_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError):
        Page(name, "Shop", "x", ())
    with pytest.raises(ConfigurationError):
        Page("shop", "Shop", "x", (Stats(name, "Cards", no_cards),))


def test_two_blocks_of_a_page_have_different_names() -> None:
    with pytest.raises(ConfigurationError, match="same name"):
        Page("shop", "Shop", "x", (Stats("a", "One", no_cards), Stats("a", "Two", no_cards)))


def test_the_pages_of_a_manifest_are_a_tuple() -> None:
    with pytest.raises(ConfigurationError, match="pages is no tuple"):
        Feature(name="shop", summary="x", pages="pages:SHOP")  # type: ignore[arg-type]
