"""The precedence, proved on every combination of a small world against a specification written another way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from guildbase.core.clock import utcnow
from guildbase.core.ports import ADMINISTRATOR, CommandUse, Decider, Outcome, Verdict
from guildbase.platform.permissions import rules as rules_module
from guildbase.platform.permissions.models import Access, Scope, Subject
from guildbase.platform.permissions.rules import PermissionRules, Rule, decide, explained, keys_of, meets_floor

GUILD, MEMBER, ROLE, OTHER_ROLE, THREAD, CHANNEL, CATEGORY = range(1, 8)
SUBJECTS = (
    (Subject.MEMBER, MEMBER),
    (Subject.ROLE, ROLE),
    (Subject.ROLE, OTHER_ROLE),
    (Subject.CHANNEL, THREAD),
    (Subject.CHANNEL, CHANNEL),
    (Subject.CATEGORY, CATEGORY),
    (Subject.GUILD, GUILD),
)
TARGETS = (
    (Scope.COMMAND, "case view"),
    (Scope.COMMAND, "case"),
    (Scope.MODULE, "moderation"),
    (Scope.EVERYTHING, ""),
)
PAST, FUTURE = utcnow() - timedelta(seconds=1), utcnow() + timedelta(days=1)
STATES = (None, (Access.ALLOW, None), (Access.DENY, None), (Access.IGNORE, FUTURE), (Access.DENY, PAST))
NEEDS = 1 << 40
USE = CommandUse(
    "case view",
    "moderation",
    MEMBER,
    GUILD,
    role_ids=frozenset({ROLE, OTHER_ROLE, GUILD}),
    channel_ids=(THREAD, CHANNEL),
    category_id=CATEGORY,
    needs=NEEDS,
    needs_level=3,
)
MODERATOR = replace(USE, permissions=NEEDS)


def specified(rules: Sequence[Rule], use: CommandUse, *, may: bool) -> tuple[Outcome, int | None]:
    """Say what must come out, by sorting all rules that count by what the guide's table says."""
    subjects = ["member", "role", "thread", "channel", "category", "guild"]
    scopes = ["case view", "case", "moderation", ""]
    accesses = ["deny", "ignore", "allow"]

    def rank(rule: Rule) -> tuple[int, int, int, int]:
        kind = "thread" if rule.subject_id == THREAD else rule.subject.value
        return (subjects.index(kind), scopes.index(rule.target[1]), accesses.index(rule.access.value), rule.number)

    counting = sorted((rule for rule in rules if rule.expires_at in (None, FUTURE)), key=rank)
    floor = (Outcome.ALLOWED if may else Outcome.REFUSED, None)
    if not counting:
        return floor
    first = counting[0]
    if first.access is not Access.ALLOW:
        return (Outcome.REFUSED if first.access is Access.DENY else Outcome.IGNORED, first.number)
    opens = first.subject in (Subject.MEMBER, Subject.ROLE) or may
    return (Outcome.ALLOWED, first.number) if opens else floor


def agree(rules: Sequence[Rule], use: CommandUse, *, may: bool) -> None:
    verdict = decide(PermissionRules(rules), use)
    assert (verdict.outcome, verdict.rule_number) == specified(rules, use, may=may), rules


def in_all_states(slots: Sequence[tuple[tuple[Subject, int], tuple[Scope, str]]]) -> Iterator[list[Rule]]:
    """Yield every way in which these slots are empty or hold a rule."""
    numbered = list(enumerate(slots, start=1))
    options = [
        [state and Rule(number, *subject, target, *state) for state in STATES] for number, (subject, target) in numbered
    ]
    for chosen in itertools.product(*options):
        yield [rule for rule in chosen if rule]


def test_every_state_of_every_subject_together() -> None:
    count = 0
    for rules in in_all_states([(subject, TARGETS[0]) for subject in SUBJECTS]):
        agree(rules, USE if count % 2 else MODERATOR, may=not count % 2)
        count += 1
    assert count == len(STATES) ** len(SUBJECTS)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: f"{subject[0]}-{subject[1]}")
def test_every_state_of_every_target_of_one_subject(subject: tuple[Subject, int]) -> None:
    for rules in in_all_states([(subject, target) for target in TARGETS]):
        agree(rules, USE, may=False)
        agree(rules, MODERATOR, may=True)


def test_every_pair_of_rules_in_every_state() -> None:
    slots = list(itertools.product(SUBJECTS, TARGETS))
    for pair in itertools.combinations(slots, 2):
        for rules in in_all_states(pair):
            agree(rules, USE, may=False)
            agree(rules, MODERATOR, may=True)


def test_every_state_of_two_roles_over_all_targets() -> None:
    slots = [(subject, target) for subject in SUBJECTS[1:3] for target in TARGETS[:3]]
    for rules in in_all_states(slots):
        agree(rules, USE, may=False)


