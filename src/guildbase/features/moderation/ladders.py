"""What happens when warnings add up: steps, points, and which step a warning has reached. Pure decisions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from guildbase.core.i18n import _
from guildbase.core.validators import check_duration, duration_text
from guildbase.features.moderation.kinds import CaseType

STEPS = {
    "timeout": CaseType.TIMEOUT,
    "mute": CaseType.MUTE,
    "jail": CaseType.JAIL,
    "kick": CaseType.KICK,
    "softban": CaseType.SOFTBAN,
    "tempban": CaseType.TEMPBAN,
    "ban": CaseType.BAN,
}
"""What a step may do, by the word that names it."""
TIMED = {CaseType.TIMEOUT, CaseType.TEMPBAN}
"""What takes a duration."""
UNTIMED = {CaseType.KICK, CaseType.SOFTBAN, CaseType.BAN}
"""What takes none."""
MAX_POINTS = 1000
EXAMPLE = "3 in 30d = timeout 1h"


@dataclass(frozen=True, slots=True)
class Step:
    """So many points lead to this."""

    points: int
    case_type: CaseType
    duration: timedelta | None = None
    within: timedelta | None = None
    """Only warnings of this time count; None for all that have not fallen away."""

    @property
    def text(self) -> str:
        """The step as `read_step` takes it."""
        within = f" in {duration_text(self.within)}" if self.within else ""
        word = next(word for word, case_type in STEPS.items() if case_type is self.case_type)
        return f"{self.points}{within} = {word}{f' {duration_text(self.duration)}' if self.duration else ''}"


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that counts."""

    number: int
    points: int
    at: datetime


def read_step(text: str) -> Step:
    """Return the step that such a line describes: `3 in 30d = timeout 1h`, `5 = ban`.

    Raises:
        ValueError: it is none; it says why.
    """
    left, _sign, right = text.strip().lower().partition("=")
    count, _in, within = left.partition(" in ")
    word, _space, duration = right.strip().partition(" ")
    count = count.strip()
    if not (count.isascii() and count.isdigit() and len(count) <= 4 and 0 < int(count) <= MAX_POINTS):
        raise ValueError(_("a step begins with its points, from 1 to 1000 (an example: {example})", example=EXAMPLE))
    case_type = STEPS.get(word)
    if case_type is None:
        words = ", ".join(STEPS)
        raise ValueError(_("a step leads to one of {words} (an example: {example})", words=words, example=EXAMPLE))
    lasts = check_duration(duration) if duration.strip() else None
    if (lasts is None and case_type in TIMED) or (lasts is not None and case_type in UNTIMED):
        raise ValueError(
            _(
                "a timeout and a tempban need a duration, a kick and a ban take none (an example: {example})",
                example=EXAMPLE,
            )
        )
    return Step(int(count), case_type, lasts, check_duration(within) if within.strip() else None)


def check_step(value: object) -> str:
    """Return the line of a step as it is kept.

    Raises:
        ValueError: it describes none.
    """
    return read_step(value if isinstance(value, str) else "").text


def counting(warnings: Iterable[Warned], now: datetime, decay: timedelta | None) -> list[Warned]:
    """Return the warnings that have not fallen away."""
    return [it for it in warnings if decay is None or it.at > now - decay]


def step_reached(
    steps: Collection[Step], warnings: Sequence[Warned], number: int, decay: timedelta | None
) -> Step | None:
    """Return the highest step that this warning has reached and the one before it had not; None if there is none.

    What was warned later plays no part, so the answer is the same whenever it is asked for.
    """
    here = next((it for it in warnings if it.number == number), None)
    if here is None:
        return None
    earlier = [it for it in counting(warnings, here.at, decay) if it.number < number]
    reached = [
        step
        for step in steps
        if _before(step, earlier, here) < step.points <= _before(step, earlier, here) + here.points
    ]
    return max(reached, key=lambda step: step.points, default=None)


def _before(step: Step, earlier: Iterable[Warned], here: Warned) -> int:
    return sum(it.points for it in counting(earlier, here.at, step.within))


def next_step(steps: Collection[Step], warnings: Sequence[Warned], now: datetime) -> Step | None:
    """Return the lowest step that is still ahead of somebody with these warnings."""
    ahead = [step for step in steps if sum(it.points for it in counting(warnings, now, step.within)) < step.points]
    return min(ahead, key=lambda step: step.points, default=None)


def next_to_fall(warnings: Sequence[Warned], decay: timedelta | None) -> datetime | None:
    """Return when the oldest of these warnings falls away; None if none ever does."""
    if decay is None or not warnings:
        return None
    return min(it.at for it in warnings) + decay
