"""Finding cases: the statements behind lists, searches and exports.

Each page follows one index from the newest case down, and looks at `MOST_LOOKED_AT` rows at most, however many cases
there are and however few of them are wanted; then it says where to look on. That the numbers of a guild rise with the
time of their cases makes a span of time a span of numbers: a number is taken in the transaction that opens the case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, false, literal_column, or_, select, true
from sqlmodel import col

from guildbase.features.moderation.kinds import MAX_NUMBER, CaseSource, CaseState, CaseType
from guildbase.features.moderation.models import ModerationCase

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

MOST_LOOKED_AT = 10_000
"""Rows of the leading index that one page may go through."""
SLACK = timedelta(minutes=1)
"""How long a case may wait for its number, so that two of them may have numbers the other way round."""

_INDEXED = ("target_id", "custom_type", "state", "source", "moderator_id", "case_type")
_USUAL = {"state": CaseState.CONFIRMED, "source": CaseSource.COMMAND}
"""What most cases are."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are wanted; what is None does not matter."""

    target_id: int | None = None
    moderator_id: int | None = None
    case_type: CaseType | None = None
    custom_type: str | None = None
    state: CaseState | None = None
    source: CaseSource | None = None
    since: datetime | None = None
    """Opened at this moment or later."""
    until: datetime | None = None
    """Opened before this moment."""
    words: str | None = None
    """The reason holds these words, as they stand; upper and lower case are alike."""
    is_struck: bool | None = False
    """None for struck and other cases alike."""
    is_hidden: bool | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Which numbers a page may be made of; the newest comes first."""

    before: int = MAX_NUMBER
    """Only lower numbers."""
    floor: int = 0
    """Only this number and higher ones."""


@dataclass(frozen=True, slots=True)
class FoundCases:
    """A page of cases, newest first."""

    cases: list[ModerationCase]
    next_before: int | None
    """Where to look on for older ones; None if there are none. A page may be short, or empty, and not the last."""


async def find(
    session: AsyncSession, guild_id: int, wanted: CaseFilter, visible: ColumnElement[bool], before: int, limit: int
) -> FoundCases:
    """Return the newest cases below the number that are wanted and visible."""
    span = await _span_of_time(session, guild_id, wanted, min(before, MAX_NUMBER))
    end = (await session.execute(_end_of_look(guild_id, wanted, span))).scalar_one_or_none()
    looked = Span(span.before, max(span.floor, end or 0))
    found = list((await session.execute(page(guild_id, wanted, visible, looked, limit + 1))).scalars())
    if len(found) > limit:
        return FoundCases(found[:limit], found[limit - 1].number)
    return FoundCases(found, end)


def page(
    guild_id: int, wanted: CaseFilter, visible: ColumnElement[bool], span: Span, limit: int
) -> Select[ModerationCase]:
    """Return the statement for the newest cases of the span."""
    conditions = [*_leading(wanted), *_conditions(wanted), *_times(wanted), *_struck(wanted), visible]
    statement = select(ModerationCase).where(*_within(guild_id, span), *conditions)
    return statement.order_by(col(ModerationCase.number).desc()).limit(limit)


def seen_by(user_id: int | None, *, sees_hidden: bool) -> ColumnElement[bool]:
    """Return the condition for cases that somebody may see: hidden ones are for seniors and who opened them."""
    if sees_hidden:
        return true()
    own = col(ModerationCase.moderator_id) == user_id if user_id is not None else false()
    return or_(col(ModerationCase.is_hidden).is_(False), own)


def _end_of_look(guild_id: int, wanted: CaseFilter, span: Span) -> Select[int]:
    """Return the statement for the last number that one page looks at; no row if what is left is less."""
    statement = select(col(ModerationCase.number)).where(*_within(guild_id, span), *_leading(wanted))
    return statement.order_by(col(ModerationCase.number).desc()).offset(MOST_LOOKED_AT - 1).limit(1)


async def _span_of_time(session: AsyncSession, guild_id: int, wanted: CaseFilter, before: int) -> Span:
    """Return the numbers that cases of the time can have."""
    floor = 0
    if wanted.until is not None:
        later = await _first_number(session, guild_id, wanted.until + SLACK)
        before = before if later is None else min(before, later)
    if wanted.since is not None:
        first = await _first_number(session, guild_id, wanted.since - SLACK)
        floor = before if first is None else first
    return Span(before, floor)


async def _first_number(session: AsyncSession, guild_id: int, moment: datetime) -> int | None:
    """Return the number of the first case from that moment on."""
    created = col(ModerationCase.created_at)
    statement = select(col(ModerationCase.number)).where(col(ModerationCase.guild_id) == guild_id, created >= moment)
    return (await session.execute(statement.order_by(created).limit(1))).scalar_one_or_none()


def _within(guild_id: int, span: Span) -> Iterator[ColumnElement[bool]]:
    number = col(ModerationCase.number)
    yield col(ModerationCase.guild_id) == guild_id
    yield number < span.before
    if span.floor:
        yield number >= span.floor


def _leading_name(wanted: CaseFilter) -> str | None:
    """Return the column of which an index leads to the cases; of several the one that fewest cases meet."""
    for name in _INDEXED:
        value = getattr(wanted, name)
        if value is not None and value is not _USUAL.get(name):
            return name
    return None


def _leading(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    name = _leading_name(wanted)
    if name is None:
        return []
    condition: ColumnElement[bool] = getattr(ModerationCase, name) == getattr(wanted, name)
    if name not in _USUAL:
        return [condition]
    # The index leaves out what most cases are; a database uses it only where the statement says so, too.
    return [condition, literal_column(f"moderation_case.{name} <> '{_USUAL[name]}'")]


def _conditions(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    """Yield what else is wanted, which the rows are looked up for."""
    for name in _INDEXED:
        value = getattr(wanted, name)
        if value is not None and name != _leading_name(wanted):
            yield getattr(ModerationCase, name) == value
    if wanted.is_hidden is not None:
        yield col(ModerationCase.is_hidden).is_(wanted.is_hidden)
    if wanted.words:
        yield col(ModerationCase.reason).icontains(wanted.words, autoescape=True)


def _times(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield col(ModerationCase.created_at) >= wanted.since
    if wanted.until is not None:
        yield col(ModerationCase.created_at) < wanted.until


def _struck(wanted: CaseFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.is_struck is not None:
        struck = col(ModerationCase.deleted_at)
        yield struck.is_not(None) if wanted.is_struck else struck.is_(None)
