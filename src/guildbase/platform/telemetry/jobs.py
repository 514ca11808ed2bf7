"""What keeps the logs, and every table with a term, from growing for ever."""

from __future__ import annotations

from datetime import timedelta

from guildbase.core.clock import utcnow
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.upkeep.partitions import drop_old_months, is_monthly, make_partitions
from guildbase.database.upkeep.retention import remove_old_rows, terms_of
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from guildbase.services.due_work import Result, job
from guildbase.services.tables import all_tables


@job(every=timedelta(hours=12))
async def partitions(services: BotServices) -> Result:
    """Make the partitions of the coming months."""
    database = services.get(DatabaseManager)
    tables = [table for table in all_tables(services.get(FeatureRegistry)) if is_monthly(table)]
    made = [await make_partitions(database, table, utcnow()) for table in tables]
    return {"made": sum(map(len, made))}


@job(every=timedelta(hours=1))
async def stats(services: BotServices) -> Result:
    """Count the audit entries of the days that are over."""
    return {"days": await services.get(AuditController).roll_up()}


@job(every=timedelta(hours=24))
async def retention(services: BotServices) -> Result:
    """Remove the rows that have had their time; a table where that fails does not keep the others from it.

    Raises:
        ExceptionGroup: it failed for these tables.
    """
    database, settings = services.get(DatabaseManager), services.get(Settings)
    result: dict[str, int] = {}
    failures: list[Exception] = []
    for table in all_tables(services.get(FeatureRegistry)):
        for term in terms_of(table):
            before = term.before(settings, utcnow())
            try:
                if is_monthly(table):
                    dropped, removed = await drop_old_months(database, table, before)
                    result[f"{table.name}_partitions"] = dropped
                else:
                    removed = await remove_old_rows(database, table, term, before)
                result[table.name] = result.get(table.name, 0) + removed
            except Exception as error:
                error.add_note(f"while removing old rows of {table.name}")
                failures.append(error)
    if failures:
        raise ExceptionGroup("Old rows could not be removed everywhere.", failures)
    return result
