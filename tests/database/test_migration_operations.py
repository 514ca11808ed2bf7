"""The operations for common patterns make what the mixins say, on both databases, and have a way back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from guildbase.database.connections.address import parse_url
from guildbase.database.migrations import operations
from guildbase.database.migrations.connection import migrating
from guildbase.database.mixins import AuditMixin, SoftDeleteMixin, TimestampMixin
from guildbase.database.schema.migrate import Patience
from guildbase.testing.migrations import schema_of


@pytest.fixture
def migration(empty_database_url: str) -> Iterator[Connection]:
    """A connection on which operations run."""
    with (
        migrating(parse_url(empty_database_url), Patience()) as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        op.create_table("guild", sa.Column("guild_id", sa.BigInteger(), primary_key=True))
        name = sa.Column("name", sa.String(40), nullable=False)
        operations.create_guild_table("tag", name, *operations.timestamps(), *operations.audit_columns(), key=["name"])
        yield connection


def _columns(connection: Connection) -> dict[str, tuple[str, bool]]:
    found = sa.inspect(connection).get_columns("tag")
    return {column["name"]: (str(column["type"]), column["nullable"]) for column in found}


def test_a_guilds_table_leads_with_the_guild_and_goes_with_it(migration: Connection) -> None:
    inspector = sa.inspect(migration)
    assert inspector.get_pk_constraint("tag")["constrained_columns"] == ["guild_id", "name"]
    assert inspector.get_pk_constraint("tag")["name"] == "pk_tag"
    [key] = inspector.get_foreign_keys("tag")
    assert (key["name"], key["referred_table"]) == ("fk_tag_guild_id_guild", "guild")
    assert key["options"] == {"ondelete": "CASCADE"}


@pytest.mark.parametrize(
    ("mixin", "columns"),
    [
        (TimestampMixin, operations.timestamps()),
        (AuditMixin, operations.audit_columns()),
        (SoftDeleteMixin, operations.soft_delete_columns()),
    ],
)
def test_the_columns_are_those_of_the_mixin(mixin: type[SQLModel], columns: list[sa.Column[object]]) -> None:
    assert [column.name for column in columns] == list(mixin.model_fields)


def test_soft_deletion_is_added_and_taken_back(migration: Connection) -> None:
    before = schema_of(migration)
    migration.execute(sa.text("INSERT INTO guild VALUES (1)"))
    migration.execute(sa.text("INSERT INTO tag (guild_id, name) VALUES (1, 'kept'), (1, 'deleted')"))
    operations.add_soft_delete("tag")
    assert _columns(migration)["deleted_by"] == ("BIGINT", True)
    migration.execute(sa.text("UPDATE tag SET deleted_at = CURRENT_TIMESTAMP WHERE name = 'deleted'"))
    operations.create_partial_unique("uq_tag_live", "tag", ["guild_id"])
    op.drop_index("uq_tag_live", table_name="tag")
    operations.drop_soft_delete("tag")
    assert schema_of(migration) == before
    assert list(migration.scalars(sa.text("SELECT name FROM tag"))) == ["kept"]


def test_a_partial_key_holds_for_rows_that_live(migration: Connection) -> None:
    operations.add_soft_delete("tag")
    operations.create_partial_unique("uq_tag_live", "tag", ["guild_id"])
    migration.execute(sa.text("INSERT INTO guild VALUES (1)"))
    insert = "INSERT INTO tag (guild_id, name, deleted_at) VALUES (1, :name, {})"
    migration.execute(sa.text(insert.format("CURRENT_TIMESTAMP")), [{"name": "a"}, {"name": "b"}])
    migration.execute(sa.text(insert.format("NULL")), {"name": "c"})
    with pytest.raises(sa.exc.IntegrityError):
        migration.execute(sa.text(insert.format("NULL")), {"name": "d"})
