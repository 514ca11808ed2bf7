"""The sorts of tickets that a server takes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import Conflict
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.database.rows.upsert import insert_missing
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets import rules
from guildbase.features.tickets.controller.errors import require_admin, taken
from guildbase.features.tickets.controller.reading import (
    Numbered,
    require_category,
    staff_roles,
    staff_roles_by_category,
)
from guildbase.features.tickets.kinds import POST_PANEL
from guildbase.features.tickets.models import TicketCategory, TicketPanelCategory, TicketStaffRole
from guildbase.features.tickets.schemas import CategoryShape, checked
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

COUNTER = "ticket_category"
MAX_CATEGORIES = 50


class CategoryController(BaseController):
    """Writes categories and reads them; whoever opens a ticket may see them."""

    async def create(self, caller: Caller, guild_id: int, values: Mapping[str, Any]) -> TicketCategory:
        """Make a category.

        Raises:
            PermissionDenied: the caller does not set tickets up.
            InvalidInput: a value is wrong, or the name is in use.
            Conflict: there are too many.
        """
        require_admin(rules.may_configure(caller, guild_id))
        shape = checked(CategoryShape, values)
        return await self.run(caller, lambda work: self.create_in(work, guild_id, shape))

    async def create_once(
        self, caller: Caller, guild_id: int, values: Mapping[str, Any], key: IdempotencyKey | None
    ) -> Numbered:
        """Make a category as `create` does, once for each key."""
        require_admin(rules.may_configure(caller, guild_id))
        shape = checked(CategoryShape, values)

        async def make(work: UnitOfWork) -> Numbered:
            return Numbered((await self.create_in(work, guild_id, shape)).number)

        return await self.once(caller, key, Numbered, make)

    async def create_in(self, work: UnitOfWork, guild_id: int, shape: CategoryShape) -> TicketCategory:
        """Make a category within somebody's transaction."""
        guilds = self.services.get(GuildController)
        await guilds.ensure(work, guild_id)
        number = await guilds.next_number(work, guild_id, COUNTER)
        if await TicketCategory.count(work.session, guild_id=guild_id, is_archived=False) >= MAX_CATEGORIES:
            raise Conflict(
                _("There are {most} categories already.", most=MAX_CATEGORIES), hint=_("Delete one that is not used.")
            )
        await _require_free_name(work.session, guild_id, shape.name)
        category = await TicketCategory.create(work.session, guild_id=guild_id, number=number, **shape.columns())
        await _set_roles(work.session, category, shape.staff_roles)
        await self._tell(work, "tickets.category_create", category)
        return category

    async def edit(self, caller: Caller, guild_id: int, number: int, changes: Mapping[str, Any]) -> TicketCategory:
        """Change these fields of the category; panels that offer it are posted anew.

        Raises:
            PermissionDenied: the caller does not set tickets up.
            CategoryNotFound: there is no such category.
            InvalidInput: a value is wrong, or the name is in use.
        """
        require_admin(rules.may_configure(caller, guild_id))

        async def edit(work: UnitOfWork) -> TicketCategory:
            category = await require_category(work.session, guild_id, number)
            before = CategoryShape.of(category, await staff_roles(work.session, guild_id, number))
            return await self.write_in(work, category, checked(CategoryShape, {**before.model_dump(), **changes}))

        return await self.run(caller, edit)

    async def write_in(self, work: UnitOfWork, category: TicketCategory, shape: CategoryShape) -> TicketCategory:
        """Make the category this within somebody's transaction."""
        if shape.name != category.name:
            await _require_free_name(work.session, category.guild_id, shape.name)
        await category.update(work.session, **shape.columns(), is_archived=False)
        await _set_roles(work.session, category, shape.staff_roles)
        await self._tell(work, "tickets.category_edit", category)
        await self._post_panels(work, category)
        return category

    async def archive(self, caller: Caller, guild_id: int, number: int) -> TicketCategory:
        """Take no more tickets of the category; those that are there go on, and panels offer it no longer."""
        require_admin(rules.may_configure(caller, guild_id))

        async def archive(work: UnitOfWork) -> TicketCategory:
            return await self.archive_in(work, await require_category(work.session, guild_id, number))

        return await self.run(caller, archive)

    async def archive_in(self, work: UnitOfWork, category: TicketCategory) -> TicketCategory:
        """Do the same within somebody's transaction; its name is free again."""
        await self._post_panels(work, category)
        offered = (
            col(TicketPanelCategory.guild_id) == category.guild_id,
            col(TicketPanelCategory.category) == category.number,
        )
        await work.session.execute(delete(TicketPanelCategory).where(*offered))
        await self._tell(work, "tickets.category_delete", category)
        # What people type never begins with a space, so nobody has taken this name, or will.
        name = f" {category.name[:35]} (#{category.number})"
        return await category.update(work.session, is_archived=True, name=name)

    async def get(self, guild_id: int, number: int) -> tuple[TicketCategory, frozenset[int]]:
        """Return the category and the roles of its staff; raise CategoryNotFound if it takes no tickets."""
        async with self.reading() as session:
            category = await require_category(session, guild_id, number)
            return category, await staff_roles(session, guild_id, number)

    async def all(self, guild_id: int) -> list[TicketCategory]:
        """Return the categories that take tickets, oldest first."""
        async with self.reading() as session:
            order = (col(TicketCategory.number),)
            return await TicketCategory.get_multi(session, guild_id=guild_id, is_archived=False, order_by=order)

    async def all_with_staff(self, guild_id: int) -> list[tuple[TicketCategory, frozenset[int]]]:
        """Return them with the roles of their staff."""
        async with self.reading() as session:
            roles = await staff_roles_by_category(session, guild_id)
        return [(row, roles.get(row.number, frozenset())) for row in await self.all(guild_id)]

    async def _tell(self, work: UnitOfWork, action: str, category: TicketCategory) -> None:
        details = {"category": category.number, "name": category.name}
        await self.audit(work, AuditRecord(action, category.guild_id, details=details))

    async def _post_panels(self, work: UnitOfWork, category: TicketCategory) -> None:
        offered = (
            col(TicketPanelCategory.guild_id) == category.guild_id,
            col(TicketPanelCategory.category) == category.number,
        )
        panels = (await work.session.execute(select(col(TicketPanelCategory.panel)).where(*offered))).scalars()
        for panel in panels.all():
            payload = {"panel": panel}
            await self.services.get(Outbox).promise(work, POST_PANEL, payload, guild_id=category.guild_id)


async def _require_free_name(session: AsyncSession, guild_id: int, name: str) -> None:
    if await TicketCategory.count(session, guild_id=guild_id, name=name):
        raise taken(name)


async def _set_roles(session: AsyncSession, category: TicketCategory, role_ids: tuple[int, ...]) -> None:
    own = {"guild_id": category.guild_id, "category": category.number}
    of_category = (col(TicketStaffRole.guild_id) == own["guild_id"], col(TicketStaffRole.category) == own["category"])
    await session.execute(delete(TicketStaffRole).where(*of_category, col(TicketStaffRole.role_id).not_in(role_ids)))
    if role_ids:
        await insert_missing(session, TicketStaffRole, [{**own, "role_id": role_id} for role_id in role_ids])
