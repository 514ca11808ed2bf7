"""Judges messages, and does what the broken rules say: violations, one case and all promises in one transaction."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from guildbase.core.errors import GuildbaseError
from guildbase.core.i18n import _
from guildbase.core.ports import Caller, GuildSnapshot
from guildbase.core.targets import BotStanding, Target
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.automod import rules
from guildbase.features.automod.controller.violations import NewViolation, ViolationController
from guildbase.features.automod.document import RuleDocument
from guildbase.features.automod.engine.counters import Counters
from guildbase.features.automod.engine.facts import Decision, Facts, Hit, Rule, WordList
from guildbase.features.automod.engine.judge import Candidates, Engine
from guildbase.features.automod.kinds import ALERT, ENFORCE, MAX_EXCERPT, ListKind, Punishing
from guildbase.features.automod.plan import Plan, Punishment, plan_of, points_of, punish
from guildbase.features.automod.schemas import AutomodSettings
from guildbase.features.automod.snapshot import AutomodLists, AutomodRules
from guildbase.features.moderation.controller import ActionController
from guildbase.features.moderation.kinds import MAX_REASON, CaseSource, CaseType
from guildbase.features.moderation.rules import NewAction
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.outbox import Outbox, Priority

QUICK = 50
"""So many rules are made ready at once; more would keep other messages waiting, so a thread does it."""
MOST_ENGINES = 2_000
_NATIVE_ID = 4  # the place of this column in a row of the snapshot
CASES = {
    Punishing.WARN: CaseType.WARN,
    Punishing.MUTE: CaseType.MUTE,
    Punishing.TIMEOUT: CaseType.TIMEOUT,
    Punishing.JAIL: CaseType.JAIL,
    Punishing.KICK: CaseType.KICK,
    Punishing.BAN: CaseType.BAN,
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A message that broke rules, with all that is needed to act."""

    facts: Facts
    hits: Sequence[Hit]
    target: Target
    bot: BotStanding | None
    """None if it is not known, so that Discord will tell."""
    actor: Caller
    """The bot, which acts for the server."""


