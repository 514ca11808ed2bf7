"""Which rule decides, and what follows from it. Pure decisions, the same for the gate, `explain` and the API.

The order is written down for people in docs/guides/permissions.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

from guildbase.core.clock import utcnow
from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import ADMINISTRATOR, Caller, CommandUse, Decider, Outcome, Verdict
from guildbase.core.rights import Right
from guildbase.core.snowflake import is_snowflake
from guildbase.platform.guilds.rules import ADMIN_LEVEL, HIGHEST_LEVEL, MANAGE_GUILD, may_configure
from guildbase.platform.permissions.kinds import Weight
from guildbase.platform.permissions.models import MAX_COMMAND, MAX_REASON, Access, Scope, Subject

Target = tuple[Scope, str]

UNDO = "permissions remove"
"""The command that takes a rule back; whoever makes one must keep it."""
OPENING = frozenset({Subject.MEMBER, Subject.ROLE})
"""Whose allowances also open what Discord keeps closed; an allowance of a place never does."""
_OUTCOMES = {Access.ALLOW: Outcome.ALLOWED, Access.DENY: Outcome.REFUSED, Access.IGNORE: Outcome.IGNORED}
# To look a member up on its enum class is slow, and this is done at every check.
_ALLOW = Access.ALLOW
_PLACE = itemgetter(0)
MOST_COMMANDS = 500
"""Commands whose rules are kept sorted out."""
_STRICTNESS = {access: place for place, access in enumerate(Access)}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, as far as it takes part in decisions."""

    number: int
    subject: Subject
    subject_id: int
    target: Target
    access: Access
    expires_at: datetime | None = None

    def has_run_out(self, now: datetime) -> bool:
        """Tell whether its time is over, so that it no longer counts."""
        return self.expires_at is not None and self.expires_at <= now


_Place = tuple[int, int, int]
"""Where a rule stands among those of one kind of subject: how narrow it is, how strict, and its number."""


class PermissionRules:
    """All rules of a guild, sorted out once for each command that is used, so that their number costs nothing."""

    __slots__ = ("_by_key", "_of_commands", "is_empty")

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._by_key: dict[str, list[Rule]] = {}
        for rule in rules:
            self._by_key.setdefault(_key(*rule.target), []).append(rule)
        self._of_commands: dict[tuple[str, str], _OfCommand] = {}
        self.is_empty = not self._by_key

    def matching(self, use: CommandUse) -> list[Rule]:
        """Return all rules about this use, also those that ran out: the earlier one wins over the later one."""
        about = self._of_commands.get((use.command, use.feature)) or self._sorted_out(use.command, use.feature)
        found = list(about.members.get(use.user_id, ()))
        if both := use.role_ids & about.role_ids:
            found += about.of_roles(both)
        if about.channels:
            for channel_id in use.channel_ids:
                found += about.channels.get(channel_id, ())
        if about.categories and use.category_id is not None:
            found += about.categories.get(use.category_id, ())
        found += about.guild
        return found

    def _sorted_out(self, command: str, feature: str) -> _OfCommand:
        if len(self._of_commands) >= MOST_COMMANDS:  # Whoever asks for explanations may name anything.
            self._of_commands.clear()
        entries = [
            ((narrowness, _STRICTNESS[rule.access], rule.number), rule)
            for narrowness, key in enumerate(keys_of(command, feature))
            for rule in self._by_key.get(key, ())
        ]
        about = self._of_commands[command, feature] = _OfCommand(entries)
        return about


class _OfCommand:
    """The rules about one command, by whom they are about; each tuple in the order in which its rules win."""

    __slots__ = ("_roles", "categories", "channels", "guild", "members", "role_ids")

    def __init__(self, entries: Iterable[tuple[_Place, Rule]]) -> None:
        by_subject: dict[Subject, dict[int, list[tuple[_Place, Rule]]]] = {subject: {} for subject in Subject}
        for place, rule in sorted(entries, key=lambda entry: entry[0]):
            by_subject[rule.subject].setdefault(rule.subject_id, []).append((place, rule))
        self.members, self.channels, self.categories = (
            {subject_id: tuple(rule for _place, rule in of_subject) for subject_id, of_subject in found.items()}
            for found in (by_subject[Subject.MEMBER], by_subject[Subject.CHANNEL], by_subject[Subject.CATEGORY])
        )
        self.guild = tuple(rule for of_guild in by_subject[Subject.GUILD].values() for _place, rule in of_guild)
        self._roles = by_subject[Subject.ROLE]
        self.role_ids = frozenset(self._roles)

    def of_roles(self, role_ids: Iterable[int]) -> list[Rule]:
        """Return the rules about any of the roles, which have some."""
        entries = [entry for role_id in role_ids for entry in self._roles[role_id]]
        if len(entries) > 1:
            entries.sort(key=_PLACE)
        return [rule for _place, rule in entries]


