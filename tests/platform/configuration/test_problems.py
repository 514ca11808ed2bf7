"""What is wrong with a value is said in plain words, in the language of who reads it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from guildbase.core.i18n import speaking
from guildbase.platform.configuration.problems import problem_text


class Tone(StrEnum):
    LOUD = "loud"
    QUIET = "quiet"


WRONG: list[tuple[Any, Any, str]] = [
    (bool, "maybe", "it is either on or off"),
    (bool, [], "it is either on or off"),
    (int, "x", "it must be a whole number"),
    (int, 1.5, "it must be a whole number"),
    (int, None, "it must be a whole number"),
    (float, "x", "it must be a number"),
    (float, None, "it must be a number"),
    (str, 1, "it must be a text"),
    (Annotated[str, Field(max_length=3)], "long", "it has at most 3 characters"),
    (Annotated[str, Field(min_length=3)], "no", "it has at least 3 characters"),
    (Annotated[tuple[int, ...], Field(max_length=1)], (1, 2), "it has at most 1 entries"),
    (Annotated[tuple[int, ...], Field(min_length=1)], (), "it has at least 1 entries"),
    (Annotated[int, Field(gt=3)], 3, "it must be more than 3"),
    (Annotated[int, Field(ge=3)], 2, "it must be 3 or more"),
    (Annotated[int, Field(lt=3)], 3, "it must be less than 3"),
    (Annotated[int, Field(le=3)], 4, "it must be 3 or less"),
    (Literal["a", "b", "c"], "d", "it must be one of 'a', 'b', 'c'"),
    (Tone, "soft", "it must be one of 'loud', 'quiet'"),
    (dict[str, int], 1, "Input should be a valid dictionary"),
]


@pytest.mark.parametrize(("kind", "value", "told"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_a_refused_value_says_what_is_allowed(kind: Any, value: Any, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(value)
    (found,) = refused.value.errors()
    assert problem_text(found) == told
    with speaking("de"):
        assert (problem_text(found) == told) is (found["type"] == "dict_type")
