"""The engine of one guild: finds the rules that a message may break, and decides which of them count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from guildbase.core.i18n import _
from guildbase.features.automod.document import (
    AttachmentsTrigger,
    CapsTrigger,
    DuplicatesTrigger,
    EmojiTrigger,
    InvitesTrigger,
    LinesTrigger,
    LinksTrigger,
    MentionsTrigger,
    NewAccountTrigger,
    NewMemberTrigger,
    PhishingTrigger,
    RegexTrigger,
    SpamTrigger,
    WordsTrigger,
    ZalgoTrigger,
)
from guildbase.features.automod.engine import text
from guildbase.features.automod.engine.conditions import holds, spared
from guildbase.features.automod.engine.counters import Counters, Message
from guildbase.features.automod.engine.facts import Decision, Facts, Found, Hit, Rule, WordList
from guildbase.features.automod.engine.indexes import Hosts, Limits, Patterns, Place, Rate, Seen, Words
from guildbase.features.automod.engine.patterns import matched
from guildbase.features.automod.engine.phishing import is_phishing

Candidates = dict[Place, Found]


class Engine:
    """All active rules of one guild, indexed; it is made once for each change of them."""

    def __init__(self, rules: Sequence[Rule], lists: Mapping[str, WordList]) -> None:
        self.rules = sorted(rules, key=lambda rule: (rule.priority, rule.number))
        self._lists = lists
        self._plain, self._folded, self._regex = Words(), Words(), Patterns()
        self._hosts = Hosts()
        self._any_link: list[Place] = []
        self._only_links: list[Place] = []
        self._welcome: dict[Place, frozenset[str]] = {}
        self._invites: list[tuple[Place, InvitesTrigger]] = []
        self._everyone: list[Place] = []
        self._phishing: list[Place] = []
        self._types: dict[str, list[Place]] = defaultdict(list)
        self._has_folded = self._has_links = False
        self._rates: dict[Rate, list[Place]] = defaultdict(list)
        self._limits: dict[str, Limits[Any]] = {
            "mentions": Limits(lambda seen: seen.facts.mentions),
            "emoji": Limits(lambda seen: text.emojis(seen.facts.content)),
            "attachments": Limits(lambda seen: len(seen.facts.files)),
            "lines": Limits(lambda seen: seen.facts.content.count("\n") + 1),
            "zalgo": Limits(lambda seen: text.marks(seen.facts.content)),
            # What is younger breaks the rule, so ages count below zero.
            "new_account": Limits(lambda seen: _age(seen.facts.created_at, seen.facts.now)),
            "new_member": Limits(lambda seen: _age(seen.facts.joined_at, seen.facts.now)),
        }
        add: dict[str, Callable[[Place, Any], None]] = {
            "words": self._add_words,
            "regex": self._add_regex,
            "links": self._add_links,
            "phishing": self._add_phishing,
            "invites": self._add_invites,
            "mentions": self._add_mentions,
            "caps": self._add_caps,
            "emoji": self._add_most,
            "lines": self._add_most,
            "zalgo": self._add_most,
            "attachments": self._add_attachments,
            "new_account": self._add_age,
            "new_member": self._add_age,
            "spam": self._add_rate,
            "duplicates": self._add_rate,
        }
        for place, rule in enumerate(self.rules):
            add[rule.document.trigger.type](place, rule.document.trigger)
        self._used_limits = [limits for limits in self._limits.values() if limits.has_rules]
        for index in (self._plain, self._folded, self._regex):
            index.compile()

    @property
    def wants_own_invites(self) -> bool:
        """Whether a rule asks which invites lead to this server."""
        return any(trigger.own_allowed for _place, trigger in self._invites)

    def find(self, facts: Facts, counters: Counters | None = None) -> Candidates:
        """Return the rules whose triggers the message sets off; counters are kept of new messages only."""
        seen = Seen(facts)
        found: Candidates = {}
        for place, what in self._find(seen):
            found.setdefault(place, Found(what))
        if counters is not None and not facts.is_edit:
            for rate, places in self._rates.items():
                if messages := _counted(rate, seen, counters):
                    found |= dict.fromkeys(places, Found(str(len(messages)), messages))
        return found

    def decide(self, candidates: Candidates, facts: Facts, *, explain: bool = False) -> Decision:
        """Return which of the rules count, in their order; with `explain` also why the others do not."""
        decision = Decision()
        places = iter(sorted(candidates))
        for place in places:
            rule = self.rules[place]
            reason = self._objection(rule, facts, decision)
            if reason is None:
                decision.hits.append(Hit(rule, candidates[place]))
                if rule.document.stop and not rule.is_dry_run:
                    break
            elif explain:
                decision.notes[rule.number] = reason
        if explain:  # What is left was not looked at, because a rule before it says so.
            stopped = _("rule #{number} comes first, and no later one is looked at", number=rule.number)
            decision.notes |= {self.rules[place].number: stopped for place in places}
        return decision

    def _objection(self, rule: Rule, facts: Facts, decision: Decision) -> str | None:
        if reason := spared(rule, facts):
            return reason
        for condition in rule.document.conditions:
            answer = holds(condition, facts)
            if answer is None:
                decision.needs_points = True
            if not answer:
                return _("its condition `{condition}` does not hold", condition=condition.type)
        return None

    def _find(self, seen: Seen) -> Iterator[tuple[Place, str]]:
        if seen.facts.content:
            yield from self._plain.find(seen.plain)
            if self._has_folded:
                yield from self._folded.find(seen.folded)
            for place, pattern in self._regex.find(seen.facts.content):
                yield place, matched(pattern, seen.facts.content) or ""
            if self._has_links and seen.hosts:
                yield from self._links(seen)
            if self._invites:
                yield from self._invited(seen)
        for limits in self._used_limits:
            yield from limits.find(seen)
        if seen.facts.has_everyone:
            yield from ((place, "@everyone") for place in self._everyone)
        if self._types:
            for name in seen.facts.files:
                yield from ((place, name) for place in self._types.get(_ending(name), ()))

    def _links(self, seen: Seen) -> Iterator[tuple[Place, str]]:
        """Yield the rules that a link breaks, each with the domain; one that the rule welcomes breaks it not."""
        for place, host in self._strange_hosts(seen.hosts):
            if self._welcome[place].isdisjoint(text.parents(host)):
                yield place, host

    def _strange_hosts(self, hosts: set[str]) -> Iterator[tuple[Place, str]]:
        yield from self._hosts.find(hosts)
        for host in sorted(hosts):
            yield from ((place, host) for place in self._any_link)
            # Every other domain than these: they are what `_welcome` holds of such a rule.
            yield from ((place, host) for place in self._only_links)
            if self._phishing and is_phishing(host):
                yield from ((place, host) for place in self._phishing)

    def _invited(self, seen: Seen) -> Iterator[tuple[Place, str]]:
        for place, trigger in self._invites:
            welcome = set(trigger.allowed) | (seen.facts.own_invites if trigger.own_allowed else set())
            if strange := seen.invites - welcome:
                yield place, min(strange)

    # Each of these puts one rule into the index of its trigger.

    def _entries(self, own: Sequence[str], name: str) -> Sequence[str]:
        known = self._lists.get(name)
        return own if known is None else (*own, *known.entries)

    def _add_words(self, place: Place, trigger: WordsTrigger) -> None:
        index, form = (self._folded, text.folded) if trigger.lookalikes else (self._plain, str)
        self._has_folded |= trigger.lookalikes
        welcome = {form(text.plain(word)) for word in trigger.allowed}
        for word in self._entries(trigger.words, trigger.list):
            wanted = form(text.plain(word.strip()))
            if wanted not in welcome:
                index.add(wanted, place, whole=trigger.whole)

    def _add_regex(self, place: Place, trigger: RegexTrigger) -> None:
        for pattern in self._entries(trigger.patterns, trigger.list):
            self._regex.add(pattern, place)

    def _add_links(self, place: Place, trigger: LinksTrigger) -> None:
        self._has_links = True
        self._welcome[place] = frozenset(map(text.domain, trigger.allowed))
        domains = self._entries(trigger.domains, trigger.list)
        if trigger.mode == "allow":
            self._only_links.append(place)
            self._welcome[place] = frozenset(map(text.domain, (*domains, *trigger.allowed)))
        elif not domains and not trigger.list:
            self._any_link.append(place)
        for entry in domains if trigger.mode == "block" else ():
            self._hosts.add(entry, place)

    def _add_phishing(self, place: Place, trigger: PhishingTrigger) -> None:
        self._has_links = True
        self._phishing.append(place)
        self._welcome[place] = frozenset(map(text.domain, trigger.allowed))
        for entry in self._entries((), trigger.list):
            self._hosts.add(entry, place)

    def _add_invites(self, place: Place, trigger: InvitesTrigger) -> None:
        self._invites.append((place, trigger))

    def _add_mentions(self, place: Place, trigger: MentionsTrigger) -> None:
        self._limits["mentions"].add(trigger.most, place)
        if trigger.everyone:
            self._everyone.append(place)

    def _add_caps(self, place: Place, trigger: CapsTrigger) -> None:
        # One index for each least length, of which servers hardly use more than one.
        name = f"caps {trigger.letters}"
        if name not in self._limits:
            self._limits[name] = Limits(lambda seen: _percent(*seen.capitals, least=trigger.letters))
        self._limits[name].add(trigger.percent - 1, place)

    def _add_most(self, place: Place, trigger: EmojiTrigger | LinesTrigger | ZalgoTrigger) -> None:
        self._limits[trigger.type].add(trigger.most, place)

    def _add_attachments(self, place: Place, trigger: AttachmentsTrigger) -> None:
        if trigger.most is not None:
            self._limits["attachments"].add(trigger.most, place)
        for ending in trigger.types:
            self._types[ending.lower().lstrip(".")].append(place)

    def _add_age(self, place: Place, trigger: NewAccountTrigger | NewMemberTrigger) -> None:
        self._limits[trigger.type].add(-trigger.age.total_seconds(), place)

    def _add_rate(self, place: Place, trigger: SpamTrigger | DuplicatesTrigger) -> None:
        rate = Rate(trigger.messages, trigger.seconds, isinstance(trigger, DuplicatesTrigger))
        self._rates[rate].append(place)


def _counted(rate: Rate, seen: Seen, counters: Counters) -> tuple[Message, ...]:
    facts = seen.facts
    if rate.same_text and not facts.content:
        return ()
    what = hash(seen.plain) if rate.same_text else 0
    key = (facts.guild_id, facts.user_id, rate, what)
    return counters.add(key, rate.messages, rate.seconds, facts.now.timestamp(), (facts.channel_id, facts.message_id))


def _percent(upper: int, letters: int, *, least: int = 1) -> float | None:
    return None if letters < least else 100 * upper / letters


def _age(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else (since - now).total_seconds()


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()
