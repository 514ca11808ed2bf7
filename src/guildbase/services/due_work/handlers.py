"""How a feature's `jobs.py` declares what it does when it is time.

`@due("reminders.send")` is for work that somebody schedules, `@job(every=...)` for what repeats by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from guildbase.core.errors import GuildbaseError
from guildbase.core.registry import FeatureRegistry, load_file
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.due_work.settlement import Claim, NoLongerDue, done

log = structlog.get_logger(__name__)

Result = Mapping[str, int]
"""What a run did, as counts by name, for example `{"removed": 12}`."""
RunJob = Callable[[BotServices], Awaitable[Result]]

ControllerT = TypeVar("ControllerT", bound=BaseController)


class GiveUp(GuildbaseError):
    """A handler raises this when no further attempt can help; the work is kept as failed, with the message."""

    code = "given_up"


@dataclass(slots=True)
class DueRun:
    """One attempt at a piece of work."""

    services: BotServices
    claim: Claim
    is_complete: bool = False
    """Whether the work is done, because the transaction that says so is committed."""

    @property
    def payload(self) -> dict[str, Any]:
        """What was given when the work was scheduled."""
        return self.claim.payload

    @property
    def guild_id(self) -> int | None:
        """The guild that the work is about."""
        return self.claim.guild_id

    @property
    def user_id(self) -> int | None:
        """The person that the work is about."""
        return self.claim.user_id

    @property
    def due_at(self) -> datetime:
        """When the work was due, or was to be tried again."""
        return self.claim.due_at

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1."""
        return self.claim.attempts

    def controller(self, kind: type[ControllerT]) -> ControllerT:
        """Return the controller of the type."""
        return self.services.get(kind)

    async def complete(self, work: UnitOfWork) -> None:
        """Mark the work as done in the handler's own transaction: both are stored, or neither.

        Raises:
            NoLongerDue: it was cancelled, replaced or taken over meanwhile; the transaction must not commit.
        """
        result: Any = await work.session.execute(done(self.claim))
        if result.rowcount != 1:
            raise NoLongerDue("This work is no longer due.", hint="It was cancelled, replaced or taken over.")
        work.after_commit(self.completed)

    def completed(self) -> None:
        """Know that the work is done, because what was committed says so; `complete` sees to that itself."""
        self.is_complete = True


RunDue = Callable[[DueRun], Awaitable[Result | None]]


@dataclass(frozen=True, slots=True)
class Handler:
    """Declared work of one kind. It must bear being cut off anywhere, and being run twice."""

    run: RunDue
    kind: str = ""
    """For a job `feature.function`, filled in when it is found."""
    every: timedelta | None = None


def due(kind: str) -> Callable[[RunDue], Handler]:
    """Declare the function that does the work of this kind: `async def send(run: DueRun) -> None`."""
    return lambda run: Handler(run, kind)


def job(*, every: timedelta) -> Callable[[RunJob], Handler]:
    """Declare the function as a job of its feature: `async def sweep(services) -> Result`."""

    def declare(work: RunJob) -> Handler:
        async def run(attempt: DueRun) -> Result:
            return await work(attempt.services)

        return Handler(run, every=every)

    return declare


def declared_handlers(registry: FeatureRegistry) -> dict[str, Handler]:
    """Return all handlers by kind; a file that cannot be imported leaves out its own."""
    found: dict[str, Handler] = {}
    for feature in registry.features.values():
        try:
            module = load_file(feature, "jobs")
        except Exception:
            log.exception("jobs_not_loaded", feature=feature.name)
            continue
        for name, value in vars(module).items() if module is not None else ():
            if isinstance(value, Handler):
                kind = value.kind or f"{feature.name}.{name}"
                found.setdefault(kind, Handler(value.run, kind, value.every))
    return found
