"""How typed slash commands are read."""

from __future__ import annotations

from typing import Any

import pytest

from guildbase.cli.demo.syntax import NotUnderstood, SlashLine, leaves, parse, usage


def option(name: str, kind: int, *, required: bool = False, options: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {"name": name, "type": kind, "required": required, "options": list(options)}


COMMANDS = {
    "ping": [],
    "warn": [option("user", 6, required=True), option("reason", 3, required=True)],
    "case": [option("view", 1, options=(option("number", 4, required=True),))],
    "set": [option("on", 5), option("share", 10), option("where", 7), option("who", 8)],
}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/ping", SlashLine("ping", {})),
        ("/warn user:priya reason:so much spam", SlashLine("warn", {"user": "priya", "reason": "so much spam"})),
        ("/warn reason:a user:b", SlashLine("warn", {"user": "b", "reason": "a"})),
        ("/warn @Priya far too loud", SlashLine("warn", {"user": "priya", "reason": "far too loud"})),
        ("/warn priya note: be kind", SlashLine("warn", {"user": "priya", "reason": "note: be kind"})),
        ("/case view 7", SlashLine("case view", {"number": 7})),
        ("/case view number:7", SlashLine("case view", {"number": 7})),
        ("/set on:yes share:0.5 where:#log who:@Staff", SlashLine(
            "set", {"on": True, "share": 0.5, "where": "log", "who": "Staff"}
        )),
        ("/set on:no", SlashLine("set", {"on": False})),
    ],
)  # fmt: skip
def test_a_line_becomes_a_command_with_values(line: str, expected: SlashLine) -> None:
    assert parse(line, COMMANDS) == expected


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/", "/case, /ping, /set, /warn"),
        ("/nope", "no such command"),
        ("/case", "/case view"),
        ("/case look 1", "/case view"),
        ("/case view seven", "number takes a number"),
        ("/ping hard", "takes nothing more"),
    ],
)
def test_what_is_not_understood_is_explained(line: str, told: str) -> None:
    with pytest.raises(NotUnderstood, match=told):
        parse(line, COMMANDS)


def test_without_commands_the_answer_says_so() -> None:
    with pytest.raises(NotUnderstood, match="none yet"):
        parse("/ping", {})


def test_usage_shows_every_command_and_subcommand() -> None:
    shown = {usage(name, options) for name, options in leaves(COMMANDS)}
    assert {"/ping", "/warn user:… reason:…", "/case view number:…"} <= shown
    assert "/set [on:…] [share:…] [where:…] [who:…]" in shown
