"""What lasts on Discord, and how it is brought in line with a decision. Each may be done again without harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from guildbase.bot.effects import EffectRun, Refused
from guildbase.core.clock import utcnow
from guildbase.core.i18n import _
from guildbase.features.moderation.effects.refusals import (
    NOT_IN_VOICE,
    UNKNOWN_BAN,
    UNKNOWN_MEMBER,
    UNKNOWN_ROLE,
    is_unknown,
)
from guildbase.features.moderation.kinds import CaseType, PunishmentKind

if TYPE_CHECKING:
    from guildbase.features.moderation.controller.outcomes import OutcomeController
    from guildbase.features.moderation.controller.punishments import Decision
    from guildbase.features.moderation.models import ModerationCase

MAX_AUDIT_REASON = 512
TIMEOUT_AT_ONCE = timedelta(days=28) - timedelta(minutes=5)
"""The longest that Discord takes, less what clocks may differ."""


@dataclass(frozen=True, slots=True)
class Task:
    """One attempt at a case."""

    run: EffectRun
    outcomes: OutcomeController
    guild: discord.Guild
    case: ModerationCase
    user_id: int
    is_first: bool
    """Whether this carries the case out, rather than restores or ends it."""

    @property
    def audit_reason(self) -> str:
        """What Discord's audit log shows."""
        words = _("Case #{number} by {name}: {reason}", number=self.case.number, name=self.case.moderator_name,
                  reason=self.case.reason)  # fmt: skip
        return words[:MAX_AUDIT_REASON]

    async def ban(self) -> None:
        """Ban them, and delete their messages if this is the moment when the case says so."""
        seconds = self.case.details.get("delete_seconds", 0) if self.is_first else 0
        person = discord.Object(self.user_id)
        await self.guild.ban(person, reason=self.audit_reason, delete_message_seconds=seconds)

    async def member(self) -> discord.Member | None:
        """Return them as Discord shows them now, or None if they are not in the server."""
        try:
            return await self.guild.fetch_member(self.user_id)
        except discord.NotFound as error:
            if is_unknown(error, UNKNOWN_MEMBER):
                return None
            raise


async def _ban(task: Task, decision: Decision) -> None:
    if not decision.is_free:
        await task.ban()
        return
    try:
        await task.guild.unban(discord.Object(task.user_id), reason=task.audit_reason)
    except discord.NotFound as error:
        is_asked_for = task.is_first and task.case.case_type is CaseType.UNBAN
        if not is_unknown(error, UNKNOWN_BAN) or (is_asked_for and not await task.outcomes.has_replaced(task.case)):
            raise


async def _timeout(task: Task, decision: Decision) -> None:
    """Who has left has the time-out when they come back: Discord keeps it, and a rejoin is looked at again."""
    member = await task.member()
    if member is None:
        return
    now = utcnow()
    until = None if decision.expires_at is None else min(decision.expires_at, now + TIMEOUT_AT_ONCE)
    if until is not None and until > now:
        await member.edit(timed_out_until=until, reason=task.audit_reason)
    elif member.is_timed_out():
        await member.edit(timed_out_until=None, reason=task.audit_reason)


async def _mute(task: Task, decision: Decision) -> None:
    role_id, member = await _role_id(task, decision, "mute_role"), await task.member()
    if member is None or role_id is None:
        return
    has_it = member.get_role(role_id) is not None
    try:
        if decision.is_free and has_it:
            await member.remove_roles(discord.Object(role_id), reason=task.audit_reason)
        elif not decision.is_free and not has_it:
            await member.add_roles(discord.Object(role_id), reason=task.audit_reason)
    except discord.NotFound as error:
        if not (decision.is_free and is_unknown(error, UNKNOWN_ROLE)):
            raise


async def _jail(task: Task, decision: Decision) -> None:
    role_id, member = await _role_id(task, decision, "jail_role"), await task.member()
    if member is None:
        return
    jail = task.guild.get_role(role_id) if role_id is not None else None
    own = [role for role in member.roles if role != jail and _can_move(task.guild, role)]
    fixed = [role for role in member.roles if role != jail and not role.is_default() and role not in own]
    if decision.is_free:
        kept = await task.outcomes.kept_roles(task.guild.id, decision.number)
        back = [role for role in task.guild.roles if role.id in kept and _can_move(task.guild, role)]
        wanted = {*fixed, *own, *back}
    elif jail is None:
        raise Refused(_("The role of those in jail is not there any more."))
    elif await task.outcomes.keep_roles(task.guild.id, decision.number, [role.id for role in own]):
        wanted = {*fixed, jail}
    else:
        return  # Another case decides by now.
    if wanted != {role for role in member.roles if not role.is_default()}:
        await member.edit(roles=sorted(wanted), reason=task.audit_reason)


def _can_move(guild: discord.Guild, role: discord.Role) -> bool:
    """Tell whether the bot can give and take the role; those of bots and boosters belong to Discord."""
    return not role.is_default() and not role.managed and role < guild.me.top_role


async def _voice_mute(task: Task, decision: Decision) -> None:
    with _who_may_be_elsewhere(task):
        if member := await task.member():
            await member.edit(mute=not decision.is_free, reason=task.audit_reason)


async def _deafen(task: Task, decision: Decision) -> None:
    with _who_may_be_elsewhere(task):
        if member := await task.member():
            await member.edit(deafen=not decision.is_free, reason=task.audit_reason)


class Elsewhere(Exception):
    """They are in no voice channel, so Discord changes nothing of them; it is done when they join one."""


@contextmanager
def _who_may_be_elsewhere(task: Task) -> Iterator[None]:
    """Bear with who is in no voice channel, unless a moderator asks for it now."""
    try:
        yield
    except discord.HTTPException as error:
        if task.is_first or not is_unknown(error, NOT_IN_VOICE):
            raise
        raise Elsewhere from None


async def _role_id(task: Task, decision: Decision, setting: str) -> int | None:
    """Return the role that the case names; of those whose data were erased only the setting tells."""
    if decision.role_id is not None:
        return decision.role_id
    from guildbase.features.moderation.schemas import ModerationSettings
    from guildbase.platform.guilds.controller import GuildController

    settings = (await task.run.controller(GuildController).load(task.guild.id)).get(ModerationSettings)
    role_id: int | None = getattr(settings, setting)
    return role_id


APPLY: dict[PunishmentKind, Callable[[Task, Decision], Awaitable[None]]] = {
    PunishmentKind.BAN: _ban,
    PunishmentKind.TIMEOUT: _timeout,
    PunishmentKind.MUTE: _mute,
    PunishmentKind.JAIL: _jail,
    PunishmentKind.VOICE_MUTE: _voice_mute,
    PunishmentKind.DEAFEN: _deafen,
}
