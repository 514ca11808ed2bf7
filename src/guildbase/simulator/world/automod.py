"""The automatic moderation: its rules, what they catch, and what happens to those who are caught.

Source: https://discord.com/developers/docs/resources/auto-moderation
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.permissions import Permission
from guildbase.simulator.world import audit
from guildbase.simulator.world.entities import (
    AutoModAction,
    AutoModEvent,
    AutoModRule,
    Channel,
    Guild,
    Member,
    MemberFlag,
    Message,
    TriggerType,
)
from guildbase.simulator.world.patterns import Pattern, user_pattern
from guildbase.simulator.world.state import Event, World
from guildbase.simulator.world.system_messages import SystemMessage, post

DEFAULT_MESSAGE = "Your message could not be sent because it contains content blocked by this server."
_MENTION = re.compile(r"<@[!&]?\d+>")
# Discord's own lists are secret; these few mild words stand for them.
_PRESETS = {1: ("crap*", "damn*", "bollocks"), 2: ("porn*", "hentai"), 3: ("scumbag*", "subhuman*")}
_AUDITED = {
    AutoModAction.BLOCK_MESSAGE: audit.Action.AUTO_MODERATION_BLOCK_MESSAGE,
    AutoModAction.SEND_ALERT_MESSAGE: audit.Action.AUTO_MODERATION_FLAG_TO_CHANNEL,
    AutoModAction.TIMEOUT: audit.Action.AUTO_MODERATION_USER_COMMUNICATION_DISABLED,
    AutoModAction.BLOCK_MEMBER_INTERACTION: audit.Action.AUTO_MODERATION_QUARANTINE_USER,
}


@dataclass(slots=True, frozen=True)
class Hit:
    """A rule that caught something: the keyword or pattern of the rule, and what it matched."""

    rule: AutoModRule
    keyword: str | None
    matched: str | None


@dataclass(slots=True, frozen=True)
class Verdict:
    """What the rules say of a text; `refusal` is what its author is told if it is blocked."""

    content: str
    hits: list[Hit] = field(default_factory=list)

    @property
    def refusal(self) -> str | None:
        """Why the message is not sent; None if it may be."""
        for hit in self.hits:
            for action in hit.rule.actions:
                if action["type"] == AutoModAction.BLOCK_MESSAGE:
                    return str(action["metadata"].get("custom_message") or DEFAULT_MESSAGE)
        return None


def create(world: World, guild: Guild, rule: AutoModRule) -> None:
    """Give the guild a rule."""
    guild.automod_rules[rule.id] = rule
    _emit(world, "AUTO_MODERATION_RULE_CREATE", rule)


def change(world: World, rule: AutoModRule, values: dict[str, Any]) -> None:
    """Set fields of the rule by name."""
    for name, value in values.items():
        setattr(rule, name, value)
    _emit(world, "AUTO_MODERATION_RULE_UPDATE", rule)


def delete(world: World, guild: Guild, rule: AutoModRule) -> None:
    """Delete the rule."""
    del guild.automod_rules[rule.id]
    _emit(world, "AUTO_MODERATION_RULE_DELETE", rule)


def judge(world: World, guild: Guild, channel: Channel, member: Member, content: str) -> Verdict:
    """Say which rules catch a message that a person is about to send; nothing is done about it yet.

    Administrators and those with Manage Server are exempt, and so are bots.
    """
    if not guild.automod_rules or _is_exempt(world, guild, member):
        return Verdict(content)
    places = {channel.id, channel.parent_id}
    rules = (
        it for it in _rules_for(guild, member, AutoModEvent.MESSAGE_SEND) if not places.intersection(it.exempt_channels)
    )
    return Verdict(content, [hit for it in rules if (hit := _check(it, content)) is not None])


def judge_profile(world: World, guild: Guild, member: Member) -> Verdict:
    """Say which rules catch the names under which a member appears."""
    user = world.users[member.user_id]
    names = " ".join(it for it in (user.username, user.global_name, member.nick) if it)
    if not guild.automod_rules or _is_exempt(world, guild, member):
        return Verdict(names)
    rules = _rules_for(guild, member, AutoModEvent.MEMBER_UPDATE)
    return Verdict(names, [hit for it in rules if (hit := _check(it, names)) is not None])


def enforce(
    world: World,
    guild: Guild,
    channel: Channel | None,
    member: Member,
    verdict: Verdict,
    message: Message | None = None,
) -> None:
    """Carry out the actions of all rules that caught something; `message` is the one sent, if it was not blocked."""
    for hit in verdict.hits:
        case = _Case(guild, channel, member, verdict.content, hit, message)
        for action in hit.rule.actions:
            outcome = _carry_out(world, case, action)
            if outcome is not None:
                _tell(world, case, action, outcome)


@dataclass(slots=True, frozen=True)
class _Case:
    """Who was caught where, with what, by which rule."""

    guild: Guild
    channel: Channel | None
    member: Member
    content: str
    hit: Hit
    message: Message | None


def _carry_out(world: World, one: _Case, action: Json) -> Json | None:
    """Do it, and return what there is to tell of it beyond the case; None if it could not be done."""
    match action["type"]:
        case AutoModAction.SEND_ALERT_MESSAGE:
            alerts = one.guild.channels.get(int(action["metadata"]["channel_id"]))
            return None if alerts is None else {"alert_system_message_id": str(_alert(world, one, alerts).id)}
        case AutoModAction.TIMEOUT:
            until = world.clock.now() + timedelta(seconds=action["metadata"]["duration_seconds"])
            _set_member(world, one, timed_out_until=until)
        case AutoModAction.BLOCK_MEMBER_INTERACTION:
            _set_member(world, one, flags=one.member.flags | MemberFlag.AUTOMOD_QUARANTINED_USERNAME)
    return {}


def _tell(world: World, case: _Case, action: Json, outcome: Json) -> None:
    rule, place = case.hit.rule, {} if case.channel is None else {"channel_id": str(case.channel.id)}
    data: Json = {
        "guild_id": str(case.guild.id),
        "action": action,
        "rule_id": str(rule.id),
        "rule_trigger_type": rule.trigger_type,
        "user_id": str(case.member.user_id),
        "content": case.content,
        "matched_keyword": case.hit.keyword,
        "matched_content": case.hit.matched,
        **place,
        **outcome,
    }
    if case.message is not None:
        data["message_id"] = str(case.message.id)
    world.emit(Event("AUTO_MODERATION_ACTION_EXECUTION", data, case.guild.id))
    options = {
        "auto_moderation_rule_name": rule.name,
        "auto_moderation_rule_trigger_type": str(rule.trigger_type),
        **place,
    }
    done = _AUDITED[AutoModAction(action["type"])]
    audit.record(world, case.guild, done, case.member.user_id, options=options, actor_id=rule.creator_id)


def _alert(world: World, case: _Case, alerts: Channel) -> Message:
    values = {
        "rule_name": case.hit.rule.name,
        "channel_id": "" if case.channel is None else str(case.channel.id),
        "keyword": case.hit.keyword or "",
        "keyword_matched_content": case.hit.matched or "",
        "decision_id": str(world.new_id()),
    }
    fields = [{"name": name, "value": value, "inline": False} for name, value in values.items() if value]
    embed = {"type": "auto_moderation_message", "description": case.content, "fields": fields}
    return post(world, alerts, case.member.user_id, SystemMessage.AUTO_MODERATION_ACTION, embeds=[embed])


def _set_member(world: World, case: _Case, **values: Any) -> None:
    for name, value in values.items():
        setattr(case.member, name, value)
    payload = payloads.member(world, case.member) | {"guild_id": str(case.guild.id)}
    world.emit(Event("GUILD_MEMBER_UPDATE", payload, case.guild.id))


def _is_exempt(world: World, guild: Guild, member: Member) -> bool:
    held = world.permissions_of(guild, member.user_id)
    return world.users[member.user_id].bot or bool(held & Permission.MANAGE_GUILD)


def _rules_for(guild: Guild, member: Member, event: AutoModEvent) -> Iterator[AutoModRule]:
    for rule in guild.automod_rules.values():
        if rule.enabled and rule.event_type == event and not set(member.roles).intersection(rule.exempt_roles):
            yield rule


def _check(rule: AutoModRule, content: str) -> Hit | None:
    wanted = rule.trigger_metadata
    match rule.trigger_type:
        case TriggerType.MENTION_SPAM:
            mentions = set(_MENTION.findall(content))
            return Hit(rule, None, None) if len(mentions) > wanted["mention_total_limit"] else None
        case TriggerType.KEYWORD_PRESET:
            keywords = [word for preset in wanted["presets"] for word in _PRESETS[preset]]
            return _first_match(rule, keywords, [], content)
        case TriggerType.KEYWORD | TriggerType.MEMBER_PROFILE:
            return _first_match(rule, wanted["keyword_filter"], wanted["regex_patterns"], content)
        case _:
            # What Discord takes for spam is decided by a model that nobody else has.
            return None


def _first_match(rule: AutoModRule, keywords: list[str], patterns: list[str], content: str) -> Hit | None:
    allowed = [it.span() for word in rule.trigger_metadata["allow_list"] for it in _keyword(word).finditer(content)]
    wanted: list[tuple[str, Pattern]] = [(it, _keyword(it)) for it in keywords]
    wanted += [(it, user_pattern(it)) for it in patterns]
    for text, pattern in wanted:
        for found in pattern.finditer(content):
            if not any(start <= found.start() and found.end() <= end for start, end in allowed):
                return Hit(rule, text, found.group())
    return None


@lru_cache(maxsize=4096)
def _keyword(text: str) -> re.Pattern[str]:
    """Return the pattern of a keyword: a whole word, open at the sides where it has an asterisk."""
    start = "" if text.startswith("*") else r"(?<!\w)"
    end = "" if text.endswith("*") else r"(?!\w)"
    return re.compile(start + re.escape(text.strip("*")) + end, re.IGNORECASE)


def _emit(world: World, name: str, rule: AutoModRule) -> None:
    world.emit(Event(name, payloads.automod_rule(rule), rule.guild_id))
