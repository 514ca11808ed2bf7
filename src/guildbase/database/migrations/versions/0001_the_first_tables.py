"""The first tables.

Revision 0001, after the empty database.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    sa.Enum("pending", "delivered", "refused", "failed", name="notice_state").create(op.get_bind())
    sa.Enum("open", "confirmed", "failed", name="case_state").create(op.get_bind())
    sa.Enum("warn", name="case_type").create(op.get_bind())
    sa.Enum("pending", "running", "done", "failed", name="effect_state").create(op.get_bind())
    op.create_table(
        "audit_entry",
        sa.Column("audit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("target_type", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.Column(
            "details", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column("correlation_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry") as batch:
        batch.create_index("ix_audit_entry_actor", ["actor_id", "audit_id"], unique=False)
        batch.create_index("ix_audit_entry_guild", ["guild_id", "audit_id"], unique=False)

    op.create_table(
        "command_sync",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tree_hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("application_id", name=op.f("pk_command_sync")),
    )
    op.create_table(
        "discord_user",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_discord_user")),
    )
    op.create_table(
        "guild",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purge_after", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guild")),
    )
    op.create_table(
        "outbox_effect",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("effect_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "payload", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"), nullable=False
        ),
        sa.Column(
            "state",
            postgresql.ENUM(
                "pending",
                "running",
                "done",
                "failed",
                name="effect_state",
                create_constraint=True,
                length=32,
                create_type=False,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("effect_id", name=op.f("pk_outbox_effect")),
    )
    with op.batch_alter_table("outbox_effect") as batch:
        batch.create_index(batch.f("ix_outbox_effect_guild_id"), ["guild_id"], unique=False)
        batch.create_index(
            "ix_outbox_effect_waiting",
            ["due_at", "effect_id"],
            unique=False,
            postgresql_where=sa.text("state IN ('pending', 'running')"),
            sqlite_where=sa.text("state IN ('pending', 'running')"),
        )

    op.create_table(
        "guild_config",
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("prefix", sa.String(length=10), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("mod_log_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("audit_log_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("perm_level_0_role_id", sa.BigInteger(), nullable=True),
        sa.Column("perm_level_1_role_id", sa.BigInteger(), nullable=True),
        sa.Column("perm_level_2_role_id", sa.BigInteger(), nullable=True),
        sa.Column("perm_level_3_role_id", sa.BigInteger(), nullable=True),
        sa.Column("perm_level_4_role_id", sa.BigInteger(), nullable=True),
        sa.Column("perm_level_5_role_id", sa.BigInteger(), nullable=True),
        sa.Column("perm_level_6_role_id", sa.BigInteger(), nullable=True),
        sa.Column("perm_level_7_role_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_guild_config_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guild_config")),
    )
    op.create_table(
        "guild_counter",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("value > 0", name=op.f("ck_guild_counter_value_positive")),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_guild_counter_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", "kind", name=op.f("pk_guild_counter")),
    )
    op.create_table(
        "member",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_member_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["discord_user.user_id"], name=op.f("fk_member_user_id_discord_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_member")),
    )
    op.create_table(
        "moderation_case",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "case_type",
            postgresql.ENUM("warn", name="case_type", create_constraint=True, length=32, create_type=False),
            nullable=False,
        ),
        sa.Column(
            "state",
            postgresql.ENUM(
                "open", "confirmed", "failed", name="case_state", create_constraint=True, length=32, create_type=False
            ),
            nullable=False,
        ),
        sa.Column(
            "notice",
            postgresql.ENUM(
                "pending",
                "delivered",
                "refused",
                "failed",
                name="notice_state",
                create_constraint=True,
                length=32,
                create_type=False,
            ),
            nullable=False,
        ),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("target_name", sa.String(length=100), nullable=False),
        sa.Column("moderator_id", sa.BigInteger(), nullable=False),
        sa.Column("moderator_name", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_moderation_case_number_positive")),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_moderation_case_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_moderation_case")),
    )
    with op.batch_alter_table("moderation_case") as batch:
        batch.create_index("ix_moderation_case_moderator", ["guild_id", "moderator_id", "number"], unique=False)
        batch.create_index("ix_moderation_case_target", ["guild_id", "target_id", "number"], unique=False)
        batch.create_index(
            "uq_moderation_case_request",
            ["guild_id", "request_id"],
            unique=True,
            postgresql_where=sa.text("request_id IS NOT NULL"),
            sqlite_where=sa.text("request_id IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("moderation_case") as batch:
        batch.drop_index(
            "uq_moderation_case_request",
            postgresql_where=sa.text("request_id IS NOT NULL"),
            sqlite_where=sa.text("request_id IS NOT NULL"),
        )
        batch.drop_index("ix_moderation_case_target")
        batch.drop_index("ix_moderation_case_moderator")

    op.drop_table("moderation_case")
    op.drop_table("member")
    op.drop_table("guild_counter")
    op.drop_table("guild_config")
    with op.batch_alter_table("outbox_effect") as batch:
        batch.drop_index(
            "ix_outbox_effect_waiting",
            postgresql_where=sa.text("state IN ('pending', 'running')"),
            sqlite_where=sa.text("state IN ('pending', 'running')"),
        )
        batch.drop_index(batch.f("ix_outbox_effect_guild_id"))

    op.drop_table("outbox_effect")
    op.drop_table("guild")
    op.drop_table("discord_user")
    op.drop_table("command_sync")
    with op.batch_alter_table("audit_entry") as batch:
        batch.drop_index("ix_audit_entry_guild")
        batch.drop_index("ix_audit_entry_actor")

    op.drop_table("audit_entry")
    sa.Enum("pending", "running", "done", "failed", name="effect_state").drop(op.get_bind())
    sa.Enum("warn", name="case_type").drop(op.get_bind())
    sa.Enum("open", "confirmed", "failed", name="case_state").drop(op.get_bind())
    sa.Enum("pending", "delivered", "refused", "failed", name="notice_state").drop(op.get_bind())
