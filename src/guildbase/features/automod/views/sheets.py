"""How rules, lists and violations look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord

from guildbase.bot.components import cut
from guildbase.core.clock import human_duration
from guildbase.core.i18n import _, marked, translated
from guildbase.features.automod.engine.facts import Decision
from guildbase.features.automod.models import AutomodList, AutomodRule, AutomodViolation
from guildbase.features.automod.writing import conditions_text, effects_text, trigger_text

LONGEST = 4000
FLAGS = {
    "is_active": marked("On"),
    "is_dry_run": marked("Dry run: only tell what it would do"),
    "is_native": marked("Let Discord's own AutoMod enforce it"),
    "stop": marked("Look at no later rule once this one is broken"),
    "whole": marked("Whole words only"),
    "lookalikes": marked("Letters that look alike count as one"),
    "own_allowed": marked("Invites to this server are welcome"),
    "everyone": marked("@everyone breaks it, too"),
}
"""What is either so or not, of rules and of triggers."""
MENTIONS = {"channels": "<#{id}>", "channel": "<#{id}>", "roles": "<@&{id}>", "role": "<@&{id}>"}
"""How what a condition or an effect names by its id looks."""


def rule_line(rule: AutomodRule) -> str:
    """Return the rule in one line."""
    trigger, effects = rule.document["trigger"], rule.document["effects"]
    flags = [
        word
        for word, is_so in (
            (_("off"), not rule.is_active),
            (_("dry run"), rule.is_dry_run),
            (_("in Discord's AutoMod"), rule.native_id is not None),
        )
        if is_so
    ]
    state = f" ({', '.join(flags)})" if flags else ""
    does = ", ".join(effect["type"].replace("_", " ") for effect in effects)
    name = discord.utils.escape_markdown(rule.name)
    return f"**#{rule.number}** {name}{state}: {trigger['type'].replace('_', ' ')} → {does}"


def rules_embed(rules: Sequence[AutomodRule], page: int, pages: int) -> discord.Embed:
    """Return rules in short, in the order in which they are looked at."""
    empty = _("There are no rules. `/automod rule preset` makes some that suit most servers.")
    embed = discord.Embed(title=_("Automod"), description=cut("\n".join(map(rule_line, rules)), LONGEST) or empty)
    if pages > 1:
        embed.set_footer(text=_("Page {page} of {pages}", page=page, pages=pages))
    return embed


def rule_embed(rule: AutomodRule, *, note: str = "") -> discord.Embed:
    """Return one rule in full."""
    document = rule.document
    embed = discord.Embed(title=_("Rule #{number}: {name}", number=rule.number, name=rule.name)[:256])
    embed.description = cut(rule_line(rule), LONGEST)
    embed.add_field(name=_("Trigger"), value=_trigger(document["trigger"]), inline=False)
    for condition in document["conditions"]:
        embed.add_field(name=_("Only if"), value=_condition(condition), inline=False)
    effects = "\n".join(map(_effect, document["effects"]))
    embed.add_field(name=_("Effects, priority {priority}", priority=rule.priority), value=cut(effects, 1024))
    spared = [f"<@&{role}>" for role in document["exempt_roles"]]
    spared += [f"<#{channel}>" for channel in document["exempt_channels"]]
    if document["exempt_permissions"] != "0":
        bits = discord.Permissions(int(document["exempt_permissions"]))
        spared += [name.replace("_", " ") for name, is_set in bits if is_set]
    embed.add_field(name=_("Spares"), value=cut(", ".join(spared), 1024) or _("nobody"), inline=False)
    if note:
        embed.add_field(name=_("Note"), value=cut(note, 1024), inline=False)
    return embed


def _trigger(trigger: Mapping[str, Any]) -> str:
    """Return the trigger as it is typed, with what else is so."""
    said = [f"**{_named(trigger)}** {_name(trigger_text(trigger))}".rstrip()]
    said += [translated(FLAGS[name]) for name in FLAGS if trigger.get(name) is True]
    if trigger.get("allowed") and "own_allowed" not in trigger and trigger["type"] != "phishing":
        said.append(_("but not: {words}", words=_name(", ".join(trigger["allowed"]))))
    if letters := trigger.get("letters"):
        said.append(_("of {count} letters or more", count=letters))
    return cut("\n".join(said), 1024)


def _condition(condition: Mapping[str, Any]) -> str:
    said = _name(conditions_text([condition]))
    for one in condition.get("ids", ()):
        said = said.replace(one, MENTIONS[condition["type"]].format(id=one))
    return cut(said, 1024)


def _effect(effect: Mapping[str, Any]) -> str:
    said = _name(effects_text([effect]))
    for name in ("channel", "role"):
        if one := effect.get(name):
            said = said.replace(one, MENTIONS[name].format(id=one))
    if seconds := effect.get("delete_seconds"):
        said += f" ({_('with the messages of the last {time}', time=human_duration(seconds))})"
    return said


def _named(part: Mapping[str, Any]) -> str:
    return str(part["type"]).replace("_", " ")


def lists_embed(lists: Sequence[AutomodList]) -> discord.Embed:
    """Return the lists with their sizes."""
    lines = [f"**{_name(it.name)}** ({it.kind.value}): {len(it.entries.splitlines())}" for it in lists]
    empty = _("There are no lists. `/automod list add` makes one.")
    return discord.Embed(title=_("Lists"), description=cut("\n".join(lines), LONGEST) or empty)


def violations_embed(violations: Sequence[AutomodViolation], points: float | None) -> discord.Embed:
    """Return who broke which rules, newest first, and what the points of the person come to."""
    embed = discord.Embed(title=_("Violations"))
    embed.description = cut("\n".join(map(_violation_line, violations)), LONGEST) or _("There are none.")
    if points is not None:
        embed.add_field(name=_("Points now"), value=f"{points:.1f}")
    return embed


def _violation_line(violation: AutomodViolation) -> str:
    when = discord.utils.format_dt(violation.created_at, "R")
    state = f" ({_('cleared')})" if violation.cleared_at else f" ({_('dry run')})" if violation.is_dry_run else ""
    case = f" #{violation.case_number}" if violation.case_number else ""
    return f"{when} <@{violation.user_id}> **{_name(violation.rule_name)}** +{violation.points}{case}{state}"


def verdict_embed(rules: Sequence[tuple[int, str]], decision: Decision) -> discord.Embed:
    """Return what each of the rules (number and name) would do, or why it would not."""
    lines = []
    for hit in decision.hits:
        does = ", ".join(effect.type.replace("_", " ") for effect in hit.rule.document.effects)
        found = discord.utils.escape_markdown(discord.utils.escape_mentions(hit.found.matched))
        would = _("would only tell: {effects}", effects=does) if hit.rule.is_dry_run else does
        lines.append(f"✅ **#{hit.rule.number}** {_name(hit.rule.name)}: {would} ({found})")
    broken = {hit.rule.number for hit in decision.hits}
    others = [(number, name) for number, name in rules if number not in broken]
    for number, name in others[:30]:
        why = decision.notes.get(number) or _("its trigger finds nothing")
        lines.append(f"▫️ **#{number}** {_name(name)}: {why}")
    if len(others) > 30:
        lines.append(_("… and {count} more that find nothing.", count=len(others) - 30))
    embed = discord.Embed(title=_("What automod would do"), description=cut("\n".join(lines), LONGEST))
    embed.description = embed.description or _("There are no active rules.")
    embed.set_footer(text=_("Nothing was done. Rules that count messages are never set off by a test."))
    return embed


def _name(text: str) -> str:
    return discord.utils.escape_markdown(discord.utils.escape_mentions(text))
