"""How rules look in Discord."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import discord

from guildbase.bot.components import MAX_OPTION, cut
from guildbase.bot.gate import names_of
from guildbase.bot.views import BaseView, Interaction
from guildbase.core.clock import utcnow
from guildbase.core.i18n import _, marked, translated
from guildbase.core.ports import Caller, Decider, Outcome, Verdict
from guildbase.platform.permissions.controller import PermissionController, SetRules
from guildbase.platform.permissions.kinds import Weight
from guildbase.platform.permissions.models import Access, GuildPermission, PermissionCheck, Scope, Subject
from guildbase.platform.permissions.rules import Explanation, Weighed

COLOURS = {
    Outcome.ALLOWED: discord.Colour.green(),
    Outcome.REFUSED: discord.Colour.red(),
    Outcome.IGNORED: discord.Colour.light_grey(),
}
DECIDERS = {
    Decider.BLOCK: marked("block"),
    Decider.SWITCH: marked("switch"),
    Decider.OWNER: marked("owner"),
    Decider.RULE: marked("rule"),
    Decider.DISCORD: marked("Discord"),
}
"""In a word, what decided a check."""
PAGE = 15
"""Rules, or checks, in one message."""
MOST_SUGGESTED = 200
"""Rules among which suggestions are looked for."""
LONGEST_LIST = 950
"""Characters of the rules that an explanation shows; a field of an embed takes 1024."""


class RulePages(BaseView):
    """The rules, a page at a time."""

    def __init__(self, asker_id: int, guild_id: int, subject_id: int | None) -> None:
        super().__init__(asker_id, command="permissions list")
        self.has_more = False
        self._guild_id, self._subject_id, self._after = guild_id, subject_id, 0

    async def next_page(self, controller: PermissionController, caller: Caller) -> list[GuildPermission]:
        """Return the next rules, and put a button there if there are more."""
        found = await controller.list_rules(
            caller,
            self._guild_id,
            subject_id=self._subject_id,
            after=self._after,
            limit=PAGE + 1,
        )
        page = found[:PAGE]
        self.has_more = len(found) > PAGE
        self._after = page[-1].number if page else self._after
        self.clear_items()
        if self.has_more:
            self.button("more", _("More"), self._more)
        return page

    async def _more(self, interaction: Interaction) -> None:
        controller = self.services(interaction).get(PermissionController)
        page = await self.next_page(controller, await self.caller(interaction))
        await self.show(interaction, embed=list_embed(page, utcnow()))


def set_text(done: SetRules) -> str:
    """Return what was done and how to undo it."""
    number = done.rule.number
    text = _("Rule #{number}: {rule}.", number=number, rule=rule_text(done.rule))
    if done.for_all_others is not None:
        other = done.for_all_others
        text += " " + _("Rule #{number}: {rule}.", number=other.number, rule=rule_text(other))
    if not done.is_new:
        text += " " + _("It takes the place of what the rule said before; the audit log has that.")
    numbers = [number] if done.for_all_others is None else [number, done.for_all_others.number]
    undo = ", ".join(f"`/permissions remove {each}`" for each in numbers)
    return text + " " + _("To undo it: {commands}.", commands=undo)


def removed_text(rule: GuildPermission) -> str:
    """Return what was removed."""
    return _("Rule #{number} is gone. It said: {rule}.", number=rule.number, rule=rule_text(rule))


def expires_text(rule: GuildPermission) -> str:
    """Return until when a rule counts now."""
    return _("Rule #{number}: {rule}.", number=rule.number, rule=rule_text(rule))


def list_embed(rules: Sequence[GuildPermission], now: datetime) -> discord.Embed:
    """Return rules in short, lowest number first."""
    lines = [_line(rule, now) for rule in rules]
    empty = _("There are no rules. What Discord allows is allowed; `/permissions allow` and `deny` change that.")
    return discord.Embed(title=_("Permissions"), description="\n".join(lines) or empty)


def checks_embed(checks: Sequence[PermissionCheck]) -> discord.Embed:
    """Return checks that were written down, newest first."""
    lines = [_check_line(check) for check in checks]
    empty = _("No checks are written down. `/config set` changes which are: `permission_audit`.")
    return discord.Embed(title=_("Checks"), description="\n".join(lines) or empty)


def explanation_embed(explanation: Explanation) -> discord.Embed:
    """Return the verdict, what decided, and all else that takes part."""
    use, verdict = explanation.use, explanation.verdict
    title = _("`/{command}`: {outcome}", command=use.command, outcome=_outcome(verdict.outcome))
    embed = discord.Embed(title=title, colour=COLOURS[verdict.outcome])
    where = f"<#{use.channel_ids[0]}>" if use.channel_ids else _("this server")
    embed.description = _("For {member} in {place}.", member=f"<@{use.user_id}>", place=where)
    embed.add_field(name=_("What decides"), value=_decider(verdict), inline=False)
    embed.add_field(name=_("Rules, the first one first"), value=_weighed_lines(explanation.rules), inline=False)
    embed.add_field(name=_("Discord"), value=_floor(explanation), inline=False)
    return embed


def rule_text(rule: GuildPermission) -> str:
    """Return what the rule says."""
    said = _said(rule.access, rule.scope, rule.target, rule.subject_kind, rule.subject_id)
    if rule.expires_at is not None:
        said += ", " + _("until {moment}", moment=discord.utils.format_dt(rule.expires_at, "f"))
    return said


def plain_text(rule: GuildPermission, guild: discord.Guild) -> str:
    """Return what the rule says where Discord shows no mentions, in at most 100 characters."""
    found: discord.Role | discord.abc.GuildChannel | discord.Thread | discord.Member | None
    found = guild.get_role(rule.subject_id) or guild.get_channel_or_thread(rule.subject_id)
    found = found or guild.get_member(rule.subject_id)
    who = _("everybody here") if rule.subject_kind is Subject.GUILD else str(found or rule.subject_id)
    what = rule.target if rule.scope is Scope.COMMAND else _target(rule.scope, rule.target)
    return cut(f"#{rule.number} {rule.access.value} {what}: {who}", MAX_OPTION)


def _line(rule: GuildPermission, now: datetime) -> str:
    text = f"**#{rule.number}** {rule_text(rule)}"
    if rule.expires_at is not None and rule.expires_at <= now:
        text = f"~~{text}~~ " + _("(ran out)")
    return f"{text}: {_short(rule.reason)}" if rule.reason else text


def _check_line(check: PermissionCheck) -> str:
    when = discord.utils.format_dt(check.created_at, "R")
    where = f" <#{check.channel_id}>" if check.channel_id else ""
    why = translated(DECIDERS[Decider(check.decider)])
    if check.rule_number:
        why = _("rule #{number}", number=check.rule_number)
    return f"{when} <@{check.user_id}>{where} `/{check.command}`: {_outcome(Outcome(check.outcome))} ({why})"


def _weighed_lines(rules: Sequence[Weighed]) -> str:
    text = ""
    for shown, weighed in enumerate(rules):
        line = _weighed_line(weighed)
        if len(text) + len(line) > LONGEST_LIST:
            return text + _("… and {count} more", count=len(rules) - shown)
        text += f"{line}\n"
    return text or _("none")


def _weighed_line(weighed: Weighed) -> str:
    rule = weighed.rule
    said = _said(rule.access, *rule.target, rule.subject, rule.subject_id)
    weights = {
        Weight.DECIDES: _("decides"),
        Weight.OVERRULED: _("overruled"),
        Weight.RAN_OUT: _("ran out"),
        Weight.OPENS_NOTHING: _("a place opens nothing that Discord keeps closed"),
    }
    mark = "➤ " if weighed.weight is Weight.DECIDES else ""
    return f"{mark}**#{rule.number}** {said} ({weights[weighed.weight]})"


def _said(access: Access, scope: Scope, target: str, subject: Subject, subject_id: int) -> str:
    what, who = _target(scope, target), _subject(subject, subject_id)
    if access is Access.ALLOW:
        return _("allow {what} for {who}", what=what, who=who)
    if access is Access.DENY:
        return _("deny {what} for {who}", what=what, who=who)
    return _("ignore {what} from {who}", what=what, who=who)


def _target(scope: Scope, target: str) -> str:
    if scope is Scope.COMMAND:
        return f"`/{target}`"
    return _("all of {feature}", feature=target) if scope is Scope.MODULE else _("all commands")


def _subject(subject: Subject, subject_id: int) -> str:
    marks = {Subject.MEMBER: "@", Subject.ROLE: "@&", Subject.CHANNEL: "#", Subject.CATEGORY: "#"}
    return f"<{marks[subject]}{subject_id}>" if subject in marks else _("everybody here")


def _outcome(outcome: Outcome) -> str:
    names = {Outcome.ALLOWED: _("allowed"), Outcome.REFUSED: _("refused"), Outcome.IGNORED: _("ignored")}
    return names[outcome]


def _decider(verdict: Verdict) -> str:
    if verdict.by is Decider.RULE:
        return _("Rule #{number}.", number=verdict.rule_number)
    if verdict.by is Decider.OWNER:
        return _("The owner of the server is never refused by rules.")
    if verdict.by is Decider.DISCORD:
        return _("No rule, so what Discord allows is allowed.")
    return verdict.reason


def _floor(explanation: Explanation) -> str:
    use = explanation.use
    if not use.needs:
        return _("The command is for everybody.")
    asks = _("The command asks for {permissions}", permissions=names_of(use.needs))
    if use.needs_level is not None:
        asks += " " + _("or permission level {level}", level=use.needs_level)
    has = _("the member has that.") if explanation.meets_floor else _("the member has neither.")
    return f"{asks}; {has}"


def _short(reason: str) -> str:
    line = " ".join(reason.split())
    return discord.utils.escape_markdown(line if len(line) <= 60 else f"{line[:59]}…")
