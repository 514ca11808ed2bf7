"""Business rules apart from models: what an action must meet, told all at once and not one after the other.

A feature keeps its rules as functions of a subject, a frozen dataclass of what is to be done. Other features may add
rules for the same subject. A rule that has to read is a coroutine function.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from guildbase.core.errors import GuildbaseError, InvalidInput, PermissionDenied

SubjectT = TypeVar("SubjectT")


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a rule refuses."""

    field: str
    """The part of the subject that it is about."""
    reason: str
    hint: str = ""
    is_forbidden: bool = False
    """Whether the caller lacks the right to do it, rather than has given a wrong value."""


Rule = Callable[[SubjectT], Violation | Awaitable[Violation | None] | None]


class ValidationService:
    """Knows the rules of each kind of subject and applies all of them."""

    def __init__(self) -> None:
        self._rules: defaultdict[type[Any], list[Rule[Any]]] = defaultdict(list)

    def add(self, subject: type[SubjectT], *rules: Rule[SubjectT]) -> None:
        """Apply these rules, too, whenever a subject of this type is validated."""
        self._rules[subject] += [rule for rule in rules if rule not in self._rules[subject]]

    async def validate(self, subject: object) -> None:
        """Return if the subject meets all rules.

        Raises:
            PermissionDenied: the caller lacks a right; only what has to do with rights is told then.
            InvalidInput: values are wrong, all of which are told.
        """
        found = [violation for rule in self._rules[type(subject)] if (violation := await _applied(rule, subject))]
        if forbidden := [violation for violation in found if violation.is_forbidden]:
            raise _told(PermissionDenied, forbidden)
        if found:
            raise _told(InvalidInput, found)


async def _applied(rule: Rule[Any], subject: object) -> Violation | None:
    violation = rule(subject)
    if violation is None or isinstance(violation, Violation):  # Nearly always, and the other question takes long.
        return violation
    return await violation


def _told(kind: type[GuildbaseError], violations: Sequence[Violation]) -> GuildbaseError:
    problems: dict[str, str] = {}
    for it in violations:
        problems[it.field] = f"{problems[it.field]} {it.reason}" if it.field in problems else it.reason
    # The same hint twice would read odd.
    hints = dict.fromkeys(it.hint for it in violations if it.hint)
    return kind(" ".join(it.reason for it in violations), hint=" ".join(hints), problems=problems)
