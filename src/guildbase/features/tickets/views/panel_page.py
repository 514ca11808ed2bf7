"""The page on which an admin puts a panel together, and posts it when it is as it should be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from guildbase.bot.views import BaseModal, BaseView, Interaction
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.features.tickets.controller import PanelController
from guildbase.features.tickets.models import MAX_TEXT, TicketCategory
from guildbase.features.tickets.views.panel import COLOUR
from guildbase.services.outbox import Outbox

POST_WAIT = 10.0  # seconds that the answer waits for the message


class PanelPage(BaseView):
    """A panel that is put together; nothing is changed before it is posted."""

    def __init__(
        self,
        asker_id: int,
        guild_id: int,
        known: Sequence[TicketCategory],
        draft: dict[str, Any],
        *,
        number: int | None = None,
    ) -> None:
        super().__init__(asker_id, command="ticket panel edit" if number else "ticket panel create")
        self._guild_id, self._known, self._draft, self._number = guild_id, known, draft, number
        self._fill()

    def _fill(self) -> None:
        self.clear_items()
        chosen = self._draft["categories"]
        options = [
            discord.SelectOption(label=it.name, value=it.name, emoji=it.emoji or None, default=it.name in chosen)
            for it in self._known
        ]
        self.menu("categories", _("Categories that it offers"), options, self._categories, most=25, row=0)
        text = [discord.ChannelType.text]
        self.channel_menu("channel", _("Where it is posted"), self._channel, channel_types=text, row=1)
        self.button("texts", _("Texts"), self._texts, row=2)
        label = _("Use buttons") if self._draft["is_menu"] else _("Use a menu")
        self.button("style", label, self._style, row=2)
        self.button("post", _("Post"), self._post, style=discord.ButtonStyle.success, row=2, disabled=not chosen)

    def embed(self) -> discord.Embed:
        """Return the panel as it will be."""
        draft = self._draft
        embed = discord.Embed(title=draft["title"], description=draft["description"] or None, colour=COLOUR)
        embed.add_field(name=_("Channel"), value=f"<#{draft['channel_id']}>")
        embed.add_field(name=_("Offers"), value=", ".join(draft["categories"])[:1024] or "-")
        embed.add_field(name=_("By"), value=_("a menu") if draft["is_menu"] else _("buttons"))
        return embed

    async def _changed(self, interaction: Interaction, **changes: Any) -> None:
        self._draft = {**self._draft, **changes}
        self._fill()
        await self.show(interaction, embed=self.embed())

    async def _categories(self, interaction: Interaction, names: Sequence[str]) -> None:
        await self._changed(interaction, categories=list(names))

    async def _channel(self, interaction: Interaction, channels: Sequence[Any]) -> None:
        await self._changed(interaction, channel_id=str(channels[0].id))

    async def _style(self, interaction: Interaction) -> None:
        await self._changed(interaction, is_menu=not self._draft["is_menu"])

    async def _texts(self, interaction: Interaction) -> None:
        await interaction.response.send_modal(PanelForm(self, self._draft))

    async def texts(self, interaction: Interaction, title: str, description: str) -> None:
        """Take these texts."""
        if not title.strip():
            raise InvalidInput(_("A panel needs a title."))
        await self._changed(interaction, title=title.strip(), description=description.strip())

    async def _post(self, interaction: Interaction) -> None:
        controller = self.services(interaction).get(PanelController)
        caller = await self.caller(interaction)
        if self._number is None:
            made = await controller.create(caller, self._guild_id, self._draft)
        else:
            made = await controller.edit(caller, self._guild_id, self._number, self._draft)
        self.stop()
        if made.effect_id is not None:
            await self.services(interaction).get(Outbox).outcome(made.effect_id, timeout=POST_WAIT)
        panel = (await controller.get(self._guild_id, made.panel.number)).panel
        await self.close(interaction, content=posted_text(panel.channel_id, panel.failure), embed=None)


class PanelForm(BaseModal):
    """The texts of a panel."""

    def __init__(self, page: PanelPage, draft: dict[str, Any]) -> None:
        super().__init__(_("Texts"), command=page.command)
        self._page = page
        self.heading: discord.ui.TextInput[PanelForm] = discord.ui.TextInput(
            label=_("Title"), default=draft["title"], max_length=100, custom_id="title"
        )
        self.description: discord.ui.TextInput[PanelForm] = discord.ui.TextInput(
            label=_("Description"),
            default=draft["description"] or None,
            max_length=MAX_TEXT,
            required=False,
            style=discord.TextStyle.paragraph,
            custom_id="description",
        )
        self.add_item(self.heading)
        self.add_item(self.description)

    async def on_submit(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Take the texts over."""
        await self._page.texts(interaction, self.heading.value, self.description.value)


def posted_text(channel_id: int, failure: str) -> str:
    """Return what became of a panel that was to be posted."""
    if failure:
        return _(
            "The panel is kept, but I could not post it in <#{channel}>: {failure}", channel=channel_id, failure=failure
        )
    return _("The panel is in <#{channel}>.", channel=channel_id)
