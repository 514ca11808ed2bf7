"""The database for scripts that await nothing: the same rules on a blocking driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import URL, Engine
from sqlalchemy.orm import Session, sessionmaker

from guildbase.core.crypto import Keyring
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.connections.engines import ConnectionOptions, blocking_engine
from guildbase.database.connections.failures import told_clearly
from guildbase.database.connections.sessions import BlockingReadSession, BlockingWorkSession


class BlockingDatabase:
    """Transactions and reads for scripts; models validate, soft-deleted rows are hidden, `created_by` is filled."""

    def __init__(self, url: URL, options: ConnectionOptions, snapshot: dict[str, Any], keyring: Keyring) -> None:
        self._url = url
        self.engine: Engine = blocking_engine(url, options)
        readers = self.engine.execution_options(**snapshot)
        common: dict[str, Any] = {"expire_on_commit": False, "info": {"keyring": keyring}}
        self._writers = sessionmaker(self.engine, class_=BlockingWorkSession, **common)
        self._readers = sessionmaker(readers, class_=BlockingReadSession, **common)

    @contextmanager
    def transaction(self, caller: Caller = SYSTEM) -> Iterator[Session]:
        """Work in one transaction that commits at the end of the block; an exception rolls everything back.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        with self._told_clearly(), self._writers() as session, session.begin():
            session.info["actor_id"] = caller.user_id
            yield session

    @contextmanager
    def read_session(self) -> Iterator[Session]:
        """Read in one snapshot; writing is refused.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        with self._told_clearly(), self._readers() as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _told_clearly(self) -> AbstractContextManager[None]:
        return told_clearly(self._url)
