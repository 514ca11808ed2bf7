"""Categories, panels and kept answers of tickets in a server's export."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import InvalidInput
from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.i18n import _
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets.controller.categories import CategoryController
from guildbase.features.tickets.controller.panels import PanelController, offered_categories
from guildbase.features.tickets.controller.reading import staff_roles_by_category
from guildbase.features.tickets.controller.replies import ReplyController, check_replies, replies_of
from guildbase.features.tickets.models import TicketCategory, TicketPanel, TicketReply
from guildbase.features.tickets.schemas import CategoryShape, PanelShape, checked
from guildbase.platform.guilds.queries import servers_in
from guildbase.services.container import BotServices


class TicketsSection:
    """`categories` and `replies` by name, `panels` by title; tickets themselves are no part of a set-up."""

    name = "tickets"
    version = 1
    gives_rights = True
    """The staff's roles see what people write in confidence."""

    def __init__(self, services: BotServices) -> None:
        self._categories = services.get(CategoryController)
        self._panels = services.get(PanelController)
        self._replies = services.get(ReplyController)

    async def kept_of(self, session: AsyncSession, guild_ids: Collection[int]) -> set[int]:
        """Return which of the servers have any."""
        categories = await servers_in(session, TicketCategory, guild_ids, col(TicketCategory.is_archived).is_(False))
        return categories | await servers_in(session, TicketReply, guild_ids)

    async def read(self, session: AsyncSession, guild_id: int) -> dict[str, Any]:
        """Return all categories, panels and kept answers, by name."""
        roles = await staff_roles_by_category(session, guild_id)
        categories = {
            row.name: CategoryShape.of(row, roles.get(row.number, frozenset()))
            for row in await _categories_of(session, guild_id)
        }
        offered = await offered_categories(session, guild_id)
        panels = {
            row.title: PanelShape.of(row, tuple(it.name for it in offered.get(row.number, ())))
            for row in await _panels_of(session, guild_id)
        }
        replies = {row.name: row.content for row in await replies_of(session, guild_id)}
        return {"categories": _said(categories), "panels": _said(panels), "replies": replies}

    def check(self, data: Any, _version: int) -> dict[str, Any]:
        """Return the data; it comes from outside.

        Raises:
            InvalidInput: it is not what this section writes.
        """
        if not isinstance(data, dict) or data.keys() != {"categories", "panels", "replies"}:
            raise InvalidInput(_("Tickets are an object of categories, panels and replies."))
        if not all(isinstance(part, dict) for part in data.values()):
            raise InvalidInput(_("Categories, panels and replies are objects by name."))
        categories = {name: _checked(CategoryShape, "name", name, it) for name, it in data["categories"].items()}
        panels = {title: _checked(PanelShape, "title", title, it) for title, it in data["panels"].items()}
        if missing := {name for panel in panels.values() for name in panel.categories} - categories.keys():
            raise InvalidInput(
                _("A panel offers what is no category: {names}.", names=", ".join(sorted(missing))[:300])
            )
        replies = check_replies(data["replies"])
        return {"categories": _said(categories), "panels": _said(panels), "replies": replies}

    def references(self, data: Any) -> Iterator[Reference]:
        """Yield the roles and channels that categories and panels name."""
        for name, category in data["categories"].items():
            where = _("ticket category {name}", name=name)
            if category["parent_id"] is not None:
                yield Reference(Refers.CHANNEL, int(category["parent_id"]), where)
            for role_id in category["staff_roles"]:
                yield Reference(Refers.ROLE, int(role_id), where)
        for title, panel in data["panels"].items():
            yield Reference(Refers.CHANNEL, int(panel["channel_id"]), _("ticket panel {title}", title=title))

    def mapped(self, data: Any, ids: Mapping[int, int | None]) -> dict[str, Any]:
        """Return the data about these other ids; a panel whose channel is None is left out."""
        categories = {
            name: {
                **category,
                "parent_id": _other(category["parent_id"], ids),
                "staff_roles": sorted(filter(None, (_other(role_id, ids) for role_id in category["staff_roles"]))),
            }
            for name, category in data["categories"].items()
        }
        panels = {
            title: {**panel, "channel_id": channel_id}
            for title, panel in data["panels"].items()
            if (channel_id := _other(panel["channel_id"], ids)) is not None
        }
        return {"categories": categories, "panels": panels, "replies": data["replies"]}

    async def write(self, transaction: UnitOfWork, guild_id: int, data: Any, _reason: str) -> None:
        """Make the guild's set-up this one; a category that is not part of it is archived."""
        session = transaction.session
        before = await self.read(session, guild_id)
        kept = {row.title: row for row in await _panels_of(session, guild_id)}
        for title in kept.keys() - data["panels"].keys():
            await self._panels.delete_in(transaction, kept[title])
        await self._write_categories(transaction, guild_id, before["categories"], data["categories"])
        await self._replies.write_in(transaction, guild_id, data["replies"])
        for title, wanted in data["panels"].items():
            if before["panels"].get(title) == wanted:
                continue
            shape = checked(PanelShape, {**wanted, "title": title})
            if title in kept:
                await self._panels.write_in(transaction, kept[title], shape)
            else:
                await self._panels.create_in(transaction, guild_id, shape)

    async def _write_categories(
        self, transaction: UnitOfWork, guild_id: int, before: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> None:
        kept = {row.name: row for row in await _categories_of(transaction.session, guild_id)}
        for name in kept.keys() - wanted.keys():
            await self._categories.archive_in(transaction, kept[name])
        for name, values in wanted.items():
            if before.get(name) == values:
                continue
            shape = checked(CategoryShape, {**values, "name": name})
            if name in kept:
                await self._categories.write_in(transaction, kept[name], shape)
            else:
                await self._categories.create_in(transaction, guild_id, shape)


async def _categories_of(session: AsyncSession, guild_id: int) -> list[TicketCategory]:
    return await TicketCategory.get_multi(session, guild_id=guild_id, is_archived=False)


async def _panels_of(session: AsyncSession, guild_id: int) -> list[TicketPanel]:
    return await TicketPanel.get_multi(session, guild_id=guild_id)


def _said(shapes: Mapping[str, CategoryShape] | Mapping[str, PanelShape]) -> dict[str, Any]:
    """Return the shapes as JSON, without the name that is their key."""
    return {name: shape.model_dump(mode="json", exclude={"name", "title"}) for name, shape in sorted(shapes.items())}


def _checked(shape: type[Any], key: str, name: str, values: Any) -> Any:
    if not isinstance(values, dict) or key in values:
        raise InvalidInput(_("{name} is no category or panel.", name=name[:100]))
    return checked(shape, {**values, key: name})


def _other(own: str | None, ids: Mapping[int, int | None]) -> str | None:
    if own is None:
        return None
    other = ids.get(int(own), int(own))
    return None if other is None else str(other)
