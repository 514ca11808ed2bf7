"""What all rules that one message broke come to: one plan, with the strongest punishment and one alert."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from guildbase.features.automod import rules
from guildbase.features.automod.engine.facts import Facts, Hit
from guildbase.features.automod.kinds import Punishing


@dataclass(frozen=True, slots=True)
class Punishment:
    """What is done to the member."""

    kind: Punishing
    duration: timedelta | None = None
    delete_seconds: int = 0


@dataclass(slots=True)
class Plan:
    """All that is to be done for one message."""

    punishment: Punishment | None = None
    reason: str = ""
    """Names of the rules."""
    points: int = 0
    deletes: dict[str, list[int]] = field(default_factory=dict)
    """Messages to delete, by channel; spam may be in several."""
    replies: list[str] = field(default_factory=list)
    dms: list[str] = field(default_factory=list)
    add_roles: list[int] = field(default_factory=list)
    remove_roles: list[int] = field(default_factory=list)
    slowmode: int = 0
    alerts: bool = False
    alert_channel: int | None = None

    @property
    def steps(self) -> dict[str, Any]:
        """What the effect has to do on Discord, as its payload."""
        steps = {
            "deletes": self.deletes, "replies": self.replies, "dms": self.dms, "add_roles": self.add_roles,
            "remove_roles": self.remove_roles, "slowmode": self.slowmode,
        }  # fmt: skip
        return {name: value for name, value in steps.items() if value}


def plan_of(hits: Sequence[Hit], facts: Facts) -> Plan:
    """Return what the rules come to together."""
    plan = Plan(reason=", ".join(dict.fromkeys(hit.rule.name for hit in hits)))
    for hit in hits:
        for effect in hit.rule.document.effects:
            _ADD[effect.type](plan, effect, hit, facts)
    return plan


def points_of(hit: Hit) -> int:
    """Return the points that the rule gives."""
    return sum(effect.amount for effect in hit.rule.document.effects if effect.type == "points")


def punish(plan: Plan, other: Punishment) -> None:
    """Put the punishment into the plan, unless there is a stronger one."""
    kinds = [other.kind] if plan.punishment is None else [plan.punishment.kind, other.kind]
    if rules.strongest(kinds) is other.kind and (plan.punishment is None or plan.punishment.kind is not other.kind):
        plan.punishment = other


def _delete(plan: Plan, _effect: Any, hit: Hit, facts: Facts) -> None:
    here = ((facts.channel_id, facts.message_id),) if facts.message_id else ()
    for channel_id, message_id in hit.found.messages or here:
        wanted = plan.deletes.setdefault(str(channel_id), [])
        if message_id not in wanted:
            wanted.append(message_id)


def _punish(plan: Plan, effect: Any, _hit: Hit, _facts: Facts) -> None:
    duration, seconds = getattr(effect, "duration", None), getattr(effect, "delete_seconds", 0)
    punish(plan, Punishment(Punishing(effect.type), duration, seconds))


def _points(plan: Plan, effect: Any, _hit: Hit, _facts: Facts) -> None:
    plan.points += effect.amount


def _alert(plan: Plan, effect: Any, _hit: Hit, _facts: Facts) -> None:
    plan.alerts = True
    plan.alert_channel = plan.alert_channel or effect.channel


def _slowmode(plan: Plan, effect: Any, _hit: Hit, _facts: Facts) -> None:
    plan.slowmode = max(plan.slowmode, effect.seconds)


_ADD: dict[str, Any] = {
    "delete": _delete,
    **dict.fromkeys(Punishing, _punish),
    "points": _points,
    "alert": _alert,
    "reply": lambda plan, effect, _hit, _facts: plan.replies.append(effect.text),
    "dm": lambda plan, effect, _hit, _facts: plan.dms.append(effect.text),
    "add_role": lambda plan, effect, _hit, _facts: plan.add_roles.append(effect.role),
    "remove_role": lambda plan, effect, _hit, _facts: plan.remove_roles.append(effect.role),
    "slowmode": _slowmode,
}
