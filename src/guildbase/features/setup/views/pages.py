"""The pages of the setup after the check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.views import BaseModal, Interaction
from guildbase.core.i18n import _, languages, translated
from guildbase.core.ports import Caller, GuildSnapshots
from guildbase.features.setup import rules
from guildbase.features.setup.inspection import general, log_channel

if TYPE_CHECKING:
    from guildbase.features.setup.views.wizard import SetupWizard

BLURPLE = discord.Colour.blurple()
MAX_OPTIONS, MAX_TEXT = 25, 100


async def language(wizard: SetupWizard, _caller: Caller) -> discord.Embed:
    """Language and prefix."""
    settings = await general(wizard.bot, wizard.guild_id)

    async def chosen(interaction: Interaction, values: Sequence[Any]) -> None:
        await wizard.save(interaction, {"locale": values[0]})

    async def ask(interaction: Interaction) -> None:
        await interaction.response.send_modal(PrefixForm(wizard, settings.prefix))

    options = [
        discord.SelectOption(label=name, value=locale, default=locale == settings.locale)
        for locale, name in languages().items()
    ]
    wizard.menu("language", _("Language"), options, chosen, row=0)
    wizard.button("prefix", _("Change the prefix"), ask, row=1)
    embed = discord.Embed(title=_("Setup: language and prefix"), colour=BLURPLE)
    embed.description = _("What I say to the whole server is in its language; each member may choose another.")
    embed.add_field(name=_("Language"), value=languages().get(settings.locale, settings.locale))
    return embed.add_field(name=_("Prefix"), value=_code(settings.prefix))


class PrefixForm(BaseModal):
    """Asks for the prefix."""

    def __init__(self, wizard: SetupWizard, prefix: str) -> None:
        super().__init__(_("Prefix of text commands"), command="setup")
        self._wizard = wizard
        self.prefix: discord.ui.TextInput[PrefixForm] = discord.ui.TextInput(
            label=_("Prefix"), custom_id="prefix", default=prefix, max_length=10
        )
        self.add_item(self.prefix)

    async def on_submit(self, interaction: Interaction) -> None:  # type: ignore[override]
        """Set it."""
        await self._wizard.save(interaction, {"prefix": self.prefix.value})


async def logs(wizard: SetupWizard, _caller: Caller) -> discord.Embed:
    """The log channels."""
    settings = await general(wizard.bot, wizard.guild_id)
    embed = discord.Embed(title=_("Setup: log channels"), colour=BLURPLE)
    embed.description = _(
        "Pick a channel for each log, or let me make one that only your staff sees. "
        "The mod log is told what moderators do, the audit log what becomes of me here."
    )
    for row, (setting, name) in enumerate(rules.LOGS.items()):
        log = log_channel(wizard.guild, settings, setting)
        _add_log(wizard, row, setting, name, log)
        problems = [f"{finding.problem} {finding.cure}" for finding in rules.of_log(log)] if log is not None else []
        shown = f"<#{log.channel_id}>" if log is not None else _("not set")
        embed.add_field(name=first_up(rules.setting_name(setting)), value="\n".join([shown, *problems])[:1024])
    return embed


def _add_log(wizard: SetupWizard, row: int, setting: str, name: str, log: rules.LogChannel | None) -> None:
    async def chosen(interaction: Interaction, values: Sequence[Any]) -> None:
        await wizard.save(interaction, {setting: str(values[0].id) if values else None})

    async def make(interaction: Interaction) -> None:
        caller = await wizard.caller(interaction)
        await wizard.carry_out(interaction, await wizard.controller.make_channel(caller, wizard.guild_id, setting))

    kinds = [discord.ChannelType.text]
    now = picked(log.channel_id, discord.SelectDefaultValueType.channel) if log is not None and log.name else []
    wizard.channel_menu(
        setting, rules.setting_name(setting), chosen, channel_types=kinds, default_values=now, min_values=0, row=row
    )
    if log is None or log.name is None:
        wizard.button(f"make_{setting}", _("Make #{name}", name=name), make, row=2)


async def staff(wizard: SetupWizard, _caller: Caller) -> discord.Embed:
    """The roles of the staff."""
    settings = await general(wizard.bot, wizard.guild_id)
    embed = discord.Embed(title=_("Setup: staff"), colour=BLURPLE)
    embed.description = _(
        "Say which roles your team has. Moderators (level 3) open cases, admins (level 5) change settings. "
        "Whoever has Discord's own permission for something may do it anyway."
    )
    for row, (level, name) in enumerate(rules.STAFF.items()):
        role_id = getattr(settings, f"level_{level}_role")
        _add_role(wizard, row, level, name, role_id)
        embed.add_field(name=_level(level, name), value=f"<@&{role_id}>" if role_id is not None else _("not set"))
    return embed


def _add_role(wizard: SetupWizard, row: int, level: int, name: str, role_id: int | None) -> None:
    async def chosen(interaction: Interaction, values: Sequence[Any]) -> None:
        await wizard.save(interaction, {f"level_{level}_role": str(values[0].id) if values else None})

    async def make(interaction: Interaction) -> None:
        caller = await wizard.caller(interaction)
        await wizard.carry_out(interaction, await wizard.controller.make_role(caller, wizard.guild_id, level))

    is_there = role_id is not None and wizard.guild.get_role(role_id) is not None
    now = picked(role_id or 0, discord.SelectDefaultValueType.role) if is_there else []
    wizard.role_menu(f"level_{level}", _level(level, name), chosen, default_values=now, min_values=0, row=row)
    if not is_there:
        wizard.button(f"make_level_{level}", _("Make the role {name}", name=name), make, row=2)


async def features(wizard: SetupWizard, _caller: Caller) -> discord.Embed:
    """What is switched on."""
    off = await _features_off(wizard)
    known = _switchable(wizard)

    async def chosen(interaction: Interaction, values: Sequence[Any]) -> None:
        now_off = {name: off.get(name, "") for name in known if name not in values}
        elsewhere = {name: reason for name, reason in off.items() if name not in known}
        await wizard.save(interaction, {"features_off": elsewhere | now_off}, feature="configuration")

    options = [
        discord.SelectOption(label=name, value=name, description=summary[:MAX_TEXT], default=name not in off)
        for name, summary in known.items()
    ]
    if options:
        wizard.menu("features", _("What is switched on"), options, chosen, least=0, most=len(options), row=0)
    embed = discord.Embed(title=_("Setup: features"), colour=BLURPLE)
    embed.description = _("What is not chosen here is switched off: its commands say so and do nothing.")
    return embed.add_field(name=_("Switched off"), value=", ".join(sorted(off)) or _("nothing"))


async def summary(wizard: SetupWizard, _caller: Caller) -> discord.Embed:
    """All that is set, and how to undo it."""
    settings, off = await general(wizard.bot, wizard.guild_id), await _features_off(wizard)
    embed = discord.Embed(title=_("Setup: summary"), colour=discord.Colour.green())
    embed.description = _("`/config history` shows each change and undoes it; `/config show` lists all settings.")
    embed.add_field(name=_("Language"), value=languages().get(settings.locale, settings.locale))
    embed.add_field(name=_("Prefix"), value=_code(settings.prefix))
    for setting in rules.LOGS:
        channel_id = getattr(settings, setting)
        shown = f"<#{channel_id}>" if channel_id is not None else _("not set")
        embed.add_field(name=first_up(rules.setting_name(setting)), value=shown)
    for level, name in rules.STAFF.items():
        role_id = getattr(settings, f"level_{level}_role")
        embed.add_field(name=_level(level, name), value=f"<@&{role_id}>" if role_id is not None else _("not set"))
    return embed.add_field(name=_("Switched off"), value=", ".join(sorted(off))[:1024] or _("nothing"))


async def _features_off(wizard: SetupWizard) -> dict[str, str]:
    from guildbase.platform.configuration.schemas import ToggleSettings  # not needed for the start.

    snapshots = wizard.bot.services.get(GuildSnapshots)
    snapshot = snapshots.peek(wizard.guild_id) or await snapshots.load(wizard.guild_id)
    return dict(snapshot.get(ToggleSettings).features_off)


def _switchable(wizard: SetupWizard) -> dict[str, str]:
    """Return the summaries of the features with commands, as many as a menu takes, but those that help out."""
    from guildbase.platform.configuration.schemas import RECOVERY_FEATURES

    found = {
        name: translated(loaded.feature.summary)
        for name, loaded in sorted(wizard.bot.loader.loaded.items())
        if name not in RECOVERY_FEATURES and any(_has_commands(wizard, cog) for cog in loaded.cogs)
    }
    return dict(list(found.items())[:MAX_OPTIONS])


def _has_commands(wizard: SetupWizard, cog_name: str) -> bool:
    cog = wizard.bot.get_cog(cog_name)
    return cog is not None and bool(cog.get_commands() or cog.get_app_commands())


def picked(id_: int, kind: discord.SelectDefaultValueType) -> list[discord.SelectDefaultValue]:
    """Return what a menu shows as chosen."""
    return [discord.SelectDefaultValue(id=id_, type=kind)]


def first_up(text: str) -> str:
    """Return the text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def _level(level: int, name: str) -> str:
    return _("{name} (level {level})", name=name, level=level)


def _code(text: str) -> str:
    """Return the text as code, whatever is in it."""
    return f"`` {text} ``"
