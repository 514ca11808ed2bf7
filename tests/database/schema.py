"""The tables of Guildbase, with everything imported that defines one."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

from guildbase.core.registry import FeatureRegistry
from guildbase.services import tables


def guildbase_tables() -> list[Table]:
    """Return the tables as the models say them, parents before children."""
    return tables.all_tables(FeatureRegistry.discover())


def guildbase_metadata() -> MetaData:
    """Return a copy for Alembic: comparing enums changes what it is given."""
    return tables.compared_metadata(FeatureRegistry.discover())
