"""Answers that the staff keeps for use in many tickets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import Conflict, InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets import rules
from guildbase.features.tickets.controller.access import require_team
from guildbase.features.tickets.controller.errors import require_admin, taken
from guildbase.features.tickets.controller.tickets import TicketController
from guildbase.features.tickets.kinds import MAX_REPLY, MAX_TAG, Happening
from guildbase.features.tickets.models import Ticket, TicketCategory, TicketReply
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

MAX_REPLIES = 100
PLACEHOLDERS = ("user", "staff", "number", "category")
"""What stands in braces in a reply and is replaced when it is used; all else stays as it is."""
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")


class ReplyNotFound(NotFound):
    """The guild keeps no such answer."""

    code = "ticket_reply_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("There is no answer called {name}.", name=name[:MAX_TAG]), hint=_("`/reply list` shows all of them.")
        )


@dataclass(frozen=True, slots=True)
class KeptReply:
    """The name of what was kept, which is all that a repeated request has to be told again."""

    name: str


class ReplyController(BaseController):
    """The only writer of kept answers: admins keep them, the staff uses them."""

    async def add(
        self, caller: Caller, guild_id: int, name: str, content: str, *, key: IdempotencyKey | None = None
    ) -> TicketReply:
        """Keep an answer under a new name, once for each key.

        Raises:
            PermissionDenied: the caller does not set tickets up.
            InvalidInput: the name or the answer is empty or too long, or the name is in use.
            Conflict: there are too many.
        """
        require_admin(rules.may_configure(caller, guild_id))
        name, content = _checked_name(name), _checked_content(content)

        async def add(work: UnitOfWork) -> KeptReply:
            guilds = self.services.get(GuildController)
            await guilds.ensure(work, guild_id)
            await guilds.lock(work, guild_id)  # Two may take the same name, or the last place, at once.
            if await TicketReply.get_by_id(work.session, (guild_id, name)) is not None:
                raise taken(name)
            if await TicketReply.count(work.session, guild_id=guild_id) >= MAX_REPLIES:
                raise Conflict(
                    _("There are {most} answers already.", most=MAX_REPLIES), hint=_("Delete one that is not used.")
                )
            await self._tell(work, "tickets.reply_add", guild_id, name)
            await TicketReply.create(work.session, guild_id=guild_id, name=name, content=content)
            return KeptReply(name)

        made = await self.once(caller, key, KeptReply, add)
        async with self.reading() as session:
            return await _require(session, guild_id, made.name)

    async def edit(self, caller: Caller, guild_id: int, name: str, content: str) -> TicketReply:
        """Change what a kept answer says."""
        require_admin(rules.may_configure(caller, guild_id))
        content = _checked_content(content)

        async def edit(work: UnitOfWork) -> TicketReply:
            reply = await _require(work.session, guild_id, name)
            await self._tell(work, "tickets.reply_edit", guild_id, reply.name)
            return await reply.update(work.session, content=content)

        return await self.run(caller, edit)

    async def delete(self, caller: Caller, guild_id: int, name: str) -> None:
        """Keep the answer no longer."""
        require_admin(rules.may_configure(caller, guild_id))

        async def delete(work: UnitOfWork) -> None:
            reply = await _require(work.session, guild_id, name)
            await self._tell(work, "tickets.reply_delete", guild_id, reply.name)
            await work.session.delete(reply)

        await self.run(caller, delete)

    async def write_in(self, work: UnitOfWork, guild_id: int, wanted: Mapping[str, str]) -> None:
        """Make the guild's kept answers these in this transaction, by name; what an import brings."""
        kept = {row.name: row for row in await replies_of(work.session, guild_id)}
        for name in kept.keys() - wanted.keys():
            await self._tell(work, "tickets.reply_delete", guild_id, name)
            await work.session.delete(kept[name])
        for name, content in wanted.items():
            if name not in kept:
                await self._tell(work, "tickets.reply_add", guild_id, name)
                await TicketReply.create(work.session, guild_id=guild_id, name=name, content=content)
            elif kept[name].content != content:
                await self._tell(work, "tickets.reply_edit", guild_id, name)
                await kept[name].update(work.session, content=content)

    async def all(self, caller: Caller, guild_id: int) -> list[TicketReply]:
        """Return all kept answers by name; PermissionDenied if the caller is no staff."""
        async with self.reading() as session:
            await require_team(session, caller, guild_id)
            return await replies_of(session, guild_id)

    async def use(self, caller: Caller, guild_id: int, number: int, name: str) -> str:
        """Return the answer as it is to be said in the ticket, which waits for the person then.

        Raises:
            TicketNotFound: there is no such ticket, or the caller may not know of it.
            PermissionDenied: the caller does not answer it.
            ReplyNotFound: there is no such answer.
            WrongState: the ticket is not open.
        """
        tickets = self.services.get(TicketController)

        async def use(work: UnitOfWork) -> str:
            details = {"reply": name.strip().lower()[:MAX_TAG]}
            ticket = await tickets.move_in(work, guild_id, number, Happening.REPLIED, details=details)
            reply = await _require(work.session, guild_id, name)
            category = await work.session.get_one(TicketCategory, (guild_id, ticket.category))
            return _filled(reply.content, ticket, category.name, caller.name)

        text = await self.run(caller, use)
        await tickets.wrote(guild_id, number, caller)
        return text

    async def _tell(self, work: UnitOfWork, action: str, guild_id: int, name: str) -> None:
        await self.audit(work, AuditRecord(action, guild_id, details={"name": name}))


