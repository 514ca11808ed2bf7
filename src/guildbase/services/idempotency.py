"""Requests that may come twice and must work once: the first answer is stored with the work, and given again.

The rules are Stripe's: the same key with the same request gets the same answer, with another request it is refused, and
while the first one is at work a second one is sent away. What is rolled back leaves nothing behind, so it may be tried
again with the same key. The row is written in the transaction of the work; a crash leaves both or neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.database.base import Base
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, column_info
from guildbase.database.types import document_field, text_field
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.database.upkeep.retention import kept_for
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.documents import from_document, to_document

MAX_KEY = 255
T = TypeVar("T")


class IdempotencyKeyReused(InvalidInput):
    """The key was used before, for another request."""

    code = "idempotency_key_reused"


class RequestInFlight(Conflict):
    """The same request is being worked on."""

    code = "request_in_flight"


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """What the caller calls the request, and what tells it from another request under the same name."""

    key: str
    fingerprint: str
    """Digest of all that makes the request what it is, such as path and body."""

    def __post_init__(self) -> None:
        if not (0 < len(self.key) <= MAX_KEY and self.key.isascii() and self.key.isprintable() and self.key.strip()):
            raise InvalidInput(
                _("An idempotency key has 1 to {max_key} printable ASCII characters.", max_key=MAX_KEY),
                hint=_("A random UUID is a good one."),
            )

    @classmethod
    def of(cls, key: str, *parts: bytes) -> IdempotencyKey:
        """Return the key of the request that consists of these parts."""
        digest = hashlib.sha256()
        for part in parts:
            digest.update(len(part).to_bytes(8) + part)
        return cls(key, digest.hexdigest())


class IdempotentAnswer(Base, table=True):
    """The answer that a request got, for the day in which it may be asked again."""

    __table_args__ = ({"info": kept_for(1, by="created_at")},)

    owner: str = Field(max_length=120, primary_key=True, sa_column_kwargs=column_info(DELETE_ROW))
    key: str = Field(max_length=MAX_KEY, primary_key=True, sa_column_kwargs=column_info(DELETE_ROW))
    fingerprint: str = text_field(max_length=64, privacy=NOT_PERSONAL)
    answer: dict[str, Any] = document_field(privacy=DELETE_ROW)
    created_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)


class Idempotency(BaseController):
    """Does the work of each key once."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._in_flight: set[tuple[str, str]] = set()

    async def answer(
        self, caller: Caller, key: IdempotencyKey, answer: type[T], action: Callable[[UnitOfWork], Awaitable[T]]
    ) -> T:
        """Do the action in one transaction and store its answer, or return the answer that is stored.

        Raises:
            IdempotencyKeyReused: the key belongs to another request of this caller.
            RequestInFlight: the first request of this key is not done yet.
        """
        owner = owner_of(caller)

        async def unless_done(work: UnitOfWork) -> T:
            if not self._database.is_sqlite:
                await _lock(work, owner, key.key)
            stored = await work.session.get(IdempotentAnswer, (owner, key.key))
            if stored is not None:
                return from_document(answer, _same_request(stored, key).answer)
            result = await action(work)
            document = to_document(answer, result)
            work.session.add(IdempotentAnswer(owner=owner, key=key.key, fingerprint=key.fingerprint, answer=document))
            return result

        # SQLite has one process that writes, so what is in flight is known here; elsewhere this saves a connection.
        with self._alone(owner, key.key):
            return await self._database.run(unless_done, caller)

    @contextmanager
    def _alone(self, owner: str, key: str) -> Iterator[None]:
        if (owner, key) in self._in_flight:
            raise _in_flight()
        self._in_flight.add((owner, key))
        try:
            yield
        finally:
            self._in_flight.discard((owner, key))


def owner_of(caller: Caller) -> str:
    """Return whose key it is: nobody sees the answer to another one's request."""
    if caller.key_id is not None:
        return f"key {caller.key_id}"
    return f"user {caller.user_id}" if caller.user_id is not None else f"name {caller.name[:100]}"


async def _lock(work: UnitOfWork, owner: str, key: str) -> None:
    """Hold the key until the transaction ends, or refuse at once if somebody holds it."""
    digest = hashlib.blake2b(f"{owner}\n{key}".encode(), digest_size=8, person=b"idempotency").digest()
    number = int.from_bytes(digest, signed=True)
    if not (await work.session.execute(select(func.pg_try_advisory_xact_lock(number)))).scalar_one():
        raise _in_flight()


def _same_request(stored: IdempotentAnswer, key: IdempotencyKey) -> IdempotentAnswer:
    if stored.fingerprint != key.fingerprint:
        raise IdempotencyKeyReused(
            _("This idempotency key belongs to another request."), hint=_("Use a new key for every new request.")
        )
    return stored


def _in_flight() -> RequestInFlight:
    return RequestInFlight(
        _("The same request is being worked on."), hint=_("Ask again in a moment with the same key.")
    )
