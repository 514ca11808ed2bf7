"""What the database says of a leaderboard; every copy must say the same."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.services.leaderboards.board import Board, Page, Place, Question, Scores, Slice

CHUNK = 500
"""Rows that are handed on at once, few enough for one quick call to Redis."""


async def answer(session: AsyncSession, board: Board, guild_id: int, question: Question) -> Page:
    """Answer from the table alone."""
    size: int = (await session.execute(_counted(board, guild_id))).scalar_one()
    if isinstance(question, Slice):
        return Page(await _places(session, board, guild_id, question), size)
    above = await _above(session, board, guild_id, question.member_id)
    if above is None:
        return Page([], size)
    first = max(0, above - question.each_side)
    found = Slice(first, above + question.each_side + 1 - first)
    return Page(await _places(session, board, guild_id, found), size)


async def scores_of(session: AsyncSession, board: Board, guild_id: int, member_ids: Iterable[int]) -> dict[int, int]:
    """Return the scores of those members that have one."""
    found = await session.execute(_listed(board, guild_id).where(board.member.in_(set(member_ids))))
    return {member: score for member, score in found if score is not None}


async def stream(session: AsyncSession, board: Board, guild_id: int) -> AsyncGenerator[Scores, None]:
    """Yield all members of the guild with their scores, as they are at one moment, in no order."""
    listed = _listed(board, guild_id).execution_options(yield_per=CHUNK)
    result = await session.stream(listed)
    async for rows in result.partitions(CHUNK):
        yield [(member, score) for member, score in rows if score is not None]


def _ranked(board: Board, guild_id: int) -> ColumnElement[bool]:
    return and_(board.guild == guild_id, board.score.is_not(None), *board.where)


def _listed(board: Board, guild_id: int) -> Select[int, int | None]:
    return select(board.member, board.score).where(_ranked(board, guild_id))


def _counted(board: Board, guild_id: int) -> Select[int]:
    return select(func.count(board.member)).where(_ranked(board, guild_id))


async def _above(session: AsyncSession, board: Board, guild_id: int, member_id: int) -> int | None:
    """Return how many members stand before this one."""
    score = (await scores_of(session, board, guild_id, [member_id])).get(member_id)
    if score is None:
        return None
    is_before = or_(board.score > score, and_(board.score == score, board.member < member_id))
    above: int = (await session.execute(_counted(board, guild_id).where(is_before))).scalar_one()
    return above


async def _places(session: AsyncSession, board: Board, guild_id: int, wanted: Slice) -> list[Place]:
    ordered = _listed(board, guild_id).order_by(board.score.desc(), board.member.asc())
    found = await session.execute(ordered.offset(wanted.start).limit(wanted.length))
    places = enumerate(found, start=wanted.start + 1)
    return [Place(rank, member, score) for rank, (member, score) in places if score is not None]
