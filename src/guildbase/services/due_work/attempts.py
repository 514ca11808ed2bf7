"""One attempt at a piece of work: its lease is kept, its end is stored, and a failure is tried again or given up."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog
from sqlalchemy import Update

from guildbase.core.errors import GuildbaseError
from guildbase.core.logging import correlation
from guildbase.core.ports import ErrorReport
from guildbase.services.container import BotServices
from guildbase.services.due_work.claims import MAX_ATTEMPTS, Claims
from guildbase.services.due_work.handlers import DueRun, GiveUp, Handler, Result
from guildbase.services.due_work.settlement import Claim, NoLongerDue, again, failed, repeated
from guildbase.services.errors import report

log = structlog.get_logger(__name__)

TIME_LIMIT = 900.0
"""Seconds for one attempt; a job that needs longer goes on in its next run."""
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
AFTER_A_FAILURE = timedelta(minutes=5)
"""Until a job that failed is run again, unless it is due before."""
_dice = secrets.SystemRandom()


class Ending(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    RETRIED = "retried"
    FAILED = "failed"
    LOST = "lost"
    """Somebody else has the work now, or it was cancelled."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt."""

    kind: str
    ending: Ending
    seconds: float = 0.0
    result: Result | None = None
    error: str | None = None
    """What kind of error ended it."""


async def attempt(services: BotServices, claims: Claims, claim: Claim, handler: Handler) -> Outcome:
    """Run the handler and store what became of it; only a cancellation or the database's absence is raised."""
    run, started, result, failure = DueRun(services, claim), time.monotonic(), None, None
    with correlation(f"due-{claim.work_id}"):
        try:
            result = await _run(claims, run, handler)
        except Exception as error:
            failure = error
        ending = await _settle(claims, run, handler, failure)
        if failure is not None and ending is not Ending.LOST:
            _tell(services, claim, failure, ending)
        elif handler.every is not None:
            log.info("job_done", job=claim.kind, **(result or {}))
    error_name = type(failure).__name__ if failure is not None else None
    return Outcome(claim.kind, ending, time.monotonic() - started, result, error_name)


async def _run(claims: Claims, run: DueRun, handler: Handler) -> Result | None:
    async with asyncio.timeout(TIME_LIMIT) as limit:
        keeper = asyncio.create_task(_keep(claims, run.claim, limit), name=f"lease-{run.claim.work_id}")
        try:
            return await handler.run(run)
        finally:
            keeper.cancel()


async def _keep(claims: Claims, claim: Claim, limit: asyncio.Timeout) -> None:
    """Renew the lease until cancelled; work that is no longer ours is cut off."""
    while True:
        await asyncio.sleep(claims.lease.total_seconds() / 3)
        try:
            is_ours = await claims.renew(claim)
        except Exception:
            # The lease bears two beats that fail; if it runs out, the version fences us off.
            log.warning("lease_not_renewed", work_id=claim.work_id, exc_info=True)
            continue
        if not is_ours:
            limit.reschedule(0)
            return


async def _settle(claims: Claims, run: DueRun, handler: Handler, failure: Exception | None) -> Ending:
    if run.is_complete:
        return Ending.DONE
    if isinstance(failure, NoLongerDue):
        return Ending.LOST
    if failure is None and handler.every is None:
        return Ending.DONE if await claims.done(run.claim) else Ending.LOST
    settlement, ending = _end_of(run.claim, handler, failure)
    return ending if await claims.settle(settlement) else Ending.LOST


def _end_of(claim: Claim, handler: Handler, failure: Exception | None) -> tuple[Update, Ending]:
    error = f"{type(failure).__name__}: {failure}".removesuffix(": ") if failure is not None else None
    if handler.every is not None:
        pause = handler.every if error is None else min(handler.every, AFTER_A_FAILURE)
        return repeated(claim, pause, error=error), Ending.DONE if error is None else Ending.RETRIED
    if isinstance(failure, GiveUp) or claim.attempts >= MAX_ATTEMPTS:
        return failed(claim, error or ""), Ending.FAILED
    return again(claim, pause_after(claim.attempts), error=error), Ending.RETRIED


def pause_after(attempts: int) -> timedelta:
    """Return the time until the next attempt: longer each time, and not the same for all that failed together."""
    growing: timedelta = min(FIRST_RETRY * 4 ** (attempts - 1), LONGEST_RETRY)
    return growing * _dice.uniform(0.75, 1.25)


def _tell(services: BotServices, claim: Claim, failure: Exception, ending: Ending) -> None:
    told = {"kind": claim.kind, "work_id": claim.work_id, "attempt": claim.attempts}
    log.warning("due_work_failed", **told, is_final=ending is Ending.FAILED, exc_info=failure)
    if not isinstance(failure, GuildbaseError | OSError) or isinstance(failure, TimeoutError):
        # What a rule or the network refused is no mistake of ours; the row keeps the reason.
        report(services, failure, ErrorReport("job", claim.kind, claim.guild_id, claim.user_id))
