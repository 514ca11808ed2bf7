"""The messages from which people open tickets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import Conflict
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, AuditRecord, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets import rules
from guildbase.features.tickets.controller.errors import CategoryNotFound, PanelNotFound, require_admin, taken
from guildbase.features.tickets.controller.reading import Numbered
from guildbase.features.tickets.kinds import MAX_NUMBER, POST_PANEL, TAKE_PANEL_DOWN
from guildbase.features.tickets.models import TicketCategory, TicketPanel, TicketPanelCategory
from guildbase.features.tickets.schemas import PanelShape, checked
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

COUNTER = "ticket_panel"
MAX_PANELS = 25


@dataclass(frozen=True, slots=True)
class PostedPanel:
    """A panel, its categories in their order, and the effect that posts it if one was promised."""

    panel: TicketPanel
    categories: tuple[TicketCategory, ...]
    effect_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reposted:
    """The effect that posts a panel again, which is all that a repeated request has to be told again."""

    effect_id: int | None


class PanelController(BaseController):
    """Writes panels, and keeps where they are posted."""

    async def create(self, caller: Caller, guild_id: int, values: Mapping[str, Any]) -> PostedPanel:
        """Make a panel and promise its message.

        Raises:
            PermissionDenied: the caller does not set tickets up.
            InvalidInput: a value is wrong, or the title is in use.
            CategoryNotFound: there is no category of one of the names.
            Conflict: there are too many.
        """
        require_admin(rules.may_configure(caller, guild_id))
        shape = checked(PanelShape, values)
        return await self.run(caller, lambda work: self.create_in(work, guild_id, shape))

    async def create_once(
        self, caller: Caller, guild_id: int, values: Mapping[str, Any], key: IdempotencyKey | None
    ) -> Numbered:
        """Make a panel as `create` does, once for each key."""
        require_admin(rules.may_configure(caller, guild_id))
        shape = checked(PanelShape, values)

        async def make(work: UnitOfWork) -> Numbered:
            return Numbered((await self.create_in(work, guild_id, shape)).panel.number)

        return await self.once(caller, key, Numbered, make)

    async def create_in(self, work: UnitOfWork, guild_id: int, shape: PanelShape) -> PostedPanel:
        """Make a panel within somebody's transaction."""
        number = await self.services.get(GuildController).next_number(work, guild_id, COUNTER)
        if await TicketPanel.count(work.session, guild_id=guild_id) >= MAX_PANELS:
            raise Conflict(_("There are {most} panels already.", most=MAX_PANELS), hint=_("Delete one first."))
        await _require_free_title(work.session, guild_id, shape.title)
        own = shape.model_dump(exclude={"categories"})
        panel = await TicketPanel.create(work.session, guild_id=guild_id, number=number, **own)
        return await self._offer(work, panel, shape, "tickets.panel_create")

    async def edit(self, caller: Caller, guild_id: int, number: int, changes: Mapping[str, Any]) -> PostedPanel:
        """Change these fields of the panel and have it posted anew, in another channel if that changed."""
        require_admin(rules.may_configure(caller, guild_id))

        async def edit(work: UnitOfWork) -> PostedPanel:
            found = await _require_panel(work.session, guild_id, number)
            before = PanelShape.of(found.panel, tuple(category.name for category in found.categories))
            return await self.write_in(work, found.panel, checked(PanelShape, {**before.model_dump(), **changes}))

        return await self.run(caller, edit)

    async def write_in(self, work: UnitOfWork, panel: TicketPanel, shape: PanelShape) -> PostedPanel:
        """Make the panel this within somebody's transaction."""
        if shape.title != panel.title:
            await _require_free_title(work.session, panel.guild_id, shape.title)
        if shape.channel_id != panel.channel_id:
            await self._take_down(work, panel)
        await panel.update(work.session, **shape.model_dump(exclude={"categories"}))
        return await self._offer(work, panel, shape, "tickets.panel_edit")

    async def repost(
        self, caller: Caller, guild_id: int, number: int, *, key: IdempotencyKey | None = None
    ) -> PostedPanel:
        """Post the panel again, as the newest message of its channel, once for each key."""
        require_admin(rules.may_configure(caller, guild_id))

        async def repost(work: UnitOfWork) -> Reposted:
            found = await _require_panel(work.session, guild_id, number)
            await self._take_down(work, found.panel)
            return Reposted((await self._post(work, found.panel, found.categories, "tickets.panel_repost")).effect_id)

        reposted = await self.once(caller, key, Reposted, repost)
        return replace(await self.get(guild_id, number), effect_id=reposted.effect_id)

    async def delete(self, caller: Caller, guild_id: int, number: int) -> None:
        """Delete the panel and its message; tickets stay."""
        require_admin(rules.may_configure(caller, guild_id))

        async def remove(work: UnitOfWork) -> None:
            await self.delete_in(work, (await _require_panel(work.session, guild_id, number)).panel)

        await self.run(caller, remove)

    async def delete_in(self, work: UnitOfWork, panel: TicketPanel) -> None:
        """Do the same within somebody's transaction."""
        await self._take_down(work, panel)
        details = {"panel": panel.number, "title": panel.title}
        await self.audit(work, AuditRecord("tickets.panel_delete", panel.guild_id, details=details))
        await panel.delete(work.session)

    async def get(self, guild_id: int, number: int) -> PostedPanel:
        """Return the panel with its categories; raise PanelNotFound if there is none."""
        async with self.reading() as session:
            return await _require_panel(session, guild_id, number)

    async def all(self, caller: Caller, guild_id: int) -> list[TicketPanel]:
        """Return the guild's panels, oldest first."""
        require_admin(rules.may_configure(caller, guild_id))
        async with self.reading() as session:
            return await TicketPanel.get_multi(session, guild_id=guild_id, order_by=(col(TicketPanel.number),))

    async def all_with_categories(self, caller: Caller, guild_id: int) -> list[PostedPanel]:
        """Return them with the categories that they offer."""
        found = await self.all(caller, guild_id)
        async with self.reading() as session:
            offered = await offered_categories(session, guild_id)
        return [PostedPanel(it, offered.get(it.number, ())) for it in found]

    async def posted(self, guild_id: int, number: int, channel_id: int, message_id: int) -> bool:
        """Keep which message the panel is; tell whether it still is to be in this channel."""

        async def keep(work: UnitOfWork) -> bool:
            panel = await _locked_panel(work.session, guild_id, number)
            if panel is None or panel.channel_id != channel_id:
                return False
            await panel.update(work.session, message_id=message_id, failure="")
            return True

        return await self.run(SYSTEM, keep)

    async def not_posted(self, guild_id: int, number: int, failure: str) -> None:
        """Keep why the panel could not be posted."""

        async def keep(work: UnitOfWork) -> None:
            panel = await _locked_panel(work.session, guild_id, number)
            if panel is not None:
                await panel.update(work.session, failure=failure[:300])

        await self.run(SYSTEM, keep)

    async def _offer(self, work: UnitOfWork, panel: TicketPanel, shape: PanelShape, action: str) -> PostedPanel:
        """Have the panel offer these categories and no others, and promise its message."""
        session, guild_id = work.session, panel.guild_id
        rows = await TicketCategory.get_multi(session, guild_id=guild_id, is_archived=False)
        known = {category.name: category for category in rows}
        if not known.keys() >= set(shape.categories):
            raise CategoryNotFound
        of_panel = (col(TicketPanelCategory.guild_id) == guild_id, col(TicketPanelCategory.panel) == panel.number)
        await session.execute(delete(TicketPanelCategory).where(*of_panel))
        categories = tuple(known[name] for name in shape.categories)
        for position, category in enumerate(categories, start=1):
            own = {"guild_id": guild_id, "panel": panel.number, "category": category.number}
            session.add(TicketPanelCategory(**own, position=position))
        return await self._post(work, panel, categories, action)

    async def _post(
        self, work: UnitOfWork, panel: TicketPanel, categories: tuple[TicketCategory, ...], action: str
    ) -> PostedPanel:
        details = {"panel": panel.number, "title": panel.title}
        await self.audit(work, AuditRecord(action, panel.guild_id, details=details))
        payload = {"panel": panel.number}
        effect_id = await self.services.get(Outbox).promise(work, POST_PANEL, payload, guild_id=panel.guild_id)
        return PostedPanel(panel, categories, effect_id)

    async def _take_down(self, work: UnitOfWork, panel: TicketPanel) -> None:
        if panel.message_id is None:
            return
        payload = {"channel_id": str(panel.channel_id), "message_id": str(panel.message_id)}
        await self.services.get(Outbox).promise(work, TAKE_PANEL_DOWN, payload, guild_id=panel.guild_id)
        await panel.update(work.session, message_id=None)


