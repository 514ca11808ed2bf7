"""Security events that are kept in the default partition, too.

Revision 0028, after 0027. Until it, a row of the default partition could be deleted by anybody, because the keeper of
the partitions moves it out of there. Now it can be once its month's own table has it. SQLite has no partitions.
"""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

REFUSAL = "security events are only added"
FIXED = ("event_id", "kind", "guild_id", "key_id", "route", "correlation_id", "created_at")
BEFORE = "TG_TABLE_NAME <> 'security_event_default' AND OLD.created_at > now() - interval '1 day'"
NOW = "OLD.created_at > now() - interval '1 day' AND NOT is_moved"
# The first 48 bits of the id are its moment in milliseconds; the month's table is named after it.
IS_MOVED = """
        IF TG_TABLE_NAME = 'security_event_default' THEN
            month := 'security_event_' || to_char(to_timestamp(
                ('x' || left(replace(OLD.event_id::text, '-', ''), 12))::bit(48)::bigint / 1000.0
            ) AT TIME ZONE 'UTC', 'YYYY_MM');
            IF to_regclass(month) IS NOT NULL THEN
                EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE event_id = $1)', month)
                    INTO is_moved USING OLD.event_id;
            END IF;
        END IF;
"""


def upgrade() -> None:
    _keep(NOW, IS_MOVED)


def downgrade() -> None:
    _keep(BEFORE, "")


def _keep(kept: str, look: str) -> None:
    """Let the keeper refuse to delete what is kept; nobody ever changes an event but to empty it."""
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute(f"""
CREATE OR REPLACE FUNCTION security_event_keeper() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    month text;
    is_moved boolean := false;
BEGIN
    IF TG_OP = 'DELETE' THEN{look}
        IF {kept} THEN
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
""")
