"""Brings Discord in line with what is decided about people.

What is decided is read before and after Discord is told. So however effects of several cases overlap, break off or run
twice, the last of them leaves Discord as the newest case wants it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from guildbase.bot.effects import EffectRun, Refused, effect
from guildbase.core.errors import GuildbaseError
from guildbase.core.i18n import _
from guildbase.features.moderation.effects.notices import tell
from guildbase.features.moderation.effects.once import ONCE
from guildbase.features.moderation.effects.refusals import words_for
from guildbase.features.moderation.effects.states import APPLY, Elsewhere, Task
from guildbase.features.moderation.kinds import ENFORCE, CaseState, Notice, NoticeState

if TYPE_CHECKING:
    from guildbase.features.moderation.controller.outcomes import OutcomeController

ATTEMPTS = 8
ROUNDS = 10
"""How often the decision may change under the hands of one attempt."""


async def _given_up(run: EffectRun) -> None:
    """After the last attempt the case says why it could not be done."""
    reason = words_for(run.error)
    await _outcomes(run).fail(run.guild_id, run.payload["number"], reason)


@effect(ENFORCE, on_failed=_given_up, attempts=ATTEMPTS)
async def enforce(run: EffectRun) -> None:
    """Carry out the case, unless a later one came first, and keep what became of it."""
    from guildbase.features.moderation import rules

    outcomes, number = _outcomes(run), run.payload["number"]
    order = await outcomes.order(run.guild_id, number)
    if order.user_id is None:
        await outcomes.settle(run.guild_id, number, was_done=False)
        return
    plan = rules.plan_of(order.case.case_type)
    decision = await outcomes.decision(run.guild_id, order.user_id, plan.kind) if plan.kind else None
    is_first = order.case.state is CaseState.OPEN and (decision is None or decision.number == number)
    task = Task(run, outcomes, await _guild(run), order.case, order.user_id, is_first=is_first)
    _require_permission(task)
    if is_first and plan.notice is Notice.BEFORE:
        await _tell(task)
    if is_first and order.case.case_type in ONCE:
        await ONCE[order.case.case_type](task)
    is_reached = plan.kind is None or await _bring_in_line(task)
    if is_first and plan.notice is Notice.AFTER:
        await _tell(task)
    elif not is_first and order.case.notice is NoticeState.PENDING:
        await outcomes.told(run.guild_id, number, NoticeState.NONE)
    await outcomes.settle(run.guild_id, number, was_done=is_first, is_lifted=is_reached)


async def _bring_in_line(task: Task) -> bool:
    """Have Discord show what is decided; False if that has to wait until they are in a voice channel."""
    from guildbase.features.moderation import rules

    kind = rules.plan_of(task.case.case_type).kind
    assert kind is not None  # noqa: S101 - the caller has looked.
    guild_id = task.run.guild_id
    for _round in range(ROUNDS):
        decision = await task.outcomes.decision(guild_id, task.user_id, kind)
        if decision is None:
            return True
        try:
            await APPLY[kind](task, decision)
        except Elsewhere:
            return False
        if await task.outcomes.decision(guild_id, task.user_id, kind) == decision:
            return True
    raise GuildbaseError(_("The case changes all the time."))


async def _tell(task: Task) -> None:
    """Tell the person; that this fails does not keep the action from being done."""
    if task.case.notice is not NoticeState.PENDING:
        return
    try:
        notice = await tell(task.run, task.case)
    except discord.HTTPException:
        notice = NoticeState.FAILED
    await task.outcomes.told(task.run.guild_id, task.case.number, notice)


async def _guild(run: EffectRun) -> discord.Guild:
    guild = run.bot.get_guild(run.guild_id)
    if guild is None:
        # Discord says for good if the bot is no longer there; otherwise the server is just not loaded.
        await run.bot.fetch_guild(run.guild_id, with_counts=False)
        raise GuildbaseError(_("The server is not loaded yet."))
    return guild


def _require_permission(task: Task) -> None:
    """Refuse what the bot cannot do before anybody is told of it."""
    from guildbase.bot.targets import bot_standing
    from guildbase.core.targets import Target
    from guildbase.features.moderation import rules

    somebody = Target(task.user_id, task.case.target_name, is_member=False)
    if refusal := rules.incapacity(task.case.case_type, somebody, bot_standing(task.guild)):
        raise Refused(refusal)


def _outcomes(run: EffectRun) -> OutcomeController:
    from guildbase.features.moderation.controller.outcomes import OutcomeController

    return run.controller(OutcomeController)