def _key(scope: Scope, target: str) -> str:
    return f"{scope.value}:{target}"


@lru_cache(maxsize=1024)
def keys_of(command: str, feature: str) -> tuple[str, ...]:
    """Return what a rule about this command can name, the narrowest first: itself, its groups, its feature, all."""
    words = command.split()
    names = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    commands = tuple(_key(Scope.COMMAND, name) for name in names)
    return (*commands, _key(Scope.MODULE, feature), _key(Scope.EVERYTHING, ""))


def decide(rules: PermissionRules, use: CommandUse) -> Verdict:
    """Return whether the command may be used, by the rules of the guild and by what the command asks for."""
    if use.is_guild_owner:
        return OF_OWNER
    if not rules.is_empty:
        for rule in rules.matching(use):
            if rule.expires_at is None or not rule.has_run_out(utcnow()):
                return _by(rule, use)
    return ALLOWED if meets_floor(use) else REFUSED


def meets_floor(use: CommandUse) -> bool:
    """Tell whether Discord's permissions, or the level of the guild's roles, let the member use the command."""
    if not use.needs or use.permissions & ADMINISTRATOR or use.permissions & use.needs == use.needs:
        return True
    return use.needs_level is not None and use.level >= use.needs_level


def _by(rule: Rule, use: CommandUse) -> Verdict:
    opens = rule.subject in OPENING
    if not opens and rule.access is _ALLOW and not meets_floor(use):
        return REFUSED
    return _of_rule(rule.access, rule.number, use.needs if opens else 0)


@lru_cache(maxsize=4096)
def _of_rule(access: Access, number: int, needs: int) -> Verdict:
    return Verdict(_OUTCOMES[access], Decider.RULE, number, granted=needs if access is Access.ALLOW else 0)


ALLOWED = Verdict(Outcome.ALLOWED, Decider.DISCORD)
REFUSED = Verdict(Outcome.REFUSED, Decider.DISCORD)
OF_OWNER = Verdict(Outcome.ALLOWED, Decider.OWNER)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A rule about a use, and what it counts there."""

    rule: Rule
    weight: Weight


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a command may be used, or not: all that takes part, the first rule first."""

    use: CommandUse
    verdict: Verdict
    rules: tuple[Weighed, ...]
    meets_floor: bool


def explained(rules: PermissionRules, use: CommandUse, verdict: Verdict) -> Explanation:
    """Return what led to the verdict."""
    now, is_decided, weighed = utcnow(), verdict.by not in (Decider.RULE, Decider.DISCORD), []
    for rule in rules.matching(use):
        if rule.has_run_out(now):
            weight = Weight.RAN_OUT
        elif is_decided:
            weight = Weight.OVERRULED
        else:
            is_decided = True
            weight = Weight.DECIDES if verdict.by is Decider.RULE else Weight.OPENS_NOTHING
        weighed.append(Weighed(rule, weight))
    return Explanation(use, verdict, tuple(weighed), meets_floor(use))


@dataclass(frozen=True, slots=True)
class Demand:
    """What a command asks for: all of the permission bits, or the level; 0 and None for nothing."""

    command: str
    permissions: int = 0
    level: int | None = None


ANYTHING = Demand("everything", ADMINISTRATOR, HIGHEST_LEVEL)
"""What commands that are not known may ask for."""


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule that somebody wants."""

    subject: Subject
    subject_id: int
    scope: Scope
    target: str
    access: Access
    expires_at: datetime | None = None
    reason: str = ""
    rank: int = 0
    """Position of the role, or of the member's highest one, as Discord shows it; 0 for places."""
    demands: tuple[Demand, ...] | None = None
    """What each of the commands that it is about asks for; None where they are not known: only the bot knows them."""


