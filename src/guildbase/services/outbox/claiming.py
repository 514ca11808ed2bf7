"""The statement by which a worker takes effects that are due, and in which order it takes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from guildbase.core.snowflake import SMALLEST
from guildbase.database.clock import database_now, has_run_out
from guildbase.services.outbox.models import TABLE, WAITING, ClaimedEffect, EffectState, Priority

GIVE_UP_AFTER = timedelta(hours=24)
"""Age at which a failing effect is given up: longer than Discord is ever away, short enough to still mean something."""


@dataclass(frozen=True, slots=True)
class Shards:
    """Some of the parts into which Discord divides its guilds."""

    ids: frozenset[int]
    count: int
    """How many there are in all."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the due effects a worker has places for."""

    limit: int = 10
    first: Priority = Priority.MODERATION
    last: Priority = Priority.BULK
    oldest_first: bool = False
    """Whether age alone decides, so that nothing waits for ever behind what is more urgent."""
    busy_guilds: Collection[int] = ()
    """Guilds that have their share of the places already; only their moderation is wanted."""
    shards: Shards | None = None
    """Only effects of their guilds, and of no guild, are wanted; None for all."""


def due(wanted: Wanted) -> Select[Any]:
    """Return the query of the effects that are due, in the order of their turns."""
    now = database_now()
    is_due = (TABLE.c.state == EffectState.PENDING) & (TABLE.c.due_at <= now)
    is_orphaned = (TABLE.c.state == EffectState.RUNNING) & has_run_out(TABLE.c.lease_until)
    turn = [TABLE.c.due_at, TABLE.c.effect_id]
    if not wanted.oldest_first:
        turn.insert(0, TABLE.c.priority)
    query = select(TABLE.c.effect_id).where(WAITING, or_(is_due, is_orphaned), *_places(wanted))
    return query.order_by(*turn).limit(wanted.limit)


def _places(wanted: Wanted) -> list[ColumnElement[bool]]:
    priority, guild_id = TABLE.c.priority, TABLE.c.guild_id
    places: list[ColumnElement[bool]] = []
    if (wanted.first, wanted.last) != (Priority.MODERATION, Priority.BULK):
        places.append(priority.between(int(wanted.first), int(wanted.last)))
    if wanted.busy_guilds:
        is_free = or_(guild_id.is_(None), guild_id.not_in(sorted(wanted.busy_guilds)))
        places.append(or_(priority == int(Priority.MODERATION), is_free))
    if wanted.shards is not None:
        shard = (guild_id // SMALLEST) % wanted.shards.count
        places.append(or_(guild_id.is_(None), shard.in_(sorted(wanted.shards.ids))))
    return places


def claim(wanted: Wanted, worker: str, lease: timedelta) -> ReturningUpdate[Any]:
    """Return the statement that takes effects for the length of the lease, by the database's clock."""
    # Named apart, the rows are picked once; PostgreSQL may run a mere subquery again and take more than the limit.
    picked = due(wanted).with_for_update(skip_locked=True).cte("due")
    return (
        update(TABLE)
        .where(TABLE.c.effect_id.in_(select(picked.c.effect_id)))
        .values(
            state=EffectState.RUNNING,
            worker=worker,
            lease_until=database_now(lease),
            attempts=TABLE.c.attempts + 1,
        )
        .returning(
            TABLE.c.effect_id, TABLE.c.kind, TABLE.c.guild_id, TABLE.c.payload, TABLE.c.priority,
            TABLE.c.attempts, TABLE.c.worker, TABLE.c.created_at, TABLE.c.due_at,
            TABLE.c.created_at < database_now(-GIVE_UP_AFTER),
        )
    )  # fmt: skip


def in_order(claimed: list[ClaimedEffect], wanted: Wanted) -> list[ClaimedEffect]:
    """Return the effects in the order of their turns, which RETURNING does not keep."""
    return sorted(claimed, key=lambda it: (0 if wanted.oldest_first else it.priority, it.due_at, it.id))
