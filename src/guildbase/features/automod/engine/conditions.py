"""Whether a rule's conditions hold for a message, and whom the rule spares."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from guildbase.core.i18n import _
from guildbase.core.ports import ADMINISTRATOR
from guildbase.features.automod.document import AtHours, Condition
from guildbase.features.automod.engine.facts import Facts, Rule


def spared(rule: Rule, facts: Facts) -> str | None:
    """Return why the rule spares the author or the place, for people; None if it does not."""
    if rule.document.exempt_permissions and facts.permissions & (rule.document.exempt_permissions | ADMINISTRATOR):
        return _("the author has a permission that it spares")
    if not rule.exempt_roles.isdisjoint(facts.role_ids):
        return _("the author has a role that it spares")
    if not rule.exempt_channels.isdisjoint(facts.channel_ids):
        return _("it spares this channel")
    return None


def holds(condition: Condition, facts: Facts) -> bool | None:
    """Tell whether the condition holds; None if that depends on points which are not known yet."""
    answer = _CHECKS[condition.type](condition, facts)
    return None if answer is None else answer is not condition.negate


def _younger(since: datetime | None, facts: Facts, below: timedelta) -> bool:
    return since is not None and facts.now - since < below


def _is_between(condition: AtHours, facts: Facts) -> bool:
    now = facts.now.astimezone(ZoneInfo(condition.zone)).time()
    if condition.begin <= condition.end:
        return condition.begin <= now < condition.end
    return now >= condition.begin or now < condition.end


_CHECKS: dict[str, Callable[[Any, Facts], bool | None]] = {
    "channels": lambda it, facts: not facts.channel_ids.isdisjoint(it.ids),
    "roles": lambda it, facts: not facts.role_ids.isdisjoint(it.ids),
    "member_age": lambda it, facts: _younger(facts.joined_at, facts, it.below),
    "account_age": lambda it, facts: _younger(facts.created_at, facts, it.below),
    "hours": _is_between,
    "attachment": lambda _it, facts: bool(facts.files),
    "edit": lambda _it, facts: facts.is_edit,
    "points": lambda it, facts: None if facts.points is None else facts.points > it.above,
}
