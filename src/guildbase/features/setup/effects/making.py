"""What all that makes something on Discord needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeVar

import discord

from guildbase.bot.effects import EffectRun
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.features.setup import rules
from guildbase.features.setup.inspection import general

CLOCKS_APART = timedelta(minutes=1)
"""How far the database's clock and Discord's may differ."""
_NamedT = TypeVar("_NamedT", bound=discord.abc.GuildChannel | discord.Role)
Overwrites = dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite]


def made_before(run: EffectRun, name: str, there: Iterable[_NamedT]) -> _NamedT | None:
    """Return what an attempt that was cut off has made; it is younger than the promise and has the name."""
    since = run.promised_at - CLOCKS_APART
    return next((it for it in there if it.name == name and it.created_at >= since), None)


async def role_named(run: EffectRun, guild: discord.Guild, name: str) -> discord.Role:
    """Return the role that the effect makes, made now or by an attempt that was cut off."""
    made = made_before(run, name, [role for role in await guild.fetch_roles() if not role.permissions.value])
    if made is None:
        # Discord's own permissions are for the server's people to give.
        made = await guild.create_role(name=name, permissions=discord.Permissions.none(), reason=reason_of(run))
    return made


async def hidden_channel(run: EffectRun, guild: discord.Guild, name: str, overwrites: Overwrites) -> int:
    """Return the channel that the effect makes, which only those see whom the overwrites let in."""
    hidden = [it for it in await guild.fetch_channels() if it.overwrites_for(guild.default_role).view_channel is False]
    made = made_before(run, name, hidden)
    if made is None:
        overwrites[guild.default_role] = discord.PermissionOverwrite(view_channel=False)
        made = await guild.create_text_channel(name, overwrites=overwrites, reason=reason_of(run))
    return made.id


async def staff_of(run: EffectRun, guild: discord.Guild) -> list[discord.Role]:
    """Return the roles of the staff that exist: they shall see what others do not."""
    settings = await general(run.bot, guild.id)
    wanted = [getattr(settings, f"level_{level}_role") for level in rules.STAFF]
    return [role for role_id in wanted if role_id is not None and (role := guild.get_role(role_id)) is not None]


def reason_of(run: EffectRun) -> str:
    """Return what Discord's audit log shows."""
    return _("Asked for in /setup by {name}", name=run.payload["asker_name"])[:512]


def guild_of(run: EffectRun) -> discord.Guild:
    """Return the server; NotFound, so that it is tried again, while Discord does not show it."""
    guild = run.bot.get_guild(run.guild_id)
    if guild is None or guild.unavailable:
        raise NotFound(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
    return guild