async def replies_of(session: AsyncSession, guild_id: int) -> list[TicketReply]:
    """Return all answers that the guild keeps, by name."""
    by_name = (col(TicketReply.name),)
    return await TicketReply.get_multi(session, guild_id=guild_id, order_by=by_name, limit=MAX_REPLIES)


def check_replies(data: Mapping[str, Any]) -> dict[str, str]:
    """Return kept answers by name that come from outside; InvalidInput if they could not have been kept here."""
    if len(data) > MAX_REPLIES:
        raise InvalidInput(_("There are more than {most} answers.", most=MAX_REPLIES))
    if not all(isinstance(content, str) for content in data.values()):
        raise InvalidInput(_("An answer is a text."))
    return {_checked_name(name): _checked_content(content) for name, content in sorted(data.items())}


def _filled(content: str, ticket: Ticket, category: str, staff: str) -> str:
    """Put the values in, in one go: what stands in a value is never replaced in turn."""
    values = {"user": f"<@{ticket.opener_id}>", "staff": staff, "number": str(ticket.number), "category": category}
    return _PLACEHOLDER.sub(lambda found: values[found[1]], content)[:MAX_REPLY]


async def _require(session: AsyncSession, guild_id: int, name: str) -> TicketReply:
    reply = await TicketReply.get_by_id(session, (guild_id, name.strip().lower()[:MAX_TAG]))
    if reply is None:
        raise ReplyNotFound(name)
    return reply


def _checked_name(name: str) -> str:
    name = name.strip().lower()
    if not re.fullmatch(rf"[\w-]{{1,{MAX_TAG}}}", name):
        raise InvalidInput(
            _("A name has 1 to {most} letters, digits and dashes.", most=MAX_TAG),
            hint=_("Choose another one."),
            problems={"name": _("It is no name.")},
        )
    return name


def _checked_content(content: str) -> str:
    content = content.strip().replace("\x00", "")
    if not 0 < len(content) <= MAX_REPLY:
        raise InvalidInput(
            _("An answer has 1 to {most} characters; this one has {length}.", most=MAX_REPLY, length=len(content)),
            hint=_("Shorten it, or write something."),
            problems={"content": _("It has the wrong length.")},
        )
    return content
