"""The base of what servers set."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import Field, ValidationError, create_model

from guildbase.core.errors import ConfigurationError
from guildbase.core.feature_settings import FeatureSettings
from guildbase.core.validators import Duration, check_duration, duration_text


class Pause(FeatureSettings):
    length: Duration = Field(default=timedelta(minutes=90), description="How long.")
    share: float = Field(default=0.5, description="How much.")


class LongPause(Pause):
    length: Duration = Field(default=timedelta(days=2), description="How long.")


def test_the_defaults_are_one_instance_of_each_class() -> None:
    assert Pause.defaults() is Pause.defaults()
    assert (Pause.defaults().length, LongPause.defaults().length) == (timedelta(minutes=90), timedelta(days=2))
    assert type(LongPause.defaults()) is LongPause


@pytest.mark.parametrize("wrong", [{"unknown": 1}, {"share": float("nan")}, {"share": float("inf")}])
def test_what_is_unknown_or_no_number_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Pause(**wrong)


@pytest.mark.parametrize(
    "field", [(int, Field(description="No default.")), (int, 5), (int, Field(default=5, description=""))]
)
def test_a_field_without_default_or_description_is_refused_with_what_to_write(field: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"Wrong\.number needs a default and a description") as refused:
        create_model("Wrong", __base__=FeatureSettings, number=field)
    assert "number: int" in refused.value.hint


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1s"), (90, "1m 30s"), (86_400, "1d"), (93_784, "1d 2h 3m 4s"), (315_360_000, "3650d")]
)
def test_a_duration_is_stored_as_people_write_it(seconds: int, text: str) -> None:
    duration = timedelta(seconds=seconds)
    assert duration_text(duration) == text
    assert check_duration(text) == duration
    assert Pause(length=duration).model_dump(mode="json")["length"] == text


def test_less_than_a_second_is_no_time() -> None:
    assert duration_text(timedelta(milliseconds=900)) == "0s"


def test_without_another_word_documents_of_all_shapes_are_alike() -> None:
    assert Pause.upgrade({"share": 1}, 1) == {"share": 1}
