"""Finds the pages that features declare, and calls their functions for those who may use them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog

from guildbase.core.errors import GuildbaseError, NotFound, PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.rights import NAMES, RightName
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.pages import rules
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.idempotency import IdempotencyKey
from guildbase.services.pages import Action, Card, Page, PageVisit, Stats, Table

log = structlog.get_logger(__name__)

BlockT = TypeVar("BlockT", Action, Stats, Table)
WITHIN = 30.0
"""Seconds that a function of a page may take."""


class PageNotFound(NotFound):
    """No feature declares such a page, or the page has no such block."""

    code = "page_not_found"

    def __init__(self) -> None:
        super().__init__(_("There is no such page."), hint=_("Its feature may be gone; the menu shows what there is."))


class PageTooSlow(GuildbaseError):
    """A function of a page did not come to its end in time; what it had begun in the database is undone."""

    code = "page_too_slow"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            _("This part of the page takes too long."),
            hint=_("Try again later; if it stays so, tell the author of the feature."),
        )


class PageController(BaseController):
    """The pages of all features in all servers; it has no table."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._pages: dict[tuple[str, str], Page] | None = None

    @property
    def pages(self) -> Mapping[tuple[str, str], Page]:
        """All pages by feature and name; the features' files are imported when this is first asked for."""
        if self._pages is None:
            declared = self.services.get(FeatureRegistry).pages()
            self._pages = {(feature, page.name): page for feature, pages in declared.items() for page in pages}
        return self._pages

    def page(self, feature: str, name: str) -> Page:
        """Return the page; raise PageNotFound if there is none."""
        if (page := self.pages.get((feature, name))) is None:
            raise PageNotFound
        return page

    def block(self, page: Page, name: str, kind: type[BlockT]) -> BlockT:
        """Return the page's block of this name; raise PageNotFound if there is none of the kind."""
        block = page.named.get(name)
        if not isinstance(block, kind):
            raise PageNotFound
        return block

    async def seen_by(self, caller: Caller, guild_id: int) -> dict[tuple[str, str], Page]:
        """Return the pages that the caller may see in the guild, by feature and name."""
        await self.services.get(GuildController).require(guild_id)
        return {key: page for key, page in self.pages.items() if may(caller, guild_id, page.right)}

    async def cards(self, caller: Caller, guild_id: int, page: Page, stats: Stats) -> Sequence[Card]:
        """Return the cards of the page in the guild."""
        visit = await self._visit(caller, guild_id, page.right)
        async with _in_time(page, stats):
            return (await stats.cards(visit))[: rules.MAX_CARDS]

    async def rows(
        self, caller: Caller, guild_id: int, page: Page, table: Table, *, after: str | None, limit: int
    ) -> tuple[list[dict[str, rules.Shown]], str | None]:
        """Return some rows of the page's table in the guild, and what to ask for the next with."""
        visit = await self._visit(caller, guild_id, page.right)
        async with _in_time(page, table):
            found = await table.rows(visit, after, limit)
        return rules.shown_rows(table.columns, found.rows, limit), found.next_after

    async def act(
        self,
        caller: Caller,
        guild_id: int,
        page: Page,
        action: Action,
        form: Mapping[str, Any],
        *,
        key: IdempotencyKey | None = None,
    ) -> str:
        """Do the page's action in the guild and return what was done, in words.

        Raises:
            PermissionDenied: the caller may not see the page, or not do this.
            InvalidInput: the form is not filled in rightly.
            PageTooSlow: it took too long, and was ended.
        """
        await self._visit(caller, guild_id, page.right)
        visit = await self._visit(caller, guild_id, action.right, key=key)
        filled_in = rules.filled_in(action.form, form)
        async with _in_time(page, action):
            return rules.whole(await action.run(visit, filled_in))

    async def _visit(
        self, caller: Caller, guild_id: int, right: RightName, *, key: IdempotencyKey | None = None
    ) -> PageVisit:
        await self.services.get(GuildController).require(guild_id)
        if not may(caller, guild_id, right):
            raise PermissionDenied(_("This needs the right {right} in the server's dashboard.", right=right))
        return PageVisit(self.services, caller, guild_id, key)


@asynccontextmanager
async def _in_time(page: Page, block: Action | Stats | Table) -> AsyncIterator[None]:
    """End what a feature does for its page when it takes too long, so that the page is answered in any case."""
    try:
        async with asyncio.timeout(WITHIN) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise  # It is the feature's own.
        log.warning("page_too_slow", page=page.name, block=block.name)
        raise PageTooSlow from None


def may(caller: Caller, guild_id: int, right: RightName) -> bool:
    """Tell whether the caller holds the right in the guild."""
    return caller.holds(guild_id, NAMES[right])
