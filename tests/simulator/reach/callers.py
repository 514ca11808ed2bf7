"""Every route that discord.py has a caller for and every gateway event it parses, read from its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import discord

_SOURCE = Path(discord.__file__).parent
_NAME = re.compile(r"{[^}]*}")


@cache
def routes() -> tuple[str, ...]:
    """Return method and template of every call of `Route`."""
    return tuple(sorted({route for file in sorted(_SOURCE.rglob("*.py")) for route in _routes(file)}))


@cache
def events() -> tuple[str, ...]:
    """Return the names of all events that discord.py's state parses."""
    tree = ast.parse((_SOURCE / "state.py").read_text("utf-8"))
    functions = [it.name for it in ast.walk(tree) if isinstance(it, ast.FunctionDef)]
    return tuple(sorted({it.removeprefix("parse_").upper() for it in functions if it.startswith("parse_")}))


def route_of(method: str, path: str) -> str | None:
    """Return the route that a request went to; literal words in its template win over parameters."""
    for route in _literal_first():
        known, _, template = route.partition(" ")
        if known == method and re.fullmatch(_NAME.sub("[^/]+", template), path):
            return route
    return None


@cache
def _literal_first() -> tuple[str, ...]:
    return tuple(sorted(routes(), key=lambda it: it.count("{")))


def _routes(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Route":
            yield f"{_text(node.args[0])} {_text(node.args[1])}"


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(it) for it in node.values)
    if isinstance(node, ast.FormattedValue):
        return f"{{{ast.unparse(node.value)}}}"
    assert isinstance(node, ast.Constant)
    return str(node.value)
