"""Tables with encrypted columns, for tests alone; nothing of Guildbase itself has one yet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import Field

from guildbase.core.crypto import Keyring
from guildbase.database.base import NAMING, Base
from guildbase.database.encryption import Secret, blind_index, encrypted
from guildbase.database.manager import DatabaseManager
from guildbase.database.mixins import TimestampMixin
from guildbase.database.types import Snowflake, snowflake_key

KEYS = {7: b"7" * 32, 3: b"3" * 32}


class VaultBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    pass


class Vault(TimestampMixin, VaultBase, table=True):
    guild_id: Snowflake = snowflake_key()
    vault_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    label: str = ""
    word: Secret = encrypted(max_length=64)
    word_index: bytes | None = blind_index(of="word")
    note: Secret | None = encrypted(max_length=64, default=None)


class Locker(VaultBase, table=True):
    locker_id: UUID = Field(default_factory=uuid4, primary_key=True)
    word: Secret = encrypted(max_length=64)


@asynccontextmanager
async def opened(database_url: str, keyring: Keyring) -> AsyncIterator[DatabaseManager]:
    """Give access to the database with these tables in it."""
    manager = DatabaseManager(database_url, keyring=keyring)
    async with manager.engine.begin() as connection:
        await connection.run_sync(VaultBase.metadata.create_all)
    yield manager
    await manager.close()
