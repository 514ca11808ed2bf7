"""`sync_enum` changes labels under rows, alike on both databases, and refuses rather than lose a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import pool
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from guildbase.core.errors import InvalidInput
from guildbase.database.connections.address import parse_url
from guildbase.database.migrations.enums import sync_enum

OLD = ["open", "kept", "closed"]


class Shop:
    """Two tables whose three columns share one enum, with defaults, partial indexes and a check."""

    def __init__(self, url: str) -> None:
        parsed = parse_url(url)
        driver = "postgresql+psycopg" if parsed.get_backend_name() == "postgresql" else "sqlite"
        self.engine = sa.create_engine(parsed.set(drivername=driver), poolclass=pool.NullPool)
        if driver == "sqlite":
            sa.event.listen(self.engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
            sa.event.listen(self.engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
        with self.engine.begin() as connection:
            self._open(connection)

    def _open(self, connection: Connection) -> None:
        kind = postgresql.ENUM(*OLD, name="ticket_state", create_constraint=True, length=32, create_type=False)
        sa.Enum(*OLD, name="ticket_state").create(connection)
        metadata = sa.MetaData(naming_convention={"ck": "ck_%(table_name)s_%(constraint_name)s"})
        ticket = sa.Table(
            "ticket",
            metadata,
            sa.Column("number", sa.Integer(), primary_key=True),
            sa.Column("state", kind, server_default="open", nullable=False),
            sa.Column("before", kind, nullable=True),
            sa.Column("note", sa.String(20), server_default="closed, at last", nullable=False),
            sa.CheckConstraint("number > 0", name="positive"),
        )
        waiting = sa.text("state IN ('open', 'kept')")
        sa.Index("ix_ticket_waiting", ticket.c.number, postgresql_where=waiting, sqlite_where=waiting)
        sa.Index("ix_ticket_state", ticket.c.state)
        event = sa.Table(
            "ticket_event",
            metadata,
            sa.Column("number", sa.Integer(), sa.ForeignKey("ticket.number", ondelete="CASCADE"), primary_key=True),
            sa.Column("became", kind, nullable=False),
        )
        metadata.create_all(connection, checkfirst=False)
        for number, state in enumerate(OLD, 1):
            connection.execute(ticket.insert().values(number=number, state=state, before="kept"))
            connection.execute(event.insert().values(number=number, became=state))

    def migrate(self, new: list[str], mapping: dict[str, str] | None = None, *, old: list[str] = OLD) -> None:
        columns = [("ticket", "state"), ("ticket", "before"), ("ticket_event", "became")]
        self.run(lambda: sync_enum("ticket_state", old=old, new=new, columns=columns, mapping=mapping))

    def run(self, change: Callable[[], None]) -> None:
        with self.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
            change()

    def ask(self, statement: str) -> list[Any]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(statement)]

    def do(self, statement: str) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def states(self) -> list[str]:
        return [state for (state,) in self.ask("SELECT CAST(state AS TEXT) FROM ticket ORDER BY number")]

    def everything(self) -> list[Any]:
        return [
            self.ask("SELECT * FROM ticket ORDER BY number"),
            self.ask("SELECT * FROM ticket_event ORDER BY number"),
        ]

    def indexes(self) -> set[str]:
        return {str(index["name"]) for index in sa.inspect(self.engine).get_indexes("ticket")}

    def condition(self) -> str:
        [waiting] = [x for x in sa.inspect(self.engine).get_indexes("ticket") if x["name"] == "ix_ticket_waiting"]
        return str(next(value for name, value in waiting["dialect_options"].items() if name.endswith("_where")))


@pytest.fixture
def shop(empty_database_url: str) -> Iterator[Shop]:
    opened = Shop(empty_database_url)
    yield opened
    opened.engine.dispose()


async def test_a_label_is_added_in_the_middle_and_rows_stay(shop: Shop) -> None:
    before = shop.everything()
    shop.migrate(["new", "open", "asked", "kept", "closed", "lost"])
    assert shop.everything() == before
    shop.do("INSERT INTO ticket (number, state) VALUES (10, 'new'), (11, 'asked'), (12, 'lost')")
    assert shop.states()[-3:] == ["new", "asked", "lost"]
    shop.migrate(
        OLD, {"new": "open", "asked": "open", "lost": "closed"}, old=["new", "open", "asked", "kept", "closed", "lost"]
    )
    assert shop.states()[-3:] == ["open", "open", "closed"]


async def test_a_label_is_renamed_with_its_rows_default_and_conditions(shop: Shop) -> None:
    shop.migrate(["fresh", "kept", "closed"], {"open": "fresh"})
    assert shop.states() == ["fresh", "kept", "closed"]
    shop.do("INSERT INTO ticket (number) VALUES (10)")
    assert shop.states()[-1] == "fresh"
    assert "fresh" in shop.condition()
    assert "open" not in shop.condition()
    assert shop.ask("SELECT note FROM ticket WHERE number = 10") == [("closed, at last",)]


async def test_a_removed_label_gives_its_rows_to_another(shop: Shop) -> None:
    shop.migrate(["closed", "open"], {"kept": "open"})
    assert shop.states() == ["open", "open", "closed"]
    assert shop.ask("SELECT CAST(before AS TEXT) FROM ticket") == [("open",)] * 3
    assert shop.ask("SELECT CAST(became AS TEXT) FROM ticket_event ORDER BY number") == [
        ("open",),
        ("open",),
        ("closed",),
    ]
    assert "kept" not in shop.condition()
    assert shop.indexes() == {"ix_ticket_waiting", "ix_ticket_state"}
    with pytest.raises((sa.exc.IntegrityError, sa.exc.DBAPIError)):
        shop.do("INSERT INTO ticket (number, state) VALUES (10, 'kept')")
    with pytest.raises(sa.exc.IntegrityError):
        shop.do("INSERT INTO ticket (number) VALUES (0)")
    shop.do("INSERT INTO ticket (number) VALUES (10)")
    assert shop.states()[-1] == "open"


async def test_rows_in_the_way_are_named_and_nothing_changes(shop: Shop) -> None:
    before = shop.everything()
    with pytest.raises(InvalidInput) as refused:
        shop.migrate(["open", "closed"])
    assert "ticket.state holds 'kept' in 1 row (number 2)" in refused.value.message
    assert "ticket.before holds 'kept' in 3 rows (number 1; number 2; number 3)" in refused.value.message
    assert "ticket_event.became holds 'kept' in 1 row (number 2)" in refused.value.message
    assert shop.everything() == before
    shop.do("UPDATE ticket SET state = 'kept' WHERE number = 1")


async def test_a_label_that_no_row_holds_may_go(shop: Shop) -> None:
    shop.do("UPDATE ticket SET state = 'open'")
    shop.do("UPDATE ticket_event SET became = 'open'")
    shop.migrate(["open", "kept"])
    assert shop.states() == ["open"] * 3


async def test_a_label_that_a_condition_names_does_not_go_without_replacement(shop: Shop) -> None:
    shop.do("UPDATE ticket SET state = 'closed', before = 'closed'")
    shop.do("UPDATE ticket_event SET became = 'closed'")
    with pytest.raises(InvalidInput, match="index ix_ticket_waiting names 'kept'"):
        shop.migrate(["open", "closed"])
    shop.do("DROP INDEX ix_ticket_waiting")
    with pytest.raises(InvalidInput, match=r"the default of ticket.state names 'open'"):
        shop.migrate(["kept", "closed"])


async def test_a_swap_of_two_labels_is_refused_and_an_order_can_change(shop: Shop) -> None:
    before = shop.everything()
    shop.migrate(["closed", "kept", "open"])
    assert shop.everything() == before
    with pytest.raises(InvalidInput, match="'open' cannot become 'kept'"):
        shop.migrate(OLD, {"open": "kept"}, old=["closed", "kept", "open"])


@pytest.mark.parametrize(
    ("new", "mapping", "complaint"),
    [
        (["open", "closed"], {"kept": "FIXME"}, "still says FIXME"),
        (["open", "closed"], {"kept": "nosuch"}, "'kept' cannot become 'nosuch'"),
        (["open", "closed"], {"nosuch": "open"}, "'nosuch' cannot become 'open'"),
    ],
)
async def test_an_unfinished_or_wrong_mapping_is_refused(
    shop: Shop, new: list[str], mapping: dict[str, str], complaint: str
) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        shop.migrate(new, mapping)
    assert shop.states() == OLD


async def test_a_database_with_other_labels_is_refused(shop: Shop) -> None:
    with pytest.raises(InvalidInput, match="has open, kept, closed, the revision expects open, closed"):
        shop.migrate(["open"], old=["open", "closed"])


async def test_columns_without_the_enum_or_left_out_are_refused(shop: Shop) -> None:
    wrong = [("ticket", "note"), ("ticket", "state")]
    with pytest.raises(InvalidInput):
        shop.run(lambda: sync_enum("ticket_state", old=OLD, new=[*OLD, "lost"], columns=wrong))
    if shop.engine.dialect.name == "sqlite":
        return  # Only a type knows who uses it.
    with pytest.raises(InvalidInput, match=r"used by ticket.before, ticket.state, ticket_event.became"):
        shop.run(lambda: sync_enum("ticket_state", old=OLD, new=[*OLD, "lost"], columns=[("ticket", "state")]))


async def test_labels_with_quotes_and_percent_signs_survive(shop: Shop) -> None:
    shop.migrate(["open", "it's 100%", "closed"], {"kept": "it's 100%"})
    assert shop.states() == ["open", "it's 100%", "closed"]
    shop.migrate(["it's 100%", "closed"], {"open": "it's 100%"}, old=["open", "it's 100%", "closed"])
    assert shop.states() == ["it's 100%", "it's 100%", "closed"]


async def test_foreign_keys_still_lead_to_the_changed_table(shop: Shop) -> None:
    shop.migrate(["open", "closed"], {"kept": "open"})
    [key] = sa.inspect(shop.engine).get_foreign_keys("ticket_event")
    assert key["referred_table"] == "ticket"
    assert key["options"] == {"ondelete": "CASCADE"}


async def test_a_partitioned_table_changes_with_its_parts_and_conditions(empty_postgresql_url: str) -> None:
    opened = Shop(empty_postgresql_url)
    for statement in (
        "CREATE TYPE visit_state AS ENUM ('in', 'out')",
        "CREATE TABLE visit (day date, state visit_state) PARTITION BY RANGE (day)",
        "ALTER TABLE visit ADD CONSTRAINT late CHECK (state <> 'out' OR day > '2026-01-01')",
        "CREATE TABLE visit_default PARTITION OF visit DEFAULT",
        "CREATE INDEX ix_visit_in ON visit (day) WHERE state = 'in'",
        "INSERT INTO visit VALUES ('2026-02-01', 'out'), ('2026-02-02', 'in')",
    ):
        opened.do(statement)
    columns, change = [("visit", "state")], {"old": ["in", "out"], "new": ["gone", "here"]}
    opened.run(lambda: sync_enum("visit_state", **change, columns=columns, mapping={"in": "here", "out": "gone"}))
    assert opened.ask("SELECT state::text FROM visit ORDER BY day") == [("gone",), ("here",)]
    definitions = opened.ask("SELECT indexdef FROM pg_indexes WHERE starts_with(tablename, 'visit') ORDER BY tablename")
    assert len(definitions) == 2
    assert all("'here'::visit_state" in definition for (definition,) in definitions)
    with pytest.raises(sa.exc.IntegrityError):
        opened.do("INSERT INTO visit VALUES ('2025-01-01', 'gone')")
    opened.engine.dispose()
