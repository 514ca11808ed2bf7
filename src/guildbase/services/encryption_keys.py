"""Which keys this database was encrypted with, so that a wrong or a missing one is noticed before anything is done."""

from datetime import datetime

from sqlalchemy import LargeBinary, delete, select
from sqlmodel import Field, col
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.crypto import KEYS_SETTING, DecryptionFailed, Keyring, MissingKey
from guildbase.core.errors import ConfigurationError
from guildbase.database.base import Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import NOT_PERSONAL, column_info
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.types import snowflake_key

_WORD = b"guildbase"


class EncryptionKey(Base, table=True):
    """A key that values were encrypted with, and a word encrypted with it that tells it from every other."""

    key_id: int = snowflake_key(privacy=NOT_PERSONAL)
    created_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime, nullable=False)
    probe: bytes = Field(sa_type=LargeBinary, sa_column_kwargs=column_info(NOT_PERSONAL))


async def verify_keys(database: DatabaseManager) -> list[int]:
    """Return the keys that the database was encrypted with when this process has all of them; change nothing.

    Raises:
        ConfigurationError: a key is missing or is another one than that of the database.
    """
    noted = await noted_keys(database)
    for key_id, probe in noted.items():
        _require_key(key_id, probe, database.keyring)
    return list(noted)


async def require_keys(database: DatabaseManager) -> None:
    """Verify the keys, and note down a new primary key before anything is encrypted with it."""
    noted = await verify_keys(database)
    ids = database.keyring.ids
    if ids and ids[0] not in noted:
        await _note_down(database, ids[0])


async def noted_keys(database: DatabaseManager) -> dict[int, bytes]:
    """Return the keys that the database knows, each with its probe."""
    async with database.read_session(fresh=True) as session:
        rows = await session.execute(select(col(EncryptionKey.key_id), col(EncryptionKey.probe)))
        return {key_id: bytes(probe) for key_id, probe in rows}


async def forget_keys(database: DatabaseManager, key_ids: set[int]) -> None:
    """Forget keys that no value uses any more, so that they need not be in the settings."""
    async with database.transaction() as work:
        await work.session.execute(delete(EncryptionKey).where(col(EncryptionKey.key_id).in_(key_ids)))


async def _note_down(database: DatabaseManager, key_id: int) -> None:
    probe = database.keyring.seal(_WORD, _context(key_id))
    row = {"key_id": key_id, "created_at": utcnow(), "probe": probe}
    async with database.transaction() as work:
        # Another process may have been quicker; if it has another key under this number, our next start says so.
        await insert_missing(work.session, EncryptionKey, [row])


def _require_key(key_id: int, probe: bytes, keyring: Keyring) -> None:
    if key_id not in keyring.ids:
        raise MissingKey(
            f"This database was encrypted with key {key_id}, which is not in {KEYS_SETTING}.",
            hint="Put it back after the first one. `guildbase keys rotate` tells when it may go, and forgets a lost "
            "one that no value uses.",
        )
    try:
        keyring.open(probe, _context(key_id))
    except DecryptionFailed:
        raise ConfigurationError(
            f"Key {key_id} in {KEYS_SETTING} is not the key {key_id} that this database was encrypted with.",
            hint=f"Put the right one back. A new one needs another number: `guildbase keys new --number {key_id + 1}`.",
        ) from None


def _context(key_id: int) -> bytes:
    return f"encryption_key {key_id}".encode()
