"""One index for each way of finding rules, so that thousands of rules cost little more than one."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from guildbase.features.automod.engine import text
from guildbase.features.automod.engine.facts import Facts
from guildbase.features.automod.engine.patterns import PatternSet, literal, stands_alone

Place = int
"""Where a rule stands among the engine's rules."""
T = TypeVar("T")


class Seen:
    """A message, with what several indexes ask of its text worked out once, and only if one asks."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def plain(self) -> str:
        """The text as words are looked for in it."""
        return text.plain(self.facts.content)

    @cached_property
    def folded(self) -> str:
        """The same with lookalikes made one."""
        return text.folded(self.plain)

    @cached_property
    def hosts(self) -> set[str]:
        """The domains that it links to."""
        return text.hosts_in(self.facts.content)

    @cached_property
    def invites(self) -> set[str]:
        """The codes of its invites."""
        return text.invites_in(self.facts.content)

    @cached_property
    def capitals(self) -> tuple[int, int]:
        """How many letters are capitals, and how many could be."""
        return text.capitals(self.facts.content)


class Patterns:
    """Which rules a pattern that is found belongs to."""

    def __init__(self) -> None:
        self._rules: dict[str, list[Place]] = defaultdict(list)

    def add(self, pattern: str, place: Place) -> None:
        """Have the rule broken by the pattern."""
        self._rules[pattern].append(place)

    @cached_property
    def _set(self) -> tuple[PatternSet, list[list[Place]]]:
        return PatternSet(tuple(self._rules)), list(self._rules.values())

    def compile(self) -> None:
        """Make it ready, which takes a while for many patterns."""
        _ = self._set

    def find(self, searched: str) -> Iterator[tuple[Place, str]]:
        """Yield the rules, each with the pattern that was found."""
        if self._rules:
            patterns, rules = self._set
            for found in patterns.find(searched):
                for place in rules[found]:
                    yield place, patterns.patterns[found]


class Words:
    """Words, alone or anywhere."""

    def __init__(self) -> None:
        self._alone: dict[str, list[Place]] = defaultdict(list)
        self._phrases: dict[str, list[Place]] = defaultdict(list)
        self._anywhere: dict[str, list[Place]] = defaultdict(list)

    @cached_property
    def _set(self) -> tuple[PatternSet, list[str]]:
        # Whether a phrase stands alone is looked at when it is found: as a part of the pattern it costs a hundredfold.
        words = list({**self._phrases, **self._anywhere})
        return PatternSet([*map(literal, words)]), words

    def compile(self) -> None:
        """Make it ready, which takes a while for many words."""
        _ = self._set

    def add(self, word: str, place: Place, *, whole: bool) -> None:
        """Have the rule broken by the word, which is in the form of the text that is searched."""
        if whole and text.words_in(word) == {word}:
            self._alone[word].append(place)
        elif word:
            (self._phrases if whole else self._anywhere)[word].append(place)

    def find(self, searched: str) -> Iterator[tuple[Place, str]]:
        """Yield the rules, each with what was found."""
        if self._alone:
            for word in self._alone.keys() & text.words_in(searched):
                for place in self._alone[word]:
                    yield place, word
        patterns, words = self._set
        for found in patterns.find(searched):
            word = words[found]
            for place in self._anywhere.get(word, ()):
                yield place, word
            if word in self._phrases and stands_alone(word, searched):
                for place in self._phrases[word]:
                    yield place, word


class Hosts:
    """Domains that links must not lead to."""

    def __init__(self) -> None:
        self._rules: dict[str, list[Place]] = defaultdict(list)

    def add(self, entry: str, place: Place) -> None:
        """Have the rule broken by links to the domain and those below it."""
        self._rules[text.domain(entry)].append(place)

    def find(self, hosts: Iterable[str]) -> Iterator[tuple[Place, str]]:
        """Yield the rules, each with the domain that the link leads to."""
        if self._rules:
            for host in hosts:
                for name in text.parents(host):
                    for place in self._rules.get(name, ()):
                        yield place, host


class Limits(Generic[T]):
    """Rules that are broken from some amount on: the amount is taken once, and only the rules below it are seen."""

    def __init__(self, amount: Callable[[Seen], float | None]) -> None:
        self._amount = amount
        self._rules: list[tuple[float, Place]] = []
        self._limits: list[float] = []

    @property
    def has_rules(self) -> bool:
        """Whether any rule goes by the amount."""
        return bool(self._rules)

    def add(self, limit: float, place: Place) -> None:
        """Have the rule broken by any greater amount."""
        self._rules.append((limit, place))
        self._rules.sort()
        self._limits = [known for known, _place in self._rules]

    def find(self, seen: Seen) -> Iterator[tuple[Place, str]]:
        """Yield the rules, each with the amount."""
        if (amount := self._amount(seen)) is not None:
            for _limit, place in self._rules[: bisect_left(self._limits, amount)]:
                yield place, f"{amount:.0f}"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many messages in so many seconds, of one text or of any."""

    messages: int
    seconds: int
    same_text: bool
