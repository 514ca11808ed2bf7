"""One fault: how often, how long and how likely it strikes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from guildbase.simulator.people.errors import SimulatorError
from guildbase.simulator.world.clock import Clock


class ImpossibleFault(SimulatorError, ValueError):
    """The fault that was asked for makes no sense."""


@dataclass(slots=True, frozen=True)
class When:
    """The bounds of a fault: after `times` hits or `seconds` of the simulator's clock it is over.

    It strikes with the given `chance`; a `seed` makes the dice fall the same way each time.
    """

    times: int | None = None
    seconds: float | None = None
    chance: float = 1.0
    seed: int | None = None

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ImpossibleFault("times must be 1 or more")
        if self.seconds is not None and self.seconds <= 0:
            raise ImpossibleFault("seconds must be more than 0")
        if not 0 < self.chance <= 1:
            raise ImpossibleFault("chance must lie above 0 and be at most 1")


_numbers = itertools.count(1)


class Fault:
    """In force from the moment it is made until it is lifted: by hand, at the end of a `with`, or by its bounds."""

    def __init__(self, name: str, when: When, clock: Clock, on_hit: Callable[[str], None]) -> None:
        self.id = next(_numbers)
        self.name = name
        self.hits = 0
        self._when = when
        self._clock = clock
        self._on_hit = on_hit
        self._ends = None if when.seconds is None else clock.time() + when.seconds
        # Chance here is for tests, not for secrets.
        self.random = random.Random(when.seed)  # noqa: S311
        self._lifted = False

    @property
    def over(self) -> bool:
        """Whether it will not strike any more."""
        spent = self._when.times is not None and self.hits >= self._when.times
        late = self._ends is not None and self._clock.time() >= self._ends
        return self._lifted or spent or late

    @property
    def finished(self) -> bool:
        """Whether it can be forgotten."""
        return self.over

    def strikes(self) -> bool:
        """Tell whether it strikes this time, and count the hit if so."""
        if self.over or (self._when.chance < 1 and self.random.random() >= self._when.chance):
            return False
        self.hits += 1
        self._on_hit(self.name)
        return True

    def lift(self) -> None:
        """End it."""
        self._lifted = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lift()
