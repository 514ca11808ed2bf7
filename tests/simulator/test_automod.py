from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import discord
import pytest

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.people.person import Person
from guildbase.simulator.world import automod
from guildbase.simulator.world.automod import Verdict
from guildbase.simulator.world.entities import AutoModRule
from guildbase.simulator.world.patterns import user_pattern


@pytest.fixture
def rule() -> AutoModRule:
    """A rule that catches keywords and patterns, but not what is allowed."""
    wanted = {"keyword_filter": ["cat", "dog*", "*bird", "*fish*", "two words"], "regex_patterns": [r"fo+\d"]}
    wanted |= {"allow_list": ["dogma", "jailbird"]}
    return AutoModRule(1, 2, 3, "Animals", 1, 1, wanted, [{"type": 1, "metadata": {}}], enabled=True)


def judge(sim: Simulator, guild: ScriptedGuild, person: Person, content: str) -> Verdict:
    assert person.membership is not None
    return automod.judge(sim.world, guild.guild, guild.channel("general"), person.membership, content)


@pytest.mark.parametrize(
    ("content", "keyword", "matched"),
    [
        ("My CAT sleeps", "cat", "CAT"),
        ("catalogue", None, None),
        ("hotdog doggy", "dog*", "dog"),
        ("hotdog", None, None),
        ("a songbird", "*bird", "bird"),
        ("birds", None, None),
        ("selfishness", "*fish*", "fish"),
        ("say two words now", "two words", "two words"),
        ("it is foo7", r"fo+\d", "foo7"),
        ("pure dogma", None, None),
        ("dogma and dogs", "dog*", "dog"),
        ("", None, None),
    ],
)
async def test_keywords(
    sim: Simulator, guild: ScriptedGuild, rule: AutoModRule, content: str, keyword: str | None, matched: str | None
) -> None:
    guild.guild.automod_rules[1] = rule
    hits = judge(sim, guild, guild.member("ada"), content).hits
    assert [(it.keyword, it.matched) for it in hits] == ([] if keyword is None else [(keyword, matched)])


async def test_who_is_exempt(sim: Simulator, guild: ScriptedGuild, rule: AutoModRule) -> None:
    guild.guild.automod_rules[1] = rule
    ada, chief = guild.member("ada"), guild.member("chief", roles=["Admin"])
    assert judge(sim, guild, ada, "cat").refusal == automod.DEFAULT_MESSAGE
    assert judge(sim, guild, chief, "cat").refusal is None
    rule.exempt_roles = [guild.role("VIP").id]
    assert judge(sim, guild, guild.member("ada", roles=["VIP"]), "cat").refusal is None
    rule.exempt_roles, rule.exempt_channels = [], [guild.channel("general").id]
    assert judge(sim, guild, ada, "cat").refusal is None
    rule.exempt_channels, rule.enabled = [], False
    assert judge(sim, guild, ada, "cat").refusal is None


async def test_a_rule_through_discord_py(bot: Any, there: discord.Guild, guild: ScriptedGuild) -> None:
    log = discord.utils.get(there.text_channels, name="mod-log")
    assert log is not None
    made = await there.create_automod_rule(
        name="No cats",
        event_type=discord.AutoModRuleEventType.message_send,
        trigger=discord.AutoModTrigger(keyword_filter=["cat"], allow_list=["cat food"]),
        actions=[
            discord.AutoModRuleAction(custom_message="Dogs only."),
            discord.AutoModRuleAction(channel_id=log.id),
            discord.AutoModRuleAction(duration=timedelta(minutes=5)),
        ],
        enabled=True,
        reason="order",
    )
    await bot.until(lambda: bot.last("AUTO_MODERATION_RULE_CREATE").get("id") == str(made.id))
    assert [it.name for it in await there.fetch_automod_rules()] == ["No cats"]
    assert (await there.fetch_automod_rule(made.id)).trigger.allow_list == ["cat food"]
    edited = await made.edit(name="No cats here", exempt_channels=[log], enabled=False)
    assert (edited.name, edited.enabled, edited.exempt_channel_ids) == ("No cats here", False, {log.id})
    entry: Any = await anext(there.audit_logs(action=discord.AuditLogAction.automod_rule_update))
    assert (entry.before.name, entry.after.name, entry.after.exempt_channels) == ("No cats", "No cats here", [log])
    created: Any = await anext(there.audit_logs(action=discord.AuditLogAction.automod_rule_create))
    assert created.reason == "order"
    assert created.after.trigger.keyword_filter == ["cat"]
    await made.delete()
    await bot.until(lambda: bot.last("AUTO_MODERATION_RULE_DELETE").get("id") == str(made.id))
    assert not guild.guild.automod_rules


