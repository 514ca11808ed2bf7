"""Permission overwrites of channels as forms, and the rule that a bot grants only what it holds."""

from __future__ import annotations

from typing import Literal

from guildbase.simulator.errors import missing_permissions
from guildbase.simulator.permissions import Permission
from guildbase.simulator.rest.call import Call
from guildbase.simulator.rest.forms import Form
from guildbase.simulator.world.entities import Channel, Guild, Overwrite


class OverwriteBits(Form):
    """What PUT /channels/{channel.id}/permissions/{overwrite.id} takes."""

    type: Literal[0, 1]
    allow: int = 0
    deny: int = 0


class OverwriteForm(OverwriteBits):
    """An overwrite within a channel form."""

    id: int

    def overwrite(self) -> Overwrite:
        """Return it as the world keeps it."""
        return Overwrite(self.id, self.type, self.allow, self.deny)


def check_grants(call: Call, guild: Guild, channel: Channel | None, forms: list[OverwriteForm]) -> None:
    """Raise Missing Permissions if an overwrite allows or denies what the bot itself does not hold."""
    held = call.world.permissions_of(guild, call.bot.id, channel)
    changed = 0
    for form in forms:
        before = None if channel is None else channel.overwrites.get(form.id)
        old_allow, old_deny = (0, 0) if before is None else (before.allow, before.deny)
        changed |= (form.allow ^ old_allow) | (form.deny ^ old_deny)
    guild_wide = call.world.permissions_of(guild, call.bot.id)
    if changed & Permission.MANAGE_ROLES and not guild_wide & Permission.ADMINISTRATOR:
        raise missing_permissions()
    if changed & ~held:
        raise missing_permissions()
