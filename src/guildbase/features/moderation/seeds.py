"""Made-up cases with their audit entries: what became of some of the messages that people wrote."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from guildbase.features.moderation.kinds import CaseState, CaseType, NoticeState
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.guilds.models import GuildCounter
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.seeding import SeededGuild, SeedRows, SeedWorld

MESSAGES_A_CASE = 200
TEAM = 40
"""Members for each moderator."""
REASONS = (
    "Advertising another server in #general", "Posted the same message nine times", "Spoilers outside the channel",
    "Insulted another member", "Slurs in voice chat, reported by three people", "Scam link from a hacked account",
    "Pinged a role of 400 people for fun", "Started the argument again after being asked to stop",
    "Private details of a member", "Pictures that do not belong here", "Asked for money in direct messages",
    "Impersonating a moderator", "Off topic in #help, third time this week", "Flooding with emoji",
    "Nickname against rule 4", "Politics in #pets", "Selling game accounts", "Evading an earlier time-out",
)  # fmt: skip
NOTICES = (NoticeState.DELIVERED,) * 17 + (NoticeState.REFUSED,) * 2 + (NoticeState.FAILED,)
CASE_COLUMNS = (
    "guild_id", "number", "case_type", "state", "notice", "target_id", "target_name", "moderator_id", "moderator_name",
    "reason", "created_at", "updated_at",
)  # fmt: skip
AUDIT_COLUMNS = (
    "audit_id", "guild_id", "actor_id", "actor_name", "action", "target_type", "target_id", "reason", "details",
    "created_at",
)  # fmt: skip


def seed(world: SeedWorld) -> Iterator[SeedRows]:
    """Yield cases, the counters that gave them their numbers, and what the audit log has of them."""
    counts = {guild.guild_id: guild.messages // MESSAGES_A_CASE for guild in world.guilds if guild.size > 1}
    total = sum(counts.values())
    counters = [(guild_id, "case", number) for guild_id, number in counts.items() if number]
    yield SeedRows(GuildCounter, ("guild_id", "kind", "value"), counters, len(counters))
    for model, columns in ((ModerationCase, CASE_COLUMNS), (AuditEntry, AUDIT_COLUMNS)):
        rows = (_audit(world, case) if model is AuditEntry else tuple(case.values()) for case in _cases(world, counts))
        yield SeedRows(model, columns, rows, total)


def _cases(world: SeedWorld, counts: dict[int, int]) -> Iterator[dict[str, Any]]:
    for guild in world.guilds:
        dice = world.dice("moderation", guild.guild_id)
        moments = world.moments(guild, counts.get(guild.guild_id, 0), dice)
        for number, moment in enumerate(moments, start=1):
            yield _case(world, guild, number, moment, dice)


def _case(world: SeedWorld, guild: SeededGuild, number: int, moment: datetime, dice: random.Random) -> dict[str, Any]:
    team = max(1, guild.size // TEAM)
    moderator = world.person(world.nth_of(guild, dice.randrange(team)))
    # A few people are met again and again.
    offender = team + int((guild.size - team) * dice.random() ** 3)
    target = world.person(world.nth_of(guild, offender))
    values = (
        guild.guild_id, number, dice.choice(list(CaseType)), CaseState.CONFIRMED, dice.choice(NOTICES),
        target.user_id, target.name, moderator.user_id, moderator.name, dice.choice(REASONS), moment, moment,
    )  # fmt: skip
    return dict(zip(CASE_COLUMNS, values, strict=True))


def _audit(world: SeedWorld, case: dict[str, Any]) -> tuple[Any, ...]:
    guild_id, number, moment = case["guild_id"], case["number"], case["created_at"]
    audit_id = world.time_id(moment, world.dice("audit", guild_id, number))
    return (
        audit_id, guild_id, case["moderator_id"], case["moderator_name"], f"moderation.{case['case_type'].value}",
        "user", case["target_id"], case["reason"], {"case": number}, moment,
    )  # fmt: skip
