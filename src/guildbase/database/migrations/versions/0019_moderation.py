"""What moderators do, and what lasts.

Revision 0019, after 0018.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from guildbase.database.migrations.operations import sync_enum, timestamps

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ENUMS = {
    "punishment_kind": ("ban", "timeout", "mute", "jail", "voice_mute", "deafen"),
    "case_source": ("command", "api", "discord", "automod", "raid", "ladder", "report", "appeal"),
}
OLD_STATES = ["open", "confirmed", "failed"]
STATES = [*OLD_STATES, "expired", "void"]
OLD_NOTICES = ["pending", "delivered", "refused", "failed"]
NOTICES = [*OLD_NOTICES, "none"]
OLD_TYPES = ["warn"]
TYPES = [
    "warn", "ban", "hackban", "tempban", "softban", "unban", "kick", "timeout", "untimeout", "mute", "unmute", "jail",
    "unjail", "voice_mute", "voice_unmute", "deafen", "undeafen", "voice_kick", "nickname", "custom",
]  # fmt: skip
NEW_COLUMNS = (
    "custom_type", "source", "expires_at", "ended_at", "ending_case", "failure", "is_hidden", "deleted_at", "details",
)  # fmt: skip

PARTIAL = {
    "state": "state <> 'confirmed'", "source": "source <> 'command'", "custom_type": "custom_type IS NOT NULL",
}  # fmt: skip


def _enum(name: str) -> postgresql.ENUM:
    return postgresql.ENUM(*ENUMS[name], name=name, create_constraint=True, length=32, create_type=False)


def _document() -> Any:
    return sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_guild(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_guild_id_guild")
    return sa.ForeignKeyConstraint(["guild_id"], ["guild.guild_id"], name=name, ondelete="CASCADE")


def _of_case(table: str) -> sa.ForeignKeyConstraint:
    columns = ["moderation_case.guild_id", "moderation_case.number"]
    return sa.ForeignKeyConstraint(["guild_id", "number"], columns, name=f"fk_{table}_case", ondelete="CASCADE")


def _key(*names: str) -> list[sa.Column[object]]:
    types = {"number": sa.Integer, "edit": sa.Integer, "position": sa.Integer}
    return [sa.Column(name, types.get(name, sa.BigInteger)(), autoincrement=False, nullable=False) for name in names]


def upgrade() -> None:
    for name, values in ENUMS.items():
        sa.Enum(*values, name=name).create(op.get_bind())
    op.create_table(
        "custom_case_type",
        *timestamps(),
        *_key("guild_id"),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("display_name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("requires_duration", sa.Boolean(), nullable=False),
        sa.Column("metadata_schema", _document(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.CheckConstraint("severity > 0", name=op.f("ck_custom_case_type_severity_positive")),
        _of_guild("custom_case_type"),
        sa.PrimaryKeyConstraint("guild_id", "name", name=op.f("pk_custom_case_type")),
    )
    op.create_table(
        "moderation_note",
        *timestamps(),
        *_key("guild_id", "number"),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("target_name", sa.String(length=100), nullable=False),
        sa.Column("moderator_id", sa.BigInteger(), nullable=True),
        sa.Column("moderator_name", sa.String(length=100), nullable=False),
        sa.Column("content", sa.String(length=2000), nullable=False),
        _time("deleted_at", nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_moderation_note_number_positive")),
        _of_guild("moderation_note"),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_moderation_note")),
    )
    op.create_index("ix_moderation_note_target", "moderation_note", ["guild_id", "target_id", "number"])
    _change_cases()
    op.create_table(
        "moderation_case_edit",
        *_key("guild_id", "number", "edit"),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("editor_id", sa.BigInteger(), nullable=True),
        sa.Column("editor_name", sa.String(length=100), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("before", sa.String(length=2000), nullable=False),
        sa.Column("after", sa.String(length=2000), nullable=False),
        _time("edited_at"),
        _of_case("moderation_case_edit"),
        sa.PrimaryKeyConstraint("guild_id", "number", "edit", name=op.f("pk_moderation_case_edit")),
    )
    op.create_table(
        "moderation_case_role",
        *_key("guild_id", "number", "role_id"),
        _of_case("moderation_case_role"),
        sa.PrimaryKeyConstraint("guild_id", "number", "role_id", name=op.f("pk_moderation_case_role")),
    )
    op.create_table(
        "moderation_evidence",
        *_key("guild_id", "number", "position"),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("added_by", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(length=255), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        _time("added_at"),
        _of_case("moderation_evidence"),
        sa.PrimaryKeyConstraint("guild_id", "number", "position", name=op.f("pk_moderation_evidence")),
    )
    op.create_table(
        "moderation_log_message",
        *_key("guild_id", "number"),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        _of_case("moderation_log_message"),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_moderation_log_message")),
    )
    op.create_table(
        "punishment",
        *_key("guild_id", "user_id"),
        sa.Column("kind", _enum("punishment_kind"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _time("expires_at", nullable=True),
        sa.Column("is_lifting", sa.Boolean(), nullable=False),
        _of_case("punishment"),
        sa.PrimaryKeyConstraint("guild_id", "user_id", "kind", name=op.f("pk_punishment")),
    )
    op.create_index("ix_punishment_case", "punishment", ["guild_id", "number"])


def _change_cases() -> None:
    sync_enum("case_type", old=OLD_TYPES, new=TYPES, columns=[("moderation_case", "case_type")])
    sync_enum("case_state", old=OLD_STATES, new=STATES, columns=[("moderation_case", "state")])
    sync_enum("notice_state", old=OLD_NOTICES, new=NOTICES, columns=[("moderation_case", "notice")])
    # The defaults stay for the release that runs on during the upgrade and does not name these columns.
    with op.batch_alter_table("moderation_case") as batch:
        batch.add_column(sa.Column("custom_type", sa.String(length=32), nullable=True))
        batch.add_column(sa.Column("source", _enum("case_source"), server_default="command", nullable=False))
        batch.add_column(_time("expires_at", nullable=True))
        batch.add_column(_time("ended_at", nullable=True))
        batch.add_column(sa.Column("ending_case", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("failure", sa.String(length=300), nullable=True))
        batch.add_column(sa.Column("is_hidden", sa.Boolean(), server_default=sa.text("false"), nullable=False))
        batch.add_column(_time("deleted_at", nullable=True))
        batch.add_column(sa.Column("details", _document(), server_default="{}", nullable=False))
        batch.create_check_constraint(op.f("ck_moderation_case_ending_case_positive"), "ending_case > 0")
        batch.create_index("ix_moderation_case_created", ["guild_id", "created_at"])
        batch.create_index("ix_moderation_case_type", ["guild_id", "case_type", "number"])
        for column, condition in PARTIAL.items():
            only: Any = {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
            batch.create_index(
                f"ix_moderation_case_{column.removesuffix('_type')}", ["guild_id", column, "number"], **only
            )


def downgrade() -> None:
    for table in (
        "moderation_log_message", "punishment", "moderation_evidence", "moderation_case_role", "moderation_case_edit",
    ):  # fmt: skip
        op.drop_table(table)
    columns = [("moderation_case", "notice")]
    sync_enum("notice_state", old=NOTICES, new=OLD_NOTICES, columns=columns, mapping={"none": "refused"})
    columns, mapping = [("moderation_case", "state")], {"expired": "confirmed", "void": "failed"}
    sync_enum("case_state", old=STATES, new=OLD_STATES, columns=columns, mapping=mapping)
    # The older release knows warnings only. A case of another type stays with its number and reason, as one of these.
    columns, mapping = [("moderation_case", "case_type")], dict.fromkeys(TYPES[1:], "warn")
    sync_enum("case_type", old=TYPES, new=OLD_TYPES, columns=columns, mapping=mapping)
    with op.batch_alter_table("moderation_case") as batch:
        batch.drop_constraint(op.f("ck_moderation_case_ending_case_positive"), type_="check")
        for column in PARTIAL:
            batch.drop_index(f"ix_moderation_case_{column.removesuffix('_type')}")
        batch.drop_index("ix_moderation_case_type")
        batch.drop_index("ix_moderation_case_created")
        for column in NEW_COLUMNS:
            batch.drop_column(column)
    op.drop_table("moderation_note")
    op.drop_table("custom_case_type")
    for name, values in reversed(ENUMS.items()):
        sa.Enum(*values, name=name).drop(op.get_bind())
