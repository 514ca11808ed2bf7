"""What moderators are told of a broken rule, and the buttons under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import discord

from guildbase.bot.components import Interaction, cut
from guildbase.bot.targets import bot_standing, target_of
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.features.automod.controller import ViolationController
from guildbase.features.automod.judging import person_in
from guildbase.features.automod.models import AutomodViolation
from guildbase.features.automod.views.buttons import AlertButton
from guildbase.features.moderation.controller import ActionController, ModerationController
from guildbase.features.moderation.kinds import CaseType
from guildbase.features.moderation.rules import NewAction

OPPOSITES = {
    CaseType.BAN: CaseType.UNBAN,
    CaseType.TEMPBAN: CaseType.UNBAN,
    CaseType.TIMEOUT: CaseType.UNTIMEOUT,
    CaseType.MUTE: CaseType.UNMUTE,
    CaseType.JAIL: CaseType.UNJAIL,
}


def alert_embed(
    violations: Sequence[AutomodViolation], documents: Sequence[dict[str, Any]], *, is_dry_run: bool
) -> discord.Embed:
    """Return who broke which rules with what, and what was done, or would have been."""
    first = violations[0]
    title = _("Dry run: a rule would have been broken") if is_dry_run else _("A rule was broken")
    embed = discord.Embed(title=title, colour=discord.Colour.light_grey() if is_dry_run else discord.Colour.orange())
    embed.description = discord.utils.escape_markdown(discord.utils.escape_mentions(first.excerpt)) or None
    embed.add_field(name=_("By"), value=f"<@{first.user_id}> ({discord.utils.escape_markdown(first.user_name)})")
    if first.channel_id:
        embed.add_field(name=_("Where"), value=f"<#{first.channel_id}>")
    rules = [_rule_line(violation) for violation in violations]
    embed.add_field(name=_("Rules"), value=cut("\n".join(rules), 1024), inline=False)
    effects = dict.fromkeys(effect["type"].replace("_", " ") for it in documents for effect in it["effects"])
    if effects:
        embed.add_field(name=_("Would do") if is_dry_run else _("Does"), value=", ".join(effects))
    if first.case_number:
        embed.add_field(name=_("Case"), value=f"#{first.case_number}")
    if first.outcome:
        embed.add_field(name=_("Note"), value=cut(first.outcome, 1024), inline=False)
    return embed


def _rule_line(violation: AutomodViolation) -> str:
    number = f"#{violation.rule_number} " if violation.rule_number else ""
    found = discord.utils.escape_markdown(discord.utils.escape_mentions(violation.matched))
    name = discord.utils.escape_markdown(violation.rule_name)
    points = _(", {points} points", points=violation.points) if violation.points else ""
    return f"{number}**{name}**: {found}{points}"


class AlertView(discord.ui.View):
    """The buttons of an alert; they know by their ids what they are about, and so outlast a restart."""

    def __init__(self, violation: AutomodViolation, *, is_dry_run: bool) -> None:
        super().__init__(timeout=None)
        verbs = ["dismiss", "allow"] if is_dry_run else ["ban", "dismiss", "allow"]
        if violation.case_number:
            verbs.insert(0, "undo")
        for verb in verbs:
            self.add_item(AlertButton(verb, violation.violation_id))
        self.stop()  # The buttons are answered by their class; a view for each would never be let go of.


async def dismiss(interaction: Interaction, caller: Caller, guild: discord.Guild, violation_id: UUID) -> str:
    """Let the violation count no longer."""
    count = await _violations(interaction).dismiss(caller, guild.id, violation_id)
    return _("It counts no longer.") if count else _("It did not count any more.")


async def allow(interaction: Interaction, caller: Caller, guild: discord.Guild, violation_id: UUID) -> str:
    """Let the rule pass what it found."""
    rule = await _violations(interaction).allow(caller, guild.id, violation_id)
    return _("Rule #{number} lets it through from now on.", number=rule.number)


async def ban(interaction: Interaction, caller: Caller, guild: discord.Guild, violation_id: UUID) -> str:
    """Ban who broke the rule."""
    violation = await _violations(interaction).get(caller, guild.id, violation_id)
    reason = _("Broke the rule {name}", name=violation.rule_name)
    return await _act(interaction, caller, guild, CaseType.BAN, violation, reason)


async def undo(interaction: Interaction, caller: Caller, guild: discord.Guild, violation_id: UUID) -> str:
    """Take back what was done to the member, and let the violation count no longer."""
    violation = await _violations(interaction).get(caller, guild.id, violation_id)
    if violation.case_number is None:
        raise InvalidInput(_("Nothing was done to the member."), hint=_("`Dismiss` takes the points back."))
    cases = interaction.client.services.get(ModerationController)
    case = await cases.get_case(caller, guild.id, violation.case_number)
    opposite = OPPOSITES.get(case.case_type)
    done = _("Case #{number} stays, as it cannot be undone.", number=case.number)
    if opposite is not None:
        done = await _act(interaction, caller, guild, opposite, violation, _("Automod was wrong"))
    await _violations(interaction).dismiss(caller, guild.id, violation_id)
    return done


def _violations(interaction: Interaction) -> ViolationController:
    return interaction.client.services.get(ViolationController)


async def _act(
    interaction: Interaction,
    caller: Caller,
    guild: discord.Guild,
    kind: CaseType,
    violation: AutomodViolation,
    reason: str,
) -> str:
    person = await person_in(interaction.client, guild, violation.user_id)
    new = NewAction(kind, target_of(guild, person), reason, request_id=interaction.id, bot=bot_standing(guild))
    opened = await interaction.client.services.get(ActionController).act(caller, guild.id, new)
    return _("Case #{number}: {kind}.", number=opened.case.number, kind=kind.value)
