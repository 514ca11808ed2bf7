"""The standings of a server, as its export holds them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.i18n import _
from guildbase.core.snowflake import is_snowflake, read_snowflake
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.queries import servers_in
from guildbase.platform.standing import rules
from guildbase.platform.standing.controller.decisions import columns, lifted, record
from guildbase.platform.standing.controller.standings import StandingController
from guildbase.platform.standing.models import GuildStanding, StandingStatus, SubjectKind
from guildbase.platform.standing.rules import Decision
from guildbase.services.container import BotServices

_FIELDS = {"status", "reason", "is_silent", "expires_at"}
Entry = dict[str, Any]


class StandingSection:
    """Who is blocked and who is trusted, by the person's id."""

    name = "standing"
    version = 1
    gives_rights = True
    """Else who manages the server could block whoever stands above them: roles are not known here."""

    def __init__(self, services: BotServices) -> None:
        self._services = services

    async def kept_of(self, session: AsyncSession, guild_ids: Collection[int]) -> set[int]:
        """Return which of the servers have any."""
        return await servers_in(session, GuildStanding, guild_ids)

    async def read(self, session: AsyncSession, guild_id: int) -> dict[str, Entry]:
        """Return all standings of the guild, also those that ran out."""
        return {str(user_id): _entry(row) for user_id, row in (await _rows(session, guild_id)).items()}

    def check(self, data: Any, version: int) -> dict[str, Entry]:
        """Return the data as `read` gives it.

        Raises:
            InvalidInput: it is nothing that this section writes; `problems` says all that is wrong.
        """
        if version != self.version or not isinstance(data, dict):
            raise InvalidInput(_("This is no list of people who are blocked or trusted."), problems={"": _("no list")})
        problems: dict[str, str] = {}
        if len(data) > rules.MAX_IN_GUILD:
            problems[""] = _("{count} people; {most} are allowed.", count=len(data), most=rules.MAX_IN_GUILD)
        checked = {key: _checked_entry(key, value, problems) for key, value in data.items()}
        if problems:
            text = " ".join(f"{key}: {problem}" for key, problem in problems.items())
            raise InvalidInput(text, hint=_("Nothing was changed."), problems=problems)
        return checked

    def references(self, data: dict[str, Entry]) -> Iterator[Reference]:
        """Yield the people."""
        for user_id, entry in data.items():
            yield Reference(Refers.MEMBER, int(user_id), _("is {status}", status=entry["status"]))

    def mapped(self, data: dict[str, Entry], ids: Mapping[int, int | None]) -> dict[str, Entry]:
        """Return the data with other ids; who has none is left out."""
        placed = {ids.get(int(user_id), int(user_id)): entry for user_id, entry in data.items()}
        return {str(user_id): entry for user_id, entry in placed.items() if user_id is not None}

    async def write(self, work: UnitOfWork, guild_id: int, data: dict[str, Entry], reason: str) -> None:
        """Make the guild's standings what the data says; it blocks neither the bot's owners nor who imports it."""
        standings, before = self._services.get(StandingController), await _rows(work.session, guild_id)
        # The session stores them together: there may be thousands, and all others who write wait where it is SQLite.
        for user_id, row in before.items():
            if str(user_id) not in data:
                await work.session.delete(row)
                await standings.audit(work, lifted(row, guild_id, SubjectKind.USER, user_id, reason))
        for key, entry in data.items():
            old, decision = before.get(int(key)), _decision(entry)
            is_immune = decision.is_block and int(key) in standings.immune | {work.caller.user_id}
            if is_immune or (old is not None and _entry(old) == entry):
                continue
            if old is None:
                work.session.add(GuildStanding(guild_id=guild_id, user_id=int(key), **columns(work.caller, decision)))
            else:
                old.assign(columns(work.caller, decision))
            await standings.audit(work, record(decision, guild_id, SubjectKind.USER, int(key), reason))


async def _rows(session: AsyncSession, guild_id: int) -> dict[int, GuildStanding]:
    statement = (
        select(GuildStanding).where(col(GuildStanding.guild_id) == guild_id).order_by(col(GuildStanding.user_id))
    )
    return {row.user_id: row for row in (await session.execute(statement)).scalars()}


def _entry(row: GuildStanding) -> Entry:
    ends = None if row.expires_at is None else row.expires_at.isoformat()
    return {"status": str(row.status), "reason": row.reason, "is_silent": row.is_silent, "expires_at": ends}


def _decision(entry: Entry) -> Decision:
    ends = None if entry["expires_at"] is None else datetime.fromisoformat(entry["expires_at"])
    return Decision(StandingStatus(entry["status"]), entry["reason"], ends, entry["is_silent"])


def _checked_entry(key: object, value: Any, problems: dict[str, str]) -> Entry:
    """Return the entry with what may be left out; note what is wrong."""
    user_id = read_snowflake(key) if isinstance(key, str) else None
    if user_id is None or not is_snowflake(user_id):
        problems[str(key)[:40]] = _("This is no person's id.")
        return {}
    entry: Entry = {"reason": "", "is_silent": False, "expires_at": None} | (value if isinstance(value, dict) else {})
    is_sound = (
        entry.keys() == _FIELDS
        and entry["status"] in list(StandingStatus)
        and isinstance(entry["reason"], str)
        and isinstance(entry["is_silent"], bool)
        and _is_moment(entry["expires_at"])
    )
    if not is_sound:
        problems[str(key)] = _("It takes `status` (blocked or trusted), `reason`, `is_silent` and `expires_at`.")
        return {}
    # An end that has passed is no mistake here: the server had it, too.
    if found := rules.problems(Decision(StandingStatus(entry["status"]), entry["reason"]), utcnow()):
        problems[str(key)] = " ".join(found.values())
    if entry["expires_at"] is not None:
        entry["expires_at"] = datetime.fromisoformat(entry["expires_at"]).astimezone(UTC).isoformat()
    return entry


def _is_moment(value: object) -> bool:
    if value is None:
        return True
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment is not None and moment.tzinfo is not None and moment.astimezone(UTC) is not None
    except (ValueError, OverflowError):  # The first and the last hours of the calendar are not in it everywhere.
        return False
