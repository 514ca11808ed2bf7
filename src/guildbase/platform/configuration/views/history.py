"""The history of a feature's settings, with a way back to each version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from guildbase.bot.views import BaseView, Confirmation, Interaction
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.platform.configuration.controller import ConfigurationController, HistoryPage
from guildbase.platform.configuration.fields import fields_of
from guildbase.platform.configuration.views.changes import changed_text, difference_embeds, history_embed

COMMAND = "config history"
PAGE = 5
"""Changes that are seen at a time."""


class History(BaseView):
    """Pages of changes, and a menu of the versions that one can go back to."""

    def __init__(self, asker_id: int, guild_id: int, feature: str, controller: ConfigurationController) -> None:
        super().__init__(asker_id, command=COMMAND)
        self._guild_id, self._feature, self._controller = guild_id, feature, controller
        self._fields = fields_of(controller.model_of(feature))
        self._newer: list[int | None] = []
        """Where the pages before this one began."""
        self._before: int | None = None

    async def turned(self, caller: Caller) -> dict[str, Any]:
        """Read the page and return its message."""
        page = await self._controller.history(caller, self._guild_id, self._feature, before=self._before, limit=PAGE)
        self._place(page)
        return {"content": None, "embed": history_embed(self._feature, page, self._fields)}

    def _place(self, page: HistoryPage) -> None:
        self.clear_items()
        self._next = page.next_before
        self.button("newer", _("Newer"), self._to_newer, disabled=not self._newer, row=1)
        self.button("older", _("Older"), self._to_older, disabled=page.next_before is None, row=1)
        options = [
            discord.SelectOption(label=_("Version {version}", version=it.version), value=str(it.version))
            for it in page.entries
        ]
        if options:
            options.append(discord.SelectOption(label=_("Before any change"), value="0"))
            self.menu("back", _("Go back to…"), options, self._picked, row=0)

    async def _to_newer(self, interaction: Interaction) -> None:
        self._before = self._newer.pop() if self._newer else None
        await self.show(interaction, **await self.turned(await self.caller(interaction)))

    async def _to_older(self, interaction: Interaction) -> None:
        if self._next is not None:
            self._newer.append(self._before)
            self._before = self._next
        await self.show(interaction, **await self.turned(await self.caller(interaction)))

    async def _picked(self, interaction: Interaction, values: Sequence[str]) -> None:
        caller = await self.caller(interaction)
        question, message = await rollback_question(caller, self._controller, self._feature, int(values[0]))
        self.stop()
        await question.show(interaction, **message)


async def rollback_question(
    caller: Caller, controller: ConfigurationController, feature: str, version: int, reason: str = ""
) -> tuple[Confirmation, dict[str, Any]]:
    """Return the question whether to go back to the version, and its message, which tells what that would change.

    Raises:
        GuildbaseError: the rollback would be refused.
    """
    guild_id, asker_id = caller.guild_id or 0, caller.user_id or 0
    present = await controller.current(guild_id, feature)
    differences = await controller.preview_rollback(caller, guild_id, feature, version)

    async def confirmed(interaction: Interaction) -> None:
        changed = await controller.rollback(
            await question.caller(interaction),
            guild_id,
            feature,
            version,
            reason=reason,
            expected_version=present.version,
        )
        await question.close(interaction, content=changed_text(changed), embed=None)

    question = Confirmation(asker_id, command="config rollback", label=_("Roll back"), confirmed=confirmed)
    title = _("Back to version {version} of {feature}", version=version, feature=feature)
    embeds = difference_embeds(title, differences, fields_of(type(present.settings)))
    return question, {"content": _("This would change:"), "embed": embeds[0]}
