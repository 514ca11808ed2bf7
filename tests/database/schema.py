"""The tables of Guildbase, with everything imported that defines one."""

from __future__ import annotations

from importlib import import_module

from sqlalchemy import MetaData, Table

from guildbase.core.registry import FeatureRegistry
from guildbase.database.base import NAMING, Base

BESIDES_FEATURES = ("guildbase.bot.models", "guildbase.services.outbox")


def guildbase_tables() -> list[Table]:
    """Return the tables as the models say them, parents before children."""
    list(FeatureRegistry.discover().modules("models"))
    for module in BESIDES_FEATURES:
        import_module(module)
    return list(Base.metadata.sorted_tables)


def guildbase_metadata() -> MetaData:
    """Return a copy for Alembic: comparing enums changes what it is given."""
    copy = MetaData(naming_convention=NAMING)
    for table in guildbase_tables():
        table.to_metadata(copy)
    return copy
