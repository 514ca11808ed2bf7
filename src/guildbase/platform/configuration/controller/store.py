"""Where settings lie: a document for each feature, and columns for the basic ones; each change with its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.logging import current_correlation_id
from guildbase.core.ports import AuditSink, Caller
from guildbase.core.settings import Settings
from guildbase.core.time_ids import new_time_id
from guildbase.database.connections.parameters import dump_document
from guildbase.database.connections.prebuilt import RefusedByServer
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import upsert_statement
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.configuration import queries, rules
from guildbase.platform.configuration.controller.versions import NewVersion, Seen, Stored
from guildbase.platform.configuration.models import ConfigurationHistory, GuildSettings
from guildbase.platform.configuration.snapshot import GENERAL
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.models import CONFIG_COLUMNS
from guildbase.services.container import BotServices


class SettingsStore:
    """Reads and writes documents within a transaction of somebody else."""

    def __init__(self, services: BotServices) -> None:
        self._services = services
        self._guilds = services.get(GuildController)

    async def all(self, session: AsyncSession, guild_id: int) -> dict[str, Stored]:
        """Return what the server has set of all features, also of those that are not loaded."""
        rows = (await session.execute(select(GuildSettings).where(col(GuildSettings.guild_id) == guild_id))).scalars()
        found = {row.feature: Stored(row.version, row.shape, row.document) for row in rows}
        return {GENERAL: await self.one(session, guild_id, GENERAL), **found}

    async def one(self, session: AsyncSession, guild_id: int, feature: str) -> Stored:
        """Return what the server has set of the feature."""
        return (await self.seen(session, guild_id, feature)).stored

    async def seen(self, session: AsyncSession, guild_id: int, feature: str) -> Seen:
        """Return the same with what else a change goes by."""
        row = (await session.execute(queries.SEEN, {"guild_id": guild_id, "feature": feature})).one_or_none()
        return self._seen(feature, row)

    async def seen_at_once(self, guild_id: int, feature: str) -> Seen:
        """Return the same, read by itself, in the quickest way."""
        database = self._services.get(DatabaseManager)
        return self._seen(feature, await queries.PREBUILT_SEEN.run(database, guild_id=guild_id, feature=feature))

    async def write(self, work: UnitOfWork, new: NewVersion) -> None:
        """Store the settings, with history, audit row and event.

        It is called within `GuildController.change`, which keeps other changes of the server waiting.
        """
        await self.record(work, new)
        if new.feature == GENERAL:
            await self._guilds.set_columns(work, new.guild_id, _columns(new.after.document))
        else:
            values = {"guild_id": new.guild_id, "feature": new.feature, "version": new.version}
            values |= {"shape": new.after.shape, "document": dict(new.after.document)}
            await work.session.execute(upsert_statement(work.session, GuildSettings, values, ()))

    async def record(self, work: UnitOfWork, new: NewVersion) -> None:
        """Write the change down: history, audit row and event."""
        await ConfigurationHistory.create(
            work.session,
            guild_id=new.guild_id,
            feature=new.feature,
            version=new.version,
            kind=new.note.kind,
            shape=new.after.shape,
            document=dict(new.after.document),
            changes=rules.to_changes(new.differences),
            author_id=work.caller.user_id,
            author_name=work.caller.name[:100],
            reason=new.note.reason,
        )
        await self._services.get(AuditSink).record(work, work.caller, new.audit)
        await work.announce(new.event)

    async def write_at_once(self, caller: Caller, new: NewVersion, *, guild_version: int) -> bool:
        """Write what `write` writes by one statement of PostgreSQL, which is the whole transaction.

        False if nothing was written: the server refused, or the guild's snapshot is of another version by now.
        """
        is_general, audit = new.feature == GENERAL, new.audit
        columns = self._guilds.with_defaults(_columns(new.after.document)) if is_general else {}
        try:
            row = await queries.change(is_general=is_general).run(
                self._services.get(DatabaseManager),
                guild_id=new.guild_id,
                guild_version=guild_version,
                feature=new.feature,
                version=new.version,
                kind=str(new.note.kind),
                shape=new.after.shape,
                document=dump_document(dict(new.after.document)),
                changes=dump_document(rules.to_changes(new.differences)),
                reason=new.note.reason,
                actor_id=caller.user_id,
                author_name=caller.name[:100],
                now=utcnow(),
                audit_id=new_time_id(),
                action=audit.action,
                details=dump_document(dict(audit.details)),
                correlation_id=current_correlation_id(),
                **columns,
            )
        except RefusedByServer:
            return False
        return row is not None

    def _seen(self, feature: str, row: Sequence[Any] | None) -> Seen:
        if row is None:
            return Seen(self._general({}, 0) if feature == GENERAL else Stored())
        guild_version, last, version, shape, document, *columns = row
        last = last or 0
        if feature == GENERAL:
            stored = self._general(dict(zip(CONFIG_COLUMNS, columns, strict=True)), last)
        else:
            stored = Stored() if version is None else Stored(version, shape, orjson.loads(document))
        return Seen(stored, last, guild_version)

    def _general(self, columns: Mapping[str, Any], version: int) -> Stored:
        from guildbase.platform.guilds.schemas import COLUMNS, GeneralSettings  # Not needed to start.

        chosen = self._guilds.without_defaults(columns)
        # Ids are text in documents.
        document = {name: str(chosen[column]) for name, column in COLUMNS.items() if column in chosen}
        defaults = {"prefix": self._services.get(Settings).default_prefix}
        return Stored(version, GeneralSettings.shape, document, defaults)


async def last_version(session: AsyncSession, guild_id: int, feature: str) -> int:
    """Return the number of the last change; 0 if there was none."""
    newest = select(func.max(col(ConfigurationHistory.version))).where(
        col(ConfigurationHistory.guild_id) == guild_id, col(ConfigurationHistory.feature) == feature
    )
    return (await session.execute(newest)).scalar_one() or 0


def _columns(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return all columns of the basic settings; None is the default."""
    from guildbase.platform.guilds.schemas import COLUMNS  # Not needed to start.

    found: dict[str, Any] = {}
    for name, column in COLUMNS.items():
        value = document.get(name)
        found[column] = int(value) if value is not None and column.endswith("_id") else value
    return found
