"""What an import would do, and the question whether to do it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord

from guildbase.bot.views import BaseView, Interaction
from guildbase.core.i18n import _, plural
from guildbase.platform.configuration.controller.transfer import TransferController
from guildbase.platform.configuration.import_plan import Change, Directory, ImportPlan
from guildbase.platform.configuration.values import code, plain, shown
from guildbase.platform.configuration.views.sheets import pages

COMMAND = "config import"


class Import(BaseView):
    """Shows the plan of an import page by page; what is confirmed is done exactly so, or not at all."""

    def __init__(
        self, asker_id: int, transfer: TransferController, document: Any, directory: Directory | None, reason: str
    ) -> None:
        super().__init__(asker_id, command=COMMAND)
        self._transfer, self._document, self._directory, self._reason = transfer, document, directory, reason
        self._page = 0

    def planned(self, plan: ImportPlan) -> dict[str, Any]:
        """Take the plan, and return the message that tells it."""
        self._plan = plan
        self._embeds = pages(_("What the import does"), _lines(plan))
        return self._placed()

    def _placed(self) -> dict[str, Any]:
        self.clear_items()
        is_possible = bool(self._plan.changes) and not self._plan.is_refused
        self.button("import", _("Import"), self._import, style=discord.ButtonStyle.danger, disabled=not is_possible)
        if self._plan.is_refused:
            self.button("rest", _("Leave out what cannot be"), self._leave_out)
        if len(self._embeds) > 1:
            self.button("next", _("Next page"), self._next_page)
        self.button("cancel", _("Cancel"), self._cancel)
        return {"content": _summary(self._plan), "embed": self._embeds[self._page]}

    async def _import(self, interaction: Interaction) -> None:
        caller = await self.caller(interaction)
        done = await self._transfer.apply(
            caller,
            self._plan.guild_id,
            self._document,
            self._directory,
            leave_out=self._plan.leaves_out,
            fingerprint=self._plan.fingerprint,
            reason=self._reason,
        )
        told = plural("Imported: one thing was changed.", "Imported: {count} things were changed.", done.changes)
        undo = _("`/config history` shows each change and the way back.")
        await self.close(interaction, content=f"{told} {undo}", embed=None)

    async def _leave_out(self, interaction: Interaction) -> None:
        caller, guild_id = await self.caller(interaction), self._plan.guild_id
        plan = await self._transfer.plan(caller, guild_id, self._document, self._directory, leave_out=True)
        self._page = 0
        await self.show(interaction, **self.planned(plan))

    async def _next_page(self, interaction: Interaction) -> None:
        self._page = (self._page + 1) % len(self._embeds)
        await self.show(interaction, **self._placed())

    async def _cancel(self, interaction: Interaction) -> None:
        await self.close(interaction, content=_("Cancelled. Nothing was changed."), embed=None)


def _summary(plan: ImportPlan) -> str:
    if plan.is_refused:
        return _("As it is, this cannot be imported. You can leave out what cannot be taken in.")
    if not plan.changes:
        return _("Everything in this file is so already: there is nothing to import.")
    return plural("One thing would change.", "{count} things would change.", len(plan.changes))


def _lines(plan: ImportPlan) -> Iterator[str]:
    for place, reason in plan.obstacles.items():
        sign = "⚠" if plan.leaves_out else "⛔"
        yield f"{sign} {code(place)}: {plain(reason)}"
    for it in plan.replaced:
        yield _("↪ {name} is {id} here", name=plain(it.named.name), id=f"`{it.new}`")
    for change in plan.changes:
        yield _line(change)


def _line(change: Change) -> str:
    before = _("default") if change.kind == "added" else shown(None, change.before)
    after = _("default") if change.kind == "removed" else shown(None, change.after)
    return f"{code(change.path)}: {before} → {after}"
