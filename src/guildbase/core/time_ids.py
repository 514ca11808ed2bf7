"""Ids that carry their moment: UUIDs of version 7, made by the process, that rise with time.

Rows of logs are kept, paged and thrown away in the order of time, so with such a key one column and one
index do all of it, and no two processes need to agree on a number.

Source: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from uuid import UUID

from guildbase.core.clock import utcnow

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_SMALL_STEP = 1000
"""Milliseconds by which a clock may be corrected without an id falling behind the one before."""
_VERSION = 7 << 76
_VARIANT = 2 << 62
_RANDOM = (1 << 62) - 1
_COUNTER = (1 << 12) - 1


class TimeIdMaker:
    """Makes ids that are unique everywhere, and that rise within this process even inside one millisecond."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moment = 0
        self._counter = 0

    def __call__(self) -> UUID:
        """Return the next id."""
        now = _milliseconds(utcnow())
        with self._lock:
            # A clock put back by more starts anew; the random part keeps its ids apart from the earlier ones.
            if not self._moment - _SMALL_STEP < now <= self._moment:
                self._moment, self._counter = now, 0
            elif self._counter < _COUNTER:
                self._counter += 1
            else:  # A full counter borrows the next millisecond.
                self._moment, self._counter = self._moment + 1, 0
            moment, counter = self._moment, self._counter
        random = int.from_bytes(os.urandom(8)) & _RANDOM
        return UUID(int=moment << 80 | _VERSION | counter << 64 | _VARIANT | random)


new_time_id = TimeIdMaker()


def first_time_id(moment: datetime) -> UUID:
    """Return the smallest id of the moment (aware): ids made before it are smaller, ids made at or after it are not.

    No id is older than 1970.
    """
    return UUID(int=max(0, _milliseconds(moment)) << 80)


def time_of(time_id: UUID) -> datetime:
    """Return the moment (aware UTC, to the millisecond) at which the id was made."""
    return _EPOCH + (time_id.int >> 80) * _MILLISECOND


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND
