"""What stands in a bot's way in a server, what cures it, and what is to be done about things that vanished."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guildbase.core.guild_sections import Reference, Refers
from guildbase.core.i18n import _, marked, plural, translated
from guildbase.features.setup.kinds import Fix, Weight
from guildbase.features.setup.models import ReconciliationState

LOGS = {"mod_log_channel": "mod-log", "audit_log_channel": "audit-log"}
"""The settings of log channels, each with the name of the channel that is made for it on request."""
SETTING_NAMES = {
    "mod_log_channel": marked("mod log channel"),
    "audit_log_channel": marked("audit log channel"),
    "mute_role": marked("role of the muted"),
    "jail_role": marked("role of those in jail"),
    "jail_channel": marked("channel of the jail"),
}
STAFF = {3: "Moderator", 5: "Admin"}
"""The permission levels that the setup asks about, each with the name of the role that is made for it on request."""
MOST_NAMED = 5
MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    weight: Weight
    problem: str
    cure: str
    fix: Fix | None = None
    target_id: int | None = None


@dataclass(frozen=True, slots=True)
class LogChannel:
    """A log channel as it is set and as Discord has it."""

    setting: str
    channel_id: int
    name: str | None
    """None if there is no such channel."""
    lacking: frozenset[str] = frozenset()
    """Permissions that the bot lacks there, of those that it needs to write."""
    can_let_itself_in: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the check looks at."""

    permissions: frozenset[str]
    """What the bot may do in the whole server; an administrator may do everything."""
    needed: Mapping[str, Sequence[str]]
    """The permissions that features need, each with what for."""
    roles_above: Sequence[str]
    """Names of the roles above the bot's own, the server's administrators apart."""
    bot_role: str
    members_may_use_commands: bool
    missing_commands: Sequence[str]
    """Commands that Discord does not show yet."""
    has_text_commands: bool
    logs: Sequence[LogChannel]
    level_roles: int
    """How many permission levels have a role."""
    missing_punishments: Sequence[str]
    """Settings of mute and jail that name nothing that is there."""
    vanished: int
    """Settings that speak of a role or channel that is gone, as the last check found."""


def findings(situation: Situation) -> list[Finding]:
    """Return what is not as it should be, the worst first."""
    found = [
        *_of_permissions(situation),
        *_of_commands(situation),
        *(finding for log in situation.logs for finding in of_log(log)),
        *_of_settings(situation),
        *_of_roles(situation),
    ]
    return sorted(found, key=lambda finding: finding.weight is Weight.ADVICE)


def _of_permissions(situation: Situation) -> Iterator[Finding]:
    missing = {name: why for name, why in situation.needed.items() if name not in situation.permissions}
    if missing:
        lines = "; ".join(
            f"**{permission_name(name)}** ({', '.join(map(translated, why))})" for name, why in missing.items()
        )
        yield Finding(
            Weight.BROKEN,
            _("I lack permissions: {permissions}.", permissions=lines),
            _("Give them to my role {role} under Server Settings, Roles, or press the link.", role=situation.bot_role),
            Fix.INVITE,
        )


def _of_commands(situation: Situation) -> Iterator[Finding]:
    if situation.missing_commands:
        names = few_of(f"/{name}" for name in situation.missing_commands)
        yield Finding(
            Weight.BROKEN,
            _("Discord does not show all of my commands: {names}.", names=names),
            _("It may need an hour after an update. If it stays so, the operator looks at the log of the bot's start."),
        )
    if not situation.members_may_use_commands:
        yield Finding(
            Weight.ADVICE,
            _("Members may not use slash commands here."),
            _("Allow Use Application Commands for @everyone, or for the roles that shall use them."),
        )
    if not situation.has_text_commands:
        yield Finding(
            Weight.ADVICE,
            _("I do not read messages, so commands work with a slash only, not with the prefix."),
            _("The operator can switch on the Message Content intent for the bot."),
        )


