"""Reads slash commands as people type them: `/warn user:priya reason:spam`, or `/warn priya spam`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SUB_COMMAND_KINDS = (1, 2)
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, NUMBER = 3, 4, 5, 6, 7, 8, 10

Declared = Sequence[Mapping[str, Any]]
"""Options as the bot registered them, in Discord's shape."""


class NotUnderstood(Exception):
    """The line is no command of the bot; the message says what to type."""


@dataclass(frozen=True, slots=True)
class SlashLine:
    """A command and the values of its options."""

    command: str
    values: dict[str, Any]


def parse(line: str, commands: Mapping[str, Declared]) -> SlashLine:
    """Return what the line asks for; raise NotUnderstood if it fits no command."""
    words = line.removeprefix("/").split()
    if not words or words[0] not in commands:
        known = ", ".join(f"/{name}" for name in sorted(commands))
        raise NotUnderstood(f"The bot has no such command. It has {known or 'none yet'}.")
    path = [words.pop(0)]
    options = commands[path[0]]
    while options and options[0]["type"] in SUB_COMMAND_KINDS:
        sub = next((option for option in options if words and option["name"] == words[0]), None)
        if sub is None:
            raise NotUnderstood(f"Say which: {', '.join('/' + ' '.join([*path, o['name']]) for o in options)}.")
        path.append(words.pop(0))
        options = sub.get("options") or ()
    rest = line.removeprefix("/").split(maxsplit=len(path))
    text = rest[len(path)] if len(rest) > len(path) else ""
    values = _named(text, options) or _positional(text, options)
    return SlashLine(" ".join(path), {name: _value(options, name, value) for name, value in values.items()})


def usage(command: str, options: Declared) -> str:
    """Return how a command is typed."""
    parts = [f"{option['name']}:…" if option.get("required") else f"[{option['name']}:…]" for option in options]
    return " ".join([f"/{command}", *parts])


def leaves(commands: Mapping[str, Declared]) -> Iterable[tuple[str, Declared]]:
    """Yield every command and sub-command that can be used, with its options."""
    pending = list(commands.items())
    while pending:
        name, options = pending.pop(0)
        if options and options[0]["type"] in SUB_COMMAND_KINDS:
            pending += [(f"{name} {option['name']}", option.get("options") or ()) for option in options]
        else:
            yield name, options


def _named(text: str, options: Declared) -> dict[str, str]:
    """Return values given as `name:value`; a value reaches up to the next name."""
    names = "|".join(re.escape(option["name"]) for option in options)
    if not names:
        return {}
    pieces = re.split(rf"(?:^|\s)({names}):", f" {text}")
    if len(pieces) < 3 or pieces[0].strip():
        return {}
    return {name: value.strip() for name, value in zip(pieces[1::2], pieces[2::2], strict=True)}


def _positional(text: str, options: Declared) -> dict[str, str]:
    """Return values given in the order of the options; the last one takes all that is left."""
    words = text.split(maxsplit=max(len(options) - 1, 0))
    if words and not options:
        raise NotUnderstood("This command takes nothing more.")
    return {option["name"]: word for option, word in zip(options, words, strict=False)}


def _value(options: Declared, name: str, text: str) -> Any:
    kind = next(option["type"] for option in options if option["name"] == name)
    convert = _CONVERTERS.get(kind, str)
    try:
        return convert(text)
    except ValueError:
        raise NotUnderstood(f"{name} takes a number, not {text!r}.") from None


_CONVERTERS: dict[int, Callable[[str], Any]] = {
    INTEGER: int,
    NUMBER: float,
    BOOLEAN: lambda text: text.lower() in ("true", "yes", "y", "1"),
    USER: lambda text: text.removeprefix("@").lower(),
    CHANNEL: lambda text: text.removeprefix("#"),
    ROLE: lambda text: text.removeprefix("@"),
}
