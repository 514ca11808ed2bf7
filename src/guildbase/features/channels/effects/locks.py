"""Brings channels to what is wanted of them: locked, or as they were."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakValueDictionary

import discord

from guildbase.bot.effects import EffectRun, Refused, effect
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import GuildSnapshots

if TYPE_CHECKING:
    from guildbase.features.channels.controller.lockdown import LockdownController, Wish
    from guildbase.features.channels.rules.overwrites import Change, Overwrite

_CHANNELS: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
"""One wish for a channel is carried out after the other."""


async def _failed(run: EffectRun) -> None:
    """Say that Discord did not answer for too long."""
    controller, channel_id = _controller(run), int(run.payload["channel_id"])
    wish = await controller.wish(run.guild_id, channel_id)
    if wish is not None:
        failure = _("Discord did not take the change for a long time.")
        await controller.settle(run.guild_id, channel_id, wish.generation, failure=failure)


@effect("channels.settle_lock", on_failed=_failed)
async def settle_lock(run: EffectRun) -> None:
    """Bring the channel to what is wanted of it, and once more if that changed meanwhile."""
    controller, channel_id = _controller(run), int(run.payload["channel_id"])
    lock = _CHANNELS.setdefault(channel_id, asyncio.Lock())
    async with lock:
        is_settled = False
        while not is_settled:
            wish = await controller.wish(run.guild_id, channel_id)
            if wish is None:
                return
            failure = ""
            try:
                is_still_wanted = await _carry_out(run, controller, channel_id, wish)
            except discord.NotFound:
                await controller.forget(run.guild_id, channel_id)
                return
            except discord.Forbidden:
                is_still_wanted, failure = True, _("I may not manage its permissions; give me Manage Roles there.")
            except Refused as refused:
                is_still_wanted, failure = True, refused.message
            is_settled = is_still_wanted and await controller.settle(
                run.guild_id, channel_id, wish.generation, failure=failure
            )


async def _carry_out(run: EffectRun, controller: LockdownController, channel_id: int, wish: Wish) -> bool:
    """Change the overwrites as wished; False if something else is wanted by now."""
    from guildbase.features.channels.rules import overwrites as rules

    channel: Any = await run.bot.http.get_channel(channel_id)
    if int(channel.get("guild_id") or 0) != run.guild_id:
        raise Refused(_("This channel is in another server."))
    current = _overwrites(channel)
    changes = wish.saved
    if wish.is_wanted and not changes:
        changes = await _planned(run, channel, current)
        if not await controller.save(run.guild_id, channel_id, wish.generation, changes):
            return False
    for change in changes if wish.is_wanted else reversed(changes):
        there = current.get(change.target_id)
        wanted = rules.applied(there, change) if wish.is_wanted else rules.restored(there, change)
        if wanted != there:
            await _put(run, channel_id, change, wanted, wish.reason)
    return True


async def _planned(run: EffectRun, channel: Any, current: dict[int, Overwrite]) -> tuple[Change, ...]:
    """Decide what to change; Refused if the bot could not keep people from writing or speaking."""
    from guildbase.features.channels.rules import overwrites as rules

    guild = _guild(run)
    bits = rules.silenced_bits(int(channel["type"]))
    here = guild.get_channel(int(channel["id"]))
    # What the bot does not hold itself, Discord does not let it take from others.
    held = (here.permissions_for(guild.me) if here is not None else guild.me.guild_permissions).value
    staff = await _staff(run, guild)
    if rules.taken(rules.plan(current.values(), guild.id, staff, bits)) & rules.DECISIVE & ~held:
        raise Refused(_("I may not write, connect or speak there myself, so I cannot take that from others."))
    return rules.plan(current.values(), guild.id, staff, bits & held)


async def _staff(run: EffectRun, guild: discord.Guild) -> set[int]:
    """Return the roles that keep speaking, and the bot itself."""
    from guildbase.features.channels.rules.rights import STAFF_LEVEL, STAFF_PERMISSIONS
    from guildbase.features.channels.schemas import ChannelSettings

    snapshot = await run.bot.services.get(GuildSnapshots).load(run.guild_id)
    named = set(snapshot.get(ChannelSettings).lockdown_staff_roles)
    named |= {role_id for role_id, level in snapshot.level_roles.items() if level >= STAFF_LEVEL}
    roles = [role for role in guild.roles if not role.is_default()]
    # Nothing takes these rights from an administrator, and a bot's own role is for that bot alone.
    plain = [role for role in roles if not role.permissions.administrator and not role.is_bot_managed()]
    staff = {role.id for role in plain if role.id in named or role.permissions.value & STAFF_PERMISSIONS}
    own = guild.self_role
    return staff | ({own.id} if own is not None and not own.permissions.administrator else set())


async def _put(run: EffectRun, channel_id: int, change: Change, wanted: Overwrite | None, reason: str) -> None:
    http = run.bot.http
    kind: Literal[0, 1] = 1 if change.is_member else 0
    try:
        if wanted is None:
            await http.delete_channel_permissions(channel_id, change.target_id, reason=reason or None)
            return
        await http.edit_channel_permissions(
            channel_id, change.target_id, str(wanted.allow), str(wanted.deny), kind, reason=reason or None
        )
    except discord.NotFound as gone:
        if gone.code == 10003:  # The channel itself; else the role or the overwrite was deleted at this moment.
            raise


@effect("channels.spread_lock")
async def spread_lock(run: EffectRun) -> None:
    """Lock every channel of the server in which people can write or speak."""
    from guildbase.features.channels.rules.overwrites import LOCKABLE_TYPES

    channel_ids = [channel.id for channel in _guild(run).channels if channel.type.value in LOCKABLE_TYPES]
    await _controller(run).spread(run.guild_id, channel_ids)


def _overwrites(channel: Any) -> dict[int, Overwrite]:
    from guildbase.features.channels.rules.overwrites import Overwrite

    rows = channel.get("permission_overwrites", ())
    found = [Overwrite(int(it["id"]), int(it["type"]) == 1, int(it["allow"]), int(it["deny"])) for it in rows]
    return {it.target_id: it for it in found}


def _controller(run: EffectRun) -> LockdownController:
    from guildbase.features.channels.controller.lockdown import LockdownController

    return run.controller(LockdownController)


def _guild(run: EffectRun) -> discord.Guild:
    guild = run.bot.get_guild(run.guild_id)
    if guild is None or guild.unavailable:
        raise NotFound(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
    return guild
