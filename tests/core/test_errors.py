from __future__ import annotations

import re

from guildbase.core import errors
from guildbase.core.errors import GuildbaseError
from guildbase.core.registry import FeatureRegistry


def _family(kind: type[GuildbaseError]) -> set[type[GuildbaseError]]:
    return {kind}.union(*(_family(child) for child in kind.__subclasses__()))


def test_the_tree_in_the_module_docstring_is_the_real_one() -> None:
    drawn = re.findall(r"[├└]── (\w+) .*?(\(exit code 2\)|\d{3})\n", f"{errors.__doc__}\n")
    told = {name: 500 if "exit" in status else int(status) for name, status in drawn}
    real = {
        kind.__name__: kind.status for kind in GuildbaseError.__subclasses__() if kind.__module__ == errors.__name__
    }
    assert told == real


def test_every_error_has_a_code_of_its_own(registry: FeatureRegistry) -> None:
    for file in ("controller", "rules"):
        list(registry.modules(file))
    kinds = {kind for kind in _family(GuildbaseError) if kind.__module__.startswith("guildbase.")}
    codes = [kind.code for kind in kinds]
    assert sorted(codes) == sorted(set(codes))
    assert all(re.fullmatch(r"[a-z_]+", code) for code in codes)
    assert all(400 <= kind.status < 600 for kind in kinds)


def test_text_is_the_message_and_then_what_to_do() -> None:
    error = errors.Conflict("It is taken.", hint="Choose another.")
    assert (error.message, error.hint, str(error)) == ("It is taken.", "Choose another.", "It is taken.")
    assert error.text == "It is taken. Choose another."


def test_without_a_hint_the_text_is_the_message() -> None:
    assert errors.NotFound("Gone.").text == "Gone."
