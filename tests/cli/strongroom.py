"""A local feature with an encrypted column, for commands that run in a process of their own."""

from __future__ import annotations

from guildbase.core.crypto import Keyring
from guildbase.core.settings import load_settings
from guildbase.database.encryption import Secret
from guildbase.database.manager import DatabaseManager
from tests.database.vault import Vault, VaultBase
from tests.local_features import LocalFeatures

GUILD = 1128754567890123458

MANIFEST = """
from guildbase.core.feature import Feature

feature = Feature(name="strongroom", summary="Keeps words.")
"""
# The same table as the one of `tests/database/vault.py`, which lives on a registry of its own.
MODELS = """
from guildbase.database.base import Base
from guildbase.database.encryption import Secret, blind_index, encrypted
from guildbase.database.mixins import TimestampMixin
from guildbase.database.types import Snowflake, snowflake_key
from sqlmodel import Field

class Vault(TimestampMixin, Base, table=True):
    guild_id: Snowflake = snowflake_key()
    vault_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    label: str = ""
    word: Secret = encrypted(max_length=64)
    word_index: bytes | None = blind_index(of="word")
    note: Secret | None = encrypted(max_length=64, default=None)
"""


def write_strongroom(features: LocalFeatures) -> str:
    """Write the feature; return the setting that loads it."""
    folder = features.folder / "strongroom"
    folder.mkdir()
    # Nothing of the bot is imported, since commands about the database need none of it.
    (folder / "__init__.py").write_text(MANIFEST)
    (folder / "models.py").write_text(MODELS)
    return str(features.folder)


async def fill_strongroom(database_url: str, keys: str, rows: int = 5) -> None:
    """Make the feature's table and add rows to it, encrypted with these keys."""
    keyring: Keyring = load_settings(encryption_keys=keys).keyring()
    manager = DatabaseManager(database_url, keyring=keyring)
    async with manager.engine.begin() as connection:
        await connection.run_sync(VaultBase.metadata.create_all)
    async with manager.transaction() as work:
        work.session.add_all([Vault(guild_id=GUILD, vault_id=n, word=Secret(f"word {n}")) for n in range(1, rows + 1)])
    await manager.close()
