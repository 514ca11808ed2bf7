"""The tables of Guildbase, with everything imported that defines one."""

from __future__ import annotations

from sqlalchemy import MetaData, Table

import guildbase.bot.models
import guildbase.services.outbox
from guildbase.core.registry import FeatureRegistry
from guildbase.database.base import Base

__all__ = ["guildbase", "guildbase_metadata", "guildbase_tables"]


def guildbase_metadata() -> MetaData:
    """Return what the models say."""
    list(FeatureRegistry.discover().modules("models"))
    return Base.metadata


def guildbase_tables() -> list[Table]:
    """Return the tables, parents before children."""
    return list(guildbase_metadata().sorted_tables)
