"""Our rules as rules of Discord's own AutoMod, which stops a message before anybody sees it.

Source: https://discord.com/developers/docs/resources/auto-moderation
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guildbase.core.i18n import _
from guildbase.features.automod.document import MentionsTrigger, RegexTrigger, RuleDocument, WordsTrigger
from guildbase.features.automod.kinds import OURS

_ON_MESSAGE, _KEYWORD, _MENTION_SPAM, _BLOCK = 1, 1, 5, 1
MOST_KEYWORDS, LONGEST_KEYWORD, MOST_PATTERNS, LONGEST_PATTERN, MOST_EXEMPT_ROLES = 1000, 60, 10, 260, 20
MOST_MENTIONS = 50


def objection(document: RuleDocument) -> str | None:
    """Return why Discord's own AutoMod cannot enforce the rule, for people; None if it can."""
    trigger = document.trigger
    if not any(effect.type == "delete" for effect in document.effects):
        return _("It does not delete, which is all that Discord's own AutoMod is asked for.")
    if document.conditions:
        return _("It has conditions, and Discord's own AutoMod knows none.")
    if len(document.exempt_roles) > MOST_EXEMPT_ROLES:
        return _("It spares more than {most} roles.", most=MOST_EXEMPT_ROLES)
    match trigger:
        case WordsTrigger(lookalikes=False, list=""):
            fits = len(trigger.words) <= MOST_KEYWORDS and all(len(it) < LONGEST_KEYWORD - 1 for it in trigger.words)
        case RegexTrigger(list=""):
            fits = len(trigger.patterns) <= MOST_PATTERNS and all(len(it) <= LONGEST_PATTERN for it in trigger.patterns)
        case MentionsTrigger(everyone=False):
            fits = 1 <= trigger.most <= MOST_MENTIONS
        case _:
            return _("Discord's own AutoMod knows words, patterns and mentions, without lists and lookalikes.")
    return None if fits else _("It has more, or longer, words than Discord's own AutoMod takes.")


def marked_name(number: int) -> str:
    """Return what the rule's name in Discord begins with, by which it is known as ours."""
    return f"{OURS} #{number}:"


def payload(number: int, name: str, document: RuleDocument) -> dict[str, Any]:
    """Return the rule as Discord takes it."""
    kind, metadata = _trigger(document)
    return {
        "name": f"{marked_name(number)} {name}"[:100],
        "event_type": _ON_MESSAGE,
        "trigger_type": kind,
        "trigger_metadata": metadata,
        "actions": [{"type": _BLOCK, "metadata": {}}],
        "enabled": True,
        "exempt_roles": [str(role) for role in document.exempt_roles],
        "exempt_channels": [str(channel) for channel in document.exempt_channels],
    }


def _trigger(document: RuleDocument) -> tuple[int, dict[str, Any]]:
    trigger = document.trigger
    if isinstance(trigger, MentionsTrigger):
        return _MENTION_SPAM, {"mention_total_limit": trigger.most, "mention_raid_protection_enabled": False}
    keywords: Sequence[str] = ()
    if isinstance(trigger, WordsTrigger):
        keywords = [word if trigger.whole else f"*{word}*" for word in trigger.words]
    patterns = trigger.patterns if isinstance(trigger, RegexTrigger) else ()
    return _KEYWORD, {"keyword_filter": list(keywords), "regex_patterns": list(patterns), "allow_list": []}


def differs(there: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Tell whether the rule in Discord is another than is wanted; what Discord adds does not count."""
    return any(_plain(there.get(name)) != _plain(value) for name, value in wanted.items())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if inner not in (None, [], {}, False, "")}
    if isinstance(value, list):
        return sorted((_plain(inner) for inner in value), key=repr)
    return value
