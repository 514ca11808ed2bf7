"""What automod does on Discord, run by the outbox executor. Punishments are moderation's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakValueDictionary

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.errors import InvalidInput, NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM
from guildbase.features.automod.kinds import ALERT, ENFORCE, SYNC

if TYPE_CHECKING:
    from guildbase.features.automod.models import AutomodRule, AutomodViolation

BULK = 100
"""Messages that Discord deletes at once."""
_syncing: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
"""By guild."""


@effect(ENFORCE)
async def enforce(run: EffectRun) -> None:
    """Delete, answer, tell, give and take roles, slow down; what Discord refuses is noted, and the rest is done."""
    from guildbase.features.automod.controller import ViolationController

    guild = run.guild()
    if guild is None:
        return
    violation = await _violation(run, run.payload["violation"])
    refused = [step async for step in _refused(run, guild, violation)]
    if refused and violation is not None:
        outcome = _("Discord did not let me do this: {steps}.", steps=", ".join(dict.fromkeys(refused)))
        told = f"{violation.outcome} {outcome}".strip()
        await run.controller(ViolationController).note(run.guild_id, violation.violation_id, told, SYSTEM)


Step = tuple[str, Callable[[], Awaitable[Any]]]


async def _refused(run: EffectRun, guild: discord.Guild, violation: AutomodViolation | None) -> AsyncIterator[str]:
    """Take each step; yield the names of those that Discord refused for good."""
    user_id = violation.user_id if violation is not None else 0
    for name, take in _steps(run, guild, user_id):
        try:
            await take()
        except InvalidInput:
            yield name
        except discord.HTTPException as refusal:
            if refusal.status == 429 or refusal.status >= 500:
                raise
            yield name


def _steps(run: EffectRun, guild: discord.Guild, user_id: int) -> Iterator[Step]:
    payload, channel_id, reason = run.payload, run.payload["channel"], _("Automod")
    for place, messages in payload.get("deletes", {}).items():
        for ids in _parts(messages):
            yield "delete", partial(_delete, run, int(place), ids, reason)
    if seconds := payload.get("slowmode"):
        yield "slowmode", partial(run.bot.http.edit_channel, channel_id, rate_limit_per_user=seconds, reason=reason)
    if user_id:
        yield from _steps_for(run, guild, user_id)


def _steps_for(run: EffectRun, guild: discord.Guild, user_id: int) -> Iterator[Step]:
    """Yield what is done to, or said to, the member."""
    payload, http, reason = run.payload, run.bot.http, _("Automod")
    place = guild.get_channel_or_thread(payload["channel"])
    for number, said in enumerate(payload.get("replies", [])):
        if isinstance(place, discord.abc.Messageable):
            only = discord.AllowedMentions(everyone=False, roles=False, users=[discord.Object(user_id)])
            nonce = f"{run.nonce[:22]}r{number}"
            yield "reply", partial(place.send, f"<@{user_id}> {said}"[:2000], allowed_mentions=only, nonce=nonce)
    for number, said in enumerate(payload.get("dms", [])):
        told = f"**{discord.utils.escape_markdown(guild.name)}**: {said}"
        yield "dm", partial(_tell, run, user_id, told, number)
    for role_id in payload.get("add_roles", []):
        yield "add role", partial(_add_role, run, guild, user_id, role_id)
    for role_id in payload.get("remove_roles", []):
        yield "remove role", partial(http.remove_role, guild.id, user_id, role_id, reason=reason)


def _parts(ids: list[int]) -> list[list[int]]:
    return [ids[first : first + BULK] for first in range(0, len(ids), BULK)]


async def _delete(run: EffectRun, channel_id: int, ids: list[int], reason: str) -> None:
    try:
        if len(ids) == 1:
            await run.bot.http.delete_message(channel_id, ids[0], reason=reason)
        else:
            await run.bot.http.delete_messages(channel_id, [*ids], reason=reason)
    except discord.NotFound:
        return  # Somebody was quicker.


async def _add_role(run: EffectRun, guild: discord.Guild, user_id: int, role_id: int) -> None:
    role = guild.get_role(role_id)
    # Who may write rules is not who may give rights away.
    if role is not None and role.permissions.value & discord.Permissions.elevated().value:
        raise InvalidInput(_("A role with rights of the staff is not given by a rule."))
    await run.bot.http.add_role(guild.id, user_id, role_id, reason=_("Automod"))


async def _tell(run: EffectRun, user_id: int, said: str, number: int) -> None:
    from guildbase.platform.users.controller import UserController

    if (await run.controller(UserController).preferences(user_id)).wants_dms:
        person = await run.bot.create_dm(discord.Object(user_id))
        await person.send(said[:2000], nonce=f"{run.nonce[:22]}d{number}")


@effect(ALERT)
async def alert(run: EffectRun) -> None:
    """Tell the moderators in the alert channel; without one, nobody is told."""
    from guildbase.features.automod.schemas import AutomodSettings
    from guildbase.features.automod.views.alerts import AlertView, alert_embed
    from guildbase.platform.guilds.controller import GuildController

    found = [await _violation(run, violation_id) for violation_id in run.payload["violations"]]
    violations = [violation for violation in found if violation is not None]
    settings = (await run.controller(GuildController).load(run.guild_id)).get(AutomodSettings)
    channel_id = run.payload["channel"] or settings.alert_channel
    guild = run.guild()
    # Of this server only, whatever id a rule names: another server must not read it.
    channel = guild.get_channel_or_thread(channel_id) if guild and channel_id else None
    if not violations or not isinstance(channel, discord.abc.Messageable):
        return
    is_dry_run = run.payload["is_dry_run"]
    documents = await asyncio.gather(*(_document(run, violation.rule_number) for violation in violations))
    embed = alert_embed(violations, [it for it in documents if it is not None], is_dry_run=is_dry_run)
    view = AlertView(violations[0], is_dry_run=is_dry_run)
    await channel.send(embed=embed, view=view, nonce=run.nonce, allowed_mentions=discord.AllowedMentions.none())


async def _document(run: EffectRun, number: int | None) -> dict[str, Any] | None:
    rule = await _rule(run, number or 0)
    return rule.document if rule is not None else None


async def _violation(run: EffectRun, violation_id: str) -> AutomodViolation | None:
    from guildbase.features.automod.controller import ViolationController

    try:
        return await run.controller(ViolationController).get(SYSTEM, run.guild_id, UUID(violation_id))
    except NotFound:
        return None  # Its person had it erased.


async def _rule(run: EffectRun, number: int) -> AutomodRule | None:
    from guildbase.features.automod.controller import RuleController

    try:
        return await run.controller(RuleController).get(SYSTEM, run.guild_id, number)
    except NotFound:
        return None


async def _unsynced(run: EffectRun) -> None:
    """Where Discord refuses the rule, ours goes on judging messages itself."""
    from guildbase.features.automod.controller import RuleController

    await run.controller(RuleController).keep_native(SYSTEM, run.guild_id, run.payload["number"], None)


@effect(SYNC, on_failed=_unsynced)
async def sync(run: EffectRun) -> None:
    """Bring one rule into Discord's own AutoMod as it is now, mend it there, or take it out."""
    if run.guild() is None:
        return
    # One at a time: two that find no rule would both make one, and one that read the rule before it was deleted
    # would make it again.
    async with _syncing.setdefault(run.guild_id, asyncio.Lock()):
        await _bring(run, await _rule(run, run.payload["number"]))