def test_rules_about_others_change_nothing() -> None:
    strangers = [
        Rule(number, subject, 1000 + number, target, access)
        for number, (subject, target, access) in enumerate(itertools.product(list(Subject)[:4], TARGETS, Access), 1)
    ]
    elsewhere = [
        Rule(500 + number, *subject, (Scope.COMMAND, "warn"), Access.DENY) for number, subject in enumerate(SUBJECTS)
    ]
    elsewhere += [
        Rule(600 + number, *subject, (Scope.MODULE, "fun"), Access.DENY) for number, subject in enumerate(SUBJECTS)
    ]
    rules = PermissionRules([*strangers, *elsewhere])
    assert decide(rules, USE) == Verdict(Outcome.REFUSED, Decider.DISCORD)
    assert decide(rules, MODERATOR) == Verdict(Outcome.ALLOWED, Decider.DISCORD)
    assert list(rules.matching(USE)) == []


def test_what_is_sorted_out_for_commands_that_nobody_has_does_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_module, "MOST_COMMANDS", 2)
    rules = PermissionRules([Rule(1, Subject.MEMBER, MEMBER, (Scope.MODULE, "moderation"), Access.DENY)])
    for number in range(5):
        assert decide(rules, replace(USE, command=f"made up {number}")).rule_number == 1
    assert decide(rules, replace(USE, feature="fun")) == Verdict(Outcome.REFUSED, Decider.DISCORD)
    assert decide(rules, USE).rule_number == 1


def test_the_owner_is_never_refused_by_rules() -> None:
    owner = replace(USE, is_guild_owner=True)
    for subject in SUBJECTS:
        for access in Access:
            rules = PermissionRules([Rule(1, *subject, (Scope.EVERYTHING, ""), access)])
            assert decide(rules, owner) == Verdict(Outcome.ALLOWED, Decider.OWNER)


def test_an_allowance_of_a_person_or_role_stands_in_for_what_the_command_asks_for() -> None:
    for subject in SUBJECTS:
        verdict = decide(PermissionRules([Rule(7, *subject, TARGETS[0], Access.ALLOW)]), USE)
        if subject[0] in (Subject.MEMBER, Subject.ROLE):
            assert verdict == Verdict(Outcome.ALLOWED, Decider.RULE, 7, granted=NEEDS)
        else:
            assert verdict == Verdict(Outcome.REFUSED, Decider.DISCORD)


def test_all_matching_rules_are_told_in_order_also_those_that_ran_out() -> None:
    rules = [
        Rule(1, Subject.GUILD, GUILD, (Scope.EVERYTHING, ""), Access.DENY),
        Rule(2, Subject.ROLE, ROLE, (Scope.MODULE, "moderation"), Access.ALLOW),
        Rule(3, Subject.ROLE, OTHER_ROLE, (Scope.MODULE, "moderation"), Access.DENY),
        Rule(4, Subject.MEMBER, MEMBER, (Scope.COMMAND, "case"), Access.ALLOW, PAST),
    ]
    assert [rule.number for rule in PermissionRules(rules).matching(USE)] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("permissions", "level", "needs", "needs_level", "met"),
    [
        (0, 0, 0, None, True),
        (0, 0, NEEDS, None, False),
        (0, 7, NEEDS, None, False),
        (0, 2, NEEDS, 3, False),
        (0, 3, NEEDS, 3, True),
        (NEEDS, 0, NEEDS, 3, True),
        (NEEDS, 0, NEEDS | 1, 3, False),
        (ADMINISTRATOR, 0, NEEDS | 1, None, True),
    ],
)
def test_the_floor_is_discords_permissions_or_a_level(
    permissions: int, level: int, needs: int, needs_level: int | None, met: bool
) -> None:
    use = replace(USE, permissions=permissions, level=level, needs=needs, needs_level=needs_level)
    assert meets_floor(use) is met
    assert decide(PermissionRules(), use).is_allowed is met


def test_an_explanation_says_what_each_rule_counts() -> None:
    listed = [
        Rule(1, Subject.MEMBER, MEMBER, TARGETS[0], Access.DENY, PAST),
        Rule(2, Subject.CHANNEL, CHANNEL, TARGETS[0], Access.ALLOW),
        Rule(3, Subject.GUILD, GUILD, TARGETS[0], Access.DENY),
    ]
    rules = PermissionRules(listed)

    def weights(use: CommandUse) -> list[str]:
        return [weighed.weight.value for weighed in explained(rules, use, decide(rules, use)).rules]

    assert weights(MODERATOR) == ["ran_out", "decides", "overruled"]
    assert weights(USE) == ["ran_out", "opens_nothing", "overruled"]
    assert weights(replace(USE, is_guild_owner=True)) == ["ran_out", "overruled", "overruled"]
    assert explained(rules, MODERATOR, decide(rules, MODERATOR)).meets_floor
    assert not explained(rules, USE, decide(rules, USE)).meets_floor


def test_a_rule_can_name_a_command_its_groups_its_feature_and_everything() -> None:
    assert keys_of("a b c", "x") == ("command:a b c", "command:a b", "command:a", "module:x", "everything:")


def test_a_rule_counts_until_its_very_end() -> None:
    rule = Rule(1, Subject.MEMBER, MEMBER, TARGETS[0], Access.ALLOW, FUTURE)
    assert not rule.has_run_out(FUTURE - timedelta(microseconds=1))
    assert rule.has_run_out(FUTURE)