async def _locked_panel(session: AsyncSession, guild_id: int, number: int) -> TicketPanel | None:
    """Return the panel, which others cannot change until the transaction ends; None if it was deleted."""
    this = (col(TicketPanel.guild_id) == guild_id, col(TicketPanel.number) == number)
    return (await session.execute(select(TicketPanel).where(*this).with_for_update())).scalar_one_or_none()


async def _require_panel(session: AsyncSession, guild_id: int, number: int) -> PostedPanel:
    panel = await TicketPanel.get_by_id(session, (guild_id, number)) if 0 < number <= MAX_NUMBER else None
    if panel is None:
        raise PanelNotFound
    offered = await offered_categories(session, guild_id, number)
    return PostedPanel(panel, offered.get(number, ()))


async def offered_categories(
    session: AsyncSession, guild_id: int, number: int | None = None
) -> dict[int, tuple[TicketCategory, ...]]:
    """Return what each panel of the guild offers, or this one alone, in their order; by the panel's number."""
    link = TicketPanelCategory
    same = (col(link.guild_id) == col(TicketCategory.guild_id)) & (col(link.category) == col(TicketCategory.number))
    offered = select(col(link.panel), TicketCategory).join(TicketCategory, same).where(col(link.guild_id) == guild_id)
    if number is not None:
        offered = offered.where(col(link.panel) == number)
    found: dict[int, tuple[TicketCategory, ...]] = {}
    for panel, category in await session.execute(offered.order_by(col(link.panel), col(link.position))):
        found[panel] = (*found.get(panel, ()), category)
    return found


async def _require_free_title(session: AsyncSession, guild_id: int, title: str) -> None:
    if await TicketPanel.count(session, guild_id=guild_id, title=title):
        raise taken(title)