class EnforcementController(BaseController):
    """Holds the engines of this process's guilds and acts on what they find."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self.counters = Counters()
        self._actions = services.get(ActionController)
        self._violations = services.get(ViolationController)
        self._outbox = services.get(Outbox)
        self._engines: OrderedDict[int, tuple[AutomodRules, AutomodLists, Engine]] = OrderedDict()
        self._making: dict[int, asyncio.Lock] = {}

    async def engine(self, snapshot: GuildSnapshot) -> Engine:
        """Return the engine of the guild's rules, which is made anew only when they or the lists changed."""
        known = self._known(snapshot)
        if known is not None:
            return known
        async with self._making.setdefault(snapshot.guild_id, asyncio.Lock()):
            engine = self._known(snapshot)
            if engine is None:
                parts = snapshot.get(AutomodRules), snapshot.get(AutomodLists)
                is_quick = len(parts[0].rows) + sum(len(row[2]) // 20 for row in parts[1].rows) <= QUICK
                make = partial(_engine_of, *parts)
                engine = make() if is_quick else await asyncio.to_thread(make)
                self._keep(snapshot.guild_id, *parts, engine)
        self._making.pop(snapshot.guild_id, None)
        return engine

    def _known(self, snapshot: GuildSnapshot) -> Engine | None:
        held = self._engines.get(snapshot.guild_id)
        if held is None:
            return None
        of_rules, of_lists = snapshot.get(AutomodRules), snapshot.get(AutomodLists)
        if held[0] is of_rules and held[1] is of_lists:
            return held[2]
        # Another version of the snapshot, in which something else may have changed.
        if held[0].rows == of_rules.rows and held[1].rows == of_lists.rows:
            self._keep(snapshot.guild_id, of_rules, of_lists, held[2])
            return held[2]
        return None

    def _keep(self, guild_id: int, of_rules: AutomodRules, of_lists: AutomodLists, engine: Engine) -> None:
        self._engines[guild_id] = (of_rules, of_lists, engine)
        self._engines.move_to_end(guild_id)
        if len(self._engines) > MOST_ENGINES:
            self._engines.popitem(last=False)

    async def judge(self, engine: Engine, facts: Facts) -> Decision:
        """Return which rules the message breaks; it is counted for what goes by numbers of messages."""
        candidates = engine.find(facts, self.counters)
        return await self._decide(engine, candidates, facts, explain=False)

    async def explain(self, caller: Caller, snapshot: GuildSnapshot, facts: Facts) -> tuple[Engine, Decision]:
        """Return what the rules would say of the message, and why they do not; nothing is counted or done.

        Raises:
            PermissionDenied: the caller is no moderator here.
        """
        rules.require_reader(caller, snapshot.guild_id)
        engine = await self.engine(snapshot)
        return engine, await self._decide(engine, engine.find(facts), facts, explain=True)

    async def _decide(self, engine: Engine, candidates: Candidates, facts: Facts, *, explain: bool) -> Decision:
        if not candidates:
            return Decision()
        decision = engine.decide(candidates, facts, explain=explain)
        if decision.needs_points:
            facts.points = await self._violations.points(facts.guild_id, facts.user_id)
            decision = engine.decide(candidates, facts, explain=explain)
        return decision

    async def enforce(self, broken: Broken) -> list[UUID]:
        """Do what the rules say, once for each message and rule; return the violations that were written.

        Where moderation refuses the case, as for somebody who stands above the bot, the rest is done all the same.
        """
        guild_id, user_id = broken.facts.guild_id, broken.facts.user_id
        async with self._actions.changing(guild_id, user_id):
            try:
                return await self.run(broken.actor, partial(self._enforce, broken=broken, refusal=""))
            except GuildbaseError as refused:
                return await self.run(broken.actor, partial(self._enforce, broken=broken, refusal=refused.message))

    async def _enforce(self, work: UnitOfWork, broken: Broken, refusal: str) -> list[UUID]:
        facts = broken.facts
        written = [
            (hit, await self._violations.add(work, facts.guild_id, _violation(hit, facts))) for hit in broken.hits
        ]
        new = [hit for hit, violation_id in written if violation_id is not None]
        ids = [violation_id for _hit, violation_id in written if violation_id is not None]
        live = [hit for hit in new if not hit.rule.is_dry_run]
        dry = [hit for hit in new if hit.rule.is_dry_run]
        if live:
            await self._act(work, broken, plan_of(live, facts), self._of(written, live), refusal)
        if dry:
            plan = plan_of(dry, facts)
            await self._promise_alert(work, facts.guild_id, self._of(written, dry), plan, is_dry_run=True)
        return ids

    @staticmethod
    def _of(written: Sequence[tuple[Hit, UUID | None]], hits: Sequence[Hit]) -> list[UUID]:
        return [violation_id for hit, violation_id in written if violation_id is not None and hit in hits]

    async def _act(self, work: UnitOfWork, broken: Broken, plan: Plan, ids: list[UUID], refusal: str) -> None:
        facts = broken.facts
        await self._add_threshold(work, facts, plan)
        case_number = None
        if plan.punishment is not None and not refusal:
            new = _new_action(plan, broken)
            opened = await self._actions.act_in(work, broken.actor, facts.guild_id, new)
            case_number = opened.case.number
        for violation_id in ids:
            await self._violations.mark(
                work, facts.guild_id, violation_id, case_number=case_number, outcome=refusal[:300]
            )
        if plan.steps:
            payload = {"violation": str(ids[0]), "channel": facts.channel_id, **plan.steps}
            await self._outbox.promise(work, ENFORCE, payload, guild_id=facts.guild_id, priority=Priority.MODERATION)
        if plan.alerts:
            await self._promise_alert(work, facts.guild_id, ids, plan, is_dry_run=False)

    async def _promise_alert(
        self, work: UnitOfWork, guild_id: int, ids: Sequence[UUID], plan: Plan, *, is_dry_run: bool
    ) -> None:
        payload = {"violations": [str(it) for it in ids], "channel": plan.alert_channel, "is_dry_run": is_dry_run}
        await self._outbox.promise(work, ALERT, payload, guild_id=guild_id)

    async def _add_threshold(self, work: UnitOfWork, facts: Facts, plan: Plan) -> None:
        """Put into the plan what the points have reached with this message."""
        if not plan.points:
            return
        settings = (await self.services.get(GuildController).load(facts.guild_id)).get(AutomodSettings)
        after = await self._violations.points_in(work.session, facts.guild_id, facts.user_id)
        limits = [
            (settings.warn_at, Punishing.WARN),
            (settings.timeout_at, Punishing.TIMEOUT),
            (settings.kick_at, Punishing.KICK),
            (settings.ban_at, Punishing.BAN),
        ]
        # The points of this very moment weigh what they are.
        reached = rules.crossed(round(after - plan.points, 6), round(after, 6), limits)
        if reached is not None:
            duration = settings.timeout_for if reached is Punishing.TIMEOUT else None
            punish(plan, Punishment(reached, duration))


def _new_action(plan: Plan, broken: Broken) -> NewAction:
    assert plan.punishment is not None  # noqa: S101 - who calls has looked.
    kind, duration = plan.punishment.kind, plan.punishment.duration
    is_temporary = kind is Punishing.BAN and duration is not None
    details = {"delete_seconds": plan.punishment.delete_seconds} if kind is Punishing.BAN else {}
    return NewAction(
        CaseType.TEMPBAN if is_temporary else CASES[kind],
        broken.target,
        _("Automod: {rules}", rules=plan.reason)[:MAX_REASON],
        duration=duration,
        details=details,
        source=CaseSource.AUTOMOD,
        request_id=broken.facts.message_id or None,
        bot=broken.bot,
    )


def _violation(hit: Hit, facts: Facts) -> NewViolation:
    return NewViolation(
        user_id=facts.user_id,
        user_name=facts.user_name[:100],
        rule_number=hit.rule.number or None,
        rule_name=hit.rule.name[:100],
        channel_id=facts.channel_id or None,
        message_id=facts.message_id or None,
        matched=hit.found.matched[:200],
        excerpt=facts.content[:MAX_EXCERPT],
        points=0 if hit.rule.is_dry_run else points_of(hit),
        is_dry_run=hit.rule.is_dry_run,
    )


def _engine_of(of_rules: AutomodRules, of_lists: AutomodLists) -> Engine:
    lists = {name: WordList(ListKind(kind), tuple(entries.splitlines())) for name, kind, entries in of_lists.rows}
    # What Discord's own AutoMod enforces never arrives here.
    return Engine([_rule(*row) for row in of_rules.rows if row[_NATIVE_ID] is None], lists)


def _rule(
    number: int, name: str, priority: int, is_dry_run: int, _native_id: int | None, document: dict[str, object]
) -> Rule:
    said = RuleDocument.model_validate(document)
    exempt = frozenset(said.exempt_roles), frozenset(said.exempt_channels)
    return Rule(number, name, said, priority, bool(is_dry_run), *exempt)
