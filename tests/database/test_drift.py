"""`drift` names every difference between a database and the models, alike on both databases."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from guildbase.database.manager import DatabaseManager
from guildbase.database.schema.drift import drift
from tests.database.schema import guildbase_metadata


async def _changed(database: DatabaseManager, *statements: str) -> list[str]:
    async with database.transaction() as work:
        for statement in statements:
            await work.session.execute(sa.text(statement))
    url = database.url.render_as_string(hide_password=False)
    return await asyncio.to_thread(drift, url, guildbase_metadata())


async def test_what_the_migrations_make_is_what_the_models_say(database: DatabaseManager) -> None:
    assert await _changed(database) == []


async def test_tables_and_columns_and_indexes_are_named(database: DatabaseManager) -> None:
    found = await _changed(
        database,
        "DROP TABLE guild_counter",
        "CREATE TABLE leftover (x integer PRIMARY KEY)",
        "ALTER TABLE guild_config DROP COLUMN locale",
        "ALTER TABLE guild_config ADD COLUMN surplus integer",
        "DROP INDEX ix_moderation_case_target",
        "CREATE INDEX ix_surplus ON guild (left_at)",
    )
    assert found == [
        "column guild_config.locale is missing",
        "column guild_config.surplus is in no model",
        "index ix_moderation_case_target of moderation_case is missing",
        "index ix_surplus of guild is in no model",
        "table guild_counter is missing",
        "table leftover is in no model",
    ]


async def test_keys_checks_types_and_conditions_are_named(database: DatabaseManager) -> None:
    found = await _changed(
        database,
        "DROP TABLE guild_counter",
        "CREATE TABLE guild_counter (guild_id bigint NOT NULL, kind integer, value bigint NOT NULL,"
        " CONSTRAINT pk_guild_counter PRIMARY KEY (guild_id), CONSTRAINT ck_guild_counter_surplus CHECK (value < 9))",
        "DROP INDEX uq_moderation_case_request",
        "CREATE UNIQUE INDEX uq_moderation_case_request ON moderation_case (guild_id, request_id)",
    )
    assert "the key of guild_counter is (guild_id), the models say (guild_id, kind)" in found
    assert "check ck_guild_counter_value_positive of guild_counter is missing" in found
    assert "check ck_guild_counter_surplus of guild_counter is in no model" in found
    assert "index uq_moderation_case_request of moderation_case has no condition, unlike the models" in found
    assert "column guild_counter.kind may be empty: True, the models say False" in found
    assert any(text.startswith("column guild_counter.kind is INTEGER, the models say VARCHAR") for text in found)
    assert any(text.startswith("foreign key fk_guild_counter_guild_id_guild of guild_counter") for text in found)


async def test_labels_that_differ_are_named(database: DatabaseManager) -> None:
    metadata = guildbase_metadata()
    kind = metadata.tables["moderation_case"].c.case_type.type
    assert isinstance(kind, sa.Enum)
    labels = ", ".join(kind.enums)
    changed = sa.Enum(*kind.enums, "scolded", name=kind.name, create_constraint=True, length=32)
    metadata.tables["moderation_case"].c.case_type.type = changed
    url = database.url.render_as_string(hide_password=False)
    where = "moderation_case.case_type allows" if database.is_sqlite else "enum case_type has"
    assert await asyncio.to_thread(drift, url, metadata) == [f"{where} {labels}, the models say {labels}, scolded"]


@pytest.mark.parametrize("name", ["audit_entry", "error_event"])
async def test_partitions_are_no_difference(postgresql_url: str, name: str) -> None:
    database = DatabaseManager(postgresql_url)
    found = await _changed(
        database,
        f"CREATE TABLE {name}_surplus PARTITION OF {name} FOR VALUES FROM ("
        "'00000000-0000-7000-8000-000000000000') TO ('00000000-0000-7000-8000-000000000009')",
    )
    assert found == []
    await database.close()


async def test_what_has_no_sentence_of_its_own_is_named_too(postgresql_url: str) -> None:
    database = DatabaseManager(postgresql_url)
    assert await _changed(database, "COMMENT ON TABLE guild IS 'ours'") == ["remove table comment: guild"]
    await database.close()


async def test_a_type_that_is_missing_is_named(postgresql_url: str) -> None:
    database = DatabaseManager(postgresql_url)
    found = await _changed(database, "DROP TABLE moderation_case CASCADE", "DROP TYPE case_type")
    assert {"enum case_type is missing", "table moderation_case is missing"} <= set(found)
    await database.close()


async def test_regression_types_are_named_as_the_database_calls_them(postgresql_url: str) -> None:
    database = DatabaseManager(postgresql_url)
    found = await _changed(database, "ALTER TABLE outbox_effect ALTER payload TYPE json")
    assert found == ["column outbox_effect.payload is JSON, the models say JSONB"]
    await database.close()