def normal(new: NewRule, guild_id: int) -> NewRule:
    """Return the rule in its one form: @everyone is the whole guild, and text has no space around it."""
    is_everyone = new.subject is Subject.ROLE and new.subject_id == guild_id
    subject = Subject.GUILD if is_everyone else new.subject
    target = " ".join(new.target.split()).removeprefix("/")
    return replace(new, subject=subject, target=target, reason=new.reason.strip())


def problems(new: NewRule, guild_id: int, features: Iterable[str], now: datetime) -> dict[str, str]:
    """Return all that is wrong with the rule, by field."""
    found = {}
    if not is_snowflake(new.subject_id) or (new.subject is Subject.GUILD) != (new.subject_id == guild_id):
        found["subject"] = _("{id} is no {kind} of this server.", id=new.subject_id, kind=new.subject.value)
    if problem := target_problem(new.scope, new.target):
        found["target"] = problem
    elif new.scope is Scope.MODULE and new.target not in features:
        known = ", ".join(sorted(features))
        found["target"] = _("There is no feature {name}. There are: {known}.", name=new.target, known=known)
    if new.expires_at is not None and new.expires_at <= now:
        found["expires_at"] = _("The end must be in the future.")
    if problem := reason_problem(new.reason):
        found["reason"] = problem
    return found


def target_problem(scope: Scope, target: str) -> str | None:
    """Return why no rule of this scope can name the target, or None if one can."""
    if scope is Scope.EVERYTHING:
        return _("A rule about everything names no command.") if target else None
    is_name = 0 < len(target) <= MAX_COMMAND and target.isprintable() and target == " ".join(target.split())
    return None if is_name else _("That is no name of a command or feature.")


def reason_problem(reason: str) -> str | None:
    """Return why the reason cannot be kept, or None if it can."""
    if len(reason) > MAX_REASON:
        return _("The reason has {length} characters; {most} are allowed.", length=len(reason), most=MAX_REASON)
    return _("The reason holds a character that cannot be stored.") if "\x00" in reason else None


def refusal(caller: Caller, guild_id: int, new: NewRule) -> str | None:
    """Return why the caller must not make the rule, or None if there is no reason."""
    if not may_configure(caller, guild_id):
        return _("You may not change this server's permissions. Ask for Manage Server.")
    if caller.is_system or caller.is_guild_owner:
        return None
    if new.access is not Access.ALLOW:
        is_above = new.rank >= caller.top_role and new.subject in OPENING and new.subject_id != caller.user_id
        return _("They stand as high as you or higher, so you cannot refuse them anything.") if is_above else None
    if new.subject not in OPENING:
        return None
    demands = (ANYTHING,) if new.demands is None else new.demands
    beyond = [it.command for it in demands if not caller_meets(caller, it)]
    if not beyond:
        return None
    return _("You cannot allow what you may not do yourself: {commands}.", commands=", ".join(beyond[:10]))


def require_manager(caller: Caller, guild_id: int) -> None:
    """Return if the caller may see and change the rules of the guild; raise PermissionDenied if not."""
    if not may_configure(caller, guild_id):
        raise PermissionDenied(_("You may not see this server's permissions."), hint=_("Ask for Manage Server."))


def require_reader(caller: Caller, guild_id: int) -> None:
    """Return if the caller may see the rules of the guild: who changes them, and who views settings in the dashboard.

    Raises:
        PermissionDenied: they may not.
    """
    if not caller.holds(guild_id, Right.VIEW_SETTINGS):
        require_manager(caller, guild_id)


def caller_meets(caller: Caller, demand: Demand) -> bool:
    """Tell whether the caller has what the command asks for, and not only by a rule for another one."""
    return meets_floor(
        CommandUse(
            demand.command, "", 0, permissions=caller.own_permissions, level=caller.level,
            needs=demand.permissions, needs_level=demand.level,
        )
    )  # fmt: skip


def keeps_access(rules: PermissionRules, caller: Caller, guild_id: int) -> bool:
    """Tell whether the caller could still take back what they did, by `/permissions remove`, somewhere in the guild."""
    if caller.is_system or caller.user_id is None:
        return True
    use = CommandUse(
        UNDO, "permissions", caller.user_id, guild_id, caller.role_ids,
        permissions=caller.own_permissions, level=caller.level, is_guild_owner=caller.is_guild_owner,
        needs=MANAGE_GUILD, needs_level=ADMIN_LEVEL,
    )  # fmt: skip
    return decide(rules, use).is_allowed
