"""What is done once and does not last."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import discord

from guildbase.features.moderation.effects.states import Task
from guildbase.features.moderation.kinds import CaseType

CLOCKS_DIFFER = timedelta(minutes=5)
LOOKED_AT = 100
"""Entries of the audit log, newest first."""


async def _kick(task: Task) -> None:
    try:
        member = await task.guild.fetch_member(task.user_id)
        if not _came_back(task, member):
            await member.kick(reason=task.audit_reason)
    except discord.NotFound:  # Also in between, if the request of the attempt that broke off was still on its way.
        if not await _has_kicked(task):
            raise


async def _softban(task: Task) -> None:
    """Ban; the ban is lifted as what the case decides."""
    try:
        member = await task.guild.fetch_member(task.user_id)
    except discord.NotFound:
        member = None
    if member is None or not _came_back(task, member):
        await task.ban()


async def _voice_kick(task: Task) -> None:
    member = await task.guild.fetch_member(task.user_id)
    await member.move_to(None, reason=task.audit_reason)


async def _rename(task: Task) -> None:
    member = await task.guild.fetch_member(task.user_id)
    await member.edit(nick=task.case.details.get("nickname") or None, reason=task.audit_reason)


async def _has_kicked(task: Task) -> bool:
    """Tell whether an attempt that broke off has kicked them: the audit log knows it from their having left."""
    since = task.case.created_at - CLOCKS_DIFFER
    try:
        async for entry in task.guild.audit_logs(action=discord.AuditLogAction.kick, after=since, limit=LOOKED_AT):
            if entry.target is not None and entry.target.id == task.user_id and entry.reason == task.audit_reason:
                return True
    except discord.Forbidden:  # Then what they see is what is told: they are not there.
        pass
    return False


def _came_back(task: Task, member: discord.Member) -> bool:
    """Tell whether an attempt that broke off has sent them out already, and they came back since."""
    return member.joined_at is not None and member.joined_at > task.case.created_at


ONCE: dict[CaseType, Callable[[Task], Awaitable[None]]] = {
    CaseType.KICK: _kick,
    CaseType.SOFTBAN: _softban,
    CaseType.VOICE_KICK: _voice_kick,
    CaseType.NICKNAME: _rename,
}