async def _bring(run: EffectRun, row: AutomodRule | None) -> None:
    from guildbase.features.automod import native
    from guildbase.features.automod.controller import RuleController
    from guildbase.features.automod.document import RuleDocument

    number, http = run.payload["number"], run.bot.http
    there = {int(rule["id"]): rule for rule in await http.get_auto_moderation_rules(run.guild_id)}
    # Known by the id, or by the name if the bot died before it could keep the id.
    known = {run.payload["native_id"], row.native_id if row is not None else None}
    prefix = native.marked_name(number)
    ours = [it for it, rule in there.items() if it in known or rule["name"].startswith(prefix)]
    kept: int | None = None
    if row is not None and row.is_active and row.is_native and not row.is_dry_run:
        document = RuleDocument.model_validate(row.document)
        if native.objection(document) is None:
            wanted = native.payload(number, row.name, document)
            kept = await _put(run, there, ours, wanted)
    for native_id in ours:
        if native_id != kept:
            await http.delete_auto_moderation_rule(run.guild_id, native_id, reason=_("Automod"))
    await run.controller(RuleController).keep_native(SYSTEM, run.guild_id, number, kept)


async def _put(run: EffectRun, there: dict[int, Any], ours: list[int], wanted: dict[str, Any]) -> int:
    from guildbase.features.automod import native

    # A rule's type stays what it is, so a rule of another type is made anew.
    same = [it for it in ours if there[it]["trigger_type"] == wanted["trigger_type"]]
    reason = _("Automod")
    if not same:
        made = await run.bot.http.create_auto_moderation_rule(run.guild_id, reason=reason, **wanted)
        return int(made["id"])
    if native.differs(there[same[0]], wanted):
        changes = {name: value for name, value in wanted.items() if name != "trigger_type"}
        await run.bot.http.edit_auto_moderation_rule(run.guild_id, same[0], reason=reason, **changes)
    return same[0]
