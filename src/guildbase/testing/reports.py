"""What pytest shows of a failed test: the messages as people saw them."""

from __future__ import annotations

import sys
from difflib import ndiff

import pytest

from guildbase.simulator import DidNotAnswer, NothingHeard, Simulator, SimulatorError
from guildbase.simulator.people.seen import Text
from guildbase.simulator.people.situation import everything

_COMPARISONS = ("==", "!=", "in", "not in")


def compared(op: str, left: object, right: object) -> list[str] | None:
    """Return the lines for a failed comparison with the text of a message; None for other comparisons."""
    text = next((it for it in (right, left) if isinstance(it, Text)), None)
    if text is None or op not in _COMPARISONS:
        return None
    lines = [f"{left!r} {op} {right!r}", "The message:", *(f"  {line}" for line in str(text.source).splitlines())]
    if op == "==" and isinstance(left, str) and isinstance(right, str):
        lines += ["The difference:", *(f"  {line}" for line in ndiff(right.splitlines(), left.splitlines()))]
    return lines


def hide_people() -> None:
    """Leave the inside of scripted people out of tracebacks of their errors, which are about the bot."""
    for name, module in list(sys.modules.items()):
        if name.startswith("guildbase.simulator.people."):
            vars(module)["__tracebackhide__"] = _is_about_the_bot


def _is_about_the_bot(error: pytest.ExceptionInfo[BaseException]) -> bool:
    return error.errisinstance(SimulatorError)


def scene_of(simulator: Simulator, error: BaseException | None) -> str | None:
    """Return what happened on the local Discord, unless the error tells it by itself."""
    return None if isinstance(error, DidNotAnswer | NothingHeard) else everything(simulator.scene)
