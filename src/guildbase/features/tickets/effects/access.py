"""Who sees a ticket's channel, as Discord's overwrites say it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from typing import TYPE_CHECKING

import discord

from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.snowflake import is_pseudonym
from guildbase.features.tickets.kinds import LIVE

if TYPE_CHECKING:
    from guildbase.bot.effects import EffectRun
    from guildbase.features.tickets.controller.reading import TicketDetail

Overwrites = dict[discord.Role | discord.Member | discord.Object, discord.PermissionOverwrite]
_HIDDEN = discord.PermissionOverwrite(view_channel=False)
_OWN = discord.PermissionOverwrite(
    view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True
)


def overwrites_of(guild: discord.Guild, detail: TicketDetail) -> Overwrites:
    """Return what the channel's overwrites shall be; who opened a ticket that is closed reads and does not write."""
    standing, is_live = detail.standing, detail.ticket.state in LIVE
    wanted: Overwrites = {guild.default_role: _HIDDEN, guild.me: _OWN}
    for role_id in sorted(standing.staff_roles):
        if (role := guild.get_role(role_id)) is not None:
            wanted[role] = _member_of_it(can_write=True)
    for user_id in sorted(people_of(detail)):
        can_write = is_live or user_id == standing.assignee_id
        # Members need not be in memory; Discord takes the id alone, and leaves out who is not there.
        wanted[guild.get_member(user_id) or discord.Object(user_id, type=discord.Member)] = _member_of_it(can_write)
    return wanted


def people_of(detail: TicketDetail) -> set[int]:
    """Return who sees the ticket besides the staff's roles."""
    standing = detail.standing
    people = {standing.opener_id, *standing.participants}
    if standing.assignee_id is not None:
        people.add(standing.assignee_id)
    return {user_id for user_id in people if not is_pseudonym(user_id)}


async def bring_in(thread: discord.Thread, user_ids: Collection[int]) -> None:
    """Let these people into the thread; who has left the server is left out."""
    for user_id in sorted(user_ids):
        with contextlib.suppress(discord.NotFound):
            await thread.add_user(discord.Object(user_id))


def guild_of(run: EffectRun) -> discord.Guild:
    """Return the server; NotFound, so that it is tried again, while Discord does not show it."""
    guild = run.bot.get_guild(run.guild_id)
    if guild is None or guild.unavailable:
        raise NotFound(_("Discord does not show this server at the moment."), hint=_("Try again in a moment."))
    return guild


def may_pass(error: discord.HTTPException) -> bool:
    """Tell whether Discord may take later what it refuses now."""
    return error.status >= 500 or error.status in (401, 408, 429)


def reason_of(error: discord.HTTPException) -> str:
    """Return why Discord refused, in words for people."""
    if isinstance(error, discord.Forbidden):
        return _("I lack permissions for it. `/setup` shows which.")
    if isinstance(error, discord.NotFound):
        return _("Discord does not have it any more.")
    return _("Discord refused it: {reason}", reason=(error.text or str(error.status))[:200])


def _member_of_it(can_write: bool) -> discord.PermissionOverwrite:
    return discord.PermissionOverwrite(
        view_channel=True, send_messages=can_write, attach_files=can_write, embed_links=can_write,
        read_message_history=True,
    )  # fmt: skip
