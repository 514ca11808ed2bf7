"""Who looks after the installation, how fine a history is shown, and what each finding means for the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.platform.operations.kinds import Status

MOST_POINTS = 240
"""Points of a graph: more are not told apart on a screen."""
SLOW_DATABASE = 0.1
"""Seconds of a round trip from which the database counts as slow."""
LATE = 60.0
"""Seconds that due work may wait before somebody should look."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one part of the installation."""

    name: str
    status: Status
    told: str
    cure: str = ""
    """What to do; empty where all is well."""


def require_operator(caller: Caller) -> None:
    """Return if the caller may look after the whole installation; raise PermissionDenied if not."""
    if not caller.is_operator:
        raise PermissionDenied(_("Only the operator may look after the installation."))


def step(hours: int) -> timedelta:
    """Return the length of one point of a graph over so many hours: whole minutes, and never too many points."""
    return timedelta(minutes=max(1, -(-hours * 60 // MOST_POINTS)))


def minute_of(moment: datetime) -> datetime:
    """Return the beginning of the moment's minute."""
    return moment.replace(second=0, microsecond=0)


def is_new(last_at: datetime, seen_at: datetime | None) -> bool:
    """Tell whether an error came again after somebody had looked at it."""
    return seen_at is None or last_at > seen_at


def database_check(seconds: float | None) -> Check:
    """Return what the database's round trip (None: it cannot be reached) means."""
    if seconds is None:
        cure = _("Start it, or correct GUILDBASE_DATABASE_URL. What was promised waits in it until it is back.")
        return Check("database", "down", _("It cannot be reached."), cure)
    told = _("It answers in {time} ms.", time=round(seconds * 1000, 1))
    if seconds > SLOW_DATABASE:
        return Check("database", "warning", told, _("Look for long statements, a full disk or a busy machine."))
    return Check("database", "ok", told)


def redis_check(state: str) -> Check:
    """Return what the state of Redis means."""
    if state == "not_used":
        return Check("redis", "ok", _("None is set up; one process needs none."))
    if state == "ok":
        return Check("redis", "ok", _("It answers."))
    cure = _("Start it, or correct GUILDBASE_REDIS_URL. All goes on from the database meanwhile, a little slower.")
    return Check("redis", "down", _("It does not answer."), cure)


def shards_check(states: list[tuple[str, bool]]) -> Check:
    """Return what the states of all shards mean, each with whether its report is old."""
    if not states:
        return Check("shards", "down", _("No bot process has run yet."), _("Start one: guildbase up."))
    gone = sum(state == "gone" for state, _stale in states)
    away = sum(state not in ("gone", "ready") or is_stale for state, is_stale in states)
    if gone:
        cure = _("Start a bot process; others take over within seconds if they are set up to stand by.")
        return Check("shards", "down", _("{gone} of {all} run nowhere.", gone=gone, all=len(states)), cure)
    if away:
        cure = _("Wait a minute; if it stays so, look at that process's log and at Discord's status page.")
        return Check("shards", "warning", _("{away} of {all} are not ready.", away=away, all=len(states)), cure)
    return Check("shards", "ok", _("All {all} are ready.", all=len(states)))


def loops_check(broken: list[str]) -> Check:
    """Return what broken loops mean."""
    if not broken:
        return Check("loops", "ok", _("All run."))
    told = _("These broke and wait to be started again: {names}.", names=", ".join(sorted(broken)))
    return Check("loops", "down", told, _("The page of errors has the reason."))


def due_check(lag: float, failed: int) -> Check:
    """Return what it means that the oldest due work waits so many seconds, and that so many pieces have failed."""
    if lag > LATE:
        cure = _("See whether a bot process runs, and which kind of work holds up the others.")
        return Check("due work", "down", _("The oldest waits for {time} seconds.", time=round(lag)), cure)
    if failed:
        cure = _("The page of work shows why; try it again or put it aside.")
        return Check("due work", "warning", _("{failed} pieces have failed.", failed=failed), cure)
    return Check("due work", "ok", _("Nothing waits."))


def outbox_check(lag: float) -> Check:
    """Return what it means that the oldest promised effect waits so many seconds."""
    if lag > LATE:
        cure = _("See whether a bot process runs and whether Discord refuses something; the page of work shows it.")
        return Check("outbox", "down", _("The oldest waits for {time} seconds.", time=round(lag)), cure)
    return Check("outbox", "ok", _("Nothing waits."))


def processes_check(found: int, silent: list[str]) -> Check:
    """Return what it means that so many processes answered, and these did not."""
    if silent:
        told = _("These did not answer: {names}.", names=", ".join(silent))
        return Check("processes", "warning", told, _("See whether they run and reach Redis."))
    return Check("processes", "ok", _("{found} answer.", found=found))
