"""Logins, API keys and security events.

Revision 0025, after 0024.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from guildbase.database.migrations.operations import timestamps

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

DOCUMENT: Any = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
FIXED = ("event_id", "kind", "guild_id", "key_id", "route", "correlation_id", "created_at")
"""Columns of a security event that nobody changes; the others can be emptied."""
REFUSAL = "security events are only added"
# Rows of months without a partition of their own are moved out of the default one, which deletes them there.
KEEPER = f"""
CREATE FUNCTION security_event_keeper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF TG_TABLE_NAME <> 'security_event_default' AND OLD.created_at > now() - interval '1 day' THEN
            RAISE EXCEPTION '{REFUSAL}';
        END IF;
        RETURN OLD;
    END IF;
    IF ({", ".join(f"NEW.{name}" for name in FIXED)})
        IS DISTINCT FROM ({", ".join(f"OLD.{name}" for name in FIXED)})
        OR (NEW.address IS NOT NULL AND NEW.address IS DISTINCT FROM OLD.address) THEN
        RAISE EXCEPTION '{REFUSAL}';
    END IF;
    RETURN NEW;
END $$
"""
SQLITE_KEEPERS = (
    ("fixed", f"UPDATE OF {', '.join(FIXED)}", ""),
    ("address", "UPDATE OF address", "WHEN NEW.address IS NOT NULL"),
    ("kept", "DELETE", "WHEN OLD.created_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 day')"),
)


def _id(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _person_key() -> sa.Column[Any]:
    return sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _now(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _goes_with(table: str, column: str, parent: str, key: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{parent}")
    return sa.ForeignKeyConstraint([column], [f"{parent}.{key}"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_index("ix_access_grant_holder", "access_grant", ["holder_id"])
    _create_logins()
    _create_keys()
    _create_events()


def _create_logins() -> None:
    op.create_table(
        "web_user",
        *timestamps(),
        _person_key(),
        _text("username", 100),
        _text("name", 100),
        _text("avatar", 100, nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        _time("last_login_at"),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _goes_with("web_user", "user_id", "discord_user", "user_id"),
        _key("web_user", "user_id"),
    )
    op.create_table(
        "discord_token",
        _person_key(),
        sa.Column("access_token", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=False),
        _text("scopes", 200),
        _time("expires_at"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_discord_token_version_positive")),
        _goes_with("discord_token", "user_id", "web_user", "user_id"),
        _key("discord_token", "user_id"),
    )
    op.create_table(
        "web_session",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        _text("digest", 64),
        _id("user_id"),
        _now("created_at"),
        _now("seen_at"),
        _text("address", 45, nullable=True),
        _text("browser", 200),
        _key("web_session", "session_id"),
        sa.UniqueConstraint("digest", name=op.f("uq_web_session_digest")),
    )
    op.create_index("ix_web_session_user_id", "web_session", ["user_id"])
    op.create_table(
        "login_attempt",
        _text("digest", 64),
        _text("browser", 64),
        _text("next_path", 500),
        _time("expires_at"),
        _key("login_attempt", "digest"),
    )
    op.create_table(
        "admin_user",
        _text("name", 60),
        _id("user_id"),
        _text("digest", 64),
        _now("created_at"),
        _key("admin_user", "name"),
    )


def _create_keys() -> None:
    op.create_table(
        "api_key",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        _text("prefix", 20),
        _text("digest", 64),
        _text("name", 60),
        sa.Column("scopes", sa.Integer(), nullable=False),
        _id("guild_id", nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _id("created_by", nullable=True),
        _text("created_by_name", 100),
        _now("created_at"),
        _time("expires_at", nullable=True),
        _time("last_used_at", nullable=True),
        _id("replaced_by", nullable=True),
        sa.CheckConstraint("scopes >= 0", name=op.f("ck_api_key_scopes_not_negative")),
        _goes_with("api_key", "guild_id", "guild", "guild_id"),
        _key("api_key", "number"),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
    )
    op.create_index("ix_api_key_guild_id", "api_key", ["guild_id", "number"])
    op.create_index("ix_api_key_created_by", "api_key", ["created_by"])


def _create_events() -> None:
    op.create_table(
        "security_event",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        _text("kind", 40),
        _id("user_id", nullable=True),
        _id("guild_id", nullable=True),
        _id("key_id", nullable=True),
        _text("address", 45, nullable=True),
        _text("route", 200),
        sa.Column("details", DOCUMENT, nullable=False),
        _text("correlation_id", 64, nullable=True),
        _now("created_at"),
        _key("security_event", "event_id"),
        postgresql_partition_by="RANGE (event_id)",
    )
    for name, column in (("kind", "kind"), ("user", "user_id"), ("guild", "guild_id")):
        op.create_index(f"ix_security_event_{name}", "security_event", [column, "event_id"])
    if _is_postgresql():
        op.execute("CREATE TABLE security_event_default PARTITION OF security_event DEFAULT")
        op.execute(KEEPER)
        op.execute(
            "CREATE TRIGGER security_event_keeper BEFORE UPDATE OR DELETE ON security_event"
            " FOR EACH ROW EXECUTE FUNCTION security_event_keeper()"
        )
        return
    for name, happening, condition in SQLITE_KEEPERS:
        op.execute(
            f"CREATE TRIGGER security_event_{name} BEFORE {happening} ON security_event"
            f" {condition} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )


def downgrade() -> None:
    op.drop_index("ix_access_grant_holder", table_name="access_grant")
    # Indexes, triggers and partitions go with their tables.
    for table in ("security_event", "api_key", "admin_user", "login_attempt", "web_session", "discord_token"):
        op.drop_table(table)
    op.drop_table("web_user")
    if _is_postgresql():
        op.execute("DROP FUNCTION security_event_keeper()")


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
