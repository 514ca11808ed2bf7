"""All tables of a process: those of the services and those of every feature that is there."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from guildbase.core.registry import FeatureRegistry
from guildbase.database.base import NAMING, Base
from guildbase.services import command_sync, due_work, encryption_keys, idempotency, leases, outbox
from guildbase.services.rate_limits import counted
from guildbase.services.write_behind import models as write_behind

__all__ = [
    "all_tables",
    "command_sync",
    "compared_metadata",
    "counted",
    "due_work",
    "encryption_keys",
    "idempotency",
    "leases",
    "outbox",
    "write_behind",
]


def all_tables(registry: FeatureRegistry) -> list[Table]:
    """Import every feature's models and return the tables, parents before children."""
    list(registry.modules("models"))
    return list(Base.metadata.sorted_tables)


def compared_metadata(registry: FeatureRegistry) -> MetaData:
    """Return a copy of the metadata for Alembic: comparing enums changes what it is given."""
    copy = MetaData(naming_convention=NAMING)
    for table in all_tables(registry):
        table.to_metadata(copy)
    return copy
