"""Why a member may use a command or not, for the API: only the bot process that has the server knows its members."""

from __future__ import annotations

from dataclasses import dataclass, replace

from guildbase.core.ports import Caller
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.permissions import rules
from guildbase.platform.permissions.rules import Demand, Explanation, NewRule
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Question, Requests


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """A rule about the use, and what it counts there."""

    number: int
    subject: str
    subject_id: int
    scope: str
    target: str
    access: str
    weight: str


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation in plain values."""

    command: str
    feature: str
    member_id: int
    channel_id: int | None
    outcome: str
    decided_by: str
    rule_number: int | None
    reason: str
    needs: int
    needs_level: int | None
    level: int
    meets_floor: bool
    rules: tuple[ExplainedRule, ...]

    @classmethod
    def of(cls, explanation: Explanation) -> Explained:
        """Return the explanation in plain values."""
        use, verdict = explanation.use, explanation.verdict
        return cls(
            command=use.command,
            feature=use.feature,
            member_id=use.user_id,
            channel_id=use.channel_ids[0] if use.channel_ids else None,
            outcome=verdict.outcome.value,
            decided_by=verdict.by.value,
            rule_number=verdict.rule_number,
            reason=verdict.reason,
            needs=use.needs,
            needs_level=use.needs_level,
            level=use.level,
            meets_floor=explanation.meets_floor,
            rules=tuple(
                ExplainedRule(
                    rule.number, rule.subject.value, rule.subject_id, rule.target[0].value, rule.target[1],
                    rule.access.value, weighed.weight.value,
                )
                for weighed in explanation.rules
                for rule in (weighed.rule,)
            ),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AskExplanation:
    """May this member use the command in the channel, and why?"""

    guild_id: int
    member_id: int
    channel_id: int | None
    command: str


EXPLANATION = Question("permissions.explain", AskExplanation, Explained)


@dataclass(frozen=True, slots=True)
class AskRuleFacts:
    """How high does the subject of this rule stand, and what do its commands ask for?"""

    guild_id: int
    subject: str
    subject_id: int
    scope: str
    target: str


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """What only the bot knows of a rule that somebody wants."""

    rank: int
    demands: tuple[Demand, ...]
    """Empty for commands that are not known."""


RULE_FACTS = Question("permissions.rule_facts", AskRuleFacts, RuleFacts)


class ExplanationController(BaseController):
    """Asks the bot why, and what it knows of a rule."""

    async def with_facts(self, caller: Caller, guild_id: int, new: NewRule) -> NewRule:
        """Return the rule with what the caller's rights to make it depend on; a program may make any.

        Raises:
            NoReply: no bot process has the server now, or it did not answer.
        """
        rules.require_manager(caller, guild_id)
        if caller.is_system:
            return new
        await self.services.get(GuildController).require(guild_id)
        asked = AskRuleFacts(guild_id, new.subject.value, new.subject_id, new.scope.value, new.target)
        facts = await self.services.get(Requests).ask_guild(RULE_FACTS, guild_id, asked)
        return replace(new, rank=facts.rank, demands=facts.demands or None)

    async def ask(self, caller: Caller, asked: AskExplanation) -> Explained:
        """Return why the member may use the command, or not, as the bot sees it now.

        Raises:
            PermissionDenied: the caller may not see this server's permissions.
            NotFound: there is no such server, member, channel or command.
            NoReply: no bot process has the server now, or it did not answer.
        """
        rules.require_reader(caller, asked.guild_id)
        await self.services.get(GuildController).require(asked.guild_id)
        return await self.services.get(Requests).ask_guild(EXPLANATION, asked.guild_id, asked)
