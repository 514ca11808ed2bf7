"""The page of the roles that mute and jail give, and of the jail's channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.targets import bot_standing
from guildbase.bot.views import Interaction
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _, plural
from guildbase.core.ports import Caller
from guildbase.features.setup import denials, rules
from guildbase.features.setup.inspection import missing_punishments, open_channels
from guildbase.features.setup.views.pages import BLURPLE, first_up, picked

if TYPE_CHECKING:
    from guildbase.features.setup.views.wizard import SetupWizard

MAX_FIELD = 1024


async def page(wizard: SetupWizard, _caller: Caller) -> discord.Embed:
    """Mute and jail."""
    embed = discord.Embed(title=_("Setup: mute and jail"), colour=BLURPLE)
    try:
        settings = await wizard.controller.punishments(wizard.guild_id)
    except NotFound:
        embed.description = _("This bot has no moderation, so there is nothing to set up here.")
        return embed
    embed.description = _(
        "`/mute` gives a role that may not write or speak, `/jail` one that sees nothing but the jail's channel. "
        "Let me make what is missing and deny these roles in all categories and in the channels of their own; "
        "or pick what you have."
    )
    missing, is_done = missing_punishments(wizard.guild, settings), True
    for row, setting in enumerate(denials.NAMES):
        _add_menu(wizard, row, setting, None if setting in missing else getattr(settings, setting))
        channels = [] if setting in missing else open_channels(wizard.guild, settings, setting)
        is_done = is_done and setting not in missing and not channels
        embed.add_field(
            name=first_up(rules.setting_name(setting)),
            value=_state(setting, getattr(settings, setting), setting in missing, channels)[:MAX_FIELD],
            inline=False,
        )
    _add_buttons(wizard, is_done=is_done)
    return embed


def _state(setting: str, id_: int | None, is_missing: bool, channels: Sequence[str]) -> str:
    if is_missing:
        return _("not set") if id_ is None else _("gone, or of no use for this")
    if setting == denials.JAIL_CHANNEL:
        return f"<#{id_}>"
    if not channels:
        return _("{role}, denied in all channels", role=f"<@&{id_}>")
    there = plural(
        "{role}, not denied yet in {count} channel: {names}",
        "{role}, not denied yet in {count} channels: {names}",
        len(channels),
        role=f"<@&{id_}>",
        names=rules.few_of(f"#{discord.utils.escape_markdown(name)}" for name in channels),
    )
    cure = _("What stays here after a press is closed to me: let me manage its permissions, and press again.")
    return f"{there}\n-# {cure}"


def _add_menu(wizard: SetupWizard, row: int, setting: str, there: int | None) -> None:
    async def chosen(interaction: Interaction, values: Sequence[Any]) -> None:
        changes = {setting: str(values[0].id) if values else None}
        await wizard.save(interaction, changes, feature=denials.MODERATION)

    is_channel = setting == denials.JAIL_CHANNEL
    kind = discord.SelectDefaultValueType.channel if is_channel else discord.SelectDefaultValueType.role
    now, name = picked(there, kind) if there is not None else [], rules.setting_name(setting)
    if is_channel:
        kinds = [discord.ChannelType.text]
        wizard.channel_menu(setting, name, chosen, channel_types=kinds, default_values=now, min_values=0, row=row)
    else:
        wizard.role_menu(setting, name, chosen, default_values=now, min_values=0, row=row)


def _add_buttons(wizard: SetupWizard, *, is_done: bool) -> None:
    async def make(interaction: Interaction) -> None:
        caller, bot = await wizard.caller(interaction), bot_standing(wizard.guild)
        await wizard.carry_out(interaction, await wizard.controller.make_punishments(caller, wizard.guild_id, bot))

    async def again(interaction: Interaction) -> None:
        await wizard.turn(interaction, "punishments")

    if not is_done:
        style = discord.ButtonStyle.primary
        wizard.button("make_punishments", _("Make and deny what is missing"), make, style=style, row=3)
    wizard.button("again", _("Look again"), again, row=3)
