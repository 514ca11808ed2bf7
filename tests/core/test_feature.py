from __future__ import annotations

from typing import Any

import pytest

from guildbase.core.errors import ConfigurationError
from guildbase.core.feature import Feature


@pytest.mark.parametrize("name", ["ab", "moderation", "a1_b2", "x" * 40])
def test_a_good_name_is_taken(name: str) -> None:
    assert Feature(name=name, summary="Does it.").name == name


@pytest.mark.parametrize("name", ["", "a", "x" * 41, "Moderation", "1st", "_x", "a-b", "a b", "a.b", "ab\n", "ü2"])
def test_a_bad_name_is_refused_with_what_is_allowed(name: str) -> None:
    with pytest.raises(ConfigurationError, match="is no feature name") as refused:
        Feature(name=name, summary="Does it.")
    assert "lower-case" in refused.value.hint


@pytest.mark.parametrize("summary", ["", "  \n"])
def test_a_feature_must_say_what_it_is_for(summary: str) -> None:
    with pytest.raises(ConfigurationError, match="Feature mute has no summary"):
        Feature(name="mute", summary=summary)


@pytest.mark.parametrize("attribute", ["requires", "intents", "optional_intents", "message_handlers"])
def test_a_forgotten_comma_is_told(attribute: str) -> None:
    forgotten: dict[str, Any] = {attribute: "guilds"}
    with pytest.raises(ConfigurationError, match=f"Feature mute: {attribute} is no tuple") as refused:
        Feature(name="mute", summary="Does it.", **forgotten)
    assert "comma" in refused.value.hint
