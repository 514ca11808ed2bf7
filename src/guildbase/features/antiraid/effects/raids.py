"""Tells of raids, acts on those who raid, and holds invites and channels closed as long as one goes on.

Each looks at the raid's row and brings Discord to what it says, so each may run at any time and more than once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import discord

from guildbase.bot.effects import EffectRun, effect
from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import SYSTEM, Caller
from guildbase.features.antiraid.kinds import RaidState
from guildbase.services.outbox import Outbox, Priority

if TYPE_CHECKING:
    from guildbase.features.antiraid.controller import RaidController

ACT_FOR = 8.0  # seconds of one attempt; then a new effect goes on
_GUILDS: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
"""One effect acts on a server's raiders at a time."""
_WAITING: set[int] = set()
"""Servers for which another one waits for its turn."""


@effect("antiraid.alert")
async def alert(run: EffectRun) -> None:
    """Tell the staff of the raid, or bring what they were told up to date."""
    from guildbase.features.antiraid.views.alert import alert_embed, alert_view

    raids, number = _raids(run), int(run.payload["number"])
    outline = await raids.get(run.guild_id, number)
    raid, embed = outline.raid, alert_embed(outline)
    if raid.alert_message_id is not None:
        channel: Any = run.bot.get_partial_messageable(raid.alert_channel_id or 0, guild_id=run.guild_id)
        try:
            await channel.get_partial_message(raid.alert_message_id).edit(embed=embed)
        except discord.NotFound:
            return  # Somebody deleted it: they know.
        return
    where = await _alert_channel(run)
    if where is None:
        return
    # Of two effects at the same time, one posts it: the nonce is the raid's.
    nonce = f"{run.guild_id:x}-{number:x}"[-25:]
    sent = await where.send(embed=embed, view=alert_view(number), nonce=nonce)
    await raids.note(run.guild_id, number, alert_channel_id=where.id, alert_message_id=sent.id)


async def _alert_channel(run: EffectRun) -> discord.TextChannel | None:
    """Return the channel that is set and that the bot may write in, or the mod-log."""
    from guildbase.platform.configuration.controller import ConfigurationController

    guild = _guild(run)
    general: Any = await run.bot.services.get(ConfigurationController).current(run.guild_id, "guilds")
    settings = await _raids(run).settings(run.guild_id)
    for channel_id in (settings.alert_channel, general.settings.mod_log_channel):
        channel = guild.get_channel(channel_id) if channel_id is not None else None
        if isinstance(channel, discord.TextChannel):
            allowed = channel.permissions_for(guild.me)
            if allowed.send_messages and allowed.embed_links and allowed.view_channel:
                return channel
    return None


@effect("antiraid.act")
async def act(run: EffectRun) -> None:
    """Act on those who are due, batch by batch; what is left after some seconds is for a new effect."""
    from guildbase.bot.targets import bot_standing
    from guildbase.features.antiraid.controller import RaiderController
    from guildbase.features.antiraid.controller.raids import ACT, ALERT
    from guildbase.services.database import DatabaseService

    raiders, number, guild = run.controller(RaiderController), int(run.payload["number"]), _guild(run)
    by = Caller(user_id=guild.me.id, guild_id=guild.id, name=guild.me.name, is_system=True)
    began, has_acted = time.monotonic(), False
    lock = _GUILDS.setdefault(guild.id, asyncio.Lock())
    if guild.id in _WAITING:
        return  # Whoever waits for their turn looks later than this, and sees all that is due.
    if lock.locked():
        _WAITING.add(guild.id)
    try:
        await lock.acquire()
    finally:
        _WAITING.discard(guild.id)
    try:
        while count := await raiders.act(by, guild.id, number, bot=bot_standing(guild)):
            has_acted = has_acted or bool(count)
            if time.monotonic() - began > ACT_FOR:
                break
    finally:
        lock.release()
    if not has_acted:
        return
    outbox, payload = run.bot.services.get(Outbox), {"number": number}
    async with run.bot.services.get(DatabaseService).transaction(SYSTEM) as work:
        for kind in (ACT, ALERT) if count else (ALERT,):
            await outbox.promise(work, kind, payload, guild_id=guild.id, priority=Priority.MODERATION)


@effect("antiraid.invites")
async def invites(run: EffectRun) -> None:
    """Pause invites while the raid goes on; afterwards they are as before, unless staff changed that."""
    raids, number, guild = _raids(run), int(run.payload["number"]), _guild(run)
    raid = (await raids.get(guild.id, number)).raid
    ours = raid.invites_paused_until
    if ours is None:
        return
    fresh = await run.bot.fetch_guild(guild.id, with_counts=False)
    shown = fresh.invites_paused_until
    if raid.state is RaidState.ACTIVE:
        if shown is None or shown < ours:
            await raids.note(guild.id, number, invites_before=shown)
            await _pause(run, fresh, ours)
            if await _is_over(run, number):  # It ended meanwhile, and its end may have found nothing to open.
                await _pause(run, fresh, _still_ahead(shown))
    elif shown is not None and abs((shown - ours).total_seconds()) < 1:
        await _pause(run, fresh, _still_ahead(raid.invites_before))


def _still_ahead(moment: datetime | None) -> datetime | None:
    """Return the moment unless it is past, which Discord refuses."""
    return moment if moment is not None and moment > utcnow() else None


async def _is_over(run: EffectRun, number: int) -> bool:
    return (await _raids(run).get(run.guild_id, number)).raid.state is RaidState.ENDED


async def _pause(run: EffectRun, guild: discord.Guild, until: Any) -> None:
    """Set until when invites are paused; direct messages stay as they are."""
    messages = guild.dms_paused_until
    payload: Any = {
        "invites_disabled_until": until.isoformat() if until is not None else None,
        "dms_disabled_until": messages.isoformat() if messages is not None else None,
    }
    await run.bot.http.edit_incident_actions(guild.id, payload)


@effect("antiraid.lock")
async def lock(run: EffectRun) -> None:
    """Lock the server while the raid goes on, and unlock it afterwards if the raid locked it."""
    from guildbase.features.channels.controller.lockdown import LockdownController

    raids, locks, number = _raids(run), run.controller(LockdownController), int(run.payload["number"])
    raid = (await raids.get(run.guild_id, number)).raid
    if raid.state is RaidState.ACTIVE:
        if not raid.has_locked and await locks.is_server_locked(run.guild_id):
            return  # Staff locked it before, and it is theirs to open.
        # Before it is locked, so that a crash in between cannot leave it locked for good.
        await raids.note(run.guild_id, number, has_locked=True)
        await locks.lock(SYSTEM, run.guild_id, None, _("Raid {number}", number=number))
    # It may have ended while it was being locked, and its end found nothing locked.
    if (raid.has_locked or raid.state is RaidState.ACTIVE) and await _is_over(run, number):
        with contextlib.suppress(NotFound):  # Staff opened it before, or an earlier attempt did.
            await locks.unlock(SYSTEM, run.guild_id, None, _("Raid {number} is over", number=number))
        await raids.note(run.guild_id, number, has_locked=False)


def _raids(run: EffectRun) -> RaidController:
    from guildbase.features.antiraid.controller import RaidController

    return run.controller(RaidController)


def _guild(run: EffectRun) -> discord.Guild:
    guild = run.bot.get_guild(run.guild_id)
    if guild is None or guild.unavailable:
        raise NotFound(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
    return guild
