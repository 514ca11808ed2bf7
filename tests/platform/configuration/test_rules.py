"""What documents mean and how they differ, without a database."""

from __future__ import annotations

from typing import Any, Self

import pytest
from pydantic import Field, model_validator

from guildbase.core.errors import InvalidInput
from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.configuration import rules
from guildbase.platform.configuration.controller.toggles import ToggleRule
from guildbase.platform.configuration.rules import Difference


class Numbers(FeatureSettings):
    """Settings in their second shape: `lowest` was renamed."""

    shape = 2

    low: int = Field(default=1, ge=0, le=100, description="Fewest.")
    high: int = Field(default=10, ge=0, le=100, description="Most.")
    anything: Any = Field(default=None, description="Whatever.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low is more than high")
        return self

    @classmethod
    def upgrade(cls, document: dict[str, Any], shape: int) -> dict[str, Any]:
        document["low"] = document.pop("lowest")
        return document


def test_a_document_of_todays_shape_is_read_as_it_is() -> None:
    reading = rules.read(Numbers, {"low": 2}, 2)
    assert (reading.settings, reading.ignored, reading.obstacle) == (Numbers(low=2), {}, "")
    assert reading.counting == {"low": 2}


def test_an_older_document_is_brought_to_todays_shape_and_itself_not_touched() -> None:
    stored = {"lowest": 2, "high": 5}
    reading = rules.read(Numbers, stored, 1)
    assert (reading.settings, reading.document) == (Numbers(low=2, high=5), {"low": 2, "high": 5})
    assert stored == {"lowest": 2, "high": 5}


def test_an_upgrade_that_fails_gives_the_defaults_and_keeps_the_document() -> None:
    reading = rules.read(Numbers, {"high": 5}, 1)
    assert (reading.settings, reading.document) == (Numbers.defaults(), {"high": 5})
    assert reading.ignored == {"high": "KeyError"}
    assert "older version" in reading.obstacle


def test_of_a_newer_document_that_counts_which_fits() -> None:
    reading = rules.read(Numbers, {"low": 2, "colour": "red"}, 3)
    assert (reading.settings, set(reading.ignored)) == (Numbers(low=2), {"colour"})
    assert "newer version" in reading.obstacle


def test_a_value_that_does_not_fit_any_more_gives_way_to_its_default_and_the_rest_stays() -> None:
    reading = rules.read(Numbers, {"low": 500, "high": 20, "gone": 1}, 2)
    assert reading.settings == Numbers(high=20)
    assert reading.ignored == {
        "low": "it must be 100 or less",
        "gone": "Extra inputs are not permitted",
    }
    assert reading.counting == {"high": 20}


def test_values_that_do_not_go_together_give_way_as_few_as_possible() -> None:
    reading = rules.read(Numbers, {"high": 5, "low": 7}, 2)
    assert (reading.settings, reading.ignored) == (Numbers(high=5), {"low": "low is more than high"})


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ({}, {}, {}),
        ({}, {"a": None}, {"a": "added"}),
        ({"a": None}, {}, {"a": "removed"}),
        ({"a": 1, "b": [1, 2]}, {"a": 1, "b": [2, 1]}, {"b": "changed"}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}, {}),
        ({"a": 1}, {"a": True}, {"a": "changed"}),
        ({"a": 1}, {"a": 1.0}, {"a": "changed"}),
        ({"b": 1, "a": 1}, {"c": 1, "b": 2}, {"a": "removed", "b": "changed", "c": "added"}),
    ],
)
def test_a_difference_says_what_was_added_changed_and_removed(
    before: dict[str, Any], after: dict[str, Any], kinds: dict[str, str]
) -> None:
    found = rules.diff(before, after)
    assert [(it.key, it.kind) for it in found] == sorted(kinds.items())
    assert rules.of_changes(rules.to_changes(found)) == found
    back = rules.diff(after, before)
    assert [(it.before, it.after) for it in back] == [(it.after, it.before) for it in found]


def test_a_difference_holds_both_values() -> None:
    assert rules.diff({"a": 1}, {"a": 2}) == (Difference("a", "changed", 1, 2),)


def test_what_python_can_hold_and_json_cannot_is_refused() -> None:
    for value in (object(), {1, object()}, 10**30):
        settings = Numbers.model_construct(anything=value)
        with pytest.raises(InvalidInput):
            rules.as_document(settings, ["anything"])


def test_a_word_is_likened_to_those_that_are_known() -> None:
    assert rules.near("prefx", ["prefix", "locale"]) == ["prefix"]
    assert rules.near("zzz", ["prefix", "locale"]) == ["locale", "prefix"]


def test_the_rule_of_switches_is_added_once_for_a_registry() -> None:
    one, other = FeatureRegistry(), FeatureRegistry()
    assert ToggleRule(one) == ToggleRule(one)
    assert hash(ToggleRule(one)) == hash(ToggleRule(one))
    assert ToggleRule(one) != ToggleRule(other)
    assert ToggleRule(one) != one
