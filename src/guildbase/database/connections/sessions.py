"""Sessions that keep the rules: only the unit of work commits, and a read session stores nothing."""

from __future__ import annotations

from typing import Any, NoReturn

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.expression import UpdateBase

from guildbase.core.errors import Conflict
from guildbase.core.i18n import _

_COMMIT = "Only the unit of work commits; leave the transaction block instead."
_WRITE = "A read session stores nothing; write in a transaction instead."


class BlockingWorkSession(Session):
    """A session of a script that does not commit by itself."""

    def commit(self) -> NoReturn:
        """Refuse; leaving the transaction block commits."""
        raise RuntimeError(_COMMIT)

    def flush(self, objects: Any = None) -> None:
        """Send what was changed; Conflict if somebody else has changed or removed a versioned row meanwhile."""
        try:
            super().flush(objects)
        except StaleDataError:
            raise Conflict(
                _("Somebody else has changed this meanwhile."), hint=_("Look at it again, and repeat what you did.")
            ) from None


class BlockingReadSession(BlockingWorkSession):
    """A session that refuses to write, whatever the database would say."""

    def get_bind(self, mapper: Any = None, *, clause: Any = None, **options: Any) -> Any:
        """Return where to run the statement, unless it writes."""
        if isinstance(clause, UpdateBase):
            raise RuntimeError(_WRITE)
        return super().get_bind(mapper, clause=clause, **options)

    def flush(self, objects: Any = None) -> None:
        """Refuse changed objects."""
        if self.new or self.deleted or any(map(self.is_modified, self.dirty)):
            raise RuntimeError(_WRITE)
        super().flush(objects)


class WorkSession(AsyncSession):
    """A session that does not commit by itself: only the unit of work does."""

    sync_session_class = BlockingWorkSession

    async def commit(self) -> NoReturn:
        """Refuse; leaving the `transaction()` block commits."""
        raise RuntimeError(_COMMIT)


class ReadSession(WorkSession):
    """A session that refuses to write."""

    sync_session_class = BlockingReadSession