async def test_what_happens_to_those_who_are_caught(
    bot: Any, sim: Simulator, there: discord.Guild, guild: ScriptedGuild
) -> None:
    log = discord.utils.get(there.text_channels, name="mod-log")
    assert log is not None
    made = await there.create_automod_rule(
        name="No cats",
        event_type=discord.AutoModRuleEventType.message_send,
        trigger=discord.AutoModTrigger(keyword_filter=["cat"]),
        actions=[
            discord.AutoModRuleAction(custom_message="Dogs only."),
            discord.AutoModRuleAction(channel_id=log.id),
            discord.AutoModRuleAction(duration=timedelta(minutes=5)),
        ],
        enabled=True,
    )
    ada = guild.member("ada")
    verdict = judge(sim, guild, ada, "a cat")
    assert verdict.refusal == "Dogs only."
    assert ada.membership is not None
    automod.enforce(sim.world, guild.guild, guild.channel("general"), ada.membership, verdict)
    assert ada.timed_out_until is not None
    alert = guild.messages("mod-log")[0]
    told = bot.events("AUTO_MODERATION_ACTION_EXECUTION")
    await bot.until(lambda: len(bot.events("AUTO_MODERATION_ACTION_EXECUTION")) >= len(told) + 3)
    executions = bot.events("AUTO_MODERATION_ACTION_EXECUTION")[-3:]
    assert {it["rule_id"] for it in executions} == {str(made.id)}
    assert [it["action"]["type"] for it in executions] == [1, 2, 3]
    assert executions[1]["alert_system_message_id"] == str(alert.id)
    assert executions[0]["matched_content"] == "cat"
    seen = await log.fetch_message(alert.id)
    assert seen.type is discord.MessageType.auto_moderation_action
    entries: list[Any] = [it async for it in there.audit_logs(limit=3)]
    assert [it.action.value for it in entries] == [145, 144, 143]
    assert entries[0].extra.automod_rule_name == "No cats"


async def test_mentions_presets_and_names(bot: Any, sim: Simulator, guild: ScriptedGuild, api: Any) -> None:
    path = f"/guilds/{guild.id}/auto-moderation/rules"
    block = {"actions": [{"type": 1}], "event_type": 1, "enabled": True}
    mentions = {"name": "m", "trigger_type": 5, "trigger_metadata": {"mention_total_limit": 2}}
    presets = {"name": "p", "trigger_type": 4, "trigger_metadata": {"presets": [1]}}
    names = {"name": "n", "trigger_type": 6, "trigger_metadata": {"keyword_filter": ["*boss*"]}, "event_type": 2}
    for body in (mentions, presets, names | {"actions": [{"type": 4}]}):
        status, made, _ = await api("POST", path, block | body)
        assert status == 200, made
    ada = guild.member("ada")
    assert judge(sim, guild, ada, "<@1> <@2> <@2>").refusal is None
    assert judge(sim, guild, ada, "<@1> <@2> <@&3>").refusal is not None
    assert judge(sim, guild, ada, "damned").refusal is not None
    boss = guild.member("bigboss")
    await bot.until(lambda: bot.last("AUTO_MODERATION_ACTION_EXECUTION").get("user_id") == str(boss.id))
    there = bot.get_guild(guild.id)
    member = await bot.until(lambda: there.get_member(boss.id))
    await bot.until(lambda: member.flags.value & 1 << 7)
    assert guild.audit_log[0]["action_type"] == 146


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"trigger_metadata": {"keyword_filter": []}}, "trigger_metadata.keyword_filter"),
        ({"trigger_metadata": {"regex_patterns": ["("]}}, "trigger_metadata.regex_patterns.0"),
        ({"trigger_metadata": {"regex_patterns": ["(?=x)"]}}, "trigger_metadata.regex_patterns.0"),
        ({"trigger_metadata": {"keyword_filter": ["x" * 61]}}, "trigger_metadata.keyword_filter.0"),
        ({"trigger_type": 2}, "trigger_type"),
        ({"event_type": 2}, "event_type"),
        ({"actions": []}, "actions"),
        ({"actions": [{"type": 4}]}, "actions.0.type"),
        ({"actions": [{"type": 9}]}, "actions.0.type"),
        ({"actions": [{"type": 2, "metadata": {"channel_id": "5"}}]}, "actions.0.metadata.channel_id"),
        ({"actions": [{"type": 3}]}, "actions.0.metadata.duration_seconds"),
        ({"exempt_roles": ["5"]}, "exempt_roles.0"),
        ({"exempt_channels": ["5"]}, "exempt_channels.0"),
        ({"name": ""}, "name"),
    ],
)
async def test_what_is_no_rule(guild: ScriptedGuild, api: Any, body: dict[str, Any], place: str) -> None:
    good = {"name": "r", "event_type": 1, "trigger_type": 1, "trigger_metadata": {"keyword_filter": ["x"]}}
    good |= {"actions": [{"type": 1}]}
    status, answer, _ = await api("POST", f"/guilds/{guild.id}/auto-moderation/rules", good | body)
    assert (status, answer["code"]) == (400, 50035)
    at = answer["errors"]
    for step in place.split("."):
        at = at[step]
    assert at["_errors"]
    assert not guild.guild.automod_rules


async def test_limits_of_rules(guild: ScriptedGuild, api: Any) -> None:
    path = f"/guilds/{guild.id}/auto-moderation/rules"
    spam = {"name": "s", "event_type": 1, "trigger_type": 3, "actions": [{"type": 1}]}
    assert (await api("POST", path, spam))[0] == 200
    _, body, _ = await api("POST", path, spam)
    assert body["errors"]["trigger_type"]["_errors"][0]["code"] == "AUTO_MODERATION_MAX_RULES_OF_TYPE_EXCEEDED"
    guild.grant_bot(0)
    assert (await api("GET", path))[1]["code"] == 50013


def test_a_pattern_cannot_make_the_simulator_think_forever() -> None:
    began = time.perf_counter()
    assert list(user_pattern(r"(a+)+$").finditer("a" * 50_000 + "b")) == []
    assert time.perf_counter() - began < 5
    with pytest.raises(ValueError, match="not a pattern"):
        user_pattern(r"(?=a)")
