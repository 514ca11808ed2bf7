"""Tickets.

Revision 0024, after 0023.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from guildbase.database.migrations.operations import audit_columns, create_guild_table, timestamps

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ENUMS = {
    "ticket_kind": ("channel", "thread"),
    "ticket_state": (
        "opening", "open", "claimed", "waiting_for_user", "waiting_for_staff", "closed", "deleted", "failed",
    ),
    "ticket_priority": ("low", "normal", "high", "urgent"),
}  # fmt: skip
ONCE = "request_id IS NOT NULL"


def _enum(column: str, name: str) -> sa.Column[Any]:
    kind = postgresql.ENUM(*ENUMS[name], name=name, create_constraint=True, length=32, create_type=False)
    return sa.Column(column, kind, nullable=False)


def _texts(**lengths: int) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String(length=length), nullable=False) for name, length in lengths.items()]


def _ids(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger(), nullable=True) for name in names]


def _counts(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Integer(), nullable=nullable) for name in names]


def _times(*names: str, nullable: bool = True) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _document(name: str) -> sa.Column[Any]:
    kind: Any = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    return sa.Column(name, kind, nullable=False)


def _number(name: str = "number") -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _id_key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _check(table: str, rule: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{rule}"))


def _of(table: str, parent: str, column: str) -> sa.ForeignKeyConstraint:
    theirs = [f"{parent}.guild_id", f"{parent}.number"]
    return sa.ForeignKeyConstraint(["guild_id", column], theirs, name=f"fk_{table}_{parent}", ondelete="CASCADE")


def _create_part(table: str, parent: str, column: str, *columns: sa.schema.SchemaItem, key: tuple[str, ...]) -> None:
    """Create a table whose rows belong to a numbered row of the guild."""
    primary_key = sa.PrimaryKeyConstraint("guild_id", column, *key, name=op.f(f"pk_{table}"))
    own = (_id_key("guild_id"), _number(column), *columns)
    op.create_table(table, *own, _of(table, parent, column), primary_key)


def upgrade() -> None:
    for name, values in ENUMS.items():
        sa.Enum(*values, name=name).create(op.get_bind())
    _create_set_up()
    _create_tickets()
    _create_parts_of_tickets()


def _create_set_up() -> None:
    create_guild_table(
        "ticket_block",
        *audit_columns(),
        *timestamps(),
        _id_key("user_id"),
        *_texts(reason=500),
        *_times("expires_at"),
        key=("user_id",),
    )
    create_guild_table(
        "ticket_category",
        *audit_columns(),
        *timestamps(),
        _number(),
        *_texts(name=50, description=100, emoji=70),
        _enum("kind", "ticket_kind"),
        *_ids("parent_id"),
        *_texts(naming=50, greeting=1000),
        _document("form"),
        *_counts("open_limit"),
        *_counts("response_minutes", "resolution_minutes", "auto_close_hours", nullable=True),
        _flag("is_archived"),
        _check("ticket_category", "number_positive", "number > 0"),
        _check("ticket_category", "open_limit_positive", "open_limit > 0"),
        _check("ticket_category", "response_minutes_positive", "response_minutes > 0"),
        _check("ticket_category", "resolution_minutes_positive", "resolution_minutes > 0"),
        _check("ticket_category", "auto_close_hours_positive", "auto_close_hours > 0"),
        sa.UniqueConstraint("guild_id", "name", name="uq_ticket_category_name"),
        key=("number",),
    )
    create_guild_table(
        "ticket_panel",
        *audit_columns(),
        *timestamps(),
        _number(),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        *_ids("message_id"),
        *_texts(title=100, description=1000),
        _flag("is_menu"),
        *_texts(failure=300),
        _check("ticket_panel", "number_positive", "number > 0"),
        sa.UniqueConstraint("guild_id", "title", name="uq_ticket_panel_title"),
        key=("number",),
    )
    create_guild_table(
        "ticket_reply",
        *audit_columns(),
        *timestamps(),
        *_texts(name=32, content=2000),
        key=("name",),
    )
    _create_part("ticket_staff_role", "ticket_category", "category", _id_key("role_id"), key=("role_id",))
    table = "ticket_panel_category"
    _create_part(
        table,
        "ticket_panel",
        "panel",
        _number("category"),
        *_counts("position"),
        _of(table, "ticket_category", "category"),
        _check(table, "position_positive", "position > 0"),
        key=("category",),
    )
    op.create_index("ix_ticket_panel_category_category", table, ["guild_id", "category"])


def _create_tickets() -> None:
    create_guild_table(
        "ticket",
        *timestamps(),
        _number(),
        *_counts("category"),
        sa.Column("opener_id", sa.BigInteger(), nullable=False),
        *_texts(opener_name=100, subject=200),
        _document("answers"),
        _enum("kind", "ticket_kind"),
        *_ids("channel_id"),
        *_texts(channel_name=100),
        *_ids("greeting_id"),
        _enum("state", "ticket_state"),
        _enum("priority", "ticket_priority"),
        *_ids("assignee_id"),
        *_texts(assignee_name=100),
        *_times("claimed_at", "first_response_at"),
        *_times("active_at", nullable=False),
        *_times("closed_at"),
        *_ids("closed_by"),
        *_texts(close_reason=500),
        *_counts("rating", nullable=True),
        *_texts(rating_comment=1000, failure=300),
        *_times("reopened_at", "transcript_at"),
        *_ids("compared_id"),
        *_texts(transcript_note=300),
        *_counts("events"),
        *_ids("request_id"),
        _check("ticket", "events_not_negative", "events >= 0"),
        _check("ticket", "number_positive", "number > 0"),
        _check("ticket", "rating_positive", "rating > 0"),
        _of("ticket", "ticket_category", "category"),
        key=("number",),
    )
    for name in ("category", "state"):
        op.create_index(f"ix_ticket_{name}", "ticket", ["guild_id", name, "number"])
    for name in ("opener", "assignee"):
        op.create_index(f"ix_ticket_{name}", "ticket", ["guild_id", f"{name}_id", "number"])
    op.create_index("ix_ticket_channel", "ticket", ["guild_id", "channel_id"])
    op.create_index("ix_ticket_created", "ticket", ["guild_id", "created_at"])
    once: dict[str, Any] = {"postgresql_where": sa.text(ONCE), "sqlite_where": sa.text(ONCE)}
    op.create_index("uq_ticket_request", "ticket", ["guild_id", "request_id"], unique=True, **once)


def _create_parts_of_tickets() -> None:
    _create_part(
        "ticket_event",
        "ticket",
        "number",
        _number("event"),
        *_texts(happening=20),
        *_ids("actor_id"),
        *_texts(actor_name=100),
        _document("details"),
        *_times("happened_at", nullable=False),
        key=("event",),
    )
    op.create_index("ix_ticket_event_actor", "ticket_event", ["guild_id", "actor_id", "happened_at"])
    _create_part("ticket_participant", "ticket", "number", _id_key("user_id"), key=("user_id",))
    _create_part("ticket_tag", "ticket", "number", *_texts(tag=32), key=("tag",))
    op.create_index("ix_ticket_tag_tag", "ticket_tag", ["guild_id", "tag", "number"])
    _create_messages()


def _create_messages() -> None:
    _create_part(
        "ticket_message",
        "ticket",
        "number",
        _id_key("message_id"),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        *_texts(author_name=100),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        _flag("is_bot"),
        _flag("is_staff"),
        *_texts(content=4000),
        _document("details"),
        *_times("edited_at", "deleted_at"),
        key=("message_id",),
    )
    key = ["guild_id", "number", "message_id"]
    theirs = [f"ticket_message.{column}" for column in key]
    op.create_table(
        "ticket_file",
        _id_key("guild_id"),
        _number(),
        _id_key("message_id"),
        _id_key("file_id"),
        sa.Column("about_id", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(key, theirs, name="fk_ticket_file_ticket_message", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*key, "file_id", name=op.f("pk_ticket_file")),
    )


def downgrade() -> None:
    for table in (
        "ticket_file", "ticket_message", "ticket_tag", "ticket_participant", "ticket_event", "ticket",
        "ticket_panel_category",
        "ticket_staff_role", "ticket_reply", "ticket_panel", "ticket_category", "ticket_block",
    ):  # fmt: skip
        op.drop_table(table)
    for name, values in reversed(ENUMS.items()):
        sa.Enum(*values, name=name).drop(op.get_bind())
