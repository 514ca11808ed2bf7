"""What each type of case does on Discord, and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.features.moderation.kinds import CaseType, DurationUse, Notice, PunishmentKind

KICK_MEMBERS, BAN_MEMBERS, MUTE_MEMBERS, DEAFEN_MEMBERS = 1 << 1, 1 << 2, 1 << 22, 1 << 23
MOVE_MEMBERS, MANAGE_NICKNAMES, MANAGE_ROLES, MODERATE_MEMBERS = 1 << 24, 1 << 27, 1 << 28, 1 << 40


@dataclass(frozen=True, slots=True)
class Plan:
    """What a case of one type does."""

    starts: PunishmentKind | None = None
    ends: PunishmentKind | None = None
    bot_needs: int = 0
    """Permission bit that the bot must have; 0 for none."""
    caller_needs: int = MODERATE_MEMBERS
    caller_level: int = 3
    """Permission level that does as well as the bit."""
    on_member: bool = True
    """Whether the person must be in the server."""
    duration: DurationUse = DurationUse.FORBIDDEN
    notice: Notice = Notice.AFTER
    takes_bots: bool = True

    @property
    def kind(self) -> PunishmentKind | None:
        """What it decides about."""
        return self.starts or self.ends

    @property
    def is_mere_word(self) -> bool:
        """Whether it does nothing on Discord but tell the person."""
        return self.kind is None and not self.bot_needs


def _ban(
    *, duration: DurationUse = DurationUse.FORBIDDEN, on_member: bool = False, notice: Notice = Notice.BEFORE
) -> Plan:
    return Plan(
        PunishmentKind.BAN, None, BAN_MEMBERS, BAN_MEMBERS, 4, on_member=on_member, duration=duration, notice=notice
    )


def _lasting(kind: PunishmentKind, bit: int, *, duration: DurationUse = DurationUse.ALLOWED) -> Plan:
    return Plan(kind, None, bit, duration=duration, takes_bots=kind is not PunishmentKind.TIMEOUT)


def _end(kind: PunishmentKind, bit: int) -> Plan:
    return Plan(None, kind, bit)


PLANS: dict[CaseType, Plan] = {
    CaseType.WARN: Plan(takes_bots=False),
    CaseType.CUSTOM: Plan(duration=DurationUse.ALLOWED, on_member=False),
    CaseType.BAN: _ban(),
    CaseType.HACKBAN: _ban(duration=DurationUse.ALLOWED, notice=Notice.NEVER),
    CaseType.TEMPBAN: _ban(duration=DurationUse.REQUIRED),
    # It ends what it began itself, so a later ban or unban replaces it like any other end.
    CaseType.SOFTBAN: Plan(None, PunishmentKind.BAN, BAN_MEMBERS, BAN_MEMBERS, 4, notice=Notice.BEFORE),
    CaseType.UNBAN: Plan(None, PunishmentKind.BAN, BAN_MEMBERS, BAN_MEMBERS, 4, on_member=False, notice=Notice.NEVER),
    CaseType.KICK: Plan(bot_needs=KICK_MEMBERS, caller_needs=KICK_MEMBERS, notice=Notice.BEFORE),
    CaseType.TIMEOUT: _lasting(PunishmentKind.TIMEOUT, MODERATE_MEMBERS, duration=DurationUse.REQUIRED),
    CaseType.UNTIMEOUT: _end(PunishmentKind.TIMEOUT, MODERATE_MEMBERS),
    CaseType.MUTE: _lasting(PunishmentKind.MUTE, MANAGE_ROLES),
    CaseType.UNMUTE: _end(PunishmentKind.MUTE, MANAGE_ROLES),
    CaseType.JAIL: _lasting(PunishmentKind.JAIL, MANAGE_ROLES),
    CaseType.UNJAIL: _end(PunishmentKind.JAIL, MANAGE_ROLES),
    CaseType.VOICE_MUTE: _lasting(PunishmentKind.VOICE_MUTE, MUTE_MEMBERS),
    CaseType.VOICE_UNMUTE: _end(PunishmentKind.VOICE_MUTE, MUTE_MEMBERS),
    CaseType.DEAFEN: _lasting(PunishmentKind.DEAFEN, DEAFEN_MEMBERS),
    CaseType.UNDEAFEN: _end(PunishmentKind.DEAFEN, DEAFEN_MEMBERS),
    CaseType.VOICE_KICK: Plan(bot_needs=MOVE_MEMBERS),
    CaseType.NICKNAME: Plan(bot_needs=MANAGE_NICKNAMES),
}


def plan_of(case_type: CaseType) -> Plan:
    """Return what a case of the type does."""
    return PLANS[case_type]


def spares_nobody(case_type: CaseType) -> bool:
    """Tell whether it is no punishment, so that it may be done to members of immune roles, too."""
    plan = plan_of(case_type)
    is_mercy = plan.ends is not None and case_type is not CaseType.SOFTBAN
    return is_mercy or case_type in (CaseType.NICKNAME, CaseType.CUSTOM)


def deciders(kind: PunishmentKind) -> list[CaseType]:
    """Return the types that decide about the kind: those that start it and those that end it."""
    return [case_type for case_type, plan in PLANS.items() if plan.kind is kind]
