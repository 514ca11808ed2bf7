"""Every trigger, condition and exemption; and that patterns people write can do no harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guildbase.core.errors import InvalidInput
from guildbase.features.automod.document import RuleDocument, read_input
from guildbase.features.automod.engine import patterns as engine_patterns
from guildbase.features.automod.engine import text
from guildbase.features.automod.engine.counters import Counters
from guildbase.features.automod.engine.facts import Facts, Rule, WordList
from guildbase.features.automod.engine.judge import Engine
from guildbase.features.automod.engine.patterns import PatternSet, pattern_problem
from guildbase.features.automod.engine.phishing import is_phishing
from guildbase.features.automod.kinds import ListKind

NOW = datetime(2026, 5, 1, 23, 30, tzinfo=UTC)
LISTS = {
    "names": WordList(ListKind.WORDS, ("voldemort", "he who must not be named")),
    "sites": WordList(ListKind.DOMAINS, ("bad.example",)),
    "shapes": WordList(ListKind.REGEX, (r"\d{4}-\d{4}",)),
}


def rule(number: int, trigger: dict[str, Any], **said: Any) -> Rule:
    beside = {name: said.pop(name) for name in ("is_dry_run", "priority") if name in said}
    document = RuleDocument.model_validate({"trigger": trigger, "effects": [{"type": "delete"}], **said})
    exempt = frozenset(document.exempt_roles), frozenset(document.exempt_channels)
    return Rule(number, f"rule {number}", document, exempt_roles=exempt[0], exempt_channels=exempt[1], **beside)


def broken(rules: list[Rule], content: str = "hello", **facts: Any) -> dict[int, str]:
    engine = Engine(rules, LISTS)
    seen = Facts(content, NOW, **facts)
    return {hit.rule.number: hit.found.matched for hit in engine.decide(engine.find(seen), seen).hits}


@pytest.mark.parametrize(
    ("trigger", "content", "matched"),
    [
        ({"type": "words", "words": ["bad"]}, "so BAD, really", "bad"),
        ({"type": "words", "words": ["bad"]}, "badly", None),
        ({"type": "words", "words": ["bad"], "whole": False}, "too badly", "bad"),
        ({"type": "words", "words": ["bäd"]}, "so BA\u0308D", "bad"),
        ({"type": "words", "words": ["bad"]}, "b\u200bad", "bad"),
        ({"type": "words", "words": ["bad"]}, "b4d", None),
        ({"type": "words", "words": ["bad"], "lookalikes": True}, "b4d and b\u0430d", "bad"),
        ({"type": "words", "words": ["very bad"]}, "a VERY bad thing", "very bad"),
        ({"type": "words", "words": ["very bad"]}, "a very badly made thing", None),
        ({"type": "words", "words": ["very bad"]}, "a very badly made very bad thing", "very bad"),
        ({"type": "words", "words": ["a$$"]}, "what an a$$ !", "a$$"),
        ({"type": "words", "words": ["плохо"]}, "это ПЛОХО!", "плохо"),
        ({"type": "words", "list": "names"}, "Voldemort is back", "voldemort"),
        ({"type": "words", "list": "names", "allowed": ["voldemort"]}, "Voldemort is back", None),
        ({"type": "words", "list": "gone", "words": ["bad"]}, "bad", "bad"),
        ({"type": "regex", "patterns": ["fo+o"]}, "a FOOO", "FOOO"),
        ({"type": "regex", "list": "shapes"}, "call 1234-5678", "1234-5678"),
        ({"type": "regex", "patterns": ["fo+o"]}, "fo", None),
        ({"type": "links"}, "see https://example.com/a", "example.com"),
        ({"type": "links"}, "see example.com/a", "example.com"),
        ({"type": "phishing"}, "https://discord.com@free-nitro.example/a", "free-nitro.example"),
        ({"type": "links"}, r"https://a:b@c@example.com\@discord.com", "example.com"),
        ({"type": "links"}, "no link. at all", None),
        ({"type": "links", "allowed": ["example.com"]}, "https://a.example.com https://b.org", "b.org"),
        ({"type": "links", "domains": ["https://Bad.com/x"]}, "http://www.sub.bad.com", "sub.bad.com"),
        ({"type": "links", "domains": ["bad.com"]}, "http://notbad.com", None),
        ({"type": "links", "list": "sites"}, "http://bad.example/", "bad.example"),
        ({"type": "links", "list": "gone"}, "http://bad.example/", None),
        (
            {"type": "links", "mode": "allow", "domains": ["good.com"]},
            "http://a.good.com http://other.org",
            "other.org",
        ),
        ({"type": "links", "mode": "allow", "domains": ["good.com"]}, "http://a.good.com", None),
        ({"type": "invites"}, "join discord.gg/AbC and more", "AbC"),
        ({"type": "invites", "allowed": ["AbC"]}, "join discord.gg/AbC", None),
        ({"type": "invites"}, "https://discord.com/invite/xyz", "xyz"),
        ({"type": "caps", "percent": 70, "letters": 5}, "ALL LOUD", "100"),
        ({"type": "caps", "percent": 70, "letters": 50}, "ALL LOUD", None),
        ({"type": "caps", "percent": 70, "letters": 5}, "Not So Loud at all", None),
        ({"type": "emoji", "most": 2}, "😀😀 <a:wave:1128754567890123457>", "3"),
        ({"type": "emoji", "most": 3}, "😀😀😀", None),
        ({"type": "lines", "most": 2}, "1\n2\n3", "3"),
        ({"type": "zalgo", "most": 3}, "e\u0301\u0302\u0303\u0304vil", "4"),
        ({"type": "zalgo", "most": 3}, "plain", None),
        ({"type": "phishing"}, "free http://dlscord-nitro.com/gift", "dlscord-nitro.com"),
        ({"type": "phishing", "allowed": ["dlscord-nitro.com"]}, "http://dlscord-nitro.com/gift", None),
        ({"type": "phishing", "list": "sites"}, "http://bad.example/", "bad.example"),
        ({"type": "phishing"}, "https://discord.com/channels/1/2/3", None),
    ],
)
def test_a_text_breaks_a_rule_or_not(trigger: dict[str, Any], content: str, matched: str | None) -> None:
    assert broken([rule(1, trigger)], content).get(1) == matched


@pytest.mark.parametrize(
    ("trigger", "facts", "is_broken"),
    [
        ({"type": "mentions", "most": 3}, {"mentions": 4}, True),
        ({"type": "mentions", "most": 3}, {"mentions": 3}, False),
        ({"type": "mentions", "everyone": True}, {"has_everyone": True}, True),
        ({"type": "mentions"}, {"has_everyone": True}, False),
        ({"type": "attachments", "types": [".EXE"]}, {"files": ("a.png", "setup.exe")}, True),
        ({"type": "attachments", "types": ["exe"]}, {"files": ("exe.png",)}, False),
        ({"type": "attachments", "most": 1}, {"files": ("a.png", "b.png")}, True),
        ({"type": "new_account", "age": "1d"}, {"created_at": NOW - timedelta(hours=2)}, True),
        ({"type": "new_account", "age": "1d"}, {"created_at": NOW - timedelta(days=2)}, False),
        ({"type": "new_account", "age": "1d"}, {}, False),
        ({"type": "new_member", "age": "1h"}, {"joined_at": NOW - timedelta(minutes=2)}, True),
        ({"type": "invites"}, {"content": "discord.gg/own", "own_invites": frozenset({"own"})}, False),
        ({"type": "invites", "own_allowed": False}, {"content": "discord.gg/own"}, True),
        ({"type": "words", "words": ["hello"]}, {"content": ""}, False),
    ],
)  # fmt: skip
def test_what_else_is_known_of_a_message_breaks_a_rule_or_not(
    trigger: dict[str, Any], facts: dict[str, Any], is_broken: bool
) -> None:
    assert (1 in broken([rule(1, trigger)], **facts)) is is_broken


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        ({"type": "channels", "ids": ["1128754567890123457"]}, {"channel_ids": frozenset({1128754567890123457})}, True),
        ({"type": "channels", "ids": ["1128754567890123457"]}, {"channel_ids": frozenset({2})}, False),
        ({"type": "roles", "ids": ["1128754567890123457"]}, {"role_ids": frozenset({1128754567890123457})}, True),
        ({"type": "member_age", "below": "1d"}, {"joined_at": NOW - timedelta(hours=1)}, True),
        ({"type": "account_age", "below": "1d"}, {"created_at": NOW - timedelta(days=3)}, False),
        ({"type": "hours", "begin": "22:00", "end": "06:00"}, {}, True),
        ({"type": "hours", "begin": "08:00", "end": "20:00"}, {}, False),
        ({"type": "hours", "begin": "01:00", "end": "02:00", "zone": "Europe/Berlin"}, {}, True),
        ({"type": "attachment"}, {"files": ("a.png",)}, True),
        ({"type": "edit"}, {"is_edit": True}, True),
        ({"type": "points", "above": 3}, {"points": 4.0}, True),
        ({"type": "points", "above": 3}, {"points": 3.0}, False),
    ],
)
def test_a_condition_holds_or_its_opposite(condition: dict[str, Any], facts: dict[str, Any], holds: bool) -> None:
    trigger = {"type": "words", "words": ["hello"]}
    both = [rule(1, trigger, conditions=[condition]), rule(2, trigger, conditions=[condition | {"negate": True}])]
    assert set(broken(both, **facts)) == ({1} if holds else {2})


def test_points_that_nobody_knows_yet_are_asked_for() -> None:
    conditions = [{"type": "points", "above": 3}]
    engine = Engine([rule(1, {"type": "words", "words": ["hello"]}, conditions=conditions)], {})
    facts = Facts("hello", NOW)
    decision = engine.decide(engine.find(facts), facts)
    assert decision.needs_points
    assert decision.hits == []


@pytest.mark.parametrize(
    ("said", "facts", "why"),
    [
        ({}, {"permissions": 1 << 13}, "the author has a permission that it spares"),
        ({}, {"permissions": 1 << 3}, "the author has a permission that it spares"),
        ({"exempt_roles": ["1128754567890123457"]}, {"role_ids": frozenset({1128754567890123457})},
         "the author has a role that it spares"),
        ({"exempt_channels": ["1128754567890123457"]}, {"channel_ids": frozenset({1128754567890123457})},
         "it spares this channel"),
        ({"conditions": [{"type": "edit"}]}, {}, "its condition `edit` does not hold"),
    ],
)  # fmt: skip
def test_who_is_spared_is_told_why(said: dict[str, Any], facts: dict[str, Any], why: str) -> None:
    engine = Engine([rule(1, {"type": "words", "words": ["hello"]}, **said)], {})
    seen = Facts("hello", NOW, **facts)
    decision = engine.decide(engine.find(seen), seen, explain=True)
    assert (decision.hits, decision.notes) == ([], {1: why})


def test_rules_are_looked_at_in_their_order_until_one_says_stop() -> None:
    trigger = {"type": "words", "words": ["hello"]}
    rules = [
        rule(1, trigger),
        rule(2, trigger, priority=5),
        rule(3, trigger, priority=7, stop=True),
        rule(4, trigger, priority=1, stop=True, is_dry_run=True),
    ]
    assert list(broken(rules)) == [4, 2, 3]
    engine, seen = Engine(rules, {}), Facts("hello", NOW)
    notes = engine.decide(engine.find(seen), seen, explain=True).notes
    assert notes == {1: "rule #3 comes first, and no later one is looked at"}


def test_the_sixth_message_in_time_is_spam_and_counting_begins_anew() -> None:
    counters = Counters()
    engine = Engine([rule(1, {"type": "spam", "messages": 3, "seconds": 10})], {})

    def at(seconds: float, message_id: int, **facts: Any) -> tuple[tuple[int, int], ...]:
        channel_id, moment = message_id % 2, NOW + timedelta(seconds=seconds)
        seen = Facts("x", moment, channel_id=channel_id, user_id=7, message_id=message_id, **facts)
        return next((found.messages for found in engine.find(seen, counters).values()), ())

    assert at(0, 1) == at(1, 1) == at(2, 2) == ()  # The first was delivered twice.
    assert at(3, 9, is_edit=True) == ()
    assert at(20, 3) == at(25, 4) == ()
    assert at(26, 5) == ((1, 3), (0, 4), (1, 5))
    assert at(27, 6) == at(28, 7) == ()


def test_only_the_same_text_of_the_same_person_is_a_duplicate() -> None:
    counters = Counters()
    engine = Engine([rule(1, {"type": "duplicates", "messages": 2, "seconds": 60})], {})
    said = [(1, "Buy now"), (2, "buy now"), (1, "something else"), (1, ""), (1, ""), (1, "BUY now")]
    found = [
        bool(engine.find(Facts(content, NOW, user_id=user_id, message_id=number), counters))
        for number, (user_id, content) in enumerate(said)
    ]
    assert found == [False, False, False, False, False, True]


def test_counters_forget_whoever_was_quiet_longest() -> None:
    counters = Counters(most=2)
    for message_id, key in enumerate(("a", "b", "a", "c")):
        assert counters.add(key, 3, 60, 0.0, (0, message_id)) == ()
    assert len(counters) == 2
    assert counters.add("b", 3, 60, 1.0, (0, 4)) == ()
    assert counters.add("c", 3, 60, 1.0, (0, 5)) == ()


@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1", "a{1001}", "((a{100}){100}){100}", "", "a*", "|"])
def test_a_pattern_that_cannot_be_used_is_refused_with_a_reason(pattern: str) -> None:
    assert pattern_problem(pattern)
    with pytest.raises(InvalidInput):
        trigger = {"type": "regex", "patterns": [pattern]}
        read_input({"name": "x", "document": {"trigger": trigger, "effects": [{"type": "delete"}]}})


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(x+x+)+y", "([a-z]+)*=", "(.*)*a", "(a|aa)+$"])
def test_a_pattern_that_kills_other_engines_is_harmless(pattern: str) -> None:
    assert list(PatternSet([pattern, "needle"]).find("a" * 4000 + "!needle"))[-1] == 1


def test_thousands_of_patterns_are_found_by_one_look() -> None:
    patterns = [f"word{number}x" for number in range(3000)]
    assert sorted(PatternSet(patterns).find("a word7x and WORD2999X")) == [7, 2999]
    assert list(PatternSet([]).find("anything")) == []


def test_patterns_that_are_too_much_for_one_set_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_patterns, "SET_MEMORY", 1 << 20)
    many = [rf"[^\pL\pN_]word{number}x[^\pL\pN_]" for number in range(120)]
    assert sorted(PatternSet(many).find("a word7x and (word99x)")) == [7, 99]


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_judged(content: str) -> None:
    kinds = ("words", "links", "invites", "caps", "emoji", "zalgo", "phishing", "lines", "regex")
    rules = [rule(number, {"type": kind}) for number, kind in enumerate(kinds, 1)]
    assert set(broken(rules, content)) <= set(range(1, 10))
    assert text.plain(text.plain(content)) == text.plain(content) or not content.isascii()


@pytest.mark.parametrize(
    ("host", "is_bad"),
    [
        ("discord.com", False), ("cdn.discordapp.com", False), ("steamcommunity.com", False), ("example.com", False),
        ("steam.example.org", False), ("discord", False), ("disboard.org", False), ("localhost", False),
        ("dlscord.com", True), ("discord-gift.com", True), ("steamcommunlty.com", True), ("d1scord.com", True),
        ("free-nitro.discord.example", True), ("diiscord.gg", True), ("steam-trade-offer.ru", True),
    ],
)  # fmt: skip
def test_domains_that_steal_are_told_from_others(host: str, is_bad: bool) -> None:
    assert is_phishing(host) is is_bad
