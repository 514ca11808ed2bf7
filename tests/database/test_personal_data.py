"""What is encrypted is read by the person whom it is about, and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import LargeBinary, MetaData
from sqlalchemy.orm import registry
from sqlmodel import Field

from guildbase.core.crypto import Keyring
from guildbase.database.base import NAMING, Base
from guildbase.database.encryption import encrypted
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import NOT_PERSONAL, PSEUDONYMISE, cleared, column_info, problems
from guildbase.database.secret import Secret
from guildbase.database.types import Snowflake, snowflake, snowflake_key
from guildbase.database.upkeep.personal_data import GuildView, PersonView, read
from tests.factories import new_id

GUILD = new_id()


class VaultBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    pass


class Vault(VaultBase, table=True):
    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    vault_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    owner_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    maker_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    mark: bytes = Field(sa_type=LargeBinary, sa_column_kwargs=column_info(NOT_PERSONAL))
    thumb: bytes | None = Field(default=None, sa_type=LargeBinary, sa_column_kwargs=column_info(cleared("owner_id")))
    word: Secret | None = encrypted(max_length=50, default=None, privacy=cleared("owner_id"))


async def _read(database: DatabaseManager, view: PersonView | GuildView) -> list[dict[str, Any]]:
    async with database.read_session() as session:
        return [row async for page in read(session, Vault.__table__, view) for row in page]


@pytest.mark.parametrize("role", ["owner", "maker", "guild"])
async def test_a_secret_is_opened_for_its_own_person_alone(empty_database_url: str, role: str) -> None:
    assert problems(Vault.__table__) == []
    database = DatabaseManager(empty_database_url, keyring=Keyring({1: bytes(range(32))}))
    async with database.engine.begin() as connection:
        await connection.run_sync(VaultBase.metadata.create_all)
    owner, maker = new_id(), new_id()
    async with database.transaction() as work:
        row = Vault(guild_id=GUILD, vault_id=new_id(), owner_id=owner, maker_id=maker, mark=b"\0x", thumb=b"\1",
                    word=Secret("open sesame"))  # fmt: skip
        work.session.add(row)
    views: dict[str, PersonView | GuildView] = {
        "owner": PersonView(owner),
        "maker": PersonView(maker),
        "guild": GuildView(GUILD),
    }
    shown = {"owner": "open sesame", "maker": None, "guild": "**********"}
    [found] = await _read(database, views[role])
    assert found["word"] == shown[role]
    assert found["mark"] == "AHg="
    assert found["thumb"] == (None if role == "maker" else "AQ==")
    assert await _read(database, PersonView(new_id())) == []
    await database.close()
