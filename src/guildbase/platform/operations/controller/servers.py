"""The servers of the installation: the database says which there are, the bot processes how they look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlmodel import col

from guildbase.core.ports import AuditRecord, Caller
from guildbase.core.snowflake import is_snowflake, read_snowflake, shard_of
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.guilds.models import Guild
from guildbase.platform.operations import rules
from guildbase.platform.operations.kinds import FIND_SERVERS, LEAVE, AskServers, ServerFacts
from guildbase.platform.standing.controller.decisions import is_block
from guildbase.platform.standing.models import GlobalStanding, SubjectKind
from guildbase.platform.telemetry.models import CommandUsage
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox
from guildbase.services.pubsub.requests import Requests
from guildbase.services.shards import Shards

MOST_FOUND = 25
"""Servers that a search by name shows."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that the bot is or was in."""

    row: Guild
    facts: ServerFacts | None
    """None if no process told of it."""
    last_used: date | None
    """The last day on which somebody used a command."""
    block: GlobalStanding | None


class ServerController(BaseController):
    """Looks after the servers; what it writes goes through the controllers of others."""

    async def page(
        self, caller: Caller, *, after: str | None = None, limit: int = 25, is_gone: bool = False
    ) -> tuple[list[Server], str | None]:
        """Return servers that the bot is in, or has left, the latest first.

        Raises:
            PermissionDenied: the caller is not the operator.
            BadCursor: `after` is no cursor of this list.
        """
        rules.require_operator(caller)
        where = col(Guild.left_at).is_not(None) if is_gone else col(Guild.left_at).is_(None)
        async with self.reading() as session:
            page = await Guild.get_page(
                session, where, order_by=(col(Guild.joined_at).desc(),), limit=limit, after=after
            )
        return await self._seen(page.rows), page.next

    async def search(self, caller: Caller, query: str) -> list[Server]:
        """Return servers with this id, or with this in their name; names are known of servers that the bot is in.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        rules.require_operator(caller)
        wanted = read_snowflake(query.strip())
        if wanted is not None and is_snowflake(wanted):
            ids = [wanted]
        else:
            ids = [facts.guild_id for facts in await self._ask_all(AskServers(query.strip()))]
        async with self.reading() as session:
            found = select(Guild).where(col(Guild.guild_id).in_(ids[:MOST_FOUND])).order_by(col(Guild.guild_id))
            rows = (await session.execute(found)).scalars().all()
        return await self._seen(rows)

    async def leave(self, caller: Caller, guild_id: int, reason: str) -> None:
        """Have the bot leave the server; its data is kept for the usual time.

        Raises:
            PermissionDenied: the caller is not the operator.
            GuildNotFound: the bot does not know the server.
        """
        rules.require_operator(caller)
        await self.services.get(GuildController).require(guild_id)

        async def leave(work: UnitOfWork) -> None:
            await self.audit(work, AuditRecord(LEAVE, guild_id, reason=reason))
            await self.services.get(Outbox).promise(work, LEAVE, {}, guild_id=guild_id)

        await self.run(caller, leave)

    async def _seen(self, rows: Sequence[Guild]) -> list[Server]:
        ids = [row.guild_id for row in rows]
        used = select(col(CommandUsage.guild_id), func.max(col(CommandUsage.day)))
        used = used.where(col(CommandUsage.guild_id).in_(ids)).group_by(col(CommandUsage.guild_id))
        blocked = select(GlobalStanding).where(
            col(GlobalStanding.subject_kind) == SubjectKind.GUILD, col(GlobalStanding.subject_id).in_(ids)
        )
        async with self.reading() as session:
            days = {row[0]: row[1] for row in await session.execute(used)}
            blocks = {it.subject_id: it for it in (await session.execute(blocked)).scalars() if is_block(it)}
        facts = {it.guild_id: it for it in await self._ask_owners(ids)}
        return [Server(row, facts.get(row.guild_id), days.get(row.guild_id), blocks.get(row.guild_id)) for row in rows]

    async def _ask_owners(self, ids: Sequence[int]) -> list[ServerFacts]:
        """Ask each process for those of the servers that it has."""
        states = await self.services.get(Shards).all()
        asked: defaultdict[str, list[int]] = defaultdict(list)
        for guild_id in ids if states else ():
            if (owner := states[shard_of(guild_id, len(states))].owner) is not None:
                asked[owner].append(guild_id)
        return await self._ask({owner: AskServers(ids=tuple(theirs)) for owner, theirs in asked.items()})

    async def _ask_all(self, question: AskServers) -> list[ServerFacts]:
        owners = {state.owner for state in await self.services.get(Shards).all()}
        return await self._ask({owner: question for owner in owners if owner is not None})

    async def _ask(self, asked: dict[str, AskServers]) -> list[ServerFacts]:
        """Return what the processes tell; one that does not answer tells nothing, and its servers have no names."""
        answers = await self.services.get(Requests).ask_each(FIND_SERVERS, asked)
        return [server for answer in answers.values() if answer is not None for server in answer.servers]
