"""Lets newcomers in, once; and has those removed who never passed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller, GuildSnapshots
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.channels.kinds import NewcomerState
from guildbase.features.channels.models import Newcomer
from guildbase.features.channels.rules import gate as rules
from guildbase.features.channels.rules.rights import require_gate
from guildbase.features.channels.schemas import ChannelSettings
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueRun, DueWork
from guildbase.services.outbox import Outbox

MARK, ADMIT, REMOVE = "channels.mark_newcomer", "channels.admit", "channels.remove_newcomer"
"""The effects: give the role of those who wait, let somebody in, kick them."""


class GateController(BaseController):
    """The one writer of newcomers."""

    async def settings(self, guild_id: int) -> ChannelSettings:
        """Return what the server set."""
        return (await self.services.get(GuildSnapshots).load(guild_id)).get(ChannelSettings)

    async def arrive(self, guild_id: int, user_id: int, joined_at: datetime) -> None:
        """Note that somebody came, have them marked, and removed if they do not get in; nothing without a gate."""
        settings = await self.settings(guild_id)
        if settings.gate_role is None:
            return

        async def action(work: UnitOfWork) -> None:
            # Wrong answers stay, or else leaving and coming back would give new attempts.
            new: dict[str, Any] = {"joined_at": joined_at, "state": NewcomerState.WAITING}
            await Newcomer.upsert(work.session, guild_id=guild_id, user_id=user_id, **new)
            if settings.gate_unverified_role is not None:
                await self._promise(work, MARK, guild_id, user_id)
            if settings.gate_kick_after is not None:
                await self._schedule(work, guild_id, user_id, settings.gate_kick_after)

        await self.run(SYSTEM, action)

    async def knock(self, guild_id: int, user_id: int, created_at: datetime, joined_at: datetime) -> ChannelSettings:
        """Return the settings if the person may try to get in now.

        Raises:
            Conflict: the server has no gate.
            PermissionDenied: their account is too new, they came too recently, or they answered wrongly too often.
        """
        settings = await self.settings(guild_id)
        if settings.gate_role is None:
            raise Conflict(_("This server has no gate."), hint=_("Staff make one with `/config channels`."))
        async with self.reading() as session:
            known = await Newcomer.get_by_id(session, (guild_id, user_id))
        attempts = known.attempts if known is not None else 0
        refused = rules.refusal(
            rules.Knock(created_at, known.joined_at if known is not None else joined_at, attempts),
            utcnow(),
            account_age=settings.gate_account_age,
            wait=settings.gate_wait,
            most_attempts=settings.gate_attempts,
        )
        if refused is not None:
            raise PermissionDenied(refused)
        return settings

    async def admit(self, caller: Caller, guild_id: int, user_id: int) -> int:
        """Let the person in, and return the number of the effect; if they are in already, it is made sure of.

        Raises:
            PermissionDenied: somebody else than they themselves or the staff asks for it.
        """
        if caller.user_id != user_id:
            require_gate(caller, guild_id)

        async def action(work: UnitOfWork) -> int:
            # In the order of `run_out`, so that they do not wait for each other.
            await self.services.get(DueWork).cancel(work, _key(guild_id, user_id))
            known = await Newcomer.get_by_id(work.session, (guild_id, user_id))
            is_new = known is None or known.state is not NewcomerState.ADMITTED
            admitted: dict[str, Any] = {"state": NewcomerState.ADMITTED, "attempts": 0}
            await Newcomer.upsert(work.session, guild_id=guild_id, user_id=user_id, **admitted)
            if is_new:
                await self.audit(work, AuditRecord("channels.admit", guild_id, "user", user_id))
            return await self._promise(work, ADMIT, guild_id, user_id, is_new=is_new)

        return await self.run(caller, action)

    async def answer_wrongly(self, guild_id: int, user_id: int) -> int:
        """Count a wrong answer, and return how many there were."""

        async def action(work: UnitOfWork) -> int:
            await insert_missing(work.session, Newcomer, [{"guild_id": guild_id, "user_id": user_id}])
            theirs = col(Newcomer.guild_id) == guild_id, col(Newcomer.user_id) == user_id
            more = update(Newcomer).where(*theirs).values(attempts=col(Newcomer.attempts) + 1)
            return int((await work.session.execute(more.returning(col(Newcomer.attempts)))).scalar_one())

        return await self.run(SYSTEM, action)

    async def fail(self, guild_id: int, user_id: int) -> None:
        """Keep that Discord did not let the bot give the roles, so that the next press tries again."""

        async def action(work: UnitOfWork) -> None:
            values = {"state": NewcomerState.FAILED}
            await Newcomer.update_many(work.session, guild_id=guild_id, user_id=user_id, values=values)

        await self.run(SYSTEM, action)

    async def state(self, guild_id: int, user_id: int) -> NewcomerState | None:
        """Return where the person stands; None if they came before there was a gate."""
        async with self.reading() as session:
            known = await Newcomer.get_by_id(session, (guild_id, user_id))
        return known.state if known is not None else None

    async def waiting(self, caller: Caller, guild_id: int) -> int:
        """Return how many wait at the gate; PermissionDenied if the caller may not set it up."""
        require_gate(caller, guild_id)
        async with self.reading() as session:
            return await Newcomer.count(session, guild_id=guild_id, state=NewcomerState.WAITING)

    def require(self, caller: Caller, guild_id: int) -> None:
        """Raise PermissionDenied unless the caller may set the gate up."""
        require_gate(caller, guild_id)

    async def run_out(self, run: DueRun) -> None:
        """Have somebody removed who still waits, if the server still wants that."""
        guild_id, user_id = run.guild_id or 0, run.user_id or 0
        settings = await self.settings(guild_id)

        async def action(work: UnitOfWork) -> None:
            await run.complete(work)
            known = await Newcomer.get_by_id(work.session, (guild_id, user_id))
            is_wanted = settings.gate_kick_after is not None and settings.gate_role is not None
            if known is None or known.state is not NewcomerState.WAITING or not is_wanted:
                return
            await known.update(work.session, state=NewcomerState.REMOVED)
            await self._promise(work, REMOVE, guild_id, user_id)
            await self.audit(work, AuditRecord("channels.remove_newcomer", guild_id, "user", user_id))

        await self.run(SYSTEM, action)

    async def _schedule(self, work: UnitOfWork, guild_id: int, user_id: int, after: timedelta) -> None:
        about: dict[str, Any] = {"guild_id": guild_id, "user_id": user_id, "unique_key": _key(guild_id, user_id)}
        await self.services.get(DueWork).schedule(work, "channels.remove_newcomer", after=after, **about)

    async def _promise(self, work: UnitOfWork, kind: str, guild_id: int, user_id: int, *, is_new: bool = True) -> int:
        payload = {"user_id": str(user_id), "is_new": is_new}
        return await self.services.get(Outbox).promise(work, kind, payload, guild_id=guild_id)


def _key(guild_id: int, user_id: int) -> str:
    return f"channels.remove_newcomer:{guild_id}:{user_id}"