def of_log(log: LogChannel) -> Iterator[Finding]:
    """Yield what is wrong with a log channel."""
    if log.name is None:
        yield Finding(
            Weight.BROKEN,
            _("The channel that is set as {setting} is gone.", setting=setting_name(log.setting)),
            _("Pick or make another one."),
            Fix.LOGS,
        )
    elif log.lacking:
        lacking = ", ".join(permission_name(name) for name in sorted(log.lacking))
        problem = _("In <#{channel}> I lack {permissions}.", channel=log.channel_id, permissions=lacking)
        cure = _("Add me under Edit Channel, Permissions, and allow that.")
        if log.can_let_itself_in:
            yield Finding(Weight.BROKEN, problem, _("I can see to it myself."), Fix.LET_IN, log.channel_id)
        else:
            yield Finding(Weight.BROKEN, problem, cure)


def _of_settings(situation: Situation) -> Iterator[Finding]:
    if situation.vanished:
        problem = plural(
            "{count} setting speaks of a role or channel that is gone.",
            "{count} settings speak of roles or channels that are gone.",
            situation.vanished,
        )
        yield Finding(Weight.BROKEN, problem, _("I can take them out; `/config history` keeps them."), Fix.REPAIR)
    if not situation.logs:
        yield Finding(Weight.ADVICE, _("No log channel is set."), _("Pick or make one."), Fix.LOGS)
    if not situation.level_roles:
        cure = _("Say which roles your team has, so that I know who may do more.")
        yield Finding(Weight.ADVICE, _("No role of your team is set."), cure, Fix.STAFF)
    if situation.missing_punishments:
        missing = ", ".join(map(setting_name, situation.missing_punishments))
        problem = _("`/mute` and `/jail` lack what they need: {missing}.", missing=missing)
        yield Finding(Weight.ADVICE, problem, _("I can make it: `/setup step:punishments`."))


def _of_roles(situation: Situation) -> Iterator[Finding]:
    if situation.roles_above:
        yield Finding(
            Weight.ADVICE,
            _("I can do nothing to members of roles above mine: {roles}.", roles=few_of(situation.roles_above)),
            _("Drag {role} above them under Server Settings, Roles.", role=situation.bot_role),
        )


def few_of(names: Iterable[str]) -> str:
    """Return the first few of the names, and how many more there are."""
    listed = list(names)
    more = len(listed) - MOST_NAMED
    shown = ", ".join(listed[:MOST_NAMED])
    return shown if more <= 0 else plural("{names} and {count} more", "{names} and {count} more", more, names=shown)


def permission_name(name: str) -> str:
    """Return Discord's English word for the permission, such as `Manage Channels`."""
    return name.replace("_", " ").title()


def setting_name(setting: str) -> str:
    """Return the setting's name for people, such as `mod log channel`."""
    return translated(SETTING_NAMES.get(setting, setting.replace("_", " ")))


def repairable(vanished: Iterable[Reference]) -> list[Reference]:
    """Return what can never come back; a member can, so what is set about them waits for them."""
    return [reference for reference in vanished if reference.refers is not Refers.MEMBER]


def as_rows(vanished: Iterable[Reference]) -> list[dict[str, Any]]:
    """Return the references as they are stored."""
    kept = {(reference.refers, reference.id, reference.where) for reference in vanished}
    return [{"kind": str(kind), "id": str(id_), "where": where} for kind, id_, where in sorted(kept)]


def of_rows(rows: Iterable[Mapping[str, Any]]) -> list[Reference]:
    """Return the references that were stored in this form."""
    return [Reference(Refers(row["kind"]), int(row["id"]), str(row["where"])) for row in rows]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check leads to."""

    state: ReconciliationState | None
    """None if nothing is to be stored."""
    is_news: bool = False
    """Whether people are to be told."""


def verdict(before: Sequence[Reference] | None, state: ReconciliationState | None, now: Sequence[Reference]) -> Verdict:
    """Return what becomes of the report after another check; before and state are None if there is none yet."""
    lasting = as_rows(repairable(now))
    if not lasting:
        return Verdict(ReconciliationState.SETTLED if now or before is not None else None)
    if before is not None and state is not ReconciliationState.SETTLED and lasting == as_rows(repairable(before)):
        return Verdict(state)
    return Verdict(ReconciliationState.OPEN, is_news=True)
