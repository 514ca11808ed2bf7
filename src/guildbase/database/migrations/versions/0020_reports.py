"""Reports and appeals.

Revision 0020, after 0019.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from guildbase.database.migrations.operations import timestamps

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ENUMS = {
    "report_kind": ("message", "member", "appeal"),
    "report_state": ("open", "claimed", "closed"),
    "report_outcome": ("dismissed", "warned", "timed_out", "banned", "accepted", "rejected"),
    "report_happening": ("filed", "joined", "claimed", "released", "asked", "answered", "unreached", "closed"),
}


def _enum(name: str, column: str, *, nullable: bool = False) -> sa.Column[str]:
    values = sa.Enum(*ENUMS[name], name=name, create_constraint=True, length=32)
    on_postgresql = postgresql.ENUM(*ENUMS[name], name=name, create_type=False)
    return sa.Column(column, values.with_variant(on_postgresql, "postgresql"), nullable=nullable)


def _id(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _key(*names: str) -> list[sa.Column[int]]:
    return [
        sa.Column(name, sa.BigInteger() if name == "guild_id" else sa.Integer(), autoincrement=False, nullable=False)
        for name in names
    ]


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for name, values in ENUMS.items():
            postgresql.ENUM(*values, name=name).create(op.get_bind())
    op.create_table(
        "report",
        *timestamps(),
        *_key("guild_id", "number"),
        _enum("report_kind", "kind"),
        _enum("report_state", "state"),
        _enum("report_outcome", "outcome", nullable=True),
        _id("target_id"),
        _text("target_name", 100),
        _id("channel_id", nullable=True),
        _id("message_id", nullable=True),
        _text("evidence", 2000),
        sa.Column("case_number", sa.Integer(), nullable=True),
        _id("claimed_by", nullable=True),
        _text("claimed_name", 100),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        _id("queue_channel_id", nullable=True),
        _id("queue_message_id", nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_report_number_positive")),
        sa.CheckConstraint("case_number > 0", name=op.f("ck_report_case_number_positive")),
        sa.CheckConstraint("events > 0", name=op.f("ck_report_events_positive")),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.guild_id"], name=op.f("fk_report_guild_id_guild"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("guild_id", "number", name=op.f("pk_report")),
    )
    op.create_index("ix_report_state", "report", ["guild_id", "state", "number"])
    op.create_index("ix_report_target", "report", ["guild_id", "target_id", "number"])
    op.create_index("ix_report_closed", "report", ["closed_at"])
    op.create_table(
        "report_event",
        *_key("guild_id", "number", "position"),
        _enum("report_happening", "happening"),
        _id("actor_id", nullable=True),
        _text("actor_name", 100),
        _text("text", 1000),
        sa.Column("wants_answer", sa.Boolean(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_report_event_position_positive")),
        sa.ForeignKeyConstraint(
            ["guild_id", "number"],
            ["report.guild_id", "report.number"],
            name="fk_report_event_report",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("guild_id", "number", "position", name=op.f("pk_report_event")),
    )


def downgrade() -> None:
    op.drop_table("report_event")
    op.drop_table("report")
    if op.get_bind().dialect.name == "postgresql":
        for name, values in reversed(ENUMS.items()):
            postgresql.ENUM(*values, name=name).drop(op.get_bind())
